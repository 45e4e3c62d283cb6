/* SPDX-License-Identifier: BSD-3-Clause */
/* Metadata of Obs datasets. Rucio reads, changes and writes them as a whole and without a lock: keys that two writers set at the same time get lost, so
 * all keys of a name go in one call. */
#include <string.h>

#include "rucio/rucio-private.h"

#define META_MOST (1u << 20)
#define NAMES_AT_A_TIME 256

/* Frees the responses and calls of a piece. */
struct piece {
	pps_buf paths[NAMES_AT_A_TIME];
	pps_rucio_call calls[NAMES_AT_A_TIME];
	pps_rucio_answer answers[NAMES_AT_A_TIME];
	pps_http_response responses[NAMES_AT_A_TIME];
};

static void free_piece(struct piece **p)
{
	for (size_t i = 0; *p && i < NAMES_AT_A_TIME; i++) {
		pps_buf_free(&(*p)->paths[i]);
		pps_http_response_free(&(*p)->responses[i]);
	}
	free(*p);
}

static int read_object(const pps_http_response *response, const char *name, json_t *array, pps_error **err)
{
	json_t *json = NULL;
	json_error_t where;
	int r = pps_json_parse(pps_buf_text(&response->body), response->body.size, 0, &json, &where);

	if (r == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0 || !json_is_object(json)) {
		json_decref(json);
		return pps_fail(err, PPS_E_FORMAT, "metadata of %s: expected a JSON object", name);
	}
	return json_array_append_new(array, json) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int read_piece(pps_rucio *rucio, const char *const *names, size_t n, json_t *array, pps_error **err)
{
	_cleanup_(free_piece) struct piece *p = calloc(1, sizeof *p);
	int r;

	if (!p)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		p->paths[i].max = 4096;
		pps_rucio_add_path(&p->paths[i], rucio->settings.scope, names[i], "/meta?plugin=JSON");
		if ((r = pps_buf_check(&p->paths[i], "name", err)) < 0)
			return r;
		p->calls[i] = (pps_rucio_call){ .method = "GET", .path = p->paths[i].at };
	}
	if ((r = pps_rucio_call_many(rucio, p->calls, n, p->answers, p->responses, err)) < 0)
		return pps_wrap(err, r, "ask for metadata");
	for (size_t i = 0; i < n; i++) {
		if (p->answers[i].meaning == PPS_RUCIO_ABSENT)
			r = json_array_append_new(array, json_object()) < 0 ? pps_fail_nomem(err) : PPS_OK;
		else if (p->answers[i].meaning != PPS_RUCIO_FINE)
			r = pps_rucio_answer_fail(&p->answers[i], err, "metadata of %s", names[i]);
		else
			r = read_object(&p->responses[i], names[i], array, err);
		if (r < 0)
			return r;
	}
	return PPS_OK;
}

int pps_rucio_metadata(pps_rucio *rucio, const char *const *names, size_t n, json_t **ret_array, pps_error **err)
{
	json_t *array = json_array();
	int r = array ? PPS_OK : pps_fail_nomem(err);

	for (size_t from = 0; r == PPS_OK && from < n; from += NAMES_AT_A_TIME)
		r = read_piece(rucio, names + from, n - from < NAMES_AT_A_TIME ? n - from : NAMES_AT_A_TIME, array, err);
	if (r < 0) {
		json_decref(array);
		return r;
	}
	*ret_array = array;
	return PPS_OK;
}

/* PPS_E_CONFLICT when what is there is not what was written. */
static int read_back(pps_rucio *rucio, const char *name, const char *const *pairs, size_t npairs, pps_error **err)
{
	json_t *array = NULL;
	int r = pps_rucio_metadata(rucio, &name, 1, &array, err);

	for (size_t i = 0; r == PPS_OK && i < npairs; i++) {
		const char *value = json_string_value(json_object_get(json_array_get(array, 0), pairs[2 * i]));

		if (!value || strcmp(value, pairs[2 * i + 1]) != 0)
			r = pps_fail(err, PPS_E_CONFLICT, "metadata of %s: %s was set to \"%s\" and is now \"%s\": another program writes it too", name,
				     pairs[2 * i], pairs[2 * i + 1], value ? value : "");
	}
	json_decref(array);
	return r;
}

int pps_rucio_set_metadata(pps_rucio *rucio, const char *name, const char *const *pairs, size_t npairs, pps_error **err)
{
	_cleanup_buf_ pps_buf path = PPS_BUF_LINE, body = PPS_BUF(META_MOST);
	pps_rucio_call call = { .method = "POST" };
	pps_rucio_answer answer;
	int r;

	pps_rucio_add_path(&path, rucio->settings.scope, name, "/meta");
	pps_buf_add_text(&body, "{\"meta\":{");
	for (size_t i = 0; i < npairs; i++) {
		pps_buf_add_text(&body, i ? "," : "");
		pps_rucio_add_text(&body, pairs[2 * i]);
		pps_buf_add_char(&body, ':');
		pps_rucio_add_text(&body, pairs[2 * i + 1]);
	}
	pps_buf_add_text(&body, "}}");
	if ((r = pps_buf_check(&path, "name", err)) < 0 || (r = pps_buf_check(&body, "metadata", err)) < 0)
		return r;
	call.path = path.at;
	call.body = body.at;
	call.body_size = body.size;
	if ((r = pps_rucio_call_one(rucio, &call, &answer, NULL, err)) < 0)
		return pps_wrap(err, r, "set metadata of %s", name);
	if (answer.meaning != PPS_RUCIO_FINE)
		return pps_rucio_answer_fail(&answer, err, "set metadata of %s", name);
	return read_back(rucio, name, pairs, npairs, err);
}

int pps_rucio_has_safe_copy(const char *value, const char *site)
{
	size_t len = strlen(site);

	for (const char *p = value; p && len;) {
		size_t n = strcspn(p, ",");
		size_t blank = strspn(p, " ");

		if (n >= blank + len && !strncmp(p + blank, site, len) && strspn(p + blank + len, " ") == n - blank - len)
			return 1;
		p = p[n] ? p + n + 1 : NULL;
	}
	return 0;
}

int pps_rucio_add_safe_copy(pps_rucio *rucio, const char *obs_dataset, const char *site, int *ret_changed, pps_error **err)
{
	_cleanup_buf_ pps_buf list = PPS_BUF_LINE;
	const char *pair[2] = { PPS_RUCIO_SAFE_COPIES };
	json_t *array = NULL;
	const char *value;
	int r, has;

	if (!*site || strpbrk(site, ", \t\r\n"))
		return pps_fail(err, PPS_E_ARG, "\"%s\" is no name of a site: expected one word without commas", site);
	if ((r = pps_rucio_metadata(rucio, &obs_dataset, 1, &array, err)) < 0)
		return r;
	value = json_string_value(json_object_get(json_array_get(array, 0), PPS_RUCIO_SAFE_COPIES));
	has = pps_rucio_has_safe_copy(value, site);
	pps_buf_printf(&list, "%s%s%s", value ? value : "", value && *value ? "," : "", site);
	json_decref(array);
	if (!has) {
		if ((r = pps_buf_check(&list, PPS_RUCIO_SAFE_COPIES, err)) < 0)
			return r;
		pair[1] = list.at;
		if ((r = pps_rucio_set_metadata(rucio, obs_dataset, pair, 1, err)) < 0)
			return r;
	}
	if (ret_changed)
		*ret_changed = !has;
	return PPS_OK;
}
