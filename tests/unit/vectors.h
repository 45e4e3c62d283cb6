/* SPDX-License-Identifier: BSD-3-Clause */
/* Files under tests/unit/vectors. */
#ifndef PPS_TEST_VECTORS_H
#define PPS_TEST_VECTORS_H

#include <stdio.h>

#include "test.h"

/* The whole file, NUL-terminated; the caller frees it. */
static inline char *vector_read(const char *name, size_t *ret_size)
{
	char path[1024], *text;
	FILE *f;
	long size;

	snprintf(path, sizeof(path), "%s/%s", VECTORS, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: cannot be opened", path);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	rewind(f);
	text = malloc((size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, f), (size_t)size);
	text[size] = 0;
	fclose(f);
	*ret_size = (size_t)size;
	return text;
}

#endif
