/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the bytes of one member come from while it is packed: a text, a file, or an object that is read ahead. */
#ifndef PPS_ARCHIVE_PACK_SOURCE_H
#define PPS_ARCHIVE_PACK_SOURCE_H

#include "archive/members.h"
#include "store/prefetch.h"

typedef struct pps_pack_source {
	const pps_member *member;
	const char *text;     /* of a text, borrowed */
	pps_store_file *file; /* of a file */
	pps_prefetch *ahead;  /* of an object, borrowed: its bytes come in order, as often as it was added there */
	uint64_t size;
	pps_piece *piece; /* that is being read */
	pps_piece_check check;
	/* All pieces, when they are kept; those before nsent are no longer ours. */
	pps_piece **kept;
	size_t nkept, kept_cap, nsent;
} pps_pack_source;

int pps_pack_source_file(pps_pack_source *s, pps_error **err);
/* Waits until all of an object is at hand; it can then be read in any order. @follow: compares its MD5, which sending it does, too. */
int pps_pack_source_keep(pps_pack_source *s, int follow, pps_error **err);
/* Fewer bytes only at the end; an object that is not kept is read in order. */
int pps_pack_source_read(pps_pack_source *s, uint64_t offset, void *bytes, size_t size, size_t *ret_got, pps_error **err);
/* A file that changed since it was opened is PPS_E_CONFLICT. */
int pps_pack_source_check(pps_pack_source *s, pps_error **err);
/* Tells the watch of an object. */
int pps_pack_source_show(pps_pack_source *s, const pps_members_watch *watch, pps_error **err);
void pps_pack_source_close(pps_pack_source *s);

#endif
