/* SPDX-License-Identifier: BSD-3-Clause */
/* One file: read once, digested on the way, written to where files gather or as an object; and the comparison with what is there. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "base/md5.h"
#include "base/pool.h"
#include "store/copy-private.h"
#include "store/etag.h"

#define AHEAD_UNKNOWN (128u << 10)
#define BLOCK_LEAST (1u << 20)
#define BLOCK_FAR (8u << 20)   /* one request each */
#define PART_LEAST (5u << 20)  /* larger objects may go in parts */
#define PARTS_MOST 5	       /* that are kept at a time */

/* A file on its way. */
typedef struct stream {
	copy_hand *hand;
	pps_copy_item *item;
	pps_store_file *from;
	int fd;		      /* a folder's */
	pps_store_temp *temp; /* an object's */
	pps_md5 md5;
	pps_etag_match *match; /* NULL: the ETag is no digest of parts, or nobody asks */
} stream;

/* Waits until there is memory for a larger file; one is always let in. */
static int reserve(copy_hand *hand, uint64_t bytes, pps_error **err)
{
	pps_copier *c = hand->run->copier;
	uint64_t most = pps_ctx_memory(c->ctx);
	int r = PPS_OK;

	pthread_mutex_lock(&c->lock);
	while (c->used && c->used + bytes > most && (r = pps_copy_check(hand->run, err)) == PPS_OK)
		pps_cond_wait_briefly(&c->room, &c->lock);
	if (r == PPS_OK) {
		c->used += bytes;
		hand->reserved = bytes;
	}
	pthread_mutex_unlock(&c->lock);
	return r;
}

static void release(copy_hand *hand)
{
	pps_copier *c = hand->run->copier;

	/* a small block stays for the next file */
	if (hand->block_size > BLOCK_LEAST) {
		free(TAKE_PTR(hand->block));
		hand->block_size = 0;
	}
	pthread_mutex_lock(&c->lock);
	c->used -= hand->reserved;
	hand->reserved = 0;
	pthread_cond_broadcast(&c->room);
	pthread_mutex_unlock(&c->lock);
}

static int make_block(copy_hand *hand, size_t size, pps_error **err)
{
	if (hand->block_size >= size)
		return PPS_OK;
	free(hand->block);
	hand->block_size = 0;
	if (!(hand->block = malloc(size)))
		return pps_fail_nomem(err);
	hand->block_size = size;
	return PPS_OK;
}

static size_t block_for(const stream *s)
{
	uint64_t size = pps_store_file_stat(s->from)->size;

	return size > BLOCK_LEAST && *pps_store_file_stat(s->from)->etag ? BLOCK_FAR : BLOCK_LEAST;
}

/* What the file needs while it is under way: its block, what the store reads ahead, and the parts of an upload. */
static uint64_t memory_for(const stream *s)
{
	uint64_t size = pps_store_file_stat(s->from)->size, most = pps_ctx_memory(s->hand->run->copier->ctx) / 16, need = block_for(s) + BLOCK_LEAST;

	if (s->hand->run->copier->is_far && size > PART_LEAST)
		need += PARTS_MOST * (most < PART_LEAST ? PART_LEAST : most);
	else if (s->hand->run->copier->is_far)
		need += size;
	return need;
}

static int write_fd(int fd, const char *p, size_t size, const char *name, pps_error **err)
{
	while (size > 0) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pps_fail_errno(err, errno, "write %s", name);
		p += n;
		size -= (size_t)n;
	}
	return PPS_OK;
}

/* From the first byte to the last, once. */
static int pump(stream *s, pps_error **err)
{
	const pps_store_stat *st = pps_store_file_stat(s->from);
	size_t block = block_for(s), got;
	int r;

	if ((r = make_block(s->hand, block, err)) < 0)
		return r;
	for (uint64_t at = 0; at < st->size; at += got) {
		char *bytes = s->hand->block;
		size_t want = st->size - at < block ? (size_t)(st->size - at) : block;

		if ((r = pps_copy_check(s->hand->run, err)) < 0)
			return r;
		s->item->is_source = 1;
		if ((r = pps_store_file_read(s->from, at, bytes, want, &got, err)) < 0)
			return r;
		if (got < want)
			return pps_fail(err, PPS_E_CONFLICT, "%s: became shorter while it was read", pps_store_file_path(s->from));
		s->item->is_source = 0;
		pps_md5_update(&s->md5, bytes, got);
		if ((s->match && (r = pps_etag_match_update(s->match, bytes, got, err)) < 0) ||
		    (r = s->temp ? pps_store_temp_write(s->temp, bytes, got, err) : write_fd(s->fd, bytes, got, s->item->name, err)) < 0)
			return r;
	}
	s->item->is_source = 1;
	if ((r = pps_store_file_check(s->from, err)) < 0)
		return r;
	s->item->is_source = 0;
	return PPS_OK;
}

