/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes local headers, bodies and the central directory itself, in file order: nothing is patched later, so that digests of the
 * whole file can be taken on the way. A member's checksum must stand before its bytes; one that fits in the blocks at hand waits there
 * until it is known, a larger one is read twice, and both readings must agree. Objects are read ahead, and wait in the buffers into which
 * they came. */
#include "archive/pack.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <zlib.h>

#include "archive/pack-source.h"
#include "archive/sink.h"
#include "archive/zip-format.h"
#include "archive/zip-time.h"

#define POOL_LEAST (4u << 20)
#define POOL_MOST (64u << 20)
#define LEVEL 6
#define TEXT_MOST ((size_t)256 << 20)

/* What the central directory says of a member. */
typedef struct entry {
	uint64_t offset;
	uint64_t size;
	uint64_t packed;
	uint32_t crc;
	uint32_t mode;
	uint32_t time; /* DOS date and time */
	uint16_t method;
	uint16_t flags;
	int readings; /* of an object that is read ahead: 1, or 2 when it is too large to wait for its checksum; else 0 */
	uint64_t known_size; /* of an object */
} entry;

struct pps_pack {
	pps_ctx *ctx;
	pps_store_temp *temp;
	pps_digests digests;
};

/* The state of one pps_pack_write(). */
typedef struct job {
	pps_ctx *ctx;
	const pps_members *members;
	pps_sink *sink;
	size_t blocks;     /* of the pool */
	int is_far;        /* the destination keeps parts of an upload in memory */
	pps_block *out;    /* small records are gathered here */
	pps_block *scratch; /* input of deflate */
	entry *entries;
	pps_prefetch *ahead; /* NULL when there is nothing to read ahead */
	uint64_t done, total;
	char *what;
} job;

/* Where one reading of a member goes. */
typedef struct pass {
	enum { HOLD, COUNT, SEND } mode;
	pps_block *now, *held, **held_end;
	uint64_t size, packed;
	uint32_t crc;
} pass;

/* Room for output: the rest of a block. */
static int pass_room(job *j, pass *p, char **ret_at, size_t *ret_room, pps_error **err)
{
	int r;

	if (p->now && p->now->size == PPS_BLOCK_SIZE) {
		if (p->mode == COUNT) {
			p->now->size = 0;
		} else if (p->mode == SEND) {
			if ((r = pps_sink_send(j->sink, TAKE_PTR(p->now), err)) < 0)
				return r;
		} else {
			*p->held_end = p->now;
			p->held_end = &p->now->next;
			p->now = NULL;
		}
	}
	if (!p->now && (r = pps_sink_block(j->sink, &p->now, err)) < 0)
		return r;
	*ret_at = p->now->at + p->now->size;
	*ret_room = PPS_BLOCK_SIZE - p->now->size;
	return PPS_OK;
}

static void pass_made(pass *p, size_t size)
{
	p->now->size += size;
	p->packed += size;
}

static void pass_free(job *j, pass *p)
{
	while (p->held) {
		pps_block *next = p->held->next;

		pps_sink_return(j->sink, p->held);
		p->held = next;
	}
	p->held_end = &p->held;
	if (p->now)
		pps_sink_return(j->sink, TAKE_PTR(p->now));
}

/* Sends what is held, in order. */
static int pass_send(job *j, pass *p, pps_error **err)
{
	int r;

	while (p->held) {
		pps_block *b = p->held;

		p->held = b->next;
		if ((r = pps_sink_send(j->sink, b, err)) < 0)
			return r;
	}
	p->held_end = &p->held;
	return p->now ? pps_sink_send(j->sink, TAKE_PTR(p->now), err) : PPS_OK;
}

/* Counts a reading once: the first of two does not show in the progress. */
static int tick(job *j, const pass *p, size_t size, pps_error **err)
{
	if (p->mode != COUNT) {
		j->done += size;
		pps_progress(j->ctx, j->what, j->done < j->total ? j->done : j->total - (j->total > 0), j->total, "bytes");
	}
	return pps_ctx_check(j->ctx, err);
}

