/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/rucio.h - the Rucio catalogue: what it knows of files and their datasets, and making it known
 *
 * A connection is opened from the block `rucio:` of a configuration, or from the environment as Rucio's own client is
 * (`RUCIO_CONFIG`, `RUCIO_HOME`, `RUCIO_ACCOUNT`, `RUCIO_AUTH_TYPE` ...). It logs in when it first has to, by SSH key, password,
 * X.509 certificate or proxy, or a token in a file; tokens stay in memory, are renewed before they expire, and are in no message.
 *
 * Whatever is registered may be registered again: what is there already is compared, what is missing is added, and values that
 * another party may have moved on (`arcBackup`, `SafeCopies`) are never set back. What differs is a PPS_E_CONFLICT, and left alone.
 *
 * "Dataset" is Rucio's word here, a named group of files; names are without their scope.
 *
 * Threads: a connection is for one thread at a time; lists and reports are immutable. Every call has a limit in time. Errors of
 * all functions, besides those named: PPS_E_UNAVAILABLE (the server or its database is down), PPS_E_TIMEOUT, PPS_E_ACCESS (not
 * logged in, or not permitted), PPS_E_FORMAT (an answer that cannot be read), PPS_E_CANCELLED, PPS_E_NOMEM.
 */
#ifndef PPS_RUCIO_H
#define PPS_RUCIO_H

#include <pps/conf.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_rucio pps_rucio;               /* a connection; one thread at a time */
typedef struct pps_rucio_list pps_rucio_list;     /* immutable; any thread */
typedef struct pps_rucio_report pps_rucio_report; /* immutable; any thread */

/* Kinds of what a name stands for; callers must accept others. */
enum {
	PPS_RUCIO_NONE = 0,     /* it is not there */
	PPS_RUCIO_FILE = 1,     /* one file */
	PPS_RUCIO_DATASET = 2,  /* a group of files */
	PPS_RUCIO_CONTAINER = 3 /* a group of groups */
};

/* What is known of one row of a report; callers must accept others. */
enum {
	PPS_RUCIO_OK = 0,        /* all was there already */
	PPS_RUCIO_CHANGED = 1,   /* something was missing and has been added */
	PPS_RUCIO_MISSING = 2,   /* there is a file, and Rucio lacks something of it */
	PPS_RUCIO_SURPLUS = 3,   /* Rucio knows it, and there is no file */
	PPS_RUCIO_DIFFERENT = 4, /* sizes or checksums differ */
	PPS_RUCIO_FAILED = 5     /* it could not be done, or looked at */
};

/**
 * pps_rucio_open() - prepare a connection
 * @ctx:       borrowed (the connection takes its own reference)
 * @conf:      borrowed; its block `rucio`; NULL, or without such a block: the environment alone
 * @ret_rucio: set on success only; release with pps_rucio_unref()
 * @err:       NULL allowed; set on failure only; release with pps_error_free()
 *
 * Reads files of the configuration, and asks no server. Return: PPS_OK, PPS_E_CONFIG (it is incomplete, or its files cannot be
 * used: the message says which), PPS_E_ARG or PPS_E_NOMEM. Blocks: on files. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_rucio_open(pps_ctx *ctx, const pps_conf *conf, pps_rucio **ret_rucio, pps_error **err);

/** pps_rucio_ref() - one more reference. Return: @rucio. Threads: one at a time. Blocks: no. Since: 0.1 */
PPS_API pps_rucio *pps_rucio_ref(pps_rucio *rucio);

/** pps_rucio_unref() - one reference less; NULL is fine. Return: NULL. Threads: one at a time. Blocks: no. Since: 0.1 */
PPS_API pps_rucio *pps_rucio_unref(pps_rucio *rucio);

/** pps_rucio_url() - address of the server. Borrowed from @rucio. Blocks: no. Since: 0.1 */
PPS_API const char *pps_rucio_url(const pps_rucio *rucio);

