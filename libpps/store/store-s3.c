/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects of an S3 server as a store: what it keeps while it is open, and what concerns no single object. */
#include <string.h>

#include "base/time.h"
#include "base/uuid.h"
#include "store/store-s3.h"

#define PART_LEAST (5u << 20) /* what servers accept */
#define PART_MOST (16u << 20)
#define COPY_MOST (UINT64_C(5) << 30) /* of CopyObject */
#define THREADS 3
#define THREADS_MEMORY (128u << 20) /* with less, parts go one after the other */
#define CLOCK_AGE_NS (INT64_C(60) * PPS_NS_PER_S)

static void s3_close(pps_store *store)
{
	pps_s3_store *s = pps_s3_of(store);

	for (size_t i = 0; i < s->nidle; i++)
		pps_http_free(s->idle[i]);
	pps_s3_profile_free(s->profile);
	pps_ctx_unref(s->after);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static int s3_open(pps_store *store, pps_error **err)
{
	uint64_t memory = pps_ctx_memory(store->ctx), part = memory / 16;
	pps_s3_store *s = calloc(1, sizeof *s);

	if (!s)
		return pps_fail_nomem(err);
	pthread_mutex_init(&s->lock, NULL);
	store->kind = s;
	s->bucket = store->root->bucket;
	s->prefix = store->root->path;
	s->part_size = part < PART_LEAST ? PART_LEAST : part > PART_MOST ? PART_MOST : part;
	s->copy_most = COPY_MOST;
	s->upload_threads = memory < THREADS_MEMORY ? 1 : THREADS;
	s->guards = s->removes_many = -1;
	return pps_ctx_new(&s->after, err);
}

/* Objects are durable when the server has answered, and folders are only parts of names. */
static int s3_sync(pps_store *store _unused_, const char *name _unused_, pps_error **err _unused_)
{
	return PPS_OK;
}

static int s3_make_folder(pps_store *store _unused_, const char *name _unused_, pps_error **err _unused_)
{
	return PPS_OK;
}

static int clock_known(pps_s3_store *s, int64_t *ret_server, int64_t *ret_local)
{
	int64_t now;
	int known;

	pthread_mutex_lock(&s->lock);
	*ret_server = s->server;
	*ret_local = s->beside;
	pthread_mutex_unlock(&s->lock);
	known = *ret_server && pps_tai_now(&now, NULL) == PPS_OK && now >= *ret_local && now - *ret_local <= CLOCK_AGE_NS;
	return known;
}

/* Any answer has a date, also one that refuses. Asked once: who needs the server for more will try longer. */
static int s3_clock(pps_store *store, int64_t *ret_server, int64_t *ret_local, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "ask the clock of", .method = "HEAD", .tries = 1 };
	pps_s3_store *s = pps_s3_of(store);
	int r;

	if (clock_known(s, ret_server, ret_local))
		return 1;
	r = pps_s3_exchange(store, &call, &response, &e);
	if (r != PPS_E_CANCELLED && clock_known(s, ret_server, ret_local))
		return 1;
	if (r == PPS_OK)
		return pps_fail(err, PPS_E_FORMAT, "%s: the server's answers have no Date: its clock cannot be compared with this machine's", store->uri);
	pps_error_move(err, TAKE_PTR(e));
	return r;
}

static int s3_presign(pps_store *store, const char *name, const char *method, int64_t seconds, char **ret_url, pps_error **err)
{
	pps_s3_store *s = pps_s3_of(store);
	_cleanup_(pps_s3_profile_freep) pps_s3_profile *profile = NULL;
	static const pps_s3_pair new_only = { "If-None-Match", "*" };
	pps_s3_request request = { .method = method, .headers = &new_only, .nheaders = strcmp(method, "PUT") == 0 };
	_cleanup_free_ char *key = NULL;
	int64_t tai, now;
	int r;

	/* of its own: what signs requests meanwhile may be renewed, and a URL should hold as long as it can */
	if ((r = pps_s3_key(store, name, &key, err)) < 0 || (r = pps_s3_profile_load(store->ctx, store->root->profile, &profile, err)) < 0 ||
	    (r = pps_tai_now(&tai, err)) < 0 || (r = pps_utc_of_tai(tai, &now, err)) < 0)
		return r;
	request.target = (pps_s3_target){ .endpoint = profile->endpoint, .region = profile->region, .bucket = s->bucket, .key = key };
	return pps_s3_presign(&request, &profile->credentials, now, seconds, ret_url, err);
}

