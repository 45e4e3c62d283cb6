/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the S3 store share. */
#ifndef PPS_STORE_STORE_S3_H
#define PPS_STORE_STORE_S3_H

#include <pthread.h>

#include "base/http.h"
#include "store/s3-profile.h"
#include "store/s3-xml.h"
#include "store/store-ops.h"

#define PPS_S3_IDLE_MOST 32
#define PPS_S3_MARK ".pps-"
#define PPS_S3_PARTS_MOST 10000
/* As many parts of one size; the next ones are twice as large. Ten times doubled, 5 MiB are enough for the largest object there may be. */
#define PPS_S3_PARTS_ALIKE 1000

typedef struct pps_s3_store {
	const char *bucket; /* borrowed from the store's root, as is the prefix */
	const char *prefix; /* key of the folder, without a slash at its end; "" is the bucket */
	uint64_t part_size; /* of the first parts of an upload */
	uint64_t copy_most; /* a larger object is copied in parts */
	int upload_threads;
	pps_ctx *after; /* cleans up when the store's own is cancelled */
	pthread_mutex_t lock; /* guards what follows */
	pps_s3_profile *profile;
	pps_http *idle[PPS_S3_IDLE_MOST];
	size_t nidle;
	int64_t server, beside; /* the last Date of an answer and the local clock then, TAI ns; 0: none yet */
	int guards;		/* 1 If-None-Match is honoured, 0 it is not, -1 not asked yet */
	int removes_many;	/* 1 several at once are fine, 0 they are not, -1 not asked yet */
} pps_s3_store;

static inline pps_s3_store *pps_s3_of(const pps_store *store)
{
	return store->kind;
}

/* One request, repeated where that is safe. Borrowed until the call returns. */
typedef struct pps_s3_call {
	const char *doing;  /* for messages: "read", "list" */
	const char *method;
	const char *name;   /* below the store; NULL: the bucket */
	pps_s3_pair query[8];
	size_t nquery;
	pps_s3_pair headers[8];
	size_t nheaders;
	const void *body;
	size_t body_size;
	const char *payload; /* SHA-256 of the body in hex; NULL: taken here */
	uint64_t max_body;
	/* As in pps_http_request, but an answer may end and go on in the next try. */
	int (*sink)(void *user, const void *bytes, size_t size, pps_error **err);
	/* NULL, or called before each try but the first, to begin anew. */
	int (*again)(struct pps_s3_call *call, pps_error **err);
	void *user;
	int wants_etag_match; /* what is asked for must be the object that was meant: 404 too is a change */
	int is_conditional;   /* 412: something is there already */
	int is_cleanup;	      /* one short try, also after a cancellation */
	int tries;	      /* at most; 0: as many as is usual */
	/* Out: */
	int unanswered; /* tries that may have been carried out though no answer said so */
} pps_s3_call;

/* PPS_OK after an answer 2xx (that holds no <Error>), else the error that it means, naming what was done to which object. @response: as
 * for pps_http_exchange(). */
int pps_s3_exchange(pps_store *store, pps_s3_call *call, pps_http_response *response, pps_error **err);

void pps_s3_call_query(pps_s3_call *call, const char *name, const char *value);
void pps_s3_call_header(pps_s3_call *call, const char *name, const char *value);

/* What an answer means (pure): the code, and whether the same request may succeed a little later. */
typedef struct pps_s3_verdict {
	int code;
	int is_retriable;
	int is_stale; /* the credentials have expired: load them again */
	const char *advice; /* what to do; "" when nothing can be added */
} pps_s3_verdict;
pps_s3_verdict pps_s3_judge(int status, const pps_s3_fault *fault);

/* The key of a name below the store, or of the folder itself with a slash at its end ("" for the bucket). Owned by the caller. */
int pps_s3_key(const pps_store *store, const char *name, char **ret_key, pps_error **err);
int pps_s3_folder_key(const pps_store *store, const char *folder, char **ret_key, pps_error **err);

/* Size, time and ETag from the headers of an answer about one object; PPS_E_FORMAT when they are not there. */
int pps_s3_stat_read(const pps_http_response *response, pps_store_stat *ret_stat, pps_error **err);
/* 1 when an ETag is the MD5 of the content: 32 hexadecimal digits, and the answer does not say that it is encrypted in another way. */
int pps_s3_etag_is_md5(const char *etag);

