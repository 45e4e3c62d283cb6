/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists in JSON, and the messages of the Butler writer. */
#include "publish/batch.h"

#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json.h"
#include "publish/batch-private.h"

void pps_batch_free(pps_batch *batch)
{
	if (!batch)
		return;
	for (size_t i = 0; i < batch->norigins; i++)
		free(batch->origins[i]);
	free(batch->origins);
	free(batch->ids);
	free(batch->origin_of);
	free(batch->ignored);
	free(batch);
}

int pps_origin_check(const char *origin, pps_error **err)
{
	size_t n = strlen(origin);

	if (!n || n > PPS_ORIGIN_MOST || !pps_utf8_is_valid(origin, n))
		return pps_fail(err, PPS_E_FORMAT, "expected an origin of 1 to %d bytes, such as \"prompt_processing\"", PPS_ORIGIN_MOST);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)origin[i] < ' ' || origin[i] == 127)
			return pps_fail(err, PPS_E_FORMAT, "expected an origin without control characters");
	return PPS_OK;
}

int pps_batch_new(size_t room, pps_batch **ret_batch, pps_error **err)
{
	_cleanup_(pps_batch_freep) pps_batch *batch = calloc(1, sizeof *batch);

	if (!batch || !(batch->ids = calloc(room + 1, sizeof *batch->ids)) || !(batch->origin_of = calloc(room + 1, sizeof *batch->origin_of)) ||
	    !(batch->origins = calloc(1, sizeof *batch->origins)) || !(batch->origins[0] = strdup("")))
		return pps_fail_nomem(err);
	batch->norigins = 1;
	*ret_batch = TAKE_PTR(batch);
	return PPS_OK;
}

int pps_batch_origin(pps_batch *batch, const char *origin, size_t *ret_place, pps_error **err)
{
	char **origins;

	/* few, and mostly the last one again */
	for (size_t i = batch->norigins; i-- > 0;)
		if (!strcmp(batch->origins[i], origin)) {
			*ret_place = i;
			return PPS_OK;
		}
	if (batch->norigins == ORIGINS_MOST)
		return pps_fail(err, PPS_E_FORMAT, "more than %d origins", ORIGINS_MOST - 1);
	if (!(origins = realloc(batch->origins, (batch->norigins + 1) * sizeof *origins)))
		return pps_fail_nomem(err);
	batch->origins = origins;
	if (!(origins[batch->norigins] = strdup(origin)))
		return pps_fail_nomem(err);
	*ret_place = batch->norigins++;
	return PPS_OK;
}

/* ---- JSON ---- */

/* jansson keeps no places: the line where a text is first written out, 0 when it is not found. */
static int line_of(const char *text, size_t size, const char *value)
{
	_cleanup_free_ char *quoted = NULL;
	const char *found;
	int line = 1;

	if (!value || asprintf(&quoted, "\"%s\"", value) < 0)
		return quoted = NULL, 0;
	if (!(found = memmem(text, size, quoted, strlen(quoted))))
		return 0;
	for (const char *p = text; p < found; p++)
		line += *p == '\n';
	return line;
}

int pps_batch_cut(const char *text)
{
	size_t n = 0, m;

	while (text[n] && (m = pps_utf8_length(text + n, strlen(text + n))) && n + m <= 60)
		n += m;
	return (int)n;
}

/* What was found instead, for a message; @buf has 80 bytes. */
static const char *not_this(const char *found, char *buf)
{
	if (!found)
		return "";
	snprintf(buf, 80, ", not \"%.*s\"", pps_batch_cut(found), found);
	return buf;
}

static int bad_uuid(const char *name, const char *text, size_t size, const char *what, const json_t *value, pps_error **err)
{
	const char *found = json_string_value(value);
	char buf[80];

	return pps_fail_at(err, PPS_E_FORMAT, name, line_of(text, size, found), 0, "%s: expected a UUID%s", what, not_this(found, buf));
}

