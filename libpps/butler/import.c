/* SPDX-License-Identifier: BSD-3-Clause */
/* A zip and its dimension records into a repository, as a remote site does with what Rucio brings. */
#include <string.h>

#include "archive/zip.h"
#include "base/codec.h"
#include "butler/butler-private.h"
#include "butler/import.h"
#include "dimensions/dimension-sql.h"
#include "dimensions/records.h"
#include "store/store.h"

#define FINDINGS_MOST 100 /* records that differ, one by one; they are counted beyond it */

int pps_import_yaml_number(const char *zip_name, const char *name)
{
	size_t stem = strlen(zip_name);
	int64_t n;

	if (stem > 4 && !strcmp(zip_name + stem - 4, ".zip"))
		stem -= 4;
	if (strncmp(name, zip_name, stem) || strncmp(name + stem, "_dimensions.", 12))
		return -1;
	name += stem + 12;
	if (!strcmp(name, "yaml"))
		return 0;
	for (stem = strspn(name, "0123456789"); stem && stem < 10 && !strcmp(name + stem, ".yaml") && *name != '0';) {
		_cleanup_free_ char *digits = strndup(name, stem);

		return digits && pps_int_parse(digits, &n, NULL) == PPS_OK && n < INT32_MAX ? (int)n : -1;
	}
	return -1;
}

int pps_import_find_yaml(pps_ctx *ctx, const char *zip, char **ret_yaml, pps_error **err)
{
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	_cleanup_(pps_store_listing_freep) pps_store_listing *listing = NULL;
	_cleanup_free_ char *name = NULL;
	const char *best = NULL;
	int r, number = -1;

	if ((r = pps_store_open_parent(ctx, zip, &store, &name, err)) < 0 || (r = pps_store_list(store, "", 0, &listing, err)) < 0)
		return r;
	for (size_t i = 0; i < pps_store_listing_count(listing); i++) {
		const char *one = pps_store_listing_name(listing, i);
		int n = pps_import_yaml_number(name, one);

		if (n > number) {
			number = n;
			best = one;
		}
	}
	if (!best)
		return pps_fail(err, PPS_E_NOTFOUND, "there is no %.*s_dimensions.yaml beside %s", (int)(strlen(name) - (strlen(name) > 4 ? 4 : 0)), name,
				zip);
	return pps_store_name_uri(store, best, ret_yaml, err);
}

static int verify(pps_ctx *ctx, const char *zip, pps_error **err)
{
	_cleanup_(pps_zip_closep) pps_zip *opened = NULL;
	_cleanup_(pps_zip_report_freep) pps_zip_report *report = NULL;
	size_t n;
	int r;

	if ((r = pps_zip_open(ctx, zip, &opened, err)) < 0 || (r = pps_zip_verify(opened, &report, err)) < 0)
		return r;
	if (!(n = pps_zip_report_problems(report)))
		return PPS_OK;
	return pps_fail(err, PPS_E_FORMAT, "it is damaged: %s%s%s (%zu problem%s): fetch it again", pps_zip_report_member(report, 0),
			*pps_zip_report_member(report, 0) ? ": " : "", pps_zip_report_problem(report, 0), n, n == 1 ? "" : "s");
}

struct comparing {
	pps_butler_report *report;
	int64_t missing, different;
};

static int on_difference(void *user, int kind, const pps_element *element, const char *key, const char *column, pps_error **err)
{
	struct comparing *c = user;

	if (kind == PPS_RECORD_MISSING) {
		c->missing++;
		return PPS_OK;
	}
	if (++c->different > FINDINGS_MOST)
		return PPS_OK;
	return pps_report_add(c->report, PPS_FINDING_DIFFERENT, NULL, err, "dimension record %s (%s): %s%s", element->name, key,
			      kind == PPS_RECORD_DIFFERENT ? "the repository has another " : "it has a region and no sky pixels",
			      kind == PPS_RECORD_DIFFERENT ? column : "");
}

/* The records that are not there are added; those that are there with other content stay, and are told of. */
static int import_records(pps_butler *butler, const char *yaml, int flags, struct comparing *c, int64_t *ret_added, pps_error **err)
{
	_cleanup_(pps_dimensions_freep) pps_dimensions *dims = NULL;
	int r;

	*ret_added = 0;
	if ((r = pps_dimensions_load(pps_butler_ctx(butler), yaml, &dims, err)) < 0)
		return r;
	if (!(flags & PPS_BUTLER_DRY_RUN) && (r = pps_butler_insert_dimensions(butler, dims, 0, ret_added, err)) < 0)
		return pps_wrap(err, r, "%s", yaml);
	if ((r = pps_dimension_compare(pps_butler_sql(butler), pps_butler_universe(butler), dims, on_difference, c, NULL, err)) < 0)
		return pps_wrap(err, r, "%s", yaml);
	if (flags & PPS_BUTLER_DRY_RUN)
		*ret_added = c->missing;
	else if (c->missing)
		return pps_fail(err, PPS_E_UNAVAILABLE, "%s: records that were added are gone again: try again", yaml);
	return PPS_OK;
}

int pps_butler_import_zip(pps_butler *butler, const char *zip, const char *yaml, const char *record_uri, int flags,
			  pps_butler_report **ret_report, pps_error **err)
{
	_cleanup_(pps_butler_report_freep) pps_butler_report *report = NULL, *records = NULL;
	_cleanup_free_ char *found = NULL;
	struct comparing c = { 0 };
	int64_t added;
	int r;

	if (!butler || !zip)
		return pps_fail(err, PPS_E_ARG, "pps_butler_import_zip: butler and zip must not be NULL");
	if (!(flags & PPS_BUTLER_DRY_RUN) && (r = pps_butler_check_writable(butler, err)) < 0)
		return r;
	if (!yaml) {
		if ((r = pps_import_find_yaml(pps_butler_ctx(butler), zip, &found, err)) < 0)
			return pps_wrap(err, r, "import %s", zip);
		yaml = found;
	}
	/* nothing is written for a zip that is not whole */
	if (!(flags & PPS_BUTLER_UNREAD) && (r = verify(pps_butler_ctx(butler), zip, err)) < 0)
		return pps_wrap(err, r, "import %s", zip);
	if ((r = pps_report_new(&records, err)) < 0)
		return r;
	c.report = records;
	if ((r = import_records(butler, yaml, flags, &c, &added, err)) < 0)
		return pps_wrap(err, r, "import %s", zip);
	if ((r = pps_butler_ingest_zip(butler, zip, record_uri, flags & PPS_BUTLER_DRY_RUN, &report, err)) < 0)
		return r;
	for (size_t i = 0; i < records->n; i++)
		if ((r = pps_report_add(report, PPS_FINDING_DIFFERENT, NULL, err, "%s", records->at[i].text)) < 0)
			return r;
	if (!(report->yaml = strdup(yaml)))
		return pps_fail_nomem(err);
	report->records_added = added;
	report->records_different = c.different;
	if (ret_report)
		*ret_report = TAKE_PTR(report);
	return PPS_OK;
}

const char *pps_butler_report_yaml(const pps_butler_report *report)
{
	return report ? report->yaml : NULL;
}

int64_t pps_butler_report_records_added(const pps_butler_report *report)
{
	return report ? report->records_added : 0;
}

int64_t pps_butler_report_records_different(const pps_butler_report *report)
{
	return report ? report->records_different : 0;
}
