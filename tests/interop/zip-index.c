/* SPDX-License-Identifier: BSD-3-Clause */
/* zip-index: reads the Butler's index of a zip from standard input and writes it again. */
#include <stdio.h>

#include "archive/zip-index.h"

#define INPUT_MOST (256u << 20)

int main(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_zip_index_freep) pps_zip_index *index = NULL;
	_cleanup_buf_ pps_buf in = PPS_BUF(INPUT_MOST), out = PPS_BUF(INPUT_MOST);
	char block[65536];
	size_t n;

	while ((n = fread(block, 1, sizeof block, stdin)) > 0)
		pps_buf_add(&in, block, n);
	if (pps_buf_check(&in, "input", &err) < 0 || pps_zip_index_parse(pps_buf_text(&in), in.size, &index, &err) < 0 ||
	    pps_zip_index_write(index, &out, &err) < 0) {
		fprintf(stderr, "%s\n", pps_error_message(err));
		return 1;
	}
	return fputs(pps_buf_text(&out), stdout) < 0;
}
