/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shows the dimension records of a Butler's export. usage: dimensions FILE.yaml [COPY.yaml]
 *
 * Prints how many records each element has, and when each exposure was taken. With COPY the records are written again,
 * byte for byte as the Python Butler writes them.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <pps/dimensions.h>

/* Times are TAI; this shows them on TAI's calendar, and says so. For UTC the leap seconds have to be taken off. */
static void print_tai(int64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	printf("%s.%09" PRId64 " TAI", text, ns % 1000000000);
}

static void show(const pps_dimensions *dims)
{
	printf("universe %d\n", pps_dimensions_universe_version(dims));
	for (int i = 0; i < pps_dimensions_elements(dims); i++) {
		const char *element = pps_dimensions_element(dims, i); /* borrowed from the records */

		printf("%s: %" PRId64 " with %d columns\n", element, pps_dimensions_count(dims, element),
		       pps_dimensions_columns(dims, element));
	}
	for (int64_t row = 0; row < pps_dimensions_count(dims, "exposure"); row++) {
		const char *name = pps_dimensions_get_text(dims, "exposure", row, "obs_id"); /* NULL: it has none */
		int64_t begin = 0, end = 0;

		printf("%" PRId64 " %s ", pps_dimensions_get_int(dims, "exposure", row, "id"), name ? name : "-");
		if (pps_dimensions_get_timespan(dims, "exposure", row, &begin, &end)) {
			print_tai(begin);
			printf(", %.3f s\n", (double)(end - begin) / 1e9);
		} else
			printf("time unknown\n");
	}
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_dimensions *dims = NULL;
	int r;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: dimensions FILE.yaml [COPY.yaml]\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = pps_dimensions_load(ctx, argv[1], &dims, &err);
	if (r == PPS_OK)
		show(dims);
	if (r == PPS_OK && argc == 3)
		r = pps_dimensions_save(dims, argv[2], &err); /* PPS_E_EXISTS: nothing is overwritten */
	if (r < 0)
		fprintf(stderr, "dimensions: %s\n", pps_error_message(err)); /* with file, line and column */
	pps_dimensions_free(dims);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return r < 0;
}
