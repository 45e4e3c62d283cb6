/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/util.h"

#include <string.h>

#include <pps/version.h>

const char *pps_version(void)
{
	return PPS_VERSION;
}

int pps_version_at_least(int major, int minor, int patch)
{
	if (major != PPS_VERSION_MAJOR)
		return PPS_VERSION_MAJOR > major;
	if (minor != PPS_VERSION_MINOR)
		return PPS_VERSION_MINOR > minor;
	return PPS_VERSION_PATCH >= patch;
}

void pps_free(void *ptr)
{
	free(ptr);
}

int pps_grow(void *array, size_t *cap, size_t n, size_t size)
{
	void *old, *p;
	size_t want;

	if (n < *cap)
		return 0;
	want = *cap ? *cap * 2 : 8;
	memcpy(&old, array, sizeof old);
	if (!(p = reallocarray(old, want, size)))
		return -1;
	memcpy(array, &p, sizeof p);
	*cap = want;
	return 0;
}

void pps_sort(void *array, size_t n, size_t size, int (*compare)(const void *a, const void *b))
{
	const char *at = array;

	for (size_t i = 1; i < n; i++)
		if (compare(at + (i - 1) * size, at + i * size) > 0) {
			qsort(array, n, size, compare);
			return;
		}
}

char *pps_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}