/* Writes an object of a new name twice: the second time must be refused. */
static int probe(pps_store *store, int *ret_guards, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	_cleanup_free_ char *name = NULL;
	char id[37], tag[64];
	pps_uuid uuid;
	int r;

	if ((r = pps_uuid_v4(&uuid, err)) < 0)
		return r;
	pps_uuid_format(&uuid, id);
	snprintf(tag, sizeof tag, "probe-%s", id);
	if ((r = pps_s3_mark_name("", tag, &name, err)) < 0)
		return r;
	*ret_guards = 0;
	if ((r = pps_s3_put(store, name, "", 0, 1, &e)) == PPS_OK) {
		/* other bytes, which cannot be taken for the first ones should an answer be lost */
		r = pps_s3_put(store, name, "again", 5, 1, &e);
		pps_s3_remove_after(store, name);
	}
	if (r == PPS_OK || r == PPS_E_UNSUPPORTED)
		return PPS_OK;
	if (r == PPS_E_EXISTS) {
		*ret_guards = 1;
		return PPS_OK;
	}
	pps_error_move(err, TAKE_PTR(e));
	return r;
}

int pps_s3_guards(pps_store *store, pps_error **err)
{
	pps_s3_store *s = pps_s3_of(store);
	int guards, r;

	pthread_mutex_lock(&s->lock);
	guards = s->guards;
	pthread_mutex_unlock(&s->lock);
	if (guards >= 0)
		return guards;
	if ((r = probe(store, &guards, err)) < 0)
		return pps_wrap(err, r, "see whether %s refuses to overwrite", store->uri);
	pthread_mutex_lock(&s->lock);
	s->guards = guards;
	pthread_mutex_unlock(&s->lock);
	return guards;
}

static int s3_guards(pps_store *store, pps_error **err)
{
	int r = pps_s3_guards(store, err);

	if (r < 0)
		return r;
	return r ? PPS_OK : pps_fail(err, PPS_E_UNSUPPORTED, "%s: the server overwrites objects even when asked not to (If-None-Match), so nothing that "
				     "must never be overwritten is placed there: choose another destination", store->uri);
}

static int s3_replace(pps_store *store, const char *name, const void *bytes, size_t size, pps_error **err)
{
	return pps_s3_put(store, name, bytes, size, 0, err);
}

const pps_store_ops pps_store_s3_ops = {
	.open = s3_open,
	.close = s3_close,
	.list = pps_s3_list,
	.stat = pps_s3_stat,
	.file_open = pps_s3_file_open,
	.file_open_ahead = pps_s3_file_open_ahead,
	.file_close = pps_s3_file_close,
	.file_read = pps_s3_file_read,
	.file_check = pps_s3_file_check,
	.read_range = pps_s3_read_range,
	.temp_new = pps_s3_temp_new,
	.temp_write = pps_s3_temp_write,
	.temp_stamp = pps_s3_temp_stamp,
	.temp_sync = pps_s3_temp_sync,
	.temp_place = pps_s3_temp_place,
	.temp_free = pps_s3_temp_free,
	.replace = s3_replace,
	.sweep = pps_s3_sweep,
	.move = pps_s3_move,
	.sync = s3_sync,
	.make_folder = s3_make_folder,
	.copy = pps_s3_copy,
	.remove = pps_s3_remove,
	.remove_many = pps_s3_remove_many,
	.guards = s3_guards,
	.presign = s3_presign,
	.clock = s3_clock,
};
