/* SPDX-License-Identifier: BSD-3-Clause */
/* What a zip holds or is to hold, in order: files of stores, and texts made in memory. */
#ifndef PPS_ARCHIVE_MEMBERS_H
#define PPS_ARCHIVE_MEMBERS_H

#include "archive/reader.h"
#include "base/buf.h"
#include "store/store.h"

typedef struct pps_members pps_members;

typedef struct pps_member {
	const char *name;  /* in the zip */
	pps_store *store;  /* NULL for a text */
	const char *path;  /* name in the store */
	const char *bytes; /* text, or NULL */
	uint64_t size;     /* of the text, or of the file when it was listed */
	const pps_store_stat *known; /* the file as it was listed; NULL: only its size is known */
	/* A text that is made when its turn comes to be packed; NULL: none. */
	int (*make)(void *user, pps_buf *out, pps_error **err);
	void *user;
} pps_member;

/* Told of the files while they are packed. */
typedef struct pps_members_watch {
	int (*begin)(void *user, pps_error **err);
	/* One file, before it leaves; @bytes: all of them where they are at hand, else NULL. A failure ends the packing. */
	int (*file)(void *user, const pps_member *member, const pps_reader *bytes, pps_error **err);
	void *user;
} pps_members_watch;

int pps_members_new(pps_members **ret_members, pps_error **err);
void pps_members_free(pps_members *members);
PPS_DEFINE_CLEANUP(pps_members, pps_members_free)

/* @name must be a safe member name: valid UTF-8, relative, no "..", no empty part, no NUL, at most 65,535
 * bytes; taken names are PPS_E_EXISTS. @size: as listed; a file that has another size when packed is PPS_E_CONFLICT;
 * UINT64_MAX: not known. */
int pps_members_add_file(pps_members *members, const char *name, pps_store *store, const char *path, uint64_t size,
			 pps_error **err);
/* The same for a file that a listing told of: packing an object reads that version, or fails with PPS_E_CONFLICT. */
int pps_members_add_known(pps_members *members, const char *name, pps_store *store, const char *path, uint64_t size,
			  const pps_store_stat *known, pps_error **err);
int pps_members_add_text(pps_members *members, const char *name, const void *bytes, size_t size, pps_error **err); /* copied */
/* A text that does not exist before those before it were packed; @user is borrowed. */
int pps_members_add_late(pps_members *members, const char *name, int (*make)(void *user, pps_buf *out, pps_error **err), void *user,
			 pps_error **err);
/* Copied; what it points to is borrowed. */
void pps_members_set_watch(pps_members *members, const pps_members_watch *watch);
const pps_members_watch *pps_members_get_watch(const pps_members *members); /* NULL: none */
/* Every file below a folder, sorted by name (bytes), named relative to it. Names already taken are left out; our own
 * temporary files (".pps-*") too. */
int pps_members_add_folder(pps_members *members, pps_store *store, const char *folder, pps_error **err);

/* PPS_OK, or PPS_E_FORMAT with the reason why a member of this name would not be safe to extract. */
int pps_member_name_check(const char *name, size_t len, pps_error **err);

size_t pps_members_count(const pps_members *members);
const pps_member *pps_members_at(const pps_members *members, size_t n); /* borrowed */
const pps_member *pps_members_find(const pps_members *members, const char *name);

#endif
