/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of copy share. */
#ifndef PPS_STORE_COPY_PRIVATE_H
#define PPS_STORE_COPY_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/map.h"
#include "store/copy.h"

struct pps_copier {
	pps_ctx *ctx;
	pps_store *to;
	int is_far;    /* objects */
	int threads;
	int root;      /* the root folder; -1: objects */
	int gathering; /* the folder under it where files are before they get their names; -1: none yet */
	char *gathering_name;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t room;
	pps_map *sources;     /* root -> pps_store */
	uint64_t used;	      /* bytes of buffers */
};

/* How far an item came. */
enum {
	COPY_BEGUN,
	COPY_GATHERED, /* written, without its name */
	COPY_DONE,     /* has its name; on disk at the end of the call */
	COPY_FAILED,
	COPY_UNLINKABLE /* to be copied instead */
};

typedef struct copy_run copy_run;

/* What one thread keeps. */
typedef struct copy_hand {
	copy_run *run;
	char *folder; /* the one that is open; NULL: none */
	int fd;
	char *block;
	size_t block_size;
	uint64_t reserved;
	char *swept; /* the folder whose left-over uploads were swept last */
} copy_hand;

/* One item; the failure is the item's. */
typedef int (*copy_step)(copy_hand *hand, size_t i, pps_error **err);

struct copy_run {
	pps_copier *copier;
	pps_copy_item *items;
	size_t n;
	size_t *order;	/* by target, so that those of one folder come together */
	char *stages;	/* COPY_* */
	pps_copy_options options;
	copy_step step;
	int stage;	/* items at this one are taken */
	atomic_size_t next;
	atomic_int in_a_row; /* failures of a kind that comes from the whole store */
	atomic_int stopped;  /* code; 0: goes on */
	int early;	     /* the same of an earlier step */
	pthread_mutex_t lock;
	pps_error *why;	/* of stopping; guarded by the lock */
};

/* PPS_E_CANCELLED, or PPS_E_TIMEOUT after the deadline. */
int pps_copy_check(const copy_run *run, pps_error **err);
/* The store and the name there of an item's source; the store is borrowed. */
int pps_copy_source(pps_copier *copier, const char *from, pps_store **ret_store, char **ret_name, pps_error **err);

/* Copies one item: to where files gather, or, of objects, to its name. */
int pps_copy_fetch(copy_hand *hand, size_t i, pps_error **err);
/* Sees whether what has the target's name is the source's content. */
int pps_copy_compare(copy_hand *hand, size_t i, pps_error **err);
/* MD5 of the target, or of what is gathered (@fd), again from the disk. */
int pps_copy_prove(copy_hand *hand, size_t i, int fd, pps_error **err);

int pps_copy_gather_open(pps_copier *copier, pps_error **err);
void pps_copy_gather_close(pps_copier *copier);
/* A new file of this number there. */
int pps_copy_gather_new(copy_hand *hand, size_t i, int *ret_fd, pps_error **err);
void pps_copy_gather_drop(const copy_run *run, size_t i);
/* Gives it its name. */
int pps_copy_place(copy_hand *hand, size_t i, pps_error **err);
/* Opens the folder that holds a name; *ret_base is the rest of the name. Return: 1, 0 when it is not there; with @make it is made. */
int pps_copy_enter(copy_hand *hand, const char *name, int make, const char **ret_base, pps_error **err);
/* All that was written is on disk: of the root's file system. */
int pps_copy_sync(const pps_copier *copier, pps_error **err);
/* One file, where it is on another file system that is mounted below the root. */
int pps_copy_sync_other(const pps_copier *copier, uint64_t device, const char *name, pps_error **err);

int pps_copy_link(copy_hand *hand, size_t i, pps_error **err);
int pps_copy_look(copy_hand *hand, size_t i, pps_error **err);

#endif
