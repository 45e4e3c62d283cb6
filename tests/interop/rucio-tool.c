/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The room rucio for scripts. usage: rucio-tool CONF COMMAND [ARG...] < JSON
 *
 *   register                  {"exposures": [{"obs_id", "obs_dataset", "datasets": [], "files": [{"name", "bytes", "adler32", "md5", "rubin_butler"}]}]}
 *   look-up | contents | replicas | parents | metadata    ["name", ...]
 *   search PATTERN file|dataset
 *   set-metadata NAME KEY VALUE | add-safe-copy NAME SITE | whoami
 *   relogin N                 looks names up N times; before each but the first it waits for a line on stdin
 *
 * Prints one JSON document; a failure of the whole is {"code": "PPS_E_...", "error": "..."}.
 */
#include <string.h>

#include "base/time.h"
#include "rucio/rucio-private.h"

static const char *text_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const char *const *texts_of(json_t *array, size_t *n)
{
	const char **at = calloc(json_array_size(array) + 1, sizeof *at);

	*n = json_array_size(array);
	for (size_t i = 0; i < *n; i++)
		at[i] = json_string_value(json_array_get(array, i));
	return at;
}

static void fill(pps_rucio_exposure *e, json_t *json)
{
	json_t *files = json_object_get(json, "files");
	pps_rucio_file *f = calloc(json_array_size(files) + 1, sizeof *f);

	e->obs_id = text_of(json, "obs_id");
	e->obs_dataset = text_of(json, "obs_dataset");
	e->datasets = texts_of(json_object_get(json, "datasets"), &e->ndatasets);
	e->nfiles = json_array_size(files);
	e->files = f;
	for (size_t i = 0; i < e->nfiles; i++) {
		json_t *file = json_array_get(files, i);

		f[i] = (pps_rucio_file){ .name = text_of(file, "name"), .pfn = text_of(file, "pfn"), .adler32 = text_of(file, "adler32"),
					 .bytes = (uint64_t)json_integer_value(json_object_get(file, "bytes")), .md5 = text_of(file, "md5"),
					 .rubin_butler = text_of(file, "rubin_butler") };
	}
}

static json_t *done_names(int done)
{
	static const char *const names[] = { "create", "attach", "reopen", "close", "metadata" };
	json_t *list = json_array();

	for (int i = 0; i < 5; i++)
		if (done & 1 << i)
			json_array_append_new(list, json_string(names[i]));
	return list;
}

static int do_register(pps_rucio *rucio, json_t *in, json_t *out, pps_error **err)
{
	json_t *list = json_object_get(in, "exposures"), *rows = json_array();
	size_t n = json_array_size(list);
	pps_rucio_exposure *exposures = calloc(n + 1, sizeof *exposures);
	pps_rucio_result *results = calloc(n + 1, sizeof *results);
	int64_t began = pps_monotonic_now(), asked = rucio->asked;
	int r;

	for (size_t i = 0; i < n; i++)
		fill(&exposures[i], json_array_get(list, i));
	r = pps_rucio_register_exposures(rucio, exposures, n, results, err);
	json_object_set_new(out, "seconds", json_real((double)(pps_monotonic_now() - began) / 1e9));
	json_object_set_new(out, "requests", json_integer(rucio->asked - asked));
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(rows, json_pack("{s:s, s:s, s:o, s:s}", "obs_id", exposures[i].obs_id, "code",
						      pps_error_code_name(results[i].code), "done", done_names(results[i].done), "error",
						      pps_error_message(results[i].error)));
		pps_rucio_result_clear(&results[i]);
		free((void *)exposures[i].files);
		free((void *)exposures[i].datasets);
	}
	json_object_set_new(out, "results", rows);
	free(exposures);
	free(results);
	return r;
}

static json_t *dids_json(pps_rucio_dids *dids)
{
	static const char *const kinds[] = { "NONE", "FILE", "DATASET", "CONTAINER" };
	json_t *rows = json_array();

	for (size_t i = 0; i < pps_rucio_dids_count(dids); i++) {
		const pps_rucio_did *d = pps_rucio_dids_at(dids, i);

		json_array_append_new(rows, json_pack("{s:s, s:s, s:i, s:I, s:s, s:s}", "name", d->name, "kind", kinds[d->kind], "open", d->is_open,
						      "bytes", (json_int_t)d->bytes, "adler32", d->adler32, "md5", d->md5));
	}
	pps_rucio_dids_free(dids);
	return rows;
}

static json_t *pairs_json(pps_rucio_pairs *pairs)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < pps_rucio_pairs_count(pairs); i++) {
		const pps_rucio_pair *p = pps_rucio_pairs_at(pairs, i);

		json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "name", p->name, "other", p->other, "state", p->state, "pfn",
						      p->pfn, "bytes", (json_int_t)p->bytes, "adler32", p->adler32));
	}
	pps_rucio_pairs_free(pairs);
	return rows;
}

