/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/store.h - files and objects by URI
 *
 * A store is a folder: "/path", "file:///path%20quoted", or a prefix of an S3 server's bucket,
 * "s3://profile@bucket/prefix" (not quoted; the profile names endpoint and credentials, as in lsst-resources, and
 * may be left out). Names below it are relative, with '/' between their parts, not quoted; "" is the folder itself.
 * Names that climb out of the store ("..") are refused.
 * Nothing that exists is ever overwritten, and no file is visible half written: files are written beside their
 * destination under a temporary name, synchronised to disk and moved into place. An object appears when all of it
 * has been sent and the server has checked it; objects have no folders, so one that is empty is not there
 * (PPS_E_NOTFOUND), and a time in whole seconds.
 *
 * Requests to a server are repeated with growing waits where that is safe, and each of them has a time limit;
 * what then still fails is PPS_E_UNAVAILABLE or PPS_E_TIMEOUT. All of them end on pps_ctx_cancel().
 *
 * Threads: a store may be used from any thread once it is open. Times are UTC nanoseconds since 1970.
 * Errors of all functions, besides those named: PPS_E_NOTFOUND, PPS_E_ACCESS (permissions, read-only file
 * systems), PPS_E_NOSPACE, PPS_E_IO, PPS_E_CANCELLED, PPS_E_NOMEM.
 */
#ifndef PPS_STORE_H
#define PPS_STORE_H

#include <pps/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_store pps_store;                 /* a folder or a bucket's prefix; any thread once it is open */
typedef struct pps_store_listing pps_store_listing; /* immutable; any thread */

/* How pps_store_list() goes. */
enum { PPS_STORE_RECURSIVE = 1 /* all files below, not only those in the folder itself */ };

/**
 * pps_store_open() - a store for a folder
 * @ctx:       borrowed (the store takes its own reference)
 * @uri:       folder: a URI or a plain path; it need not exist yet. Nothing is asked of a server
 * @ret_store: set on success only; release with pps_store_unref()
 * @err:       NULL allowed; set on failure only
 *
 * Return: PPS_OK, PPS_E_FORMAT, PPS_E_UNSUPPORTED (a scheme that is not known) or PPS_E_NOMEM. Threads: any.
 * Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_store_open(pps_ctx *ctx, const char *uri, pps_store **ret_store, pps_error **err);

/** pps_store_ref() - one more reference. Return: @store. Threads: any. Blocks: no. Since: 0.1 */
PPS_API pps_store *pps_store_ref(pps_store *store);

/** pps_store_unref() - one reference less; NULL is fine. Return: NULL. Threads: any. Blocks: no. Since: 0.1 */
PPS_API pps_store *pps_store_unref(pps_store *store);

/** pps_store_uri() - the folder as a URI, "file:///path/". Borrowed from @store. Threads: any. Blocks: no. Since: 0.1 */
PPS_API const char *pps_store_uri(const pps_store *store);

/**
 * pps_store_list() - what a folder holds
 * @store:       the store
 * @folder:      name of the folder below the store; "" or NULL for the store itself
 * @flags:       0, or PPS_STORE_RECURSIVE for all files below it
 * @ret_listing: files only, sorted by name (bytes); release with pps_store_listing_free()
 * @err:         NULL allowed
 *
 * Folders are not listed and symbolic links are followed for files, not for folders. Return: PPS_OK or an
 * error. Threads: any. Blocks: on the file system. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_store_list(pps_store *store, const char *folder, int flags,
					pps_store_listing **ret_listing, pps_error **err);

/** pps_store_listing_count() - how many files. Threads: any. Blocks: no. Since: 0.1 */
PPS_API size_t pps_store_listing_count(const pps_store_listing *listing);

/** pps_store_listing_name() - the nth file's name below the listed folder; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_store_listing_name(const pps_store_listing *listing, size_t n);

/** pps_store_listing_size() - the nth file's size in bytes; 0 past the end. Threads: any. Since: 0.1 */
PPS_API uint64_t pps_store_listing_size(const pps_store_listing *listing, size_t n);

/** pps_store_listing_mtime() - when the nth file was last changed, UTC ns since 1970. Threads: any. Since: 0.1 */
PPS_API int64_t pps_store_listing_mtime(const pps_store_listing *listing, size_t n);

/** pps_store_listing_free() - release a listing; NULL is fine. Threads: any. Blocks: no. Since: 0.1 */
PPS_API void pps_store_listing_free(pps_store_listing *listing);

/**
 * pps_store_read() - the whole content of one file
 * @store:     the store
 * @name:      name below the store
 * @max:       most bytes; a larger file is PPS_E_FORMAT
 * @ret_bytes: owned by the caller, release with pps_free(); a NUL follows the last byte
 * @ret_size:  bytes read
 * @err:       NULL allowed
 *
 * A file that changes its size while it is read is PPS_E_CONFLICT. Return: PPS_OK or an error. Threads: any.
 * Blocks: on the file system. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_store_read(pps_store *store, const char *name, uint64_t max, void **ret_bytes,
					size_t *ret_size, pps_error **err);

/**
 * pps_store_write() - a new file with the given content
 * @store: the store
 * @name:  name below the store; missing folders are made
 * @bytes: content, copied
 * @size:  bytes
 * @err:   NULL allowed
 *
 * On disk (fsync of file and folder) when it returns. Return: PPS_OK, PPS_E_EXISTS when the name is taken
 * (nothing is changed), or an error. Threads: any. Blocks: on the file system. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_store_write(pps_store *store, const char *name, const void *bytes, size_t size,
					 pps_error **err);

/**
 * pps_store_presign() - a URL by which others may reach one object without credentials
 * @store:   a store in S3
 * @name:    name below the store; nothing is asked of the server, so it need not exist
 * @method:  "GET", "HEAD", or "PUT" for a new object: the request must then carry the header "If-None-Match: *", so that
 *           a server that honours it replaces nothing
 * @seconds: how long it is good for: 1 to 604800 (7 days); with credentials of a session not beyond its end
 * @ret_url: set on success only; owned by the caller, release with pps_free(). Whoever has it can use it: keep it out of logs
 * @err:     NULL allowed
 *
 * Return: PPS_OK, PPS_E_UNSUPPORTED for a folder, PPS_E_ARG, PPS_E_CONFIG or PPS_E_ACCESS (no credentials for the store's
 * profile). Threads: any. Blocks: on reading credentials. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_store_presign(pps_store *store, const char *name, const char *method, int64_t seconds,
					   char **ret_url, pps_error **err);

#ifdef __cplusplus
}
#endif
#endif
