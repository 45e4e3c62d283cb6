/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many files at once into one store: copied, linked or looked for, by several threads, each with a result of its own. Nothing has its name
 * before all of it is on disk; nothing that is there is overwritten; what is there already counts when it has the same bytes.
 *
 * In a folder, files are gathered under its root, in a folder ".pps-copy-..." of this process, synchronised all at once, and only then given
 * their names; what a process left that died is swept when the next copier of that root is made. So a call costs two syncfs(), whatever
 * the number of files. An object appears by one request, or when its upload is completed; what a dead process left of that is swept when
 * a large object is next written to that folder. A file that cannot be moved from the root (another file system, or another quota, is mounted
 * below it) is written once more beside its place, with a synchronisation of its own.
 *
 * Threads: one call at a time for one copier. Memory: buffers within the limit of the context.
 */
#ifndef PPS_STORE_COPY_H
#define PPS_STORE_COPY_H

#include "store/store.h"

typedef struct pps_copier pps_copier;

/* @to: the root that all targets are below; a folder must be there. @threads: 0 as the context says. Connections, and those to the
 * sources, are kept until it is freed. */
int pps_copier_new(pps_ctx *ctx, const char *to, int threads, pps_copier **ret_copier, pps_error **err);
void pps_copier_free(pps_copier *copier);
PPS_DEFINE_CLEANUP(pps_copier, pps_copier_free)
/* Borrowed. */
pps_store *pps_copier_store(pps_copier *copier);

/* What was done. */
enum {
	PPS_COPY_NOTHING, /* see the code */
	PPS_COPY_COPIED,
	PPS_COPY_LINKED,
	PPS_COPY_THERE /* it was there already */
};

/* How it is known that the target has the bytes of the source. All but NO are proof enough to remove the source. */
enum {
	PPS_VERIFIED_NO,    /* size alone: the source has no digest, and proof was not asked for */
	PPS_VERIFIED_MD5,   /* MD5, taken of what was written, is the source's ETag, or the one that was recorded */
	PPS_VERIFIED_PARTS, /* the same for an object that was put in parts */
	PPS_VERIFIED_READ,  /* the target was read again once it was on disk */
	PPS_VERIFIED_BYTES, /* both were read, and are equal */
	PPS_VERIFIED_INODE  /* they are one file */
};
/* "size", "md5", "parts", "read", "bytes", "inode"; static. */
const char *pps_verified_name(int verified);

typedef struct pps_copy_item {
	const char *from;   /* URI or absolute path, without a fragment; to look: not used */
	const char *name;   /* of the target below the root, not quoted */
	int64_t size;       /* as recorded; -1: not known */
	const uint8_t *md5; /* as recorded; NULL: not known */
	/* Out, also when the call fails: */
	/* PPS_OK: it is there, whole and on disk. PPS_E_NOTFOUND with is_source: the source is not there. PPS_E_CONFLICT: something else is there, or the source is
	 * not what was recorded, or changes. PPS_E_CONFIG: the target is the source itself, by another way. PPS_E_HELD: no link can be made between these two places. PPS_E_CANCELLED: not come to. */
	int code;
	int done;      /* PPS_COPY_* */
	int verified;  /* PPS_VERIFIED_* */
	int is_source; /* the failure is one of the source */
	uint64_t found; /* bytes; PPS_OK, and what was looked at */
	int has_digest;
	uint8_t digest[16]; /* MD5 of the content, where it was taken */
	char *reason;  /* of a failure; released by pps_copy_items_clear() */
} pps_copy_item;
/* Releases what the calls set. */
void pps_copy_items_clear(pps_copy_item *items, size_t n);

enum {
	PPS_COPY_PROVE = 1,  /* what has no digest that tells is read again */
	PPS_COPY_INSTEAD = 2 /* what cannot be linked is copied */
};

typedef struct pps_copy_options {
	int flags;	     /* PPS_COPY_PROVE, PPS_COPY_INSTEAD */
	int64_t deadline_ns; /* on the monotonic clock; 0: none */
} pps_copy_options;

/*
 * Copies. Return: PPS_OK when each item was come to, whatever came of it. PPS_E_UNAVAILABLE, PPS_E_TIMEOUT, PPS_E_NOSPACE: the call ended early,
 * because one after the other failed so, or the deadline passed; what was not come to has that code too. PPS_E_CANCELLED, and errors of the
 * root itself. An item whose code is PPS_OK is done whatever the call returned; all others may be tried again.
 * @options: NULL: none.
 */
int pps_copier_copy(pps_copier *copier, pps_copy_item *items, size_t n, const pps_copy_options *options, pps_error **err);
/* The same by hard links, of files. */
int pps_copier_link(pps_copier *copier, pps_copy_item *items, size_t n, const pps_copy_options *options, pps_error **err);
/* Looks whether targets are there: PPS_OK, with the recorded size where there is one; PPS_E_NOTFOUND; PPS_E_CONFLICT for another size; any other
 * code: not known. Returns as pps_copier_copy(). */
int pps_copier_look(pps_copier *copier, pps_copy_item *items, size_t n, const pps_copy_options *options, pps_error **err);

#endif
