/* SPDX-License-Identifier: BSD-3-Clause */
/* What the library's own code does with stores; the public side is <pps/store.h>. Names are relative to the store. */
#ifndef PPS_STORE_STORE_H
#define PPS_STORE_STORE_H

#include <pps/store.h>

#include "base/ctx.h"
#include "base/digest.h"
#include "store/uri.h"

static inline void pps_store_unrefp(pps_store **store)
{
	pps_store_unref(*store);
}
PPS_DEFINE_CLEANUP(pps_store_listing, pps_store_listing_free)

pps_ctx *pps_store_ctx(pps_store *store);
const pps_uri *pps_store_root(const pps_store *store);
/* A store for the folder that holds a file, and the file's name in it (owned by the caller); the URI's fragment is ignored. */
int pps_store_open_parent(pps_ctx *ctx, const char *uri, pps_store **ret_store, char **ret_name, pps_error **err);
/* "file:///root/name" as the Butler stores it, owned by the caller; or, for messages, the plain path. */
int pps_store_name_uri(const pps_store *store, const char *name, char **ret_uri, pps_error **err);
int pps_store_name_plain(const pps_store *store, const char *name, char **ret_path, pps_error **err);

#define PPS_STORE_ETAG_MOST 127

typedef struct pps_store_stat {
	uint64_t size;
	int64_t mtime; /* UTC ns; of an object in whole seconds */
	uint32_t mode; /* st_mode; 0 where there is none */
	uint64_t device, inode, links; /* 0 where there are none */
	char etag[PPS_STORE_ETAG_MOST + 1]; /* of an object, without quotes; "" where there is none */
} pps_store_stat;

/* PPS_E_NOTFOUND when there is no such file; a folder is PPS_E_FORMAT. */
int pps_store_stat_name(pps_store *store, const char *name, pps_store_stat *ret_stat, pps_error **err);
/* 1 exists, 0 does not, negative: error. */
int pps_store_exists(pps_store *store, const char *name, pps_error **err);

/* The nth entry of a listing: its ETag, borrowed, "" where there is none; or all that is known of it, as a stat. */
const char *pps_store_listing_etag(const pps_store_listing *listing, size_t n);
void pps_store_listing_stat(const pps_store_listing *listing, size_t n, pps_store_stat *ret_stat);

/* A file opened for reading; one thread at a time. */
typedef struct pps_store_file pps_store_file;
int pps_store_file_open(pps_store *store, const char *name, pps_store_file **ret_file, pps_error **err);
/* The same for a file that a listing or a stat has told of: an object is then not asked for again before it is read. Another size, time
 * or ETag than @known says is PPS_E_CONFLICT, of an object when it is first read. */
int pps_store_file_open_known(pps_store *store, const char *name, const pps_store_stat *known, pps_store_file **ret_file,
			      pps_error **err);
/* The same for a file that nothing is known of and that is read from its first byte on: the first @ahead bytes of an object come with the
 * answer that opens it, so that a small one costs one request. */
int pps_store_file_open_ahead(pps_store *store, const char *name, size_t ahead, pps_store_file **ret_file, pps_error **err);
void pps_store_file_close(pps_store_file *file);
PPS_DEFINE_CLEANUP(pps_store_file, pps_store_file_close)
const pps_store_stat *pps_store_file_stat(const pps_store_file *file); /* as it was when opened */
const char *pps_store_file_path(const pps_store_file *file);           /* for messages */
/* Reads @size bytes at @offset; fewer only at the end of the file. */
int pps_store_file_read(pps_store_file *file, uint64_t offset, void *bytes, size_t size, size_t *ret_got, pps_error **err);
/* PPS_E_CONFLICT when the file's size or time changed since it was opened. */
int pps_store_file_check(pps_store_file *file, pps_error **err);

/* One piece of a file that a listing or a stat told of. */
typedef struct pps_store_range {
	const char *name;
	const pps_store_stat *known; /* of an object with its ETag */
	uint64_t offset;
	void *bytes;
	size_t size; /* not 0; all of it is in the file */
	int (*should_end)(void *user); /* NULL, or asked now and then: true ends it with PPS_E_CANCELLED */
	void *user;
	int is_md5; /* out: the ETag is the MD5 of the whole file, which is for the caller to compare */
} pps_store_range;
/* Reads it, in one request where there are requests; any number of threads at a time. Another version than the known one is PPS_E_CONFLICT. */
int pps_store_read_range(pps_store *store, pps_store_range *range, pps_error **err);
/* 1 when each reading is a request to a server, so that reading ahead pays. */
int pps_store_is_far(const pps_store *store);
/* 1 and *ret when an ETag has the form of an MD5. */
int pps_store_etag_md5(const char *etag, uint8_t ret[16]);