static int parse_ids(const char *name, const char *text, size_t size, const json_t *ids, pps_batch *batch, pps_error **err)
{
	size_t n = json_array_size(ids);
	char what[64];

	for (; batch->n < n; batch->n++) {
		const json_t *one = json_array_get(ids, batch->n);
		const char *value = json_string_value(one);

		if (!value || pps_uuid_parse(value, &batch->ids[batch->n], NULL) < 0) {
			snprintf(what, sizeof what, "datasets[%zu]", batch->n);
			return bad_uuid(name, text, size, what, one, err);
		}
	}
	return PPS_OK;
}

static int parse_head(const char *name, const char *text, size_t size, const json_t *root, pps_batch *batch, size_t *ret_origin, pps_error **err)
{
	const json_t *id = json_object_get(root, "batch_id"), *origin = json_object_get(root, "origin");
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	const char *value = json_string_value(id);
	int r;

	if (id) {
		if (!value || pps_uuid_parse(value, &batch->id, NULL) < 0)
			return bad_uuid(name, text, size, "batch_id", id, err);
		batch->has_id = 1;
	}
	if (!origin)
		return PPS_OK;
	value = json_string_value(origin);
	if ((r = pps_origin_check(value ? value : "", &why)) < 0)
		return r == PPS_E_NOMEM ? pps_fail_nomem(err) :
			pps_fail_at(err, r, name, line_of(text, size, value), 0, "origin: %s", pps_error_message(why));
	return pps_batch_origin(batch, value, ret_origin, err);
}

static const char *skip_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* An array of nothing but UUIDs with dashes, from its '[': the place of its ']', or NULL when it is anything else. */
static const char *read_ids(const char *p, const char *end, pps_batch *batch)
{
	char id[37] = "";

	do {
		p = skip_blank(p + 1, end);
		if (end - p < 38 || *p != '"' || p[37] != '"')
			return NULL;
		memcpy(id, p + 1, 36);
		if (strlen(id) != 36 || pps_uuid_parse(id, &batch->ids[batch->n], NULL) < 0)
			return NULL;
		batch->n++;
		p = skip_blank(p + 38, end);
	} while (p < end && *p == ',');
	return p < end && *p == ']' ? p : NULL;
}

/* 1 when the end of @text is not inside a string. */
static int is_outside(const char *text, const char *end)
{
	int inside = 0;

	for (const char *p = text; p < end; p++) {
		if (*p == '"')
			inside = !inside;
		else if (*p == '\\' && inside)
			p++;
	}
	return !inside;
}

static void set_origin(pps_batch *batch, size_t origin)
{
	for (size_t i = 0; origin && i < batch->n; i++)
		batch->origin_of[i] = origin;
}

/*
 * The first array of a list, where it is plain, is read here, ten times as fast as a tree is built of it; jansson reads the rest, with [null] in
 * place of the array, which shows whether that was the list of datasets. *@ret_batch stays NULL: it is anything else, or wrong: it has to be
 * looked at as a whole.
 */
static int parse_plain(const char *text, size_t size, pps_batch **ret_batch, pps_error **err)
{
	const char *from = memchr(text, '[', size), *to;
	_cleanup_(pps_batch_freep) pps_batch *batch = NULL;
	_cleanup_(json_decrefp) json_t *root = NULL;
	_cleanup_buf_ pps_buf rest = PPS_BUF(PPS_BATCH_MOST);
	const json_t *ids;
	size_t origin = 0;
	json_error_t e;
	int r;

	if (!from || !is_outside(text, from))
		return PPS_OK;
	if ((r = pps_batch_new(size / 38, &batch, err)) < 0)
		return r;
	if (!(to = read_ids(from, text + size, batch)))
		return PPS_OK;
	pps_buf_add(&rest, text, (size_t)(from - text));
	pps_buf_add_text(&rest, "[null");
	pps_buf_add(&rest, to, size - (size_t)(to - text));
	if ((r = pps_buf_check(&rest, "list", err)) < 0)
		return r;
	if ((r = pps_json_parse(rest.at, rest.size, JSON_REJECT_DUPLICATES, &root, &e)) < 0)
		return r == PPS_E_NOMEM ? pps_fail_nomem(err) : PPS_OK;
	ids = json_is_array(root) ? root : json_object_get(root, "datasets");
	if (json_array_size(ids) != 1 || !json_is_null(json_array_get(ids, 0)))
		return PPS_OK;
	if (json_is_object(root) && (r = parse_head("", text, size, root, batch, &origin, NULL)) < 0)
		return r == PPS_E_NOMEM ? pps_fail_nomem(err) : PPS_OK;
	set_origin(batch, origin);
	*ret_batch = TAKE_PTR(batch);
	return PPS_OK;
}