static int ask(pps_rucio *rucio, const char *what, json_t *in, json_t *out, pps_error **err)
{
	size_t n;
	const char *const *names = texts_of(in, &n);
	pps_rucio_dids *dids = NULL;
	pps_rucio_pairs *pairs = NULL;
	json_t *array = NULL;
	int r = !strcmp(what, "look-up")  ? pps_rucio_look_up(rucio, names, n, &dids, err) :
		!strcmp(what, "contents") ? pps_rucio_contents(rucio, names, n, &pairs, err) :
		!strcmp(what, "replicas") ? pps_rucio_replicas(rucio, names, n, &pairs, err) :
		!strcmp(what, "parents")  ? pps_rucio_parents_many(rucio, names, n, &pairs, err) :
					    pps_rucio_metadata(rucio, names, n, &array, err);

	free((void *)names);
	if (r == PPS_OK)
		json_object_set_new(out, "rows", dids ? dids_json(dids) : pairs ? pairs_json(pairs) : array);
	return r;
}

static int relogin(pps_rucio *rucio, int n, json_t *out, pps_error **err)
{
	const char *name = "no/such/name";
	int r = PPS_OK, c;

	for (int i = 0; r == PPS_OK && i < n; i++) {
		pps_rucio_dids *dids = NULL;

		while (i && (c = getchar()) != '\n' && c != EOF)
			;
		r = pps_rucio_look_up(rucio, &name, 1, &dids, err);
		pps_rucio_dids_free(dids);
		fprintf(stderr, "asked\n");
	}
	json_object_set_new(out, "requests", json_integer(rucio->asked));
	return r;
}

static int run(pps_rucio *rucio, int argc, char **argv, json_t *in, json_t *out, pps_error **err)
{
	const char *what = argv[0];
	pps_rucio_dids *dids = NULL;
	char *account = NULL;
	int64_t expires = 0;
	int changed = 0, r;

	if (!strcmp(what, "register"))
		return do_register(rucio, in, out, err);
	if (!strcmp(what, "search") && argc == 3) {
		if ((r = pps_rucio_search(rucio, argv[1], !strcmp(argv[2], "file") ? PPS_RUCIO_FILE : PPS_RUCIO_DATASET, &dids, err)) == PPS_OK)
			json_object_set_new(out, "rows", dids_json(dids));
		return r;
	}
	if (!strcmp(what, "set-metadata") && argc == 4)
		return pps_rucio_set_metadata(rucio, argv[1], (const char *const *)argv + 2, 1, err);
	if (!strcmp(what, "add-safe-copy") && argc == 3) {
		if ((r = pps_rucio_add_safe_copy(rucio, argv[1], argv[2], &changed, err)) == PPS_OK)
			json_object_set_new(out, "changed", json_boolean(changed));
		return r;
	}
	if (!strcmp(what, "relogin") && argc == 2)
		return relogin(rucio, (int)strtol(argv[1], NULL, 10), out, err);
	if (!strcmp(what, "whoami")) {
		if ((r = pps_rucio_whoami(rucio, &account, &expires, err)) == PPS_OK)
			json_object_set_new(out, "account", json_string(account));
		json_object_set_new(out, "algorithm", json_string(pps_ssh_algorithm_name(rucio->algorithm)));
		free(account);
		return r;
	}
	return ask(rucio, what, in, out, err);
}

int main(int argc, char **argv)
{
	json_t *out = json_object(), *in = NULL;
	pps_ctx *ctx = NULL;
	pps_conf *conf = NULL;
	pps_rucio *rucio = NULL;
	pps_error *err = NULL;
	int r = argc > 2 ? PPS_OK : PPS_E_ARG;

	if (r < 0) {
		fprintf(stderr, "usage: rucio-tool CONF COMMAND [ARG...]\n");
		return 2;
	}
	if ((r = pps_ctx_new(&ctx, &err)) == PPS_OK && (r = pps_conf_load(ctx, argv[1], &conf, &err)) == PPS_OK &&
	    (r = pps_rucio_open(ctx, conf, &rucio, &err)) == PPS_OK) {
		if (!strcmp(argv[2], "register") || (argc == 3 && strcmp(argv[2], "whoami") != 0))
			in = json_loadf(stdin, 0, NULL);
		r = run(rucio, argc - 2, argv + 2, in, out, &err);
	}
	json_object_set_new(out, "code", json_string(pps_error_code_name(r)));
	json_object_set_new(out, "error", json_string(pps_error_message(err)));
	json_dumpf(out, stdout, JSON_COMPACT);
	printf("\n");
	json_decref(out);
	json_decref(in);
	pps_error_free(err);
	pps_rucio_unref(rucio);
	pps_conf_unref(conf);
	pps_ctx_unref(ctx);
	return r < 0;
}
