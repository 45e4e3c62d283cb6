/* SPDX-License-Identifier: BSD-3-Clause */
/* Allocations of our own code, which the linker sends through alloc-wraps.c (--wrap), so that a test can let them fail. */
#ifndef PPS_TEST_ALLOC_WRAPS_H
#define PPS_TEST_ALLOC_WRAPS_H

#include <stdarg.h>
#include <stddef.h>

/* The test's: 1 when this allocation is to fail. Asked for each. */
int alloc_fails(void);

/* Those that never fail. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
int __real_vasprintf(char **ret, const char *fmt, va_list ap);

#endif