int pps_s3_list(pps_store *store, const char *folder, int flags, pps_store_listing *listing, pps_error **err);

int pps_s3_stat(pps_store *store, const char *name, pps_store_stat *ret_stat, pps_error **err);
int pps_s3_file_open(pps_store *store, const char *name, const pps_store_stat *known, pps_store_file **ret_file, pps_error **err);
int pps_s3_file_open_ahead(pps_store *store, const char *name, size_t ahead, pps_store_file **ret_file, pps_error **err);
void pps_s3_file_close(pps_store_file *file);
int pps_s3_file_read(pps_store_file *file, uint64_t offset, void *bytes, size_t size, size_t *ret_got, pps_error **err);
int pps_s3_file_check(pps_store_file *file, pps_error **err);
int pps_s3_read_range(pps_store *store, pps_store_range *piece, pps_error **err);

int pps_s3_temp_new(pps_store *store, const char *name, const char *tag, pps_store_temp **ret_temp, pps_error **err);
int pps_s3_temp_write(pps_store_temp *temp, const void *bytes, size_t size, pps_error **err);
int pps_s3_temp_stamp(pps_store_temp *temp, int64_t mtime, uint32_t mode, pps_error **err);
int pps_s3_temp_sync(pps_store_temp *temp, pps_error **err);
int pps_s3_temp_place(pps_store_temp *temp, pps_error **err);
void pps_s3_temp_free(pps_store_temp *temp);

/* 1 the server refuses to overwrite when asked to, 0 it does not; negative: error. */
int pps_s3_guards(pps_store *store, pps_error **err);
/* A whole object at once. @guarded: If-None-Match, PPS_E_EXISTS when there is one and the server heeds it; else what is there is replaced. */
int pps_s3_put(pps_store *store, const char *name, const void *bytes, size_t size, int guarded, pps_error **err);

/* A multipart upload. Its mark, an object beside the destination, is there from before it begins until after it has ended, so that a
 * sweep knows which uploads are ours and whose process is gone. */
int pps_s3_mark_name(const char *name, const char *tag, char **ret_name, pps_error **err);
typedef struct pps_s3_upload pps_s3_upload; /* parts may be sent from several threads, the rest is one thread's */
int pps_s3_upload_new(pps_store *store, const char *name, const char *tag, pps_s3_upload **ret_upload, pps_error **err);
/* Part @n from 1. */
int pps_s3_upload_part(pps_s3_upload *upload, unsigned n, const void *bytes, size_t size, pps_error **err);
int pps_s3_upload_part_copy(pps_s3_upload *upload, unsigned n, const char *from, const char *etag, uint64_t offset, uint64_t size,
			    pps_error **err);
/* Asks for the ETags of parts that the server did not tell when they were made. */
int pps_s3_upload_ask_parts(pps_s3_upload *upload, pps_error **err);
/* "/bucket/key", encoded, for x-amz-copy-source. Owned by the caller. */
int pps_s3_copy_source(const pps_store *store, const char *name, char **ret_text, pps_error **err);
/* PPS_E_EXISTS when there is an object already. Parts 1 to @parts. Verified: size, and the ETag that follows from the parts that were sent. */
int pps_s3_upload_complete(pps_s3_upload *upload, unsigned parts, uint64_t size, pps_error **err);
/* Aborts it unless it was completed, also after a cancellation. */
void pps_s3_upload_free(pps_s3_upload *upload);
PPS_DEFINE_CLEANUP(pps_s3_upload, pps_s3_upload_free)
int pps_s3_sweep(pps_store *store, const char *folder, int64_t age_s, size_t *ret_removed, pps_error **err);

int pps_s3_copy(pps_store *store, const char *from, const char *to, pps_error **err);
int pps_s3_move(pps_store *store, const char *from, const char *to, pps_error **err);
int pps_s3_remove(pps_store *store, const char *name, pps_error **err);
/* The same as one short try, also after a cancellation. */
void pps_s3_remove_after(pps_store *store, const char *name);
int pps_s3_remove_many(pps_store *store, const char *const *names, size_t n, pps_error **err);

#endif
