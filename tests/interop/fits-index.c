/* SPDX-License-Identifier: BSD-3-Clause */
/* fits-index HDU FILE...: the metadata index of files, keyed by their names; a failure is a line on stderr and status 1.
 * With "-" as the only file, lists of files are read from standard input, one list a line, separated by tabs, and each is answered with
 * a line: the index, or "! message". */
#include <stdio.h>
#include <string.h>

#include "archive/fits-index.h"

static int index_of(pps_ctx *ctx, int hdu, char **files, size_t n, pps_buf *out, pps_error **err)
{
	_cleanup_(pps_fits_index_freep) pps_fits_index *index = NULL;
	int r;

	if ((r = pps_fits_index_new(hdu, &index, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		_cleanup_(pps_store_unrefp) pps_store *store = NULL;
		_cleanup_free_ char *name = NULL;

		if ((r = pps_store_open_parent(ctx, files[i], &store, &name, err)) < 0 ||
		    (r = pps_fits_index_add(index, name, store, name, err)) < 0)
			return r;
	}
	return pps_fits_index_write(index, out, err);
}

static int answer(pps_ctx *ctx, int hdu, char **files, size_t n)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_buf_ pps_buf out = PPS_BUF(1u << 30);
	int r = index_of(ctx, hdu, files, n, &out, &err);

	if (r < 0)
		printf("! %s\n", pps_error_message(err));
	else
		fputs(pps_buf_text(&out), stdout);
	fflush(stdout);
	return r < 0;
}

int main(int argc, char **argv)
{
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;

	if (argc < 3 || pps_ctx_new(&ctx, NULL) < 0)
		return 2;
	if (strcmp(argv[2], "-") != 0)
		return answer(ctx, (int)strtol(argv[1], NULL, 10), argv + 2, (size_t)argc - 2);
	while (getline(&line, &cap, stdin) > 0) {
		char *files[256], *rest = line;
		size_t n = 0;

		line[strcspn(line, "\n")] = 0;
		while (rest && n < PPS_COUNT(files))
			files[n++] = strsep(&rest, "\t");
		answer(ctx, (int)strtol(argv[1], NULL, 10), files, n);
	}
	return 0;
}
