/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looks at a zip, or takes one member out of it. usage: zip ARCHIVE [MEMBER]
 *
 * Without a member it lists all, reads the whole archive, and names every problem; with one it writes its content to
 * stdout, piece by piece, so that memory does not depend on its size.
 */
#include <inttypes.h>
#include <stdio.h>

#include <pps/zip.h>

/* Return: 1 when problems were found, 0 when it is sound, or an error. */
static int look(pps_zip *zip, pps_error **err)
{
	pps_zip_report *report = NULL;
	int r;

	for (size_t i = 0; i < pps_zip_count(zip); i++)
		printf("%12" PRIu64 " %08" PRIx32 " %s\n", pps_zip_size(zip, i), pps_zip_crc32(zip, i), pps_zip_name(zip, i));
	r = pps_zip_verify(zip, &report, err); /* fails when it cannot be read; problems are no failure */
	if (r == PPS_OK) {
		for (size_t i = 0; i < pps_zip_report_problems(report); i++)
			printf("PROBLEM %s: %s\n", pps_zip_report_member(report, i), pps_zip_report_problem(report, i));
		printf("%zu members, %" PRIu64 " bytes, md5 %s, adler32 %s\n", pps_zip_report_members(report),
		       pps_zip_report_size(report), pps_zip_report_md5(report), pps_zip_report_adler32(report));
		r = pps_zip_report_problems(report) > 0;
	}
	pps_zip_report_free(report);
	return r;
}

static int take(pps_zip *zip, const char *name, pps_error **err)
{
	static unsigned char piece[1 << 16];
	uint64_t offset = 0;
	size_t n = 0, got = 0;
	int r = pps_zip_find(zip, name, &n, err);

	while (r == PPS_OK && offset < pps_zip_size(zip, n)) {
		r = pps_zip_read_range(zip, n, offset, piece, sizeof piece, &got, err);
		if (r < 0 || got == 0 || fwrite(piece, 1, got, stdout) != got)
			break;
		offset += got;
	}
	return r;
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_zip *zip = NULL;
	int r;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: zip ARCHIVE [MEMBER]\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = pps_zip_open(ctx, argv[1], &zip, &err);
	if (r == PPS_OK)
		r = argc == 3 ? take(zip, argv[2], &err) : look(zip, &err);
	if (r < 0)
		fprintf(stderr, "zip: %s\n", pps_error_message(err));
	pps_zip_close(zip);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	if (fflush(stdout) || ferror(stdout)) { /* a full disk or a closed pipe is a failure too */
		perror("zip: stdout");
		return 1;
	}
	return r != 0;
}