/* Compares what was written with all that is known of the source. */
static int judge(stream *s, pps_error **err)
{
	pps_copy_item *item = s->item;
	char hex[33], other[33];
	uint8_t etag[16];
	int r = 0;

	pps_md5_finish(&s->md5, item->digest);
	item->has_digest = 1;
	if (item->md5 && memcmp(item->md5, item->digest, sizeof item->digest) != 0) {
		pps_hex_encode(item->digest, sizeof item->digest, hex);
		pps_hex_encode(item->md5, sizeof item->digest, other);
		item->is_source = 1;
		return pps_fail(err, PPS_E_CONFLICT, "%s: has MD5 %s, recorded is %s", pps_store_file_path(s->from), hex, other);
	}
	if (item->md5 || (pps_store_etag_md5(pps_store_file_stat(s->from)->etag, etag) && !memcmp(etag, item->digest, sizeof etag)))
		item->verified = PPS_VERIFIED_MD5;
	else if (s->match && (r = pps_etag_match_finish(s->match, err)) < 0)
		return r;
	else if (r > 0)
		item->verified = PPS_VERIFIED_PARTS;
	return PPS_OK;
}

static int open_match(stream *s, pps_error **err)
{
	const pps_store_stat *st = pps_store_file_stat(s->from);
	pps_etag etag;

	if (!(s->hand->run->options.flags & PPS_COPY_PROVE) || s->item->md5 || !pps_etag_parse(st->etag, &etag) || !etag.parts)
		return PPS_OK;
	return pps_etag_match_new(&etag, st->size, &s->match, err);
}

/* Uploads that a process left unfinished, or whose mark it left, are found where it had begun them. Nothing that is in the way of that is in the way
 * of this one. */
static int sweep_folder(copy_hand *hand, const char *name, pps_error **err)
{
	const char *slash = strrchr(name, '/');
	_cleanup_free_ char *folder = strndup(name, slash ? (size_t)(slash - name) : 0);
	size_t removed = 0;

	if (!folder)
		return pps_fail_nomem(err);
	if (hand->swept && !strcmp(hand->swept, folder))
		return PPS_OK;
	(void)pps_store_sweep(hand->run->copier->to, folder, 86400, &removed, NULL);
	free(hand->swept);
	hand->swept = TAKE_PTR(folder);
	return PPS_OK;
}

/* An object, placed by its last request. */
static int put_object(stream *s, size_t i, pps_error **err)
{
	copy_hand *hand = s->hand;
	pps_store *to = hand->run->copier->to;
	const char *slash = strrchr(s->item->name, '/');
	int r;

	if (pps_store_file_stat(s->from)->size > PART_LEAST) {
		if ((r = sweep_folder(hand, s->item->name, err)) < 0 || (r = pps_store_exists(to, s->item->name, err)) < 0)
			return r;
		if (r)
			return pps_copy_compare(hand, i, err);
	}
	if ((r = pps_store_temp_new(to, s->item->name, slash ? slash + 1 : s->item->name, &s->temp, err)) < 0 || (r = pump(s, err)) < 0 ||
	    (r = judge(s, err)) < 0 || (r = pps_store_temp_sync(s->temp, err)) < 0)
		return r;
	if ((r = pps_store_temp_place(s->temp, err)) == PPS_E_EXISTS) {
		if (err) {
			pps_error_free(*err);
			*err = NULL;
		}
		return pps_copy_compare(hand, i, err);
	}
	if (r < 0)
		return r;
	s->item->done = PPS_COPY_COPIED;
	hand->run->stages[i] = COPY_DONE;
	if (hand->run->options.flags & PPS_COPY_PROVE && s->item->verified == PPS_VERIFIED_NO)
		return pps_copy_prove(hand, i, -1, err);
	return PPS_OK;
}

