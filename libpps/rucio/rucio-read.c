/* SPDX-License-Identifier: BSD-3-Clause */
/* Asking what Rucio holds. Names travel in bodies wherever there is such a call, for paths with slashes are not safe everywhere. */
#include <string.h>

#include "base/codec.h"
#include "rucio/rucio-list.h"
#include "rucio/rucio-private.h"

#define NAMES_A_CALL 500
/* The server takes about 4 ms for the replicas of a file. */
#define REPLICAS_A_CALL 200
#define READ_MS 120000
#define BODY_MOST (4u << 20)

/* Sends names in pieces, as {"dids":[...]REST}. */
static int ask_many(pps_rucio *rucio, const char *path, const char *rest, const char *const *names, size_t n, size_t piece,
		    pps_rucio_call *call, const char *what, pps_error **err)
{
	int r;

	for (size_t from = 0; from < n; from += piece) {
		_cleanup_buf_ pps_buf body = PPS_BUF(BODY_MOST);
		size_t count = n - from < piece ? n - from : piece;
		pps_rucio_answer answer;

		pps_rucio_add_dids(&body, rucio->settings.scope, names + from, count, rest);
		if ((r = pps_buf_check(&body, what, err)) < 0)
			return r;
		call->method = "POST";
		call->path = path;
		call->body = body.at;
		call->body_size = body.size;
		call->deadline_ms = READ_MS;
		if ((r = pps_rucio_call_one(rucio, call, &answer, NULL, err)) < 0)
			return pps_wrap(err, r, "%s", what);
		if (answer.meaning != PPS_RUCIO_FINE)
			return pps_rucio_answer_fail(&answer, err, "%s", what);
	}
	return PPS_OK;
}

/* ---- look up ---- */

struct look_up {
	pps_map *rows; /* name -> row + 1 */
	pps_rucio_dids *dids;
};

static int look_up_row(void *user, json_t *row, pps_error **err)
{
	struct look_up *l = user;
	pps_rucio_did did;
	void *number;

	pps_rucio_did_read(row, &did);
	if (!did.name || did.kind == PPS_RUCIO_NONE)
		return pps_fail(err, PPS_E_FORMAT, "a row without name or did_type");
	if (!pps_map_get_text(l->rows, did.name, &number))
		return PPS_OK;
	did.name = l->dids->at[(size_t)number - 1].name;
	l->dids->at[(size_t)number - 1] = did;
	return PPS_OK;
}

