/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/pack-source.h"

#include <string.h>

void pps_pack_source_close(pps_pack_source *s)
{
	pps_store_file_close(s->file);
	if (s->piece)
		pps_piece_give_back(s->piece);
	while (s->nsent < s->nkept)
		pps_piece_give_back(s->kept[s->nsent++]);
	free(s->kept);
}

int pps_pack_source_file(pps_pack_source *s, pps_error **err)
{
	const pps_member *m = s->member;
	int r;

	if ((r = pps_store_file_open(m->store, m->path, &s->file, err)) < 0)
		return r;
	s->size = pps_store_file_stat(s->file)->size;
	if (m->size != UINT64_MAX && m->size != s->size)
		return pps_fail(err, PPS_E_CONFLICT, "%s: had %llu bytes when it was listed, now %llu", pps_store_file_path(s->file),
				(unsigned long long)m->size, (unsigned long long)s->size);
	return PPS_OK;
}

int pps_pack_source_keep(pps_pack_source *s, int follow, pps_error **err)
{
	pps_piece *piece;
	int r;

	do {
		if (pps_grow(&s->kept, &s->kept_cap, s->nkept, sizeof *s->kept) < 0)
			return pps_fail_nomem(err);
		if ((r = pps_prefetch_next(s->ahead, &piece, err)) < 0)
			return r;
		s->kept[s->nkept++] = piece;
		if (follow && (r = pps_piece_follow(piece, &s->check, NULL, err)) < 0)
			return r;
	} while (!piece->is_last);
	return PPS_OK;
}

static size_t copy(const pps_piece *piece, uint64_t offset, void *bytes, size_t size)
{
	size_t from = (size_t)(offset - piece->offset), n = piece->size - from;

	n = n < size ? n : size;
	memcpy(bytes, piece->at + from, n);
	return n;
}

static size_t read_kept(const pps_pack_source *s, uint64_t offset, void *bytes, size_t size)
{
	size_t done = 0;

	for (size_t i = 0; i < s->nkept && done < size; i++) {
		const pps_piece *piece = s->kept[i];

		if (offset + done >= piece->offset && offset + done < piece->offset + piece->size)
			done += copy(piece, offset + done, (char *)bytes + done, size - done);
	}
	return done;
}

/* A reading that begins anew has its own place among what is read ahead. */
static int read_ahead(pps_pack_source *s, uint64_t offset, void *bytes, size_t size, size_t *ret_got, pps_error **err)
{
	size_t done = 0;
	int r;

	do {
		if (s->piece && offset + done == s->piece->offset + s->piece->size)
			pps_piece_give_back(TAKE_PTR(s->piece));
		if (!s->piece && ((r = pps_prefetch_next(s->ahead, &s->piece, err)) < 0 ||
				  (r = pps_piece_follow(s->piece, &s->check, NULL, err)) < 0))
			return r;
		done += copy(s->piece, offset + done, (char *)bytes + done, size - done);
	} while (done < size && offset + done < s->size);
	if (offset + done == s->size)
		pps_piece_give_back(TAKE_PTR(s->piece));
	*ret_got = done;
	return PPS_OK;
}

int pps_pack_source_read(pps_pack_source *s, uint64_t offset, void *bytes, size_t size, size_t *ret_got, pps_error **err)
{
	size_t left;

	if (s->file)
		return pps_store_file_read(s->file, offset, bytes, size, ret_got, err);
	if (s->ahead && !s->nkept)
		return read_ahead(s, offset, bytes, size, ret_got, err);
	if (s->ahead) {
		*ret_got = read_kept(s, offset, bytes, size);
		return PPS_OK;
	}
	left = (size_t)(s->size - offset);
	*ret_got = size < left ? size : left;
	memcpy(bytes, s->text + offset, *ret_got);
	return PPS_OK;
}

int pps_pack_source_check(pps_pack_source *s, pps_error **err)
{
	return s->file ? pps_store_file_check(s->file, err) : PPS_OK;
}

static int read_for_watch(void *user, uint64_t offset, void *bytes, size_t size, pps_error **err)
{
	const pps_pack_source *s = user;

	if (read_kept(s, offset, bytes, size) != size)
		return pps_fail(err, PPS_E_INTERNAL, "%s: asked for bytes that it does not have", s->member->name);
	return PPS_OK;
}

int pps_pack_source_show(pps_pack_source *s, const pps_members_watch *watch, pps_error **err)
{
	_cleanup_free_ char *path = NULL;
	pps_reader reader = { .read = read_for_watch, .user = s, .size = s->size };
	int r;

	if (!watch)
		return PPS_OK;
	if ((r = pps_store_name_plain(s->member->store, s->member->path, &path, err)) < 0)
		return r;
	reader.path = path;
	return watch->file(watch->user, s->member, s->nkept ? &reader : NULL, err);
}