/** pps_rucio_scope() - scope of all names. Borrowed from @rucio. Blocks: no. Since: 0.1 */
PPS_API const char *pps_rucio_scope(const pps_rucio *rucio);

/** pps_rucio_rse() - storage element of the files, "" when none is configured. Borrowed from @rucio. Blocks: no. Since: 0.1 */
PPS_API const char *pps_rucio_rse(const pps_rucio *rucio);

/** pps_rucio_auth_type() - "ssh", "userpass", "x509", "x509_proxy" or "oidc". Static. Blocks: no. Since: 0.1 */
PPS_API const char *pps_rucio_auth_type(const pps_rucio *rucio);

/**
 * pps_rucio_whoami() - log in and ask who that is
 * @rucio:       the connection
 * @ret_account: set on success only; name of the account; owned by the caller, release with pps_free()
 * @ret_expires: set on success only, NULL allowed; when the login ends, TAI ns; 0 when the server does not say
 * @err:         NULL allowed
 *
 * Return: PPS_OK; PPS_E_ACCESS: the login was refused. Blocks: on the server. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_rucio_whoami(pps_rucio *rucio, char **ret_account, int64_t *ret_expires, pps_error **err);

/**
 * pps_rucio_clock() - the server's clock
 * @rucio:   the connection
 * @ret_tai: set on success only; TAI ns, to the second, never later than it is
 * @err:     NULL allowed
 *
 * Needs no login. Return: PPS_OK; PPS_E_FORMAT: the server does not say. Blocks: on the server. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_rucio_clock(pps_rucio *rucio, int64_t *ret_tai, pps_error **err);

/**
 * pps_rucio_query() - names that a pattern selects, with what they are
 * @rucio:    the connection
 * @pattern:  exact name, or '*' for any characters; NULL: all datasets
 * @kind:     PPS_RUCIO_FILE or PPS_RUCIO_DATASET
 * @ret_list: set on success only, sorted by name; release with pps_rucio_list_free()
 * @err:      NULL allowed
 *
 * Return: PPS_OK also when nothing matches. Blocks: on the server. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_rucio_query(pps_rucio *rucio, const char *pattern, int kind, pps_rucio_list **ret_list,
					 pps_error **err);

/** pps_rucio_list_free() - release a list; NULL is fine. Blocks: no. Since: 0.1 */
PPS_API void pps_rucio_list_free(pps_rucio_list *list);

/** pps_rucio_list_count() - number of rows. Since: 0.1 */
PPS_API size_t pps_rucio_list_count(const pps_rucio_list *list);

/** pps_rucio_list_name() - the nth name; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_rucio_list_name(const pps_rucio_list *list, size_t n);

/** pps_rucio_list_kind() - PPS_RUCIO_* of the nth row; PPS_RUCIO_NONE past the end. Since: 0.1 */
PPS_API int pps_rucio_list_kind(const pps_rucio_list *list, size_t n);

/** pps_rucio_list_is_open() - 1 when more files may join the nth row's dataset, 0 when it is closed, -1 for others. Since: 0.1 */
PPS_API int pps_rucio_list_is_open(const pps_rucio_list *list, size_t n);

/** pps_rucio_list_files() - files in the nth row's dataset; 1 for a file; 0 past the end. Since: 0.1 */
PPS_API uint64_t pps_rucio_list_files(const pps_rucio_list *list, size_t n);

/** pps_rucio_list_size() - bytes of the nth row's files; 0 past the end. Since: 0.1 */
PPS_API uint64_t pps_rucio_list_size(const pps_rucio_list *list, size_t n);

