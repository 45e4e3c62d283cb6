/* SPDX-License-Identifier: BSD-3-Clause */
/* The zip of one exposure, for who does its other steps by himself. */
#include "archive/pack.h"
#include "archive/zip-report.h"
#include "archive/zip.h"
#include "raw/material.h"

static int pack(pps_raw *raw, const pps_butler_exposure *e, pps_store *to, const char *name, pps_zip_report **ret_report, pps_error **err)
{
	_cleanup_(pps_raw_material_freep) pps_raw_material *m = NULL;
	_cleanup_(pps_zip_report_freep) pps_zip_report *report = NULL;
	_cleanup_(pps_pack_freep) pps_pack *pack = NULL;
	const pps_members *members;
	int r;

	if ((r = pps_raw_material_load(raw, NULL, e->instrument, e->id, e->obs_id, &m, err)) < 0 ||
	    (r = pps_raw_material_members(m, &members, err)) < 0 ||
	    (r = pps_pack_write(raw->ctx, members, to, name, e->obs_id, 0, &pack, err)) < 0 ||
	    (r = pps_zip_report_new(pps_members_count(members), pps_pack_digests(pack), &report, err)) < 0 ||
	    (r = pps_pack_place(pack, err)) < 0)
		return r;
	if (ret_report)
		*ret_report = TAKE_PTR(report);
	return PPS_OK;
}

int pps_raw_pack(pps_butler *source, const char *instrument, const char *exposure, const char *zip, pps_zip_report **ret_report,
		 pps_error **err)
{
	_cleanup_(pps_butler_exposures_freep) pps_butler_exposures *found = NULL;
	_cleanup_(pps_store_unrefp) pps_store *to = NULL;
	_cleanup_free_ char *name = NULL;
	pps_raw raw = { .source = source };
	int r;

	if (!source || !exposure || !zip)
		return pps_fail(err, PPS_E_ARG, "pps_raw_pack: source, exposure and zip must not be NULL");
	raw.ctx = pps_butler_ctx(source);
	if ((r = pps_store_open_parent(raw.ctx, zip, &to, &name, err)) < 0 || (r = pps_store_exists(to, name, err)) < 0)
		return r;
	if (r > 0)
		return pps_fail(err, PPS_E_EXISTS, "%s: is there already", zip);
	if ((r = pps_butler_find_exposure(source, instrument, exposure, &found, err)) < 0 || (r = pps_store_guards(to, err)) < 0)
		return r;
	r = pack(&raw, &found->at[0], to, name, ret_report, err);
	pps_store_unref(raw.source_store);
	return r < 0 ? pps_wrap(err, r, "pack %s", exposure) : PPS_OK;
}
