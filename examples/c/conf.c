/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks a configuration, and prints values of it. usage: conf PPS.YAML [KEY...]
 *
 * Every error is printed as FILE:LINE:COLUMN: MESSAGE, which editors understand; exit code 3. Without errors it prints
 * the value of each KEY, such as raw.dest_root, or without any the whole configuration as JSON. Secrets are "***".
 */
#include <stdio.h>

#include <pps/conf.h>

/* A configuration with errors is handed out for this alone. */
static void list_errors(const pps_conf *conf)
{
	for (size_t i = 0; i < pps_conf_error_count(conf); i++) {
		const pps_error *e = pps_conf_error_at(conf, i); /* the configuration's: not released here */

		fprintf(stderr, "%s\n", pps_error_message(e)); /* it begins with the place */
	}
}

static int print_all(const pps_conf *conf, pps_error **err)
{
	char *text = NULL;
	int r = pps_conf_show(conf, &text, err);

	if (r == PPS_OK)
		printf("%s\n", text);
	pps_free(text); /* not free(): the library may use another allocator */
	return r;
}

/* How many keys have no value: such as lists, blocks, and what is misspelt. */
static int print_values(const pps_conf *conf, char **keys, int n)
{
	int without = 0;

	for (int i = 0; i < n; i++) {
		const char *value = pps_conf_get(conf, keys[i]); /* borrowed from the configuration */

		if (value)
			printf("%s=%s\n", keys[i], value);
		else
			fprintf(stderr, "conf: %s has no value\n", keys[i]), without++;
	}
	return without;
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_conf *conf = NULL;
	int r, without = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: conf PPS.YAML [KEY...]\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = pps_conf_load(ctx, argv[1], &conf, &err);
	if (r == PPS_OK && argc > 2)
		without = print_values(conf, argv + 2, argc - 2);
	else if (r == PPS_OK)
		r = print_all(conf, &err);
	if (conf && pps_conf_error_count(conf))
		list_errors(conf);
	else if (r < 0)
		fprintf(stderr, "conf: %s\n", pps_error_message(err));
	pps_conf_unref(conf);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return r == PPS_E_CONFIG ? 3 : r < 0 || without;
}
