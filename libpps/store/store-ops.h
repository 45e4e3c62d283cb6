/* SPDX-License-Identifier: BSD-3-Clause */
/* What each kind of store does in its own way; store.c is the same for all. */
#ifndef PPS_STORE_OPS_H
#define PPS_STORE_OPS_H

#include <stdatomic.h>

#include "store/store.h"

struct pps_store {
	atomic_int refs;
	pps_ctx *ctx;
	pps_uri *root; /* absolute */
	char *uri;
	const struct pps_store_ops *ops;
	void *kind; /* what the kind of store keeps; NULL where it keeps nothing */
};

typedef struct pps_store_entry {
	char *name;
	uint64_t size;
	int64_t mtime;
	char *etag; /* NULL where there is none */
} pps_store_entry;

struct pps_store_listing {
	pps_store_entry *entries;
	size_t n, cap;
};

/* Adds a file; copies name and ETag (NULL: none). */
int pps_store_listing_add(pps_store_listing *listing, const char *name, uint64_t size, int64_t mtime, const char *etag, pps_error **err);

/* Names are checked and relative; each message names the file. */
typedef struct pps_store_ops {
	int (*open)(pps_store *store, pps_error **err); /* NULL: nothing to do */
	void (*close)(pps_store *store);		/* also after an open that failed */
	int (*list)(pps_store *store, const char *folder, int flags, pps_store_listing *listing, pps_error **err);
	int (*stat)(pps_store *store, const char *name, pps_store_stat *ret_stat, pps_error **err);
	int (*file_open)(pps_store *store, const char *name, const pps_store_stat *known, pps_store_file **ret_file, pps_error **err);
	/* NULL: as open */
	int (*file_open_ahead)(pps_store *store, const char *name, size_t ahead, pps_store_file **ret_file, pps_error **err);
	void (*file_close)(pps_store_file *file);
	int (*file_read)(pps_store_file *file, uint64_t offset, void *bytes, size_t size, size_t *ret_got, pps_error **err);
	int (*file_check)(pps_store_file *file, pps_error **err);
	int (*read_range)(pps_store *store, pps_store_range *range, pps_error **err); /* NULL: by opening it */
	int (*temp_new)(pps_store *store, const char *name, const char *tag, pps_store_temp **ret_temp, pps_error **err);
	int (*temp_write)(pps_store_temp *temp, const void *bytes, size_t size, pps_error **err);
	int (*temp_stamp)(pps_store_temp *temp, int64_t mtime, uint32_t mode, pps_error **err);
	int (*temp_sync)(pps_store_temp *temp, pps_error **err);
	int (*temp_place)(pps_store_temp *temp, pps_error **err);
	void (*temp_free)(pps_store_temp *temp);
	int (*replace)(pps_store *store, const char *name, const void *bytes, size_t size, pps_error **err);
	int (*sweep)(pps_store *store, const char *folder, int64_t age_s, size_t *ret_removed, pps_error **err);
	int (*move)(pps_store *store, const char *from, const char *to, pps_error **err);
	int (*sync)(pps_store *store, const char *name, pps_error **err);
	int (*make_folder)(pps_store *store, const char *name, pps_error **err);
	int (*copy)(pps_store *store, const char *from, const char *to, pps_error **err);
	int (*remove)(pps_store *store, const char *name, pps_error **err);
	/* NULL: one after the other */
	int (*remove_many)(pps_store *store, const char *const *names, size_t n, pps_error **err);
	int (*guards)(pps_store *store, pps_error **err); /* NULL: always */
	int (*presign)(pps_store *store, const char *name, const char *method, int64_t seconds, char **ret_url, pps_error **err); /* NULL: it cannot */
	int (*clock)(pps_store *store, int64_t *ret_server, int64_t *ret_local, pps_error **err); /* NULL: none */
} pps_store_ops;

extern const pps_store_ops pps_store_file_ops, pps_store_s3_ops;

/* This host as it is called in the names of temporary files, by which a sweep knows whose they are. */
#define PPS_HOST_MOST 64
void pps_store_host_name(char out[PPS_HOST_MOST + 1]);

/* A folder in which one process gathers files before they get their names is called so, then as a temporary file; its owner holds a lock on it. */
#define PPS_STORE_GATHERING ".pps-copy-"

/* Each kind's own structs begin with these. */
struct pps_store_file {
	pps_store *store;
	char *path;
	pps_store_stat stat;
};

struct pps_store_temp {
	pps_store *store;
	char *path; /* of the destination, for messages */
	uint64_t size;
};

int pps_store_temp_new_file(pps_store *store, const char *name, const char *tag, pps_store_temp **ret_temp,
			    pps_error **err);
int pps_store_temp_write_file(pps_store_temp *temp, const void *bytes, size_t size, pps_error **err);
int pps_store_temp_stamp_file(pps_store_temp *temp, int64_t mtime, uint32_t mode, pps_error **err);
int pps_store_make_folder_file(pps_store *store, const char *name, pps_error **err);
int pps_store_temp_sync_file(pps_store_temp *temp, pps_error **err);
int pps_store_temp_place_file(pps_store_temp *temp, pps_error **err);
int pps_store_replace_file(pps_store *store, const char *name, const void *bytes, size_t size, pps_error **err);
void pps_store_temp_free_file(pps_store_temp *temp);
int pps_store_sweep_file(pps_store *store, const char *folder, int64_t age_s, size_t *ret_removed, pps_error **err);
int pps_store_sync_file(pps_store *store, const char *name, pps_error **err);
int pps_store_move_file(pps_store *store, const char *from, const char *to, pps_error **err);

#endif
