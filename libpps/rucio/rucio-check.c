/* SPDX-License-Identifier: BSD-3-Clause */
/* The files below dest_root compared with what Rucio holds of them. */
#include <string.h>

#include "base/codec.h"
#include "rucio/rucio-list.h"
#include "rucio/rucio-files.h"
#include "rucio/rucio-private.h"
#include "rucio/rucio-report.h"

/* Both sides, sorted by name. */
struct sides {
	pps_store_listing *files; /* names below @folder */
	pps_rucio_dids *dids;
	pps_rucio_pairs *replicas;
	char *prefix; /* "FOLDER/" or "" */
};

static void free_sides(struct sides *s)
{
	pps_store_listing_free(s->files);
	pps_rucio_dids_free(s->dids);
	pps_rucio_pairs_free(s->replicas);
	free(s->prefix);
}

/* A zip or yaml of an exposure, not something that is being written or was moved aside. */
static int is_of_interest(const char *name)
{
	const char *base = strrchr(name, '/');
	size_t n = strlen(name);

	base = base ? base + 1 : name;
	if (*base == '.' || *name == '.' || strstr(name, "/."))
		return 0;
	return (n > 4 && !strcmp(name + n - 4, ".zip")) || (n > 5 && !strcmp(name + n - 5, ".yaml") && strstr(base, "_dimensions"));
}

static int list_both(pps_rucio *rucio, pps_store *store, const char *folder, struct sides *s, pps_error **err)
{
	_cleanup_free_ char *pattern = NULL;
	_cleanup_free_ const char **names = NULL;
	size_t n = folder ? strlen(folder) : 0;
	int r;

	while (n && folder[n - 1] == '/')
		n--;
	if (asprintf(&s->prefix, "%.*s%s", (int)n, n ? folder : "", n ? "/" : "") < 0) {
		s->prefix = NULL;
		return pps_fail_nomem(err);
	}
	if (asprintf(&pattern, "%s*", s->prefix) < 0) {
		pattern = NULL;
		return pps_fail_nomem(err);
	}
	if ((r = pps_rucio_search(rucio, pattern, PPS_RUCIO_FILE, &s->dids, err)) < 0)
		return r;
	pattern[n] = 0;
	r = pps_store_list(store, pattern, PPS_STORE_RECURSIVE, &s->files, err);
	if (r < 0 && r != PPS_E_NOTFOUND)
		return r;
	if (r == PPS_E_NOTFOUND && err) {
		pps_error_free(*err);
		*err = NULL;
	}
	if (!*rucio->settings.rse)
		return PPS_OK;
	if (!(names = malloc((pps_rucio_dids_count(s->dids) + 1) * sizeof *names)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < pps_rucio_dids_count(s->dids); i++)
		names[i] = pps_rucio_dids_at(s->dids, i)->name;
	return pps_rucio_replicas(rucio, names, pps_rucio_dids_count(s->dids), &s->replicas, err);
}

/* One file that is here. */
static int compare_file(pps_rucio *rucio, pps_store *store, const char *name, const struct sides *s, pps_rucio_report *report, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *failure = NULL;
	_cleanup_buf_ pps_buf why = PPS_BUF_LINE;
	const pps_rucio_did *did = pps_rucio_dids_find(s->dids, name);
	pps_rucio_digests digests;
	pps_rucio_file file;
	pps_rucio_row *row;
	int r, status;

	if (!did) /* nothing to compare with */
		return pps_rucio_report_add(report, name, PPS_RUCIO_MISSING, PPS_OK, "Rucio does not know it", NULL, err);
	if ((r = pps_rucio_digest_file(store, name, &digests, &failure)) < 0) {
		if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
			pps_error_move(err, TAKE_PTR(failure));
			return r;
		}
		return pps_rucio_report_add(report, name, PPS_RUCIO_FAILED, r, pps_error_message(failure), NULL, err);
	}
	file = (pps_rucio_file){ .name = name, .bytes = digests.size, .adler32 = digests.adler32, .md5 = digests.md5 };
	status = pps_rucio_compare(&file, did, &why);
	if (status == PPS_RUCIO_OK && s->replicas && !pps_rucio_pairs_find(s->replicas, name, rucio->settings.rse)) {
		status = PPS_RUCIO_MISSING;
		pps_buf_printf(&why, "Rucio has no replica of it at %s", rucio->settings.rse);
	}
	if ((r = pps_rucio_report_add(report, name, status, PPS_OK, pps_buf_text(&why), &row, err)) < 0)
		return r;
	row->size = digests.size;
	return PPS_OK;
}

/* What Rucio has at the storage element, and is not here. */
static int find_surplus(pps_rucio *rucio, const struct sides *s, const pps_map *here, pps_rucio_report *report, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; r == PPS_OK && i < pps_rucio_dids_count(s->dids); i++) {
		const char *name = pps_rucio_dids_at(s->dids, i)->name;

		if (!is_of_interest(name) || pps_map_get_text(here, name, NULL))
			continue;
		if (s->replicas && !pps_rucio_pairs_find(s->replicas, name, rucio->settings.rse))
			continue; /* it is elsewhere only, which is all right */
		r = pps_rucio_report_add(report, name, PPS_RUCIO_SURPLUS, PPS_OK, "Rucio knows it, and there is no such file", NULL, err);
	}
	return r;
}

int pps_rucio_check(pps_rucio *rucio, const pps_conf *conf, const char *folder, pps_rucio_report **ret_report, pps_error **err)
{
	_cleanup_(pps_rucio_report_freep) pps_rucio_report *report = NULL;
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	_cleanup_(pps_map_freep) pps_map *here = pps_map_new();
	_cleanup_(free_sides) struct sides sides = { 0 };
	size_t n;
	int r;

	if (!rucio || !conf || !ret_report)
		return pps_fail(err, PPS_E_ARG, "pps_rucio_check: an argument is NULL");
	if (!here || !(report = calloc(1, sizeof *report)))
		return pps_fail_nomem(err);
	if ((r = pps_rucio_open_root(rucio, conf, &store, err)) < 0 || (r = list_both(rucio, store, folder, &sides, err)) < 0)
		return r;
	n = pps_store_listing_count(sides.files);
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *name = NULL;

		if (asprintf(&name, "%s%s", sides.prefix, pps_store_listing_name(sides.files, i)) < 0) {
			name = NULL;
			return pps_fail_nomem(err);
		}
		if (!is_of_interest(name))
			continue;
		if ((r = pps_ctx_check(rucio->ctx, err)) < 0)
			return r;
		if (pps_map_set_text(here, name, here) < 0)
			return pps_fail_nomem(err);
		if ((r = compare_file(rucio, store, name, &sides, report, err)) < 0)
			return r;
		pps_progress(rucio->ctx, "compare with Rucio", i + 1, n, "files");
	}
	if ((r = find_surplus(rucio, &sides, here, report, err)) < 0)
		return r;
	pps_rucio_report_sort(report);
	*ret_report = TAKE_PTR(report);
	return PPS_OK;
}
