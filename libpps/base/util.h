/* SPDX-License-Identifier: BSD-3-Clause */
/* Small tools that every file uses: cleanup on leaving a scope, taking a pointer, growing an array. */
#ifndef PPS_BASE_UTIL_H
#define PPS_BASE_UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define _unused_ __attribute__((unused))
#define TAKE_PTR(p)                   \
	({                            \
		__typeof__(p) t_ = (p); \
		(p) = NULL;           \
		t_;                   \
	})
#define PPS_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Defines NAMEp(T **) for _cleanup_(NAMEp), from a release function that takes T *. */
#define PPS_DEFINE_CLEANUP(type, fn)                   \
	static inline void fn##p(type **p)             \
	{                                              \
		if (*p)                                \
			fn(*p);                        \
	}

static inline void pps_freep(void *p)
{
	free(*(void **)p);
}

static inline void pps_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void pps_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_free_ _cleanup_(pps_freep)
#define _cleanup_close_ _cleanup_(pps_closep)
#define _cleanup_fclose_ _cleanup_(pps_fclosep)

/**
 * pps_grow() - make room for one more element of a growing array
 * @array: address of the array's pointer
 * @cap:   elements it has room for
 * @n:     elements in use
 * @size:  bytes of one element
 *
 * Return: 0, or -1 when memory is out (the array is then unchanged).
 */
int pps_grow(void *array, size_t *cap, size_t n, size_t size);

/* The folder that a path's last part is in, "." for a name alone; owned by the caller, NULL when memory is out. */
char *pps_folder_of(const char *path);

/* As qsort(), of none too; what is in order already, as lists from a database or of a caller before often are, costs one look at each. */
void pps_sort(void *array, size_t n, size_t size, int (*compare)(const void *a, const void *b));

#endif