/* A new file, written beside its destination as ".pps-<tag>-<host>-<pid>"; one thread at a time. */
typedef struct pps_store_temp pps_store_temp;
/* @name: the destination; missing folders are made. @tag: letters, digits, '_', '-' and '.' (others become '_'), such as the obs id. */
int pps_store_temp_new(pps_store *store, const char *name, const char *tag, pps_store_temp **ret_temp, pps_error **err);
int pps_store_temp_write(pps_store_temp *temp, const void *bytes, size_t size, pps_error **err); /* appends */
uint64_t pps_store_temp_size(const pps_store_temp *temp);
/* Sets time (UTC ns) and permissions (0: as they are). */
int pps_store_temp_stamp(pps_store_temp *temp, int64_t mtime, uint32_t mode, pps_error **err);
int pps_store_temp_sync(pps_store_temp *temp, pps_error **err);
/* Moves it to its destination without overwriting (PPS_E_EXISTS) and synchronises the folder. After pps_store_temp_sync(). */
int pps_store_temp_place(pps_store_temp *temp, pps_error **err);
/* Removes the temporary file unless it was placed. */
void pps_store_temp_free(pps_store_temp *temp);
PPS_DEFINE_CLEANUP(pps_store_temp, pps_store_temp_free)

/* The whole content of one file, whether there is one of that name or not: only for what this program alone writes and readers poll. They see
 * the one or the other, never half of it; on disk when it returns. */
int pps_store_replace(pps_store *store, const char *name, const void *bytes, size_t size, pps_error **err);

/* Removes temporary files that dead processes left in a folder: of this host where the process is gone, of other hosts when
 * unchanged for @age_s seconds. A missing folder is fine. */
int pps_store_sweep(pps_store *store, const char *folder, int64_t age_s, size_t *ret_removed, pps_error **err);
/* Moves a file without overwriting (same file system); missing folders are made; both folders are synchronised. */
int pps_store_move(pps_store *store, const char *from, const char *to, pps_error **err);
/* Puts a file that somebody else wrote, and its name, on disk. */
int pps_store_sync(pps_store *store, const char *name, pps_error **err);
/* An empty folder, and what is missing above it; PPS_OK also when it is there. @name may end with a slash. */
int pps_store_make_folder(pps_store *store, const char *name, pps_error **err);
/* Another file of the same content in the same store, without overwriting (PPS_E_EXISTS). */
int pps_store_copy(pps_store *store, const char *from, const char *to, pps_error **err);
/* PPS_OK also when it is not there. */
int pps_store_remove(pps_store *store, const char *name, pps_error **err);
/* Many at once, as far as it goes: the first that cannot be removed is named. */
int pps_store_remove_many(pps_store *store, const char *const *names, size_t n, pps_error **err);
/* PPS_OK when the store never overwrites what is there, whoever else writes; PPS_E_UNSUPPORTED for an S3 server that does not honour
 * If-None-Match: exposures are not placed there. The server is asked once for each store. */
int pps_store_guards(pps_store *store, pps_error **err);
/* The clock of the server that keeps the store, TAI ns, with the local one beside it, at most a minute old. Return: 1, 0 when the store has
 * no clock of its own, negative: error. */
int pps_store_clock(pps_store *store, int64_t *ret_server, int64_t *ret_local, pps_error **err);
/* *ret_same 1 when both are the same inode or have equal bytes. */
int pps_store_same(pps_store *a, const char *name_a, pps_store *b, const char *name_b, int *ret_same, pps_error **err);
/* Whether two absolute URIs, without fragments, name one file, which is gone under both when it is removed: the same folder by other ways, a symbolic link
 * to it; not two hard links. Of objects: the same profile, bucket and key. 1, 0 (also when one is not there), negative: error. */
int pps_store_is_one(const char *uri_a, const char *uri_b, pps_error **err);
/* Reads a whole file once. @wanted: PPS_DIGEST_*. */
int pps_store_digest(pps_store *store, const char *name, int wanted, pps_digests *ret, pps_error **err);

#endif
