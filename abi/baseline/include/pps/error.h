/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/error.h - what went wrong
 *
 * Every function that can fail returns PPS_OK or a negative PPS_E_* code, and takes as its last parameter
 * `pps_error **err`: NULL, or the address of a pointer that is NULL. On failure it receives an error object,
 * owned by the caller, released with pps_error_free(); on success it is left alone.
 *
 * There are few codes, each one an action that a caller can take; callers must accept codes that they do
 * not know as PPS_E_FAILED. The message tells the whole story, outermost operation first:
 * "pack MC_O_20251202_000001: read R22_S11.fits: No such file or directory".
 *
 * Threads: an error object is immutable and may be read from any thread.
 */
#ifndef PPS_ERROR_H
#define PPS_ERROR_H

#include <pps/version.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_error pps_error; /* what went wrong; immutable, any thread */

/* What a function returns; callers take codes that they do not know as PPS_E_FAILED. */
enum {
	PPS_OK = 0,              /* it was done */
	PPS_E_FAILED = -1,       /* the operation failed; the message says how */
	PPS_E_ARG = -2,          /* the call itself is wrong: mend the program or the command line */
	PPS_E_NOMEM = -3,        /* out of memory */
	PPS_E_CONFIG = -4,       /* mend the configuration: pps_error_file(), _line(), _column() say where */
	PPS_E_NOTFOUND = -5,     /* what was named does not exist */
	PPS_E_EXISTS = -6,       /* the destination is there already; nothing was overwritten */
	PPS_E_CONFLICT = -7,     /* what is there differs from what should be: a person must look */
	PPS_E_FORMAT = -8,       /* input that cannot be read as what it should be */
	PPS_E_UNSUPPORTED = -9,  /* a version, schema or kind that this library does not know: refused */
	PPS_E_IO = -10,          /* reading or writing failed (pps_error_errno()) */
	PPS_E_NOSPACE = -11,     /* the disk, or a quota, is full */
	PPS_E_ACCESS = -12,      /* not permitted: file modes, passwords, read-only places */
	PPS_E_UNAVAILABLE = -13, /* a service is down or busy: try again later */
	PPS_E_LOCKED = -14,      /* another process holds the lock: try again later */
	PPS_E_TIMEOUT = -15,     /* the time limit ran out: try again later */
	PPS_E_CANCELLED = -16,   /* pps_ctx_cancel() was called; nothing is lost */
	PPS_E_HELD = -17,        /* a rule forbids it now (embargo, hold, clocks that disagree) */
	PPS_E_INTERNAL = -18     /* a defect in libpps: please report it */
};

/** pps_error_code() - the PPS_E_* code; PPS_OK for NULL. Threads: any. Blocks: no. Since: 0.1 */
PPS_API int pps_error_code(const pps_error *err);

/**
 * pps_error_message() - the whole message in English, UTF-8, one line
 *
 * Return: borrowed, valid as long as @err; "" for NULL. Never holds a secret. Threads: any. Blocks: no. Since: 0.1
 */
PPS_API const char *pps_error_message(const pps_error *err);

/** pps_error_is_retriable() - 1 when the same call may succeed later without any change, else 0. Since: 0.1 */
PPS_API int pps_error_is_retriable(const pps_error *err);

/** pps_error_errno() - the system's errno behind the error, or 0. Threads: any. Blocks: no. Since: 0.1 */
PPS_API int pps_error_errno(const pps_error *err);

/** pps_error_sqlstate() - the five characters of SQLSTATE behind the error, or "". Borrowed. Since: 0.1 */
PPS_API const char *pps_error_sqlstate(const pps_error *err);

/** pps_error_file() - the input file at fault, or NULL. Borrowed. Threads: any. Blocks: no. Since: 0.1 */
PPS_API const char *pps_error_file(const pps_error *err);

/** pps_error_line() - line in pps_error_file(), from 1; 0 when unknown. Since: 0.1 */
PPS_API int pps_error_line(const pps_error *err);

/** pps_error_column() - column (in characters) in that line, from 1; 0 when unknown. Since: 0.1 */
PPS_API int pps_error_column(const pps_error *err);

/** pps_error_code_name() - the name of a code: "PPS_E_CONFIG"; "PPS_E_FAILED" if unknown. Static. Since: 0.1 */
PPS_API const char *pps_error_code_name(int code);

/**
 * pps_exit_code() - what a program exits with, so that schedulers read all programs on libpps alike
 * @code: what a function returned
 *
 * Return: 0: PPS_OK, and what is positive; 2: the call was wrong (PPS_E_ARG); 3: the configuration is; 4: try again later (a service, a lock, the
 * clocks, memory); 70: a defect of libpps; 130: cancelled; 1: anything else. Threads: any. Blocks: no. Since: 0.1
 */
PPS_API int pps_exit_code(int code);

/** pps_error_free() - release an error; NULL is fine. Threads: any. Blocks: no. Since: 0.1 */
PPS_API void pps_error_free(pps_error *err);

#ifdef __cplusplus
}
#endif
#endif
