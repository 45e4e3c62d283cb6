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

#define PPS_VERSION_MAJOR 0
#define PPS_VERSION_MINOR 1
#define PPS_VERSION_PATCH 0
#define PPS_VERSION "0.1.0"

#if defined(__GNUC__)
#define PPS_API __attribute__((visibility("default")))
#define PPS_MUST_USE __attribute__((warn_unused_result))
#define PPS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
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
