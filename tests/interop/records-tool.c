/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dimension records between two repositories, for the scripts beside it.
 *
 *   records-tool SOURCE DEST VERB
 *
 * VERB is ensure, with-visits or dry-run. Data IDs come as JSON: [{"dimensions": ["instrument", "visit"], "values": ["LSSTCam", 7,
 * "LSSTCam", 8]}, ...], one document a line; a line of output for each: how many records, and nanoseconds.
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

static int serve(pps_butler *source, pps_butler *dest, const char *verb, const char *line, pps_error **err)
{
	_cleanup_(input_clear) input in = { 0 };
	int mode = strcmp(verb, "with-visits") == 0 ? PPS_RECORDS_WITH_VISITS : PPS_RECORDS_REFS;
	int flags = strcmp(verb, "dry-run") == 0 ? PPS_BUTLER_DRY_RUN : 0;
	int64_t start, n = 0;
	int r = parse(line, &in, err);

	start = pps_monotonic_now();
	if (r < 0 || (r = pps_butler_ensure_records(source, dest, in.ids, in.n, mode, flags, &n, err)) < 0)
		return r;
	printf("%lld %lld\n", (long long)n, (long long)(pps_monotonic_now() - start));
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
		r = serve(source, dest, a[2], line, err);
	return r;
}

int main(int argc, char **argv)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	int r;

	if (argc != 4) {
		fprintf(stderr, "usage: records-tool SOURCE DEST VERB\n");
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
