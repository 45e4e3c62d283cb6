/* SPDX-License-Identifier: BSD-3-Clause */
/* Making errors. The public side, how they are read, is <pps/error.h>. */
#ifndef PPS_BASE_ERROR_H
#define PPS_BASE_ERROR_H

#include <pps/error.h>

#include "base/util.h"

PPS_DEFINE_CLEANUP(pps_error, pps_error_free)

/* Sets *err (when err is not NULL and *err is NULL) and returns @code, so that a failing path is one line:
 *   return pps_fail(err, PPS_E_FORMAT, "%s: no END card", path); */
int pps_fail(pps_error **err, int code, const char *fmt, ...) PPS_PRINTF(3, 4);

/* The same from an errno: the code follows from it (ENOENT: NOTFOUND, EEXIST: EXISTS, ENOSPC and EDQUOT: NOSPACE,
 * EACCES, EPERM and EROFS: ACCESS, ENOMEM: NOMEM, ETIMEDOUT: TIMEOUT, else IO) and ": <strerror>" is appended. */
int pps_fail_errno(pps_error **err, int errnum, const char *fmt, ...) PPS_PRINTF(3, 4);

/* Out of memory: a static object, which costs no memory. */
int pps_fail_nomem(pps_error **err);

/* The same with a place in an input file; line and column from 1, 0 unknown. The message becomes
 * "FILE:LINE:COLUMN: text". */
int pps_fail_at(pps_error **err, int code, const char *file, int line, int column, const char *fmt, ...)
	PPS_PRINTF(6, 7);

/* Puts "text: " before the message of an error that a lower layer made; code and the rest stay. Returns
 * the error's code (@code when err is NULL). Use:
 *   if ((r = lower(x, err)) < 0)
 *           return pps_wrap(err, r, "pack %s", obs_id); */
int pps_wrap(pps_error **err, int code, const char *fmt, ...) PPS_PRINTF(3, 4);

/* Gives an error another code, where the layer above knows better what the caller can do. Returns @code. */
int pps_recode(pps_error **err, int code);

/* Details for errors just made; do nothing when err or *err is NULL. */
void pps_error_set_retriable(pps_error **err, int retriable);
void pps_error_set_sqlstate(pps_error **err, const char *sqlstate);

/* Another object of the same content; the caller owns it. NULL for NULL or when memory is out. */
pps_error *pps_error_copy(const pps_error *err);

/* Moves an error from one holder to another: *to = from when to is wanted and empty, else from is released. */
void pps_error_move(pps_error **to, pps_error *from);

#endif