static int put_file(stream *s, size_t i, pps_error **err)
{
	int r;

	if ((r = pps_copy_gather_new(s->hand, i, &s->fd, err)) < 0)
		return r;
	if ((r = pump(s, err)) == PPS_OK)
		r = judge(s, err);
	/* some file systems tell of a full disk only here */
	if (close(s->fd) < 0 && r == PPS_OK)
		r = pps_fail_errno(err, errno, "write %s", s->item->name);
	if (r < 0)
		pps_copy_gather_drop(s->hand->run, i);
	else
		s->hand->run->stages[i] = COPY_GATHERED;
	return r;
}

/* The source, open; of an object with its first bytes. */
static int open_source(stream *s, pps_error **err)
{
	_cleanup_free_ char *name = NULL;
	pps_copy_item *item = s->item;
	size_t ahead = AHEAD_UNKNOWN;
	pps_store *store;
	uint64_t size;
	int r;

	item->is_source = 1;
	if (item->size >= 0)
		ahead = item->size < BLOCK_LEAST ? (size_t)item->size : BLOCK_LEAST;
	if ((r = pps_copy_source(s->hand->run->copier, item->from, &store, &name, err)) < 0 ||
	    (r = pps_store_file_open_ahead(store, name, ahead, &s->from, err)) < 0)
		return r;
	size = pps_store_file_stat(s->from)->size;
	if (item->size >= 0 && size != (uint64_t)item->size)
		return pps_fail(err, PPS_E_CONFLICT, "%s: has %" PRIu64 " bytes, recorded are %" PRId64, pps_store_file_path(s->from), size, item->size);
	item->found = size;
	item->is_source = 0;
	return PPS_OK;
}

/* 1 when a folder has the target's name already. Objects are asked when they are placed: that costs no request of its own. */
static int is_there(copy_hand *hand, const char *name, pps_error **err)
{
	const char *base;
	struct stat st;
	int r;

	if (hand->run->copier->is_far)
		return 0;
	if ((r = pps_copy_enter(hand, name, 0, &base, err)) <= 0)
		return r;
	if (fstatat(hand->fd, base, &st, 0) == 0)
		return 1;
	return errno == ENOENT ? 0 : pps_fail_errno(err, errno, "%s", name);
}

int pps_copy_fetch(copy_hand *hand, size_t i, pps_error **err)
{
	stream s = { .hand = hand, .item = &hand->run->items[i], .fd = -1 };
	int r;

	if ((r = is_there(hand, s.item->name, err)) != 0)
		return r < 0 ? r : pps_copy_compare(hand, i, err);
	pps_md5_start(&s.md5);
	if ((r = open_source(&s, err)) == PPS_OK && (r = reserve(hand, memory_for(&s), err)) == PPS_OK) {
		if ((r = open_match(&s, err)) == PPS_OK)
			r = hand->run->copier->is_far ? put_object(&s, i, err) : put_file(&s, i, err);
		release(hand);
	}
	pps_store_temp_free(s.temp);
	pps_etag_match_free(s.match);
	pps_store_file_close(s.from);
	return r;
}

/* By the digest that the source's ETag is, or that was recorded, so that the source is not fetched. Return: 1 they are the same. */
static int is_same_digest(copy_hand *hand, pps_copy_item *item, const pps_store_stat *from, const pps_store_stat *to, pps_error **err)
{
	uint8_t wanted[16];
	pps_digests d;
	int r;

	if (item->md5)
		memcpy(wanted, item->md5, sizeof wanted);
	else if (!pps_store_etag_md5(from->etag, wanted))
		return 0;
	if (!pps_store_etag_md5(to->etag, item->digest) || memcmp(item->digest, wanted, sizeof wanted) != 0) {
		if ((r = pps_store_digest(hand->run->copier->to, item->name, PPS_DIGEST_MD5, &d, err)) < 0)
			return r;
		memcpy(item->digest, d.md5, sizeof item->digest);
	}
	item->has_digest = 1;
	return !memcmp(item->digest, wanted, sizeof wanted);
}