int pps_batch_check_size(const char *name, const void *text, size_t size, pps_error **err)
{
	if (!text || !size)
		return pps_fail_at(err, PPS_E_FORMAT, name, 0, 0, "an empty file: expected a list of datasets");
	if (size > PPS_BATCH_MOST)
		return pps_fail_at(err, PPS_E_FORMAT, name, 0, 0, "a list of more than %u MiB: split it", PPS_BATCH_MOST >> 20);
	return PPS_OK;
}

int pps_batch_parse_json(const char *name, const void *text, size_t size, pps_batch **ret_batch, pps_error **err)
{
	_cleanup_(json_decrefp) json_t *root = NULL;
	_cleanup_(pps_batch_freep) pps_batch *batch = NULL;
	const json_t *ids;
	json_error_t e;
	size_t origin = 0;
	int r;

	if ((r = pps_batch_check_size(name, text, size, err)) < 0 || (r = parse_plain(text, size, &batch, err)) < 0)
		return r;
	if (batch) {
		*ret_batch = TAKE_PTR(batch);
		return PPS_OK;
	}
	if ((r = pps_json_parse(text, size, JSON_REJECT_DUPLICATES, &root, &e)) == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0)
		return pps_fail_at(err, PPS_E_FORMAT, name, e.line, e.column, "no JSON: %s", e.text);
	ids = json_is_array(root) ? root : json_object_get(root, "datasets");
	if (!json_is_array(ids))
		return pps_fail_at(err, PPS_E_FORMAT, name, 1, 0, "expected {\"batch_id\": UUID, \"datasets\": [UUID, ...]}");
	if ((r = pps_batch_new(json_array_size(ids), &batch, err)) < 0)
		return r;
	if (json_is_object(root) && (r = parse_head(name, text, size, root, batch, &origin, err)) < 0)
		return r;
	if ((r = parse_ids(name, text, size, ids, batch, err)) < 0)
		return r;
	set_origin(batch, origin);
	*ret_batch = TAKE_PTR(batch);
	return PPS_OK;
}

static int ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end);
}

int pps_batch_parse(const char *name, const void *text, size_t size, pps_batch **ret_batch, pps_error **err)
{
	if (ends_with(name, ".json"))
		return pps_batch_parse_json(name, text, size, ret_batch, err);
	if (ends_with(name, ".csv"))
		return pps_batch_parse_csv(name, text, size, ret_batch, err);
	return pps_fail_at(err, PPS_E_FORMAT, name, 0, 0, "expected a list called *.json or *.csv");
}

/* ---- messages ---- */

void pps_batch_event_free(pps_batch_event *event)
{
	if (!event)
		return;
	free(event->origin);
	free(event->file);
	free(event);
}

/* Relative, and no part of it leads up. */
static int is_below(const char *file)
{
	if (!*file || *file == '/' || strstr(file, "://") || strchr(file, '#') || file[strlen(file) - 1] == '/')
		return 0;
	for (const char *p = file; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (!strncmp(p, "..", 2) && (!p[2] || p[2] == '/'))
			return 0;
	}
	return 1;
}

/* What a message says; NULL: not there, or no text. */
enum { TYPE, BATCH_ID, ORIGIN, BATCH_FILE, FIELDS };
static const char *const fields[FIELDS] = { "type", "batch_id", "origin", "batch_file" };

