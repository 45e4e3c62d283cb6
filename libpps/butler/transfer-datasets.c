/* SPDX-License-Identifier: BSD-3-Clause */
/* Datasets from one repository to another: what callers ask for. */
#include <string.h>

#include "butler/butler-private.h"
#include "butler/choose.h"
#include "butler/chunk.h"
#include "butler/records.h"
#include "butler/transfer-chunk.h"

static int parse_mode(const char *text, int *ret, pps_error **err)
{
	static const struct {
		const char *name;
		int mode;
	} modes[] = { { "copy", PPS_TRANSFER_COPY }, { "hardlink", PPS_TRANSFER_HARDLINK }, { "direct", PPS_TRANSFER_DIRECT }, { "in_place", PPS_TRANSFER_IN_PLACE } };

	for (size_t i = 0; i < PPS_COUNT(modes); i++)
		if (strcmp(text, modes[i].name) == 0) {
			*ret = modes[i].mode;
			return PPS_OK;
		}
	return pps_fail(err, PPS_E_ARG, "\"%s\" is no way of transfer: copy, hardlink, direct or in_place", text);
}

static int transfer_all(pps_transfer *t, const pps_uuid *ids, size_t n, pps_error **err)
{
	_cleanup_free_ pps_uuid *sorted = NULL;
	int r = pps_chunk_sort(ids, n, &sorted, &n, err);

	if (r >= 0)
		r = pps_transfer_all(t, sorted, n, err);
	return r < 0 ? pps_wrap(err, r, "transfer to %s", t->dest->config.uri) : PPS_OK;
}

static int begin(pps_transfer *t, const char *mode, pps_error **err)
{
	int r;

	if (!t->source || !t->dest || !mode)
		return pps_fail(err, PPS_E_ARG, "a transfer needs a source, a destination and a mode");
	if ((r = parse_mode(mode, &t->mode, err)) < 0 || (!(t->flags & PPS_BUTLER_DRY_RUN) && (r = pps_butler_check_writable(t->dest, err)) < 0))
		return r;
	return pps_transfer_begin(t, err);
}

int pps_butler_transfer(pps_butler *source, pps_butler *dest, const char *const *ids, size_t n, const char *mode, int flags,
			pps_butler_transfer_fn fn, void *user, pps_error **err)
{
	_cleanup_(pps_transfer_end) pps_transfer t = { .source = source, .dest = dest, .flags = flags & PPS_BUTLER_DRY_RUN, .fn = fn, .user = user };
	_cleanup_free_ pps_uuid *list = NULL;
	int r;

	if ((r = begin(&t, mode, err)) < 0 || (r = pps_uuids_parse(ids, n, &list, err)) < 0)
		return r;
	return transfer_all(&t, list, n, err);
}

/* The records of one chunk; each of its datasets must be known. */
static int ensure_records(pps_butler *source, pps_butler *dest, const pps_uuid *ids, size_t n, int flags, int64_t *inserted, pps_error **err)
{
	_cleanup_(pps_refs_freep) pps_refs *refs = NULL;
	int64_t more = 0;
	char id[37];
	int r;

	if ((r = pps_butler_find_refs(source, ids, n, 0, &refs, err)) < 0)
		return r;
	for (size_t i = 0; refs->n < n && i < n; i++)
		if (!pps_refs_get(refs, &ids[i])) {
			pps_uuid_format(&ids[i], id);
			return pps_fail(err, PPS_E_NOTFOUND, "the source does not know dataset %s", id);
		}
	r = pps_butler_ensure_ref_records(source, dest, refs, flags, &more, err);
	*inserted += more;
	return r;
}

int pps_butler_transfer_dimensions(pps_butler *source, pps_butler *dest, const char *const *ids, size_t n, int flags, int64_t *ret_inserted,
				   pps_error **err)
{
	_cleanup_free_ pps_uuid *list = NULL, *sorted = NULL;
	int64_t inserted = 0;
	int r;

	if (!source || !dest)
		return pps_fail(err, PPS_E_ARG, "pps_butler_transfer_dimensions: source and dest must not be NULL");
	if ((!(flags & PPS_BUTLER_DRY_RUN) && (r = pps_butler_check_writable(dest, err)) < 0) || (r = pps_uuids_parse(ids, n, &list, err)) < 0 ||
	    (r = pps_chunk_sort(list, n, &sorted, &n, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i += PPS_REFS_CHUNK)
		if ((r = pps_ctx_check(dest->ctx, err)) < 0 ||
		    (r = ensure_records(source, dest, sorted + i, n - i < PPS_REFS_CHUNK ? n - i : PPS_REFS_CHUNK, flags & PPS_BUTLER_DRY_RUN,
					&inserted, err)) < 0)
			return pps_wrap(err, r, "dimension records to %s", dest->config.uri);
	if (ret_inserted)
		*ret_inserted = inserted;
	return PPS_OK;
}

int pps_butler_transfer_chosen(pps_butler *source, pps_butler *dest, const char *types, const char *collections, const char *where,
			       const char *mode, int flags, pps_butler_transfer_fn fn, void *user, pps_error **err)
{
	_cleanup_(pps_transfer_end) pps_transfer t = { .source = source, .dest = dest, .flags = flags & PPS_BUTLER_DRY_RUN, .fn = fn, .user = user };
	_cleanup_free_ pps_uuid *list = NULL;
	size_t n;
	int r;

	if ((r = begin(&t, mode, err)) < 0)
		return r;
	if (!types || !collections)
		return pps_fail(err, PPS_E_ARG, "pps_butler_transfer_chosen: types and collections must not be NULL");
	if ((r = pps_butler_choose(source, types, collections, where, &list, &n, err)) < 0)
		return r;
	return transfer_all(&t, list, n, err);
}

/* ---- whether it is a repository that the flow of prompt products looks after ---- */

static int is_in_flow(const pps_conf *conf, const pps_conf_repository *repo)
{
	int is = repo->from != NULL;

	for (size_t i = 0; !is && i < pps_conf_repository_count(conf); i++)
		is = pps_conf_repository_at(conf, i)->from == repo;
	return is;
}

int pps_butler_in_flow(const pps_butler *butler, const pps_conf *conf, const char **ret_name, pps_error **err)
{
	int r;

	if (!butler || !conf || !ret_name)
		return pps_fail(err, PPS_E_ARG, "pps_butler_in_flow: butler, conf and ret_name must not be NULL");
	for (size_t i = 0; i < pps_conf_repository_count(conf); i++) {
		const pps_conf_repository *repo = pps_conf_repository_at(conf, i);
		_cleanup_(pps_butler_config_clear) pps_butler_config c = { 0 };

		if (!is_in_flow(conf, repo))
			continue;
		if ((r = pps_butler_config_load(butler->ctx, repo->butler, &c, err)) < 0)
			return pps_wrap(err, r, "repository %s", repo->name);
		if (strcmp(c.uri, butler->config.uri) != 0 &&
		    (strcmp(c.database, butler->config.database) != 0 || strcmp(c.schema ? c.schema : "", butler->config.schema ? butler->config.schema : "") != 0))
			continue;
		*ret_name = repo->name;
		return 1;
	}
	return 0;
}
