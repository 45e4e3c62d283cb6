/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/raw-watch.h"

#include <string.h>

#include "archive/raw-archive.h"
#include "archive/sidecar.h"

struct pps_raw_watch {
	pps_fits_index *index;
};

static int begin(void *user, pps_error **err)
{
	pps_raw_watch *w = user;

	pps_fits_index_free(w->index);
	w->index = NULL;
	return pps_fits_index_new(-1, &w->index, err);
}

/* Empty sidecars are what some sites write. */
static int look(void *user, const pps_member *member, const pps_reader *bytes, pps_error **err)
{
	pps_raw_watch *w = user;

	if (pps_raw_is_fits(member->name))
		return bytes ? pps_fits_index_add_bytes(w->index, member->name, bytes, err)
			     : pps_fits_index_add(w->index, member->name, member->store, member->path, err);
	if (!pps_raw_is_sidecar(member->name) || !member->size)
		return PPS_OK;
	return bytes ? pps_sidecar_check_bytes(bytes, err) : pps_sidecar_check(member->store, member->path, err);
}

static int make_index(void *user, pps_buf *out, pps_error **err)
{
	pps_raw_watch *w = user;

	return pps_fits_index_write(w->index, out, err);
}

int pps_raw_watch_new(pps_raw_watch **ret_watch, pps_error **err)
{
	return (*ret_watch = calloc(1, sizeof **ret_watch)) ? PPS_OK : pps_fail_nomem(err);
}

void pps_raw_watch_free(pps_raw_watch *watch)
{
	if (!watch)
		return;
	pps_fits_index_free(watch->index);
	free(watch);
}

int pps_raw_watch_members(pps_raw_watch *watch, pps_members *members, pps_error **err)
{
	pps_members_set_watch(members, &(pps_members_watch){ .begin = begin, .file = look, .user = watch });
	return pps_members_add_late(members, PPS_METADATA_INDEX_NAME, make_index, watch, err);
}