static char *skip_space(char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		p++;
	return p;
}

/* Behind the closing quote, which becomes the text's end; NULL: no text of plain ASCII without escapes. */
static char *cut_text(char *p, char **ret)
{
	if (*p++ != '"')
		return NULL;
	*ret = p;
	while (*p != '"') {
		if (*p < ' ' || *p == '\\' || *p == 127 || (unsigned char)*p >= 0x80)
			return NULL;
		p++;
	}
	*p = 0;
	return p + 1;
}

/*
 * An object of plain texts, as the writer's library makes it, is cut into its values in place, ten times as fast as a tree is built of it.
 * 1; 0: it is anything else, or no JSON: jansson says.
 */
static int cut_event(char *p, const char *values[FIELDS])
{
	char *key, *value;

	if (*(p = skip_space(p)) != '{')
		return 0;
	do {
		if (!(p = cut_text(skip_space(p + 1), &key)) || *(p = skip_space(p)) != ':' || !(p = cut_text(skip_space(p + 1), &value)))
			return 0;
		for (size_t i = 0; i < FIELDS; i++) {
			if (strcmp(key, fields[i]))
				continue;
			if (values[i])
				return 0;
			values[i] = value;
		}
		p = skip_space(p);
	} while (*p == ',');
	return *p == '}' && !*skip_space(p + 1);
}

static int make_event(const char *const values[FIELDS], pps_batch_event **ret_event, pps_error **err)
{
	_cleanup_(pps_batch_event_freep) pps_batch_event *event = NULL;
	const char *type = values[TYPE], *batch = values[BATCH_ID], *origin = values[ORIGIN], *file = values[BATCH_FILE];
	char buf[80];
	int r;

	if (!type || strcmp(type, "batch-ingested"))
		return pps_fail(err, PPS_E_FORMAT, "type: expected \"batch-ingested\"%s", not_this(type, buf));
	if (!(event = calloc(1, sizeof *event)))
		return pps_fail_nomem(err);
	if (!batch || pps_uuid_parse(batch, &event->batch, NULL) < 0)
		return pps_fail(err, PPS_E_FORMAT, "batch_id: expected a UUID%s", not_this(batch, buf));
	if ((r = pps_origin_check(origin ? origin : "", err)) < 0)
		return pps_wrap(err, r, "origin");
	if (!file || strlen(file) > PPS_BATCH_FILE_MOST || !is_below(file))
		return pps_fail(err, PPS_E_FORMAT, "batch_file: expected a file below intake.kafka.batch_root%s", not_this(file, buf));
	if (!(event->origin = strdup(origin)) || !(event->file = strdup(file)))
		return pps_fail_nomem(err);
	*ret_event = TAKE_PTR(event);
	return PPS_OK;
}

int pps_batch_event_parse(const void *text, size_t size, pps_batch_event **ret_event, pps_error **err)
{
	_cleanup_(json_decrefp) json_t *root = NULL;
	_cleanup_free_ char *copy = NULL;
	const char *values[FIELDS] = { NULL };
	json_error_t e;
	int r;

	if (!text || !size || size > PPS_BATCH_EVENT_MOST)
		return pps_fail(err, PPS_E_FORMAT, size ? "a message of more than %u bytes" : "an empty message", PPS_BATCH_EVENT_MOST);
	if (!(copy = malloc(size + 1)))
		return pps_fail_nomem(err);
	memcpy(copy, text, size);
	copy[size] = 0;
	if (!memchr(text, 0, size) && cut_event(copy, values))
		return make_event(values, ret_event, err);
	if ((r = pps_json_parse(text, size, 0, &root, &e)) == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0)
		return pps_fail(err, PPS_E_FORMAT, "no JSON: %s", e.text);
	for (size_t i = 0; i < FIELDS; i++)
		values[i] = json_string_value(json_object_get(root, fields[i]));
	return make_event(values, ret_event, err);
}