/* What is reached by two names is no copy: it goes when the source goes. */
static int refuse_itself(copy_hand *hand, const pps_copy_item *item, pps_error **err)
{
	_cleanup_free_ char *to = NULL;
	int r;

	if ((r = pps_store_name_uri(hand->run->copier->to, item->name, &to, err)) < 0 || (r = pps_store_is_one(item->from, to, err)) < 0)
		return r;
	return r ? pps_fail(err, PPS_E_CONFIG, "%s: is its source %s itself, reached by another way", to, item->from) : PPS_OK;
}

int pps_copy_compare(copy_hand *hand, size_t i, pps_error **err)
{
	pps_copy_item *item = &hand->run->items[i];
	pps_store *to = hand->run->copier->to, *from;
	_cleanup_free_ char *name = NULL;
	pps_store_stat a, b;
	int r, same = 0;

	item->is_source = 1;
	if ((r = pps_copy_source(hand->run->copier, item->from, &from, &name, err)) < 0 || (r = pps_store_stat_name(from, name, &a, err)) < 0)
		return r;
	if (item->size >= 0 && a.size != (uint64_t)item->size)
		return pps_fail(err, PPS_E_CONFLICT, "%s: has %" PRIu64 " bytes, recorded are %" PRId64, item->from, a.size, item->size);
	item->is_source = 0;
	if ((r = pps_store_stat_name(to, item->name, &b, err)) == PPS_E_NOTFOUND)
		return pps_recode(err, PPS_E_CONFLICT); /* it was there a moment ago: a link that leads nowhere, or another is at work */
	if (r < 0 || (r = refuse_itself(hand, item, err)) < 0)
		return r;
	item->verified = PPS_VERIFIED_BYTES;
	if (a.inode && a.inode == b.inode && a.device == b.device) {
		item->verified = PPS_VERIFIED_INODE;
	} else if (a.size == b.size && (r = is_same_digest(hand, item, &a, &b, err)) != 0) {
		if (r < 0)
			return r;
		item->verified = PPS_VERIFIED_MD5;
	} else if (a.size != b.size || (r = pps_store_same(from, name, to, item->name, &same, err)) < 0 || !same) {
		item->verified = PPS_VERIFIED_NO;
		item->has_digest = 0;
		return r < 0 ? r : pps_fail(err, PPS_E_CONFLICT, "%s%s: there is another file of that name, of %" PRIu64 " bytes; nothing was changed",
					     pps_store_uri(to), item->name, b.size);
	}
	if ((r = pps_copy_sync_other(hand->run->copier, b.device, item->name, err)) < 0)
		return r;
	item->found = b.size;
	item->done = PPS_COPY_THERE;
	hand->run->stages[i] = COPY_DONE;
	return PPS_OK;
}

static int digest_fd(copy_hand *hand, int fd, const char *name, uint8_t ret[16], pps_error **err)
{
	pps_md5 md5;
	int r;

	if ((r = make_block(hand, BLOCK_LEAST, err)) < 0)
		return r;
	pps_md5_start(&md5);
	/* what the disk has, not what is still in memory */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (;;) {
		ssize_t n = read(fd, hand->block, BLOCK_LEAST);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pps_fail_errno(err, errno, "read %s again", name);
		if (n == 0)
			break;
		pps_md5_update(&md5, hand->block, (size_t)n);
		if ((r = pps_ctx_check(hand->run->copier->ctx, err)) < 0)
			return r;
	}
	pps_md5_finish(&md5, ret);
	return PPS_OK;
}

int pps_copy_prove(copy_hand *hand, size_t i, int fd, pps_error **err)
{
	pps_copy_item *item = &hand->run->items[i];
	pps_digests d;
	int r;

	if (fd >= 0)
		r = digest_fd(hand, fd, item->name, d.md5, err);
	else
		r = pps_store_digest(hand->run->copier->to, item->name, PPS_DIGEST_MD5, &d, err);
	if (r < 0)
		return r;
	if (memcmp(d.md5, item->digest, sizeof d.md5) != 0)
		return pps_fail(err, PPS_E_IO, "%s%s: what was written is not what is read again: damaged on its way or on the disk",
				pps_store_uri(hand->run->copier->to), item->name);
	item->verified = PPS_VERIFIED_READ;
	return PPS_OK;
}