/** pps_rucio_list_adler32() - of the nth row, 8 hexadecimal digits; "" for datasets; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_rucio_list_adler32(const pps_rucio_list *list, size_t n);

/** pps_rucio_list_md5() - of the nth row, 32 hexadecimal digits, or ""; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_rucio_list_md5(const pps_rucio_list *list, size_t n);

/**
 * pps_rucio_register() - make exposures known whose zips are in place
 * @rucio:      the connection; it must have a storage element
 * @conf:       with a block `raw`: `dest_root` is where the zips are; `source` and `skymap` say which tracts they overlap
 * @exposures:  obs ids, numbers, names or paths of zips, or observing days (8 digits) for all of a day
 * @n:          number of @exposures
 * @flags:      0, or PPS_RUCIO_DRY_RUN: write nothing
 * @ret_report: a row for each exposure; set on success only; release with pps_rucio_report_free()
 * @err:        NULL allowed
 *
 * Takes the zip and every `_dimensions*.yaml` beside it: reads them whole for size and checksums, registers them with the storage
 * element, attaches them to the datasets of their tracts (or NoTract) and of the exposure, closes the latter and marks it for backup
 * where it is not marked. An exposure that fails does not stop the others; its row says why.
 * Return: PPS_OK also when exposures failed (see pps_rucio_report_failed()); PPS_E_CONFIG. Blocks: for the whole work. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_rucio_register(pps_rucio *rucio, const pps_conf *conf, const char *const *exposures, size_t n,
					    int flags, pps_rucio_report **ret_report, pps_error **err);

/* How pps_rucio_register() goes. */
enum { PPS_RUCIO_DRY_RUN = 1 /* say what would be done; write nothing */ };

/**
 * pps_rucio_check() - compare what Rucio holds with the files that are there
 * @rucio:      the connection
 * @conf:       with a block `raw`: `dest_root` is where the files are
 * @folder:     below dest_root, such as "LSSTCam/20251202"; NULL or "": all of it
 * @ret_report: a row for each zip and yaml that either side knows, sorted by name; release with pps_rucio_report_free()
 * @err:        NULL allowed
 *
 * Files are read whole for their checksums. Changes nothing. Return: PPS_OK also when there are differences. Blocks: for the
 * whole work. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_rucio_check(pps_rucio *rucio, const pps_conf *conf, const char *folder, pps_rucio_report **ret_report,
					 pps_error **err);

/** pps_rucio_report_free() - release a report; NULL is fine. Blocks: no. Since: 0.1 */
PPS_API void pps_rucio_report_free(pps_rucio_report *report);

/** pps_rucio_report_count() - number of rows. Since: 0.1 */
PPS_API size_t pps_rucio_report_count(const pps_rucio_report *report);

/** pps_rucio_report_failed() - rows that are neither PPS_RUCIO_OK nor PPS_RUCIO_CHANGED. Since: 0.1 */
PPS_API size_t pps_rucio_report_failed(const pps_rucio_report *report);

/** pps_rucio_report_name() - the nth row's exposure or file; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_rucio_report_name(const pps_rucio_report *report, size_t n);

/** pps_rucio_report_status() - PPS_RUCIO_OK and so on of the nth row; -1 past the end. Since: 0.1 */
PPS_API int pps_rucio_report_status(const pps_rucio_report *report, size_t n);

/** pps_rucio_report_code() - PPS_E_* of what failed in the nth row; PPS_OK when nothing did. Since: 0.1 */
PPS_API int pps_rucio_report_code(const pps_rucio_report *report, size_t n);

/** pps_rucio_report_text() - what was done or is wrong in the nth row, in words; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_rucio_report_text(const pps_rucio_report *report, size_t n);

/** pps_rucio_report_size() - bytes of the nth row's files here; 0 past the end. Since: 0.1 */
PPS_API uint64_t pps_rucio_report_size(const pps_rucio_report *report, size_t n);

/** pps_rucio_status_name() - "ok", "changed", "missing", "surplus", "different", "failed"; "unknown" for others. Static. Since: 0.1 */
PPS_API const char *pps_rucio_status_name(int status);

#ifdef __cplusplus
}
#endif
#endif
