/* SPDX-License-Identifier: BSD-3-Clause */
/* Files below a repository's roots, in folders of runs that the state knows, that no file record of it names. Young ones may be about to get
 * theirs. Of one run at a time the names are in memory. */
#include <fnmatch.h>
#include <string.h>

#include "butler/walk.h"
#include "publish/audit.h"
#include "publish/site-private.h"

#define YOUNG_NS (INT64_C(86400) * PPS_NS_PER_S)
#define PAGE 1000

/* Names of one listing that are asked for at once. */
struct page {
	const char *paths[PAGE];
	char *owned[PAGE];
	uint8_t named[PAGE];
	size_t n;
};

static void clear_page(struct page *page)
{
	for (size_t i = 0; i < page->n; i++)
		free(page->owned[i]);
	page->n = 0;
}

static int tell(pps_audit *audit, int repository, pps_butler *butler, size_t member, const char *run, struct page *page, pps_error **err)
{
	int r = pps_butler_find_paths(butler, member, page->paths, page->n, page->named, err);

	for (size_t i = 0; i < page->n && r == PPS_OK; i++) {
		const pps_audit_row row = { .run = run, .file = page->paths[i], .finding = { PPS_FOUND_ORPHAN, PPS_MEND_BY_HAND } };

		if (!page->named[i])
			r = pps_audit_tell(audit, repository, &row, err);
	}
	clear_page(page);
	return r;
}

/* Records of what is in a zip name it with its members. */
static int is_asked(const pps_store_listing *listing, size_t n, int64_t now)
{
	const char *name = pps_store_listing_name(listing, n);
	const size_t len = strlen(name);

	return pps_store_listing_mtime(listing, n) <= now - YOUNG_NS && !(len > 4 && !strcmp(name + len - 4, ".zip"));
}

static int look_run(pps_audit *audit, int repository, pps_butler *butler, size_t member, pps_store *store, const char *run, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *listing = NULL;
	_cleanup_free_ struct page *page = calloc(1, sizeof *page);
	int64_t now;
	int r;

	if (!page)
		return pps_fail_nomem(err);
	if ((r = pps_tai_now(&now, err)) < 0)
		return r;
	r = pps_store_list(store, run, PPS_STORE_RECURSIVE, &listing, err);
	for (size_t i = 0; r == PPS_OK && i < pps_store_listing_count(listing); i++) {
		if (!is_asked(listing, i, now))
			continue;
		if (asprintf(&page->owned[page->n], "%s/%s", run, pps_store_listing_name(listing, i)) < 0) {
			r = pps_fail_nomem(err);
			break;
		}
		page->paths[page->n] = page->owned[page->n];
		if (++page->n == PAGE)
			r = tell(audit, repository, butler, member, run, page, err);
	}
	if (r == PPS_OK && page->n)
		r = tell(audit, repository, butler, member, run, page, err);
	clear_page(page);
	return r;
}

/* A run without a folder has no files. */
static int look_member(pps_audit *audit, int repository, pps_butler *butler, size_t member, pps_error **err)
{
	const char *glob = audit->p->filter.run;
	pps_copier *copier;
	int r = pps_site_copier(audit->p->site, pps_butler_datastore_root(butler, member), &copier, err);

	for (size_t i = 0; r == PPS_OK && i < pps_map_size(audit->words); i++) {
		_cleanup_(pps_error_freep) pps_error *why = NULL;
		const char *run = pps_map_key(audit->words, i);
		int known;

		/* types and origins are among the words */
		if (!*run || (glob && fnmatch(glob, run, FNM_NOESCAPE) != 0))
			continue;
		if ((r = pps_butler_has_run(butler, run, &known, err)) < 0 || (r = pps_ctx_check(audit->p->ctx, err)) < 0)
			return r;
		if (!known)
			continue;
		r = look_run(audit, repository, butler, member, pps_copier_store(copier), run, &why);
		if (r == PPS_E_NOTFOUND)
			r = PPS_OK;
		else if (r < 0)
			pps_error_move(err, TAKE_PTR(why));
	}
	return r;
}

int pps_audit_orphans(pps_audit *audit, int repository, pps_error **err)
{
	pps_butler *butler;
	int r = pps_site_butler(audit->p->site, repository, &butler, err);

	for (size_t m = 0; r == PPS_OK && m < pps_butler_datastore_count(butler); m++)
		r = look_member(audit, repository, butler, m, err);
	return r;
}
