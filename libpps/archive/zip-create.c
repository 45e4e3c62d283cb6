/* SPDX-License-Identifier: BSD-3-Clause */
/* From a folder to a zip and back. */
#include <string.h>

#include "archive/pack.h"
#include "archive/zip-report.h"
#include "archive/zip.h"
#include "base/map.h"

int pps_zip_create(pps_ctx *ctx, const char *zip, const char *folder, pps_zip_report **ret_report, pps_error **err)
{
	_cleanup_(pps_store_unrefp) pps_store *to = NULL, *from = NULL;
	_cleanup_(pps_members_freep) pps_members *members = NULL;
	_cleanup_(pps_zip_report_freep) pps_zip_report *report = NULL;
	_cleanup_(pps_pack_freep) pps_pack *pack = NULL;
	_cleanup_free_ char *name = NULL;
	int r;

	if (!ctx || !zip || !folder)
		return pps_fail(err, PPS_E_ARG, "pps_zip_create: ctx, zip and folder must not be NULL");
	if ((r = pps_store_open_parent(ctx, zip, &to, &name, err)) < 0 || (r = pps_store_open(ctx, folder, &from, err)) < 0)
		return r;
	if ((r = pps_store_exists(to, name, err)) != 0)
		return r < 0 ? r : pps_fail(err, PPS_E_EXISTS, "%s: is there already", zip);
	if ((r = pps_members_new(&members, err)) < 0 || (r = pps_members_add_folder(members, from, "", err)) < 0 ||
	    (r = pps_pack_write(ctx, members, to, name, name, 0, &pack, err)) < 0 ||
	    (r = pps_zip_report_new(pps_members_count(members), pps_pack_digests(pack), &report, err)) < 0 ||
	    (r = pps_pack_place(pack, err)) < 0)
		return r;
	if (ret_report)
		*ret_report = TAKE_PTR(report);
	return PPS_OK;
}

typedef struct extraction {
	pps_zip *zip;
	pps_store *to;
	const char *folder;
	uint64_t done, total;
	char *what;
	pps_store_temp *temp;
} extraction;

static int is_folder(const char *name)
{
	return name[strlen(name) - 1] == '/';
}

static int write_piece(void *user, const void *bytes, size_t size, pps_error **err)
{
	extraction *x = user;

	x->done += size;
	pps_progress(x->zip->ctx, x->what, x->done < x->total ? x->done : x->total - (x->total > 0), x->total, "bytes");
	return pps_store_temp_write(x->temp, bytes, size, err);
}

static int extract_one(extraction *x, size_t n, pps_error **err)
{
	_cleanup_(pps_store_temp_freep) pps_store_temp *temp = NULL;
	const char *name = pps_zip_name(x->zip, n), *slash = strrchr(name, '/');
	uint32_t mode = x->zip->directory->entries[n].mode;
	int r;

	if (is_folder(name))
		return pps_store_make_folder(x->to, name, err);
	if ((r = pps_store_temp_new(x->to, name, slash ? slash + 1 : name, &temp, err)) < 0)
		return r;
	x->temp = temp;
	if ((r = pps_zip_each_piece(x->zip, n, write_piece, x, err)) < 0 ||
	    (r = pps_store_temp_stamp(temp, pps_zip_mtime(x->zip, n), mode & 0777, err)) < 0 ||
	    (r = pps_store_temp_sync(temp, err)) < 0)
		return r;
	return pps_store_temp_place(temp, err);
}

/* Everything that can be known before the first byte is written. */
static int check_one(extraction *x, size_t n, pps_map *seen, pps_error **err)
{
	const char *name = pps_zip_name(x->zip, n);
	size_t len = strlen(name);
	int r;

	if ((r = pps_member_name_check(name, len > 1 && is_folder(name) ? len - 1 : len, err)) < 0)
		return r;
	if ((r = pps_map_set_text(seen, name, NULL)) <= 0)
		return r < 0 ? pps_fail_nomem(err) : pps_fail(err, PPS_E_FORMAT, "member %s is there twice", name);
	x->total += pps_zip_size(x->zip, n);
	if (is_folder(name))
		return PPS_OK;
	if ((r = pps_store_exists(x->to, name, err)) != 0)
		return r < 0 ? r : pps_fail(err, PPS_E_EXISTS, "%s is there already in %s", name, x->folder);
	return PPS_OK;
}

/* The numbers of the members that are wanted. */
static int choose(pps_zip *zip, const char *const *names, size_t n, size_t **ret_list, size_t *ret_n, pps_error **err)
{
	size_t count = names ? n : pps_zip_count(zip);
	_cleanup_free_ size_t *list = calloc(count + 1, sizeof *list);
	int r;

	if (!list)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < count; i++) {
		list[i] = i;
		if (names && (r = pps_zip_find(zip, names[i], &list[i], err)) < 0)
			return r;
	}
	*ret_list = TAKE_PTR(list);
	*ret_n = count;
	return PPS_OK;
}

int pps_zip_extract(pps_zip *zip, const char *folder, const char *const *names, size_t n, pps_error **err)
{
	_cleanup_(pps_store_unrefp) pps_store *to = NULL;
	_cleanup_(pps_map_freep) pps_map *seen = pps_map_new();
	_cleanup_free_ size_t *list = NULL;
	_cleanup_free_ char *what = NULL;
	extraction x = { .zip = zip, .folder = folder };
	size_t count = 0;
	int r;

	if (!zip || !folder)
		return pps_fail(err, PPS_E_ARG, "pps_zip_extract: zip and folder must not be NULL");
	if (!seen || asprintf(&what, "extract %s", zip->name) < 0)
		return pps_fail_nomem(err);
	x.what = what;
	if ((r = pps_store_open(zip->ctx, folder, &to, err)) < 0 || (r = choose(zip, names, n, &list, &count, err)) < 0)
		return r;
	x.to = to;
	for (size_t i = 0; i < count; i++)
		if ((r = check_one(&x, list[i], seen, err)) < 0)
			return pps_wrap(err, r, "extract %s", pps_store_file_path(zip->file));
	for (size_t i = 0; i < count; i++)
		if ((r = extract_one(&x, list[i], err)) < 0)
			return pps_wrap(err, r, "extract %s", pps_store_file_path(zip->file));
	pps_progress(zip->ctx, what, x.total, x.total, "bytes");
	return PPS_OK;
}
