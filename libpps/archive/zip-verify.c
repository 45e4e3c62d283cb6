/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads all of a zip and says what is wrong with it. */
#include <string.h>

#include "archive/members.h"
#include "archive/zip-format.h"
#include "archive/zip-report.h"
#include "archive/zip.h"
#include "base/map.h"

/* The bytes that one member takes. */
typedef struct extent {
	uint64_t begin, end;
	size_t n;
} extent;

static int by_begin(const void *a, const void *b)
{
	const extent *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* A failure that is the archive's becomes a problem in the report; one that is not (I/O, cancelled) ends the work. */
static int note(pps_zip_report *report, const char *member, int r, pps_error *e, pps_error **err)
{
	if (r == PPS_E_FORMAT || r == PPS_E_UNSUPPORTED) {
		r = pps_zip_report_add(report, member, err, "%s", pps_error_message(e));
		pps_error_free(e);
		return r;
	}
	pps_error_move(err, e);
	return r;
}

/* A member's bytes are followed by a data descriptor when its header says so: 12 to 24 bytes, with or without a signature. */
static uint64_t descriptor_most(const pps_zip_entry *e)
{
	return e->flags & PPS_ZIP_FLAG_DESCRIPTOR ? 24 : 0;
}

static int check_gap(pps_zip *zip, pps_zip_report *report, const extent *before, const extent *next, pps_error **err)
{
	const pps_zip_entry *e = before ? &zip->directory->entries[before->n] : NULL;
	uint64_t from = before ? before->end : 0, slack = e ? descriptor_most(e) : 0;
	const char *name = next->n == SIZE_MAX ? "the directory" : pps_zip_name(zip, next->n);

	if (next->begin < from)
		return pps_zip_report_add(report, pps_zip_name(zip, before->n), err, "overlaps with %s", name);
	if (next->begin - from > slack)
		return pps_zip_report_add(report, "", err, "%llu bytes before %s belong to nothing",
					  (unsigned long long)(next->begin - from), name);
	return PPS_OK;
}

/* Local headers, overlaps and gaps. */
static int check_extents(pps_zip *zip, pps_zip_report *report, pps_error **err)
{
	size_t n = zip->directory->n, m = 0;
	_cleanup_free_ extent *x = calloc(n + 1, sizeof *x);
	int r;

	if (!x)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		const pps_zip_entry *e = &zip->directory->entries[i];
		pps_error *problem = NULL;
		uint64_t body = 0;

		if ((r = pps_ctx_check(zip->ctx, err)) < 0)
			return r;
		if ((r = pps_zip_entry_body(zip->file, zip->directory, e, &body, &problem)) < 0) {
			if ((r = note(report, pps_zip_name(zip, i), r, problem, err)) < 0)
				return r;
			continue;
		}
		x[m++] = (extent){ .begin = e->offset, .end = body + e->packed, .n = i };
	}
	qsort(x, m, sizeof *x, by_begin);
	x[m] = (extent){ .begin = zip->directory->offset, .end = zip->directory->end, .n = SIZE_MAX };
	/* where a member is damaged its neighbours' gaps say nothing */
	for (size_t i = 0; m == n && i <= m; i++)
		if ((r = check_gap(zip, report, i ? &x[i - 1] : NULL, &x[i], err)) < 0)
			return r;
	return PPS_OK;
}

static int check_names(pps_zip *zip, pps_zip_report *report, pps_error **err)
{
	_cleanup_(pps_map_freep) pps_map *seen = pps_map_new();
	int r;

	if (!seen)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < zip->directory->n; i++) {
		const char *name = pps_zip_name(zip, i);
		size_t len = strlen(name);
		pps_error *problem = NULL;

		if (len > 1 && name[len - 1] == '/')
			len--;
		if ((r = pps_member_name_check(name, len, &problem)) < 0 && (r = note(report, name, r, problem, err)) < 0)
			return r;
		if ((r = pps_map_set_text(seen, name, NULL)) < 0)
			return pps_fail_nomem(err);
		if (r == 0 && (r = pps_zip_report_add(report, name, err, "the name is there twice")) < 0)
			return r;
	}
	return PPS_OK;
}

typedef struct reading {
	pps_zip *zip;
	uint64_t done, total;
	char *what;
} reading;

static int count_piece(void *user, const void *bytes _unused_, size_t size, pps_error **err _unused_)
{
	reading *x = user;

	x->done += size;
	pps_progress(x->zip->ctx, x->what, x->done < x->total ? x->done : x->total - (x->total > 0), x->total, "bytes");
	return PPS_OK;
}

static int check_members(pps_zip *zip, pps_zip_report *report, pps_error **err)
{
	_cleanup_free_ char *what = NULL;
	reading x = { .zip = zip };
	int r;

	if (asprintf(&what, "verify %s", zip->name) < 0) {
		what = NULL;
		return pps_fail_nomem(err);
	}
	x.what = what;
	for (size_t i = 0; i < zip->directory->n; i++)
		x.total += zip->directory->entries[i].size;
	for (size_t i = 0; i < zip->directory->n; i++) {
		pps_error *problem = NULL;

		if ((r = pps_zip_each_piece(zip, i, count_piece, &x, &problem)) < 0 &&
		    (r = note(report, pps_zip_name(zip, i), r, problem, err)) < 0)
			return r;
	}
	pps_progress(zip->ctx, what, x.total, x.total, "bytes");
	return PPS_OK;
}

int pps_zip_verify(pps_zip *zip, pps_zip_report **ret_report, pps_error **err)
{
	_cleanup_(pps_zip_report_freep) pps_zip_report *report = NULL;
	pps_digests digests;
	int r;

	if (!zip || !ret_report)
		return pps_fail(err, PPS_E_ARG, "pps_zip_verify: zip and ret_report must not be NULL");
	if ((r = pps_store_digest(zip->store, zip->name, PPS_DIGEST_MD5 | PPS_DIGEST_ADLER32, &digests, err)) < 0 ||
	    (r = pps_zip_report_new(zip->directory->n, &digests, &report, err)) < 0 ||
	    (r = check_names(zip, report, err)) < 0 || (r = check_extents(zip, report, err)) < 0 ||
	    (r = check_members(zip, report, err)) < 0)
		return r;
	if (zip->directory->end != zip->directory->file_size &&
	    (r = pps_zip_report_add(report, "", err, "%llu bytes follow the archive",
				    (unsigned long long)(zip->directory->file_size - zip->directory->end))) < 0)
		return r;
	*ret_report = TAKE_PTR(report);
	return PPS_OK;
}
