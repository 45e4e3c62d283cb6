/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dimension records between two repositories, for the scripts beside it.
 *
 *   records-tool SOURCE DEST
 *
 * Each line of input is VERB JSON. VERB is ensure, with-visits, dry-run, revise or look (a dry run of revise), with data IDs:
 * [{"dimensions": ["instrument", "visit"], "values": ["LSSTCam", 7, "LSSTCam", 8]}, ...]; or prepare with instruments and skymaps:
 * [["LSSTCam"], ["lsst_cells_v1"]]. A line of output for each: records inserted and revised, and nanoseconds; before it one for each
 * record that differs.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "butler/butler.h"
#include "butler/records.h"

typedef struct input {
	json_t *json;
	pps_data_ids *ids;
	size_t n;
} input;

static void input_clear(input *in)
{
	for (size_t i = 0; in->ids && i < in->n; i++) {
		free((void *)in->ids[i].dimensions);
		free((void *)in->ids[i].values);
	}
	free(in->ids);
	json_decref(in->json);
}

static int fill(pps_data_ids *ids, const json_t *group, pps_error **err)
{
	const json_t *dimensions = json_object_get(group, "dimensions"), *values = json_object_get(group, "values");
	const char **names = calloc(json_array_size(dimensions) + 1, sizeof *names);
	pps_sql_value *v = calloc(json_array_size(values) + 1, sizeof *v);

	ids->dimensions = names;
	ids->values = v;
	if (!names || !v)
		return pps_fail_nomem(err);
	ids->ndimensions = json_array_size(dimensions);
	ids->n = ids->ndimensions ? json_array_size(values) / ids->ndimensions : 1;
	for (size_t i = 0; i < ids->ndimensions; i++)
		names[i] = json_string_value(json_array_get(dimensions, i));
	for (size_t i = 0; i < json_array_size(values); i++) {
		const json_t *one = json_array_get(values, i);

		v[i] = json_is_integer(one) ? pps_sql_int(json_integer_value(one)) : pps_sql_text(json_string_value(one));
	}
	return PPS_OK;
}

static int parse(const char *line, input *in, pps_error **err)
{
	json_error_t where;
	int r = pps_json_parse(line, strlen(line), 0, &in->json, &where);

	if (r < 0)
		return pps_fail(err, r, "a line: %s", where.text);
	in->n = json_array_size(in->json);
	if (!(in->ids = calloc(in->n + 1, sizeof *in->ids)))
		return pps_fail_nomem(err);
	for (size_t i = 0; r == PPS_OK && i < in->n; i++)
		r = fill(&in->ids[i], json_array_get(in->json, i), err);
	return r;
}

static int print_revision(void *user, const char *element, const char *key, const char *column, pps_error **err)
{
	(void)user;
	(void)err;
	printf("differs %s %s: %s\n", element, key, column);
	return PPS_OK;
}

static int act(pps_butler *source, pps_butler *dest, const char *verb, const input *in, int64_t *inserted, int64_t *revised, pps_error **err)
{
	int mode = strcmp(verb, "with-visits") == 0 ? PPS_RECORDS_WITH_VISITS : PPS_RECORDS_REFS;
	int flags = strcmp(verb, "dry-run") == 0 || strcmp(verb, "look") == 0 ? PPS_BUTLER_DRY_RUN : 0;

	if (strcmp(verb, "revise") == 0 || strcmp(verb, "look") == 0)
		return pps_butler_revise_records(source, dest, in->ids, in->n, mode, flags, print_revision, NULL, inserted, revised, err);
	return pps_butler_ensure_records(source, dest, in->ids, in->n, mode, flags, inserted, err);
}

static int texts(const json_t *array, const char **at, size_t most)
{
	size_t n = json_array_size(array) < most ? json_array_size(array) : most;

	for (size_t i = 0; i < n; i++)
		at[i] = json_string_value(json_array_get(array, i));
	return (int)n;
}

static int prepare(pps_butler *source, pps_butler *dest, const char *line, int64_t *inserted, pps_error **err)
{
	json_error_t where;
	json_t *json = NULL;
	const char *instruments[8], *skymaps[8];
	int r = pps_json_parse(line, strlen(line), 0, &json, &where);

	if (r < 0)
		return pps_fail(err, r, "a line: %s", where.text);
	r = pps_butler_prepare_records(source, dest, instruments, (size_t)texts(json_array_get(json, 0), instruments, 8), skymaps,
				       (size_t)texts(json_array_get(json, 1), skymaps, 8), 0, print_revision, NULL, inserted, err);
	json_decref(json);
	return r;
}

static int serve(pps_butler *source, pps_butler *dest, char *verb, pps_error **err)
{
	_cleanup_(input_clear) input in = { 0 };
	int64_t start, inserted = 0, revised = 0;
	char *line = verb + strcspn(verb, " ");
	int r = PPS_OK;

	if (*line)
		*line++ = '\0';
	if (strcmp(verb, "prepare") != 0)
		r = parse(line, &in, err);
	start = pps_monotonic_now();
	if (r == PPS_OK && in.json)
		r = act(source, dest, verb, &in, &inserted, &revised, err);
	else if (r == PPS_OK)
		r = prepare(source, dest, line, &inserted, err);
	if (r < 0)
		return r;
	printf("%lld %lld %lld\n", (long long)inserted, (long long)revised, (long long)(pps_monotonic_now() - start));
	fflush(stdout);
	return PPS_OK;
}

static int run(pps_ctx *ctx, char **a, pps_error **err)
{
	_cleanup_(pps_butler_unrefp) pps_butler *source = NULL, *dest = NULL;
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int r;

	if ((r = pps_butler_open(ctx, a[0], PPS_BUTLER_READ, &source, err)) < 0 ||
	    (r = pps_butler_open(ctx, a[1], PPS_BUTLER_WRITE, &dest, err)) < 0)
		return r;
	while (r >= 0 && getline(&line, &size, stdin) > 0)
		r = serve(source, dest, line, err);
	return r;
}

int main(int argc, char **argv)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	int r;

	if (argc != 3) {
		fprintf(stderr, "usage: records-tool SOURCE DEST\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = run(ctx, argv + 1, &err);
	pps_ctx_unref(ctx);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", pps_error_code_name(r), pps_error_message(err));
	return r < 0;
}
