/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/tag.h"

#include <string.h>

#include "butler/chunk.h"
#include "butler/tag-private.h"

void pps_tag_report_clear(pps_tag_report *report)
{
	free(report->conflicts);
	free(report->unknown);
	*report = (pps_tag_report){ 0 };
}

int pps_tag_report_add(pps_tag_report *to, const pps_tag_report *from, pps_error **err)
{
	for (size_t i = 0; i < from->nconflicts; i++) {
		if (pps_grow(&to->conflicts, &to->conflicts_cap, to->nconflicts, sizeof *to->conflicts) < 0)
			return pps_fail_nomem(err);
		to->conflicts[to->nconflicts++] = from->conflicts[i];
	}
	for (size_t i = 0; i < from->nunknown; i++) {
		if (pps_grow(&to->unknown, &to->unknown_cap, to->nunknown, sizeof *to->unknown) < 0)
			return pps_fail_nomem(err);
		to->unknown[to->nunknown++] = from->unknown[i];
	}
	to->changed += from->changed;
	return PPS_OK;
}

int pps_tagged_id(pps_butler *butler, const char *collection, int64_t *ret_id, pps_error **err)
{
	int r = pps_butler_collection_id(butler, collection, PPS_COLLECTION_TAGGED, ret_id, err);

	if (r < 0)
		return r;
	return *ret_id ? PPS_OK : pps_fail(err, PPS_E_NOTFOUND, "collection %s: there is none of this name", collection);
}

/* ---- datasets in and out ---- */

struct work {
	const char *collection;
	int is_in;
	int rule;
	pps_tag_report chunk; /* of the chunk at hand */
	pps_tag_report *report;
};

static int change_fn(pps_butler *butler, const pps_uuid *ids, size_t n, void *user, pps_error **err)
{
	_cleanup_(pps_tags_tables_clear) pps_tags_tables tables = { 0 };
	struct work *w = user;
	int64_t id;
	int r;

	pps_tag_report_clear(&w->chunk);
	if ((r = pps_tagged_id(butler, w->collection, &id, err)) < 0 || (r = pps_tags_tables_of(butler, ids, n, &tables, err)) < 0)
		return r;
	return w->is_in ? pps_tags_add(butler, id, &tables, ids, n, w->rule, &w->chunk, err) :
			  pps_tags_drop(butler, id, &tables, ids, n, &w->chunk, err);
}

static int change_done(void *user, pps_error **err)
{
	struct work *w = user;

	return w->report ? pps_tag_report_add(w->report, &w->chunk, err) : PPS_OK;
}

static int change(pps_butler *butler, struct work *w, const pps_uuid *ids, size_t n, pps_error **err)
{
	int r = pps_butler_check_writable(butler, err);

	if (r < 0)
		return r;
	r = pps_chunk_each(butler, ids, n, change_fn, change_done, w, err);
	pps_tag_report_clear(&w->chunk);
	if (r < 0)
		return pps_wrap(err, r, "collection %s of %s", w->collection, butler->config.uri);
	return PPS_OK;
}

int pps_butler_associate(pps_butler *butler, const char *collection, const pps_uuid *ids, size_t n, int rule, pps_tag_report *report,
			 pps_error **err)
{
	struct work w = { .collection = collection, .is_in = 1, .rule = rule, .report = report };

	return change(butler, &w, ids, n, err);
}

int pps_butler_disassociate(pps_butler *butler, const char *collection, const pps_uuid *ids, size_t n, pps_tag_report *report, pps_error **err)
{
	struct work w = { .collection = collection, .report = report };

	return change(butler, &w, ids, n, err);
}