int pps_rucio_look_up(pps_rucio *rucio, const char *const *names, size_t n, pps_rucio_dids **ret_dids, pps_error **err)
{
	_cleanup_(pps_rucio_dids_freep) pps_rucio_dids *dids = NULL;
	_cleanup_(pps_map_freep) pps_map *rows = pps_map_new();
	struct look_up user;
	pps_rucio_call call = { .row = look_up_row, .user = &user };
	int r;

	if (!rows)
		return pps_fail_nomem(err);
	if ((r = pps_rucio_dids_new(&dids, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		const pps_rucio_did none = { .name = names[i], .is_open = -1, .bytes = -1 };

		if ((r = pps_rucio_dids_add(dids, &none, err)) < 0)
			return r;
		if (!pps_map_get_text(rows, names[i], NULL) && pps_map_set_text(rows, names[i], (void *)(i + 1)) < 0)
			return pps_fail_nomem(err);
	}
	user = (struct look_up){ rows, dids };
	r = ask_many(rucio, "/dids/bulkmeta", ",\"plugin\":\"DID_COLUMN\"", names, n, NAMES_A_CALL, &call, "look names up", err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) { /* a name that was asked for twice */
		void *number = NULL;

		pps_map_get_text(rows, names[i], &number);
		dids->at[i] = dids->at[(size_t)number - 1];
	}
	if ((r = pps_rucio_dids_index(dids, err)) < 0)
		return r;
	*ret_dids = TAKE_PTR(dids);
	return PPS_OK;
}

/* ---- search, parents ---- */

struct collect {
	pps_rucio_dids *dids;
	size_t keep; /* rows of earlier calls */
};

static int collect_row(void *user, json_t *row, pps_error **err)
{
	struct collect *c = user;
	pps_rucio_did did;

	pps_rucio_did_read(row, &did);
	if (!did.name)
		return pps_fail(err, PPS_E_FORMAT, "a row without name");
	return pps_rucio_dids_add(c->dids, &did, err);
}

static void collect_restart(void *user)
{
	struct collect *c = user;

	pps_rucio_dids_truncate(c->dids, c->keep);
}

static int collect_get(pps_rucio *rucio, const char *path, const char *what, pps_rucio_dids **ret_dids, pps_error **err)
{
	_cleanup_(pps_rucio_dids_freep) pps_rucio_dids *dids = NULL;
	struct collect user = { 0 };
	const pps_rucio_call call = { .method = "GET", .path = path, .deadline_ms = READ_MS, .row = collect_row, .restart = collect_restart,
				      .user = &user };
	pps_rucio_answer answer;
	int r;

	if ((r = pps_rucio_dids_new(&dids, err)) < 0)
		return r;
	user.dids = dids;
	if ((r = pps_rucio_call_one(rucio, &call, &answer, NULL, err)) < 0)
		return pps_wrap(err, r, "%s", what);
	if (answer.meaning != PPS_RUCIO_FINE && answer.meaning != PPS_RUCIO_ABSENT)
		return pps_rucio_answer_fail(&answer, err, "%s", what);
	pps_rucio_dids_sort(dids);
	*ret_dids = TAKE_PTR(dids);
	return PPS_OK;
}

/* Only '*' is special. Rucio compares with SQL's LIKE, where '_' and '%' stand for other characters too. */
static int matches(const char *pattern, const char *name)
{
	const char *star = NULL, *after = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			after = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++after;
		} else {
			return 0;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

int pps_rucio_search(pps_rucio *rucio, const char *pattern, int kind, pps_rucio_dids **ret_dids, pps_error **err)
{
	_cleanup_(pps_rucio_dids_freep) pps_rucio_dids *found = NULL;
	_cleanup_buf_ pps_buf path = PPS_BUF_LINE;
	_cleanup_free_ const char **names = NULL;
	const char *scope = rucio->settings.scope;
	size_t n = 0;
	int r;

	pps_buf_add_text(&path, "/dids/");
	pps_percent_encode(&path, scope, strlen(scope), "");
	pps_buf_printf(&path, "/dids/search?type=%s&long=1&name=", kind == PPS_RUCIO_FILE ? "file" : "dataset");
	pps_percent_encode(&path, pattern, strlen(pattern), "*");
	if ((r = pps_buf_check(&path, "pattern", err)) < 0 || (r = collect_get(rucio, path.at, "search names", &found, err)) < 0)
		return r;
	if (!(names = malloc((found->n + 1) * sizeof *names)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < found->n; i++)
		if (matches(pattern, found->at[i].name))
			names[n++] = found->at[i].name;
	return pps_rucio_look_up(rucio, names, n, ret_dids, err);
}

/* ---- contents, replicas ---- */

struct pairs {
	pps_rucio_pairs *pairs;
	size_t keep;
};

static void pairs_restart(void *user)
{
	struct pairs *p = user;

	pps_rucio_pairs_truncate(p->pairs, p->keep);
}

static int contents_row(void *user, json_t *row, pps_error **err)
{
	struct pairs *p = user;
	json_t *bytes = json_object_get(row, "bytes");
	pps_rucio_pair pair = { .name = json_string_value(json_object_get(row, "parent_name")),
				.other = json_string_value(json_object_get(row, "name")),
				.bytes = json_is_integer(bytes) ? json_integer_value(bytes) : -1 };

	if (!pair.name || !pair.other)
		return pps_fail(err, PPS_E_FORMAT, "a row without name or parent_name");
	pps_rucio_copy_digits(pair.adler32, sizeof pair.adler32, json_string_value(json_object_get(row, "adler32")));
	return pps_rucio_pairs_add(p->pairs, &pair, err);
}

static int replicas_row(void *user, json_t *row, pps_error **err)
{
	struct pairs *p = user;
	json_t *states = json_object_get(row, "states"), *rses = json_object_get(row, "rses"), *state;
	const char *name = json_string_value(json_object_get(row, "name")), *rse;

	if (!name)
		return pps_fail(err, PPS_E_FORMAT, "a row without name");
	json_object_foreach(states, rse, state) {
		const pps_rucio_pair pair = { .name = name, .other = rse, .bytes = -1, .state = json_string_value(state),
					      .pfn = json_string_value(json_array_get(json_object_get(rses, rse), 0)) };
		int r = pps_rucio_pairs_add(p->pairs, &pair, err);

		if (r < 0)
			return r;
	}
	return PPS_OK;
}

/* In pieces, for a piece that is sent again forgets its own rows only. */
static int collect_pairs(pps_rucio *rucio, const char *path, const char *rest, const char *const *names, size_t n, size_t piece,
			 int (*row)(void *, json_t *, pps_error **), const char *what, pps_rucio_pairs **ret_pairs, pps_error **err)
{
	_cleanup_(pps_rucio_pairs_freep) pps_rucio_pairs *pairs = NULL;
	struct pairs user = { 0 };
	pps_rucio_call call = { .row = row, .restart = pairs_restart, .user = &user };
	int r;

	if ((r = pps_rucio_pairs_new(&pairs, err)) < 0)
		return r;
	user.pairs = pairs;
	for (size_t from = 0; from < n; from += piece) {
		user.keep = pairs->n;
		r = ask_many(rucio, path, rest, names + from, n - from < piece ? n - from : piece, piece, &call, what, err);
		if (r < 0)
			return r;
	}
	pps_rucio_pairs_sort(pairs);
	*ret_pairs = TAKE_PTR(pairs);
	return PPS_OK;
}

int pps_rucio_contents(pps_rucio *rucio, const char *const *datasets, size_t n, pps_rucio_pairs **ret_pairs, pps_error **err)
{
	return collect_pairs(rucio, "/dids/bulkfiles", "", datasets, n, NAMES_A_CALL, contents_row, "ask for files of datasets", ret_pairs, err);
}

int pps_rucio_replicas(pps_rucio *rucio, const char *const *files, size_t n, pps_rucio_pairs **ret_pairs, pps_error **err)
{
	return collect_pairs(rucio, "/replicas/list", ",\"all_states\":true", files, n, REPLICAS_A_CALL, replicas_row, "ask for replicas", ret_pairs,
			     err);
}

/* ---- parents of many ---- */

#define PARENTS_AT_A_TIME 128

struct parents {
	pps_rucio_pairs *pairs;
	const char *name;
};

static int parents_row(void *user, json_t *row, pps_error **err)
{
	struct parents *p = user;
	const pps_rucio_pair pair = { .name = p->name, .other = json_string_value(json_object_get(row, "name")), .bytes = -1 };

	return pair.other ? pps_rucio_pairs_add(p->pairs, &pair, err) : pps_fail(err, PPS_E_FORMAT, "a row without name");
}

struct parents_piece {
	pps_buf paths[PARENTS_AT_A_TIME];
	pps_rucio_call calls[PARENTS_AT_A_TIME];
	pps_rucio_answer answers[PARENTS_AT_A_TIME];
	pps_http_response responses[PARENTS_AT_A_TIME];
};

static void free_parents_piece(struct parents_piece **p)
{
	for (size_t i = 0; *p && i < PARENTS_AT_A_TIME; i++) {
		pps_buf_free(&(*p)->paths[i]);
		pps_http_response_free(&(*p)->responses[i]);
	}
	free(*p);
}

static int read_parents(const pps_http_response *response, const char *name, pps_rucio_pairs *pairs, pps_error **err)
{
	struct parents user = { pairs, name };
	_cleanup_(pps_rucio_rows_free) pps_rucio_rows rows = { .row = parents_row, .user = &user };
	int r = pps_rucio_rows_feed(&rows, pps_buf_text(&response->body), response->body.size, err);

	return r < 0 ? r : pps_rucio_rows_finish(&rows, err);
}

static int parents_piece(pps_rucio *rucio, const char *const *files, size_t n, pps_rucio_pairs *pairs, pps_error **err)
{
	_cleanup_(free_parents_piece) struct parents_piece *p = calloc(1, sizeof *p);
	int r;

	if (!p)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		p->paths[i].max = 4096;
		pps_rucio_add_path(&p->paths[i], rucio->settings.scope, files[i], "/parents");
		if ((r = pps_buf_check(&p->paths[i], "name", err)) < 0)
			return r;
		p->calls[i] = (pps_rucio_call){ .method = "GET", .path = p->paths[i].at };
	}
	if ((r = pps_rucio_call_many(rucio, p->calls, n, p->answers, p->responses, err)) < 0)
		return pps_wrap(err, r, "ask for datasets of files");
	for (size_t i = 0; i < n; i++) {
		if (p->answers[i].meaning != PPS_RUCIO_FINE && p->answers[i].meaning != PPS_RUCIO_ABSENT)
			return pps_rucio_answer_fail(&p->answers[i], err, "ask for datasets of %s", files[i]);
		if (p->answers[i].meaning == PPS_RUCIO_FINE && (r = read_parents(&p->responses[i], files[i], pairs, err)) < 0)
			return r;
	}
	return PPS_OK;
}

int pps_rucio_parents_many(pps_rucio *rucio, const char *const *files, size_t n, pps_rucio_pairs **ret_pairs, pps_error **err)
{
	_cleanup_(pps_rucio_pairs_freep) pps_rucio_pairs *pairs = NULL;
	int r = pps_rucio_pairs_new(&pairs, err);

	for (size_t from = 0; r == PPS_OK && from < n; from += PARENTS_AT_A_TIME)
		r = parents_piece(rucio, files + from, n - from < PARENTS_AT_A_TIME ? n - from : PARENTS_AT_A_TIME, pairs, err);
	if (r < 0)
		return r;
	pps_rucio_pairs_sort(pairs);
	*ret_pairs = TAKE_PTR(pairs);
	return PPS_OK;
}

/* ---- comparing ---- */

int pps_rucio_compare(const pps_rucio_file *file, const pps_rucio_did *did, pps_buf *why)
{
	if (!did || did->kind == PPS_RUCIO_NONE) {
		pps_buf_printf(why, "Rucio does not know it");
		return PPS_RUCIO_MISSING;
	}
	if (did->kind != PPS_RUCIO_FILE) {
		pps_buf_printf(why, "in Rucio the name is that of a %s", did->kind == PPS_RUCIO_DATASET ? "dataset" : "container");
		return PPS_RUCIO_DIFFERENT;
	}
	if (did->bytes < 0 || (uint64_t)did->bytes != file->bytes) {
		pps_buf_printf(why, "Rucio has %lld bytes, the file %llu", (long long)did->bytes, (unsigned long long)file->bytes);
		return PPS_RUCIO_DIFFERENT;
	}
	if (*did->adler32 && strcmp(did->adler32, file->adler32) != 0) {
		pps_buf_printf(why, "Rucio has adler32 %s, the file %s", did->adler32, file->adler32);
		return PPS_RUCIO_DIFFERENT;
	}
	if (*did->md5 && file->md5 && strcmp(did->md5, file->md5) != 0) {
		pps_buf_printf(why, "Rucio has md5 %s, the file %s", did->md5, file->md5);
		return PPS_RUCIO_DIFFERENT;
	}
	if (!*did->adler32 && (!*did->md5 || !file->md5)) {
		pps_buf_printf(why, "Rucio has no checksum of it");
		return PPS_RUCIO_DIFFERENT;
	}
	return PPS_RUCIO_OK;
}