static int pass_stored(job *j, pps_pack_source *s, pass *p, pps_error **err)
{
	size_t room, got;
	char *at;
	int r;

	do {
		if ((r = pass_room(j, p, &at, &room, err)) < 0 ||
		    (r = pps_pack_source_read(s, p->size, at, room, &got, err)) < 0)
			return r;
		p->crc = pps_crc32(p->crc, at, got);
		p->size += got;
		pass_made(p, got);
		if ((r = tick(j, p, got, err)) < 0)
			return r;
	} while (got == room && p->size < s->size);
	return PPS_OK;
}

/* Deflates what @z holds as input. */
static int deflate_some(job *j, z_stream *z, int flush, pass *p, pps_error **err)
{
	size_t room;
	char *at;
	int r;

	do {
		if ((r = pass_room(j, p, &at, &room, err)) < 0)
			return r;
		z->next_out = (unsigned char *)at;
		z->avail_out = (unsigned)room;
		if (deflate(z, flush) == Z_STREAM_ERROR)
			return pps_fail(err, PPS_E_INTERNAL, "deflate: the stream is broken");
		pass_made(p, room - z->avail_out);
	} while (z->avail_out == 0);
	return PPS_OK;
}

static int pass_deflated(job *j, pps_pack_source *s, pass *p, pps_error **err)
{
	z_stream z = { 0 };
	size_t got;
	int r = PPS_OK;

	if (deflateInit2(&z, LEVEL, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return pps_fail_nomem(err);
	do {
		if ((r = pps_pack_source_read(s, p->size, j->scratch->at, PPS_BLOCK_SIZE, &got, err)) < 0)
			break;
		p->crc = pps_crc32(p->crc, j->scratch->at, got);
		p->size += got;
		z.next_in = (unsigned char *)j->scratch->at;
		z.avail_in = (unsigned)got;
		if ((r = deflate_some(j, &z, p->size >= s->size || !got ? Z_FINISH : Z_NO_FLUSH, p, err)) < 0 ||
		    (r = tick(j, p, got, err)) < 0)
			break;
	} while (got && p->size < s->size);
	deflateEnd(&z);
	return r;
}

/* One reading of a member. */
static int pass_run(job *j, pps_pack_source *s, int method, pass *p, pps_error **err)
{
	int r;

	p->held_end = &p->held;
	r = method == PPS_ZIP_STORED ? pass_stored(j, s, p, err) : pass_deflated(j, s, p, err);
	if (r < 0)
		return r;
	if ((r = pps_pack_source_check(s, err)) < 0)
		return r;
	if (p->size != s->size)
		return pps_fail(err, PPS_E_CONFLICT, "%s: changed while it was read (%llu bytes before, %llu after)",
				s->member->path, (unsigned long long)s->size, (unsigned long long)p->size);
	return PPS_OK;
}

/* Small records gather in a block of their own, sent before anything else is. */
static int put(job *j, const void *bytes, size_t size, pps_error **err)
{
	const char *p = bytes;
	int r;

	while (size > 0) {
		size_t n;

		if (j->out && j->out->size == PPS_BLOCK_SIZE && (r = pps_sink_send(j->sink, TAKE_PTR(j->out), err)) < 0)
			return r;
		if (!j->out && (r = pps_sink_block(j->sink, &j->out, err)) < 0)
			return r;
		n = PPS_BLOCK_SIZE - j->out->size < size ? PPS_BLOCK_SIZE - j->out->size : size;
		memcpy(j->out->at + j->out->size, p, n);
		j->out->size += n;
		p += n;
		size -= n;
	}
	return PPS_OK;
}

static int flush(job *j, pps_error **err)
{
	return j->out ? pps_sink_send(j->sink, TAKE_PTR(j->out), err) : PPS_OK;
}

static uint64_t position(const job *j)
{
	return pps_sink_size(j->sink) + (j->out ? j->out->size : 0);
}

static int needs64(const entry *e)
{
	return e->size >= PPS_ZIP_MAX32 || e->packed >= PPS_ZIP_MAX32;
}

static uint32_t clip32(uint64_t v)
{
	return v < PPS_ZIP_MAX32 ? (uint32_t)v : PPS_ZIP_MAX32;
}

static int put_local(job *j, const char *name, const entry *e, pps_error **err)
{
	unsigned char h[PPS_ZIP_LOCAL_SIZE], x[20], *p = h, *q = x;
	size_t len = strlen(name);
	int big = needs64(e), r;

	p = pps_put_le32(p, PPS_ZIP_LOCAL);
	p = pps_put_le16(p, big ? PPS_ZIP_VERSION64 : PPS_ZIP_VERSION);
	p = pps_put_le16(p, e->flags);
	p = pps_put_le16(p, e->method);
	p = pps_put_le32(p, e->time);
	p = pps_put_le32(p, e->crc);
	p = pps_put_le32(p, big ? PPS_ZIP_MAX32 : (uint32_t)e->packed);
	p = pps_put_le32(p, big ? PPS_ZIP_MAX32 : (uint32_t)e->size);
	p = pps_put_le16(p, (uint16_t)len);
	pps_put_le16(p, big ? sizeof x : 0);
	if ((r = put(j, h, sizeof h, err)) < 0 || (r = put(j, name, len, err)) < 0 || !big)
		return r;
	q = pps_put_le16(q, PPS_ZIP_EXTRA64);
	q = pps_put_le16(q, 16);
	q = pps_put_le64(q, e->size);
	pps_put_le64(q, e->packed);
	return put(j, x, sizeof x, err);
}

static int put_central(job *j, const char *name, const entry *e, pps_error **err)
{
	unsigned char h[PPS_ZIP_CENTRAL_SIZE], x[28], *p = h, *q = x + 4;
	int big = needs64(e), far = e->offset >= PPS_ZIP_MAX32, r;
	size_t len = strlen(name);
	uint16_t version = big || far ? PPS_ZIP_VERSION64 : PPS_ZIP_VERSION;

	if (big) {
		q = pps_put_le64(q, e->size);
		q = pps_put_le64(q, e->packed);
	}
	if (far)
		q = pps_put_le64(q, e->offset);
	pps_put_le16(pps_put_le16(x, PPS_ZIP_EXTRA64), (uint16_t)(q - x - 4));
	p = pps_put_le32(p, PPS_ZIP_CENTRAL);
	p = pps_put_le16(p, (uint16_t)(PPS_ZIP_MADE_BY_UNIX << 8 | version));
	p = pps_put_le16(p, version);
	p = pps_put_le16(p, e->flags);
	p = pps_put_le16(p, e->method);
	p = pps_put_le32(p, e->time);
	p = pps_put_le32(p, e->crc);
	p = pps_put_le32(p, big ? PPS_ZIP_MAX32 : (uint32_t)e->packed);
	p = pps_put_le32(p, big ? PPS_ZIP_MAX32 : (uint32_t)e->size);
	p = pps_put_le16(p, (uint16_t)len);
	p = pps_put_le16(p, q > x + 4 ? (uint16_t)(q - x) : 0);
	p = pps_put_le16(p, 0); /* comment */
	p = pps_put_le16(p, 0); /* disk */
	p = pps_put_le16(p, 0); /* internal attributes */
	p = pps_put_le32(p, e->mode << 16);
	pps_put_le32(p, clip32(e->offset));
	if ((r = put(j, h, sizeof h, err)) < 0 || (r = put(j, name, len, err)) < 0 || q == x + 4)
		return r;
	return put(j, x, (size_t)(q - x), err);
}

static int put_end64(job *j, uint64_t n, uint64_t size, uint64_t offset, pps_error **err)
{
	unsigned char h[PPS_ZIP_END64_SIZE + PPS_ZIP_LOCATOR64_SIZE], *p = h;

	p = pps_put_le32(p, PPS_ZIP_END64);
	p = pps_put_le64(p, PPS_ZIP_END64_SIZE - 12);
	p = pps_put_le16(p, PPS_ZIP_MADE_BY_UNIX << 8 | PPS_ZIP_VERSION64);
	p = pps_put_le16(p, PPS_ZIP_VERSION64);
	p = pps_put_le32(p, 0);
	p = pps_put_le32(p, 0);
	p = pps_put_le64(p, n);
	p = pps_put_le64(p, n);
	p = pps_put_le64(p, size);
	p = pps_put_le64(p, offset);
	p = pps_put_le32(p, PPS_ZIP_LOCATOR64);
	p = pps_put_le32(p, 0);
	p = pps_put_le64(p, offset + size);
	pps_put_le32(p, 1);
	return put(j, h, sizeof h, err);
}

static int put_directory(job *j, pps_error **err)
{
	unsigned char h[PPS_ZIP_END_SIZE], *p = h;
	uint64_t n = pps_members_count(j->members), offset = position(j), size;
	uint16_t short_n = n < PPS_ZIP_MAX16 ? (uint16_t)n : PPS_ZIP_MAX16;
	int r;

	for (size_t i = 0; i < n; i++)
		if ((r = put_central(j, pps_members_at(j->members, i)->name, &j->entries[i], err)) < 0)
			return r;
	size = position(j) - offset;
	if ((n >= PPS_ZIP_MAX16 || size >= PPS_ZIP_MAX32 || offset >= PPS_ZIP_MAX32) &&
	    (r = put_end64(j, n, size, offset, err)) < 0)
		return r;
	p = pps_put_le32(p, PPS_ZIP_END);
	p = pps_put_le16(p, 0);
	p = pps_put_le16(p, 0);
	p = pps_put_le16(p, short_n);
	p = pps_put_le16(p, short_n);
	p = pps_put_le32(p, clip32(size));
	p = pps_put_le32(p, clip32(offset));
	pps_put_le16(p, 0);
	if ((r = put(j, h, sizeof h, err)) < 0)
		return r;
	return flush(j, err);
}

/* The header, then the bytes: from the blocks that hold them, or by a second reading that must agree with the first. */
static int send_member(job *j, pps_pack_source *s, entry *e, pass *first, pps_error **err)
{
	pass second = { .mode = SEND };
	int r;

	if ((r = put_local(j, s->member->name, e, err)) < 0 || (r = flush(j, err)) < 0)
		return r;
	if (first->mode == HOLD)
		return pass_send(j, first, err);
	pass_free(j, first);
	if ((r = pass_run(j, s, e->method, &second, err)) == PPS_OK && (r = pass_send(j, &second, err)) == PPS_OK &&
	    (second.crc != e->crc || second.packed != e->packed))
		r = pps_fail(err, PPS_E_CONFLICT, "%s: changed between two readings", s->member->path);
	pass_free(j, &second);
	return r;
}

/* Whether a member can wait in the pool's blocks; deflated, random bytes grow by a little. */
static int can_wait(const job *j, uint64_t size)
{
	return size / PPS_BLOCK_SIZE + size / PPS_BLOCK_SIZE / 64 + 2 <= j->blocks / 4 * 3;
}

/* A stored object that is at hand leaves as it came. */
static int pack_kept(job *j, pps_pack_source *s, entry *e, pps_error **err)
{
	const pass held = { .mode = HOLD };
	int r;

	for (size_t i = 0; i < s->nkept; i++)
		e->crc = pps_crc32(e->crc, s->kept[i]->at, s->kept[i]->size);
	e->size = e->packed = s->size;
	e->offset = position(j);
	if ((r = put_local(j, s->member->name, e, err)) < 0 || (r = flush(j, err)) < 0)
		return r;
	while (s->nsent < s->nkept) {
		pps_piece *piece = s->kept[s->nsent++];
		size_t size = piece->size;

		if ((r = pps_sink_send_piece(j->sink, piece, err)) < 0 || (r = tick(j, &held, size, err)) < 0)
			return r;
	}
	return PPS_OK;
}

static int pack_source(job *j, pps_pack_source *s, entry *e, pps_error **err)
{
	pass first = { .mode = HOLD };
	int r;

	if ((!s->nkept && e->readings == 2) || !can_wait(j, s->size))
		first.mode = COUNT;
	if ((r = pass_run(j, s, e->method, &first, err)) == PPS_OK) {
		e->offset = position(j);
		e->size = first.size;
		e->packed = first.packed;
		e->crc = first.crc;
		r = send_member(j, s, e, &first, err);
	}
	pass_free(j, &first);
	return r;
}

static int pack_object(job *j, pps_pack_source *s, entry *e, pps_error **err)
{
	int is_stored = e->method == PPS_ZIP_STORED, r;

	s->ahead = j->ahead;
	s->size = e->known_size;
	if (e->readings == 1 && (r = pps_pack_source_keep(s, !is_stored, err)) < 0)
		return r;
	if ((r = pps_pack_source_show(s, pps_members_get_watch(j->members), err)) < 0)
		return r;
	return is_stored && s->nkept ? pack_kept(j, s, e, err) : pack_source(j, s, e, err);
}

static int pack_member(job *j, const pps_member *m, entry *e, pps_error **err)
{
	_cleanup_(pps_pack_source_close) pps_pack_source s = { .member = m, .text = m->bytes, .size = m->size };
	_cleanup_buf_ pps_buf made = PPS_BUF(TEXT_MOST);
	int r;

	if (e->readings)
		return pack_object(j, &s, e, err);
	if (m->make) {
		if ((r = m->make(m->user, &made, err)) < 0 || (r = pps_buf_check(&made, m->name, err)) < 0)
			return r;
		s.text = pps_buf_text(&made);
		s.size = made.size;
	}
	if (m->store &&
	    ((r = pps_pack_source_file(&s, err)) < 0 || (r = pps_pack_source_show(&s, pps_members_get_watch(j->members), err)) < 0))
		return r;
	return pack_source(j, &s, e, err);
}

static int ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static int is_ascii(const char *text)
{
	for (; *text; text++)
		if (*text & 0x80)
			return 0;
	return 1;
}

static uint64_t between(uint64_t value, uint64_t least, uint64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* Buffers for what is read ahead are half of the memory, as there is little else to keep; less when parts of an upload are kept, too. */
static uint64_t ahead_bytes(const job *j)
{
	return between(pps_ctx_memory(j->ctx) / 8 * (j->is_far ? 3 : 4), POOL_LEAST, POOL_MOST);
}

static size_t pool_blocks(const pps_ctx *ctx, const pps_members *members)
{
	uint64_t bytes = between(pps_ctx_memory(ctx) / 2, POOL_LEAST, POOL_MOST);

	for (size_t i = 0; i < pps_members_count(members); i++)
		if (pps_members_at(members, i)->store && pps_store_is_far(pps_members_at(members, i)->store))
			bytes = between(pps_ctx_memory(ctx) / 8, POOL_LEAST, POOL_MOST);
	return (size_t)(bytes / (sizeof(pps_block) + PPS_BLOCK_SIZE));
}

/* An object is what it was when it was listed, and takes its place among what is read ahead. */
static int plan_object(job *j, const pps_member *m, entry *e, pps_store_stat *st, pps_error **err)
{
	int r;

	if (m->known && *m->known->etag)
		*st = *m->known;
	else if ((r = pps_store_stat_name(m->store, m->path, st, err)) < 0)
		return r;
	if (m->size != UINT64_MAX && m->size != st->size)
		return pps_fail(err, PPS_E_CONFLICT, "%s%s: had %llu bytes when it was listed, now %llu", pps_store_uri(m->store), m->path,
				(unsigned long long)m->size, (unsigned long long)st->size);
	if (!j->ahead && (r = pps_prefetch_new(j->ctx, ahead_bytes(j), 0, &j->ahead, err)) < 0)
		return r;
	e->known_size = st->size;
	e->readings = st->size > pps_prefetch_most(j->ahead) ? 2 : 1;
	for (int i = 0; i < e->readings; i++)
		if ((r = pps_prefetch_add(j->ahead, m->store, m->path, st, err)) < 0)
			return r;
	return PPS_OK;
}

/* What is known before anything is read; a source that is gone shows here, before anything is written. */
static int plan(job *j, pps_error **err)
{
	int64_t latest = 0;
	int r;

	for (size_t i = 0; i < pps_members_count(j->members); i++) {
		const pps_member *m = pps_members_at(j->members, i);
		entry *e = &j->entries[i];
		pps_store_stat st = { .mode = 0644, .size = m->size };

		e->method = ends_with(m->name, ".fits") ? PPS_ZIP_STORED : PPS_ZIP_DEFLATED;
		if ((r = pps_ctx_check(j->ctx, err)) < 0)
			return r;
		if (m->store && pps_store_is_far(m->store))
			r = plan_object(j, m, e, &st, err);
		else if (m->store)
			r = pps_store_stat_name(m->store, m->path, &st, err);
		if (r < 0)
			return r;
		if (m->store && st.mtime > latest)
			latest = st.mtime;
		e->flags = is_ascii(m->name) ? 0 : PPS_ZIP_FLAG_UTF8;
		e->mode = S_IFREG | (st.mode & 0777 ? st.mode & 0777 : 0644);
		e->time = pps_zip_time_of(st.mtime);
		j->total += st.size;
	}
	for (size_t i = 0; i < pps_members_count(j->members); i++)
		if (!pps_members_at(j->members, i)->store)
			j->entries[i].time = pps_zip_time_of(latest);
	return PPS_OK;
}

static int write_all(job *j, pps_digests *ret_digests, pps_error **err)
{
	const pps_members_watch *watch = pps_members_get_watch(j->members);
	int r;

	if ((r = pps_sink_block(j->sink, &j->scratch, err)) < 0 || (watch && (r = watch->begin(watch->user, err)) < 0))
		return r;
	for (size_t i = 0; i < pps_members_count(j->members); i++) {
		const pps_member *m = pps_members_at(j->members, i);

		if ((r = pack_member(j, m, &j->entries[i], err)) < 0)
			return r;
	}
	if ((r = put_directory(j, err)) < 0)
		return r;
	return pps_sink_finish(j->sink, ret_digests, err);
}

static void job_free(job *j)
{
	if (j->out)
		pps_sink_return(j->sink, j->out);
	if (j->scratch)
		pps_sink_return(j->sink, j->scratch);
	pps_sink_free(j->sink); /* gives back what it has */
	pps_prefetch_free(j->ahead);
	free(j->entries);
	free(j->what);
}

int pps_pack_write(pps_ctx *ctx, const pps_members *members, pps_store *store, const char *name, const char *tag, int wanted,
		   pps_pack **ret_pack, pps_error **err)
{
	_cleanup_(pps_pack_freep) pps_pack *pack = calloc(1, sizeof *pack);
	_cleanup_(job_free) job j = { .ctx = ctx, .members = members, .blocks = pool_blocks(ctx, members), .is_far = pps_store_is_far(store) };
	int r;

	wanted |= PPS_DIGEST_MD5 | PPS_DIGEST_ADLER32;
	if (!pack || !(j.entries = calloc(pps_members_count(members) + 1, sizeof *j.entries)) ||
	    asprintf(&j.what, "pack %s", tag) < 0)
		return pps_fail_nomem(err);
	pack->ctx = pps_ctx_ref(ctx);
	if ((r = plan(&j, err)) < 0 || (r = pps_store_temp_new(store, name, tag, &pack->temp, err)) < 0 ||
	    (r = pps_sink_new(pack->temp, wanted, j.blocks, &j.sink, err)) < 0 ||
	    (r = write_all(&j, &pack->digests, err)) < 0 || (r = pps_store_temp_sync(pack->temp, err)) < 0)
		return pps_wrap(err, r, "pack %s", tag);
	pps_progress(ctx, j.what, j.total, j.total, "bytes");
	*ret_pack = TAKE_PTR(pack);
	return PPS_OK;
}

const pps_digests *pps_pack_digests(const pps_pack *pack)
{
	return &pack->digests;
}

int pps_pack_place(pps_pack *pack, pps_error **err)
{
	return pps_store_temp_place(pack->temp, err);
}

void pps_pack_free(pps_pack *pack)
{
	if (!pack)
		return;
	pps_store_temp_free(pack->temp);
	pps_ctx_unref(pack->ctx);
	free(pack);
}
