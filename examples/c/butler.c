/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which exposures a Butler repository has, and where their raw images are. usage: butler REPOSITORY [WHERE]
 *
 * REPOSITORY is a folder, a butler.yaml (also s3://...), or an alias of $DAF_BUTLER_REPOSITORY_INDEX; WHERE is an
 * expression of the Butler's on exposures, such as "exposure.day_obs = 20251202 and exposure.can_see_sky".
 */
#include <inttypes.h>
#include <stdio.h>

#include <pps/butler.h>

/* A list has a cursor, which stands before the first row. */
static int print_exposures(pps_butler *butler, const char *where, pps_error **err)
{
	pps_butler_exposures *list = NULL;
	int r = pps_butler_query_exposures(butler, NULL, where, INT64_MIN, INT64_MAX, &list, err);

	while (r == PPS_OK && pps_butler_exposures_next(list)) {
		int sky = pps_butler_exposures_can_see_sky(list);

		printf("%s %" PRId64 " %s %s %s\n", pps_butler_exposures_instrument(list), pps_butler_exposures_id(list),
		       pps_butler_exposures_obs_id(list), pps_butler_exposures_physical_filter(list),
		       sky < 0 ? "sky unknown" : sky ? "sky" : "no sky");
	}
	pps_butler_exposures_free(list);
	return r;
}

static int print_raws(pps_butler *butler, const char *where, pps_error **err)
{
	pps_butler_datasets *list = NULL;
	int r = pps_butler_query_datasets(butler, "raw", "*", NULL, where, &list, err);

	while (r == PPS_OK && pps_butler_datasets_next(list)) {
		const char *uri = pps_butler_datasets_uri(list);

		printf("%s", pps_butler_datasets_id(list));
		for (size_t i = 0; i < pps_butler_datasets_key_count(list); i++) {
			int64_t number = 0;
			const char *text = pps_butler_datasets_key(list, i, &number); /* NULL: the key is a number */

			if (text)
				printf(" %s=%s", pps_butler_datasets_key_name(list, i), text);
			else
				printf(" %s=%" PRId64, pps_butler_datasets_key_name(list, i), number);
		}
		printf(" %s\n", uri ? uri : "not stored");
	}
	pps_butler_datasets_free(list);
	return r;
}

int main(int argc, char **argv)
{
	const char *where = argc > 2 ? argv[2] : NULL;
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_butler *butler = NULL;
	int r;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: butler REPOSITORY [WHERE]\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = pps_butler_open(ctx, argv[1], PPS_BUTLER_READ, &butler, &err);
	if (r == PPS_OK)
		printf("%s, universe %d\n", pps_butler_root(butler), pps_butler_universe_version(butler));
	if (r == PPS_OK)
		r = print_exposures(butler, where, &err);
	if (r == PPS_OK)
		r = print_raws(butler, where, &err);
	if (r < 0) /* an expression that is wrong is PPS_E_ARG; the message points at the character */
		fprintf(stderr, "butler: %s\n", pps_error_message(err));
	pps_butler_unref(butler);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return r == PPS_E_ARG ? 2 : r < 0;
}
