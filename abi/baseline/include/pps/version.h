/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/version.h - version of libpps and the macros that mark its functions
 *
 * libpps keeps its binary interface: a program built against version 0.N runs with any later library of
 * the same soname. Structures are never public; every handle is opaque.
 */
#ifndef PPS_VERSION_H
#define PPS_VERSION_H

#include <stddef.h>
#include <stdint.h>

#define PPS_VERSION_MAJOR 0   /* version of these headers: another one breaks programs */
#define PPS_VERSION_MINOR 1   /* another one adds */
#define PPS_VERSION_PATCH 0   /* another one mends */
#define PPS_VERSION "0.1.0"   /* all three, as text */

/* For #if: 1 when these headers are of that version or a later one. */
#define PPS_VERSION_AT_LEAST(major, minor, patch) \
	((PPS_VERSION_MAJOR * 1000 + PPS_VERSION_MINOR) * 1000 + PPS_VERSION_PATCH >= ((major) * 1000 + (minor)) * 1000 + (patch))

#if defined(__GNUC__)
#define PPS_API __attribute__((visibility("default")))                    /* a public function */
#define PPS_MUST_USE __attribute__((warn_unused_result))                  /* whose result may not be ignored */
#define PPS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args))) /* that takes a format as printf() does */
#else
#define PPS_API
#define PPS_MUST_USE
#define PPS_PRINTF(fmt, args)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * pps_version() - version of the library that is running
 *
 * Return: text such as "0.1.0"; static, never freed. Compare it with PPS_VERSION, the version of the
 * headers that the program was built with. Threads: any. Blocks: no. Since: 0.1
 */
PPS_API const char *pps_version(void);

/**
 * pps_version_at_least() - whether the library that is running is new enough
 * @major: with @minor and @patch the version that is needed; PPS_VERSION_MAJOR and so on for that of the headers
 * @minor: see @major
 * @patch: see @major
 *
 * Return: 1 when it is that version or a later one, else 0. Threads: any. Blocks: no. Since: 0.1
 */
PPS_API int pps_version_at_least(int major, int minor, int patch);

/**
 * pps_free() - release memory that a libpps function returned as owned
 * @ptr: what the function returned, or NULL
 *
 * Texts that a function documents as owned by the caller are released with this, never with free(): the
 * library may use another allocator. Threads: any. Blocks: no. Since: 0.1
 */
PPS_API void pps_free(void *ptr);

#ifdef __cplusplus
}
#endif
#endif
