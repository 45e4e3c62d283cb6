/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/zip.h - zip archives of exposures, and of any folder
 *
 * Archives are written beside their destination under a temporary name, on disk before they get their name,
 * and never overwrite anything. Names ending in ".fits" are stored, all else is deflated; zip64 is used only
 * where it is needed. Memory stays below pps_ctx_set_memory(), whatever the sizes.
 *
 * Threads: an open archive is for one thread at a time; reports are immutable. Progress is in "bytes".
 * Errors of all functions, besides those named: PPS_E_NOTFOUND, PPS_E_ACCESS, PPS_E_NOSPACE, PPS_E_IO,
 * PPS_E_CANCELLED, PPS_E_NOMEM.
 */
#ifndef PPS_ZIP_H
#define PPS_ZIP_H

#include <pps/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_zip pps_zip;               /* an archive that is open for reading; one thread at a time */
typedef struct pps_zip_report pps_zip_report; /* what was packed or found; immutable, any thread */

/**
 * pps_zip_create() - pack all files below a folder
 * @ctx:        the context
 * @zip:        path or URI of the new archive
 * @folder:     path or URI of the folder; members are named relative to it, sorted
 * @ret_report: NULL allowed; release with pps_zip_report_free()
 * @err:        NULL allowed
 *
 * Objects of an S3 folder are read ahead, over several connections, into buffers within pps_ctx_set_memory(), and compared
 * with their ETags on the way. Return: PPS_OK, PPS_E_EXISTS when the destination is there (untouched), PPS_E_CONFLICT when a
 * file changed while it was read. Threads: any. Blocks: on the file system or the server. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_zip_create(pps_ctx *ctx, const char *zip, const char *folder, pps_zip_report **ret_report,
					pps_error **err);

/**
 * pps_zip_open() - open an archive for reading
 * @ctx:     borrowed (the archive takes its own reference)
 * @zip:     path or URI
 * @ret_zip: release with pps_zip_close()
 * @err:     NULL allowed
 *
 * The directory is read and checked. Return: PPS_OK, PPS_E_FORMAT when it is no zip, is cut short, or contradicts itself.
 * Blocks: on the file system. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_zip_open(pps_ctx *ctx, const char *zip, pps_zip **ret_zip, pps_error **err);

/** pps_zip_close() - release an archive; NULL is fine. Blocks: no. Since: 0.1 */
PPS_API void pps_zip_close(pps_zip *zip);

/** pps_zip_count() - number of members. Since: 0.1 */
PPS_API size_t pps_zip_count(const pps_zip *zip);

/** pps_zip_name() - the nth member's name; borrowed from @zip; NULL past the end. Since: 0.1 */
PPS_API const char *pps_zip_name(const pps_zip *zip, size_t n);

/** pps_zip_size() - the nth member's size in bytes, unpacked; 0 past the end. Since: 0.1 */
PPS_API uint64_t pps_zip_size(const pps_zip *zip, size_t n);

/** pps_zip_packed_size() - the bytes that it takes in the archive; 0 past the end. Since: 0.1 */
PPS_API uint64_t pps_zip_packed_size(const pps_zip *zip, size_t n);

/** pps_zip_crc32() - its CRC-32 as the archive says; 0 past the end. Since: 0.1 */
PPS_API uint32_t pps_zip_crc32(const pps_zip *zip, size_t n);

/** pps_zip_is_stored() - 1 when it is not compressed, else 0. Since: 0.1 */
PPS_API int pps_zip_is_stored(const pps_zip *zip, size_t n);

/** pps_zip_mtime() - its time of last change as the archive says, read as UTC; ns since 1970. Since: 0.1 */
PPS_API int64_t pps_zip_mtime(const pps_zip *zip, size_t n);

/**
 * pps_zip_find() - number of a member
 * @zip:   the archive
 * @name:  exact name
 * @ret_n: its number for the functions above
 * @err:   NULL allowed
 *
 * Return: PPS_OK or PPS_E_NOTFOUND. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_zip_find(const pps_zip *zip, const char *name, size_t *ret_n, pps_error **err);

/**
 * pps_zip_read() - one member, whole
 * @zip:       the archive
 * @n:         its number
 * @max:       most bytes; a larger member is PPS_E_FORMAT
 * @ret_bytes: owned by the caller, release with pps_free(); a NUL follows the last byte
 * @ret_size:  bytes
 * @err:       NULL allowed
 *
 * Return: PPS_OK, PPS_E_FORMAT when its CRC does not agree. Blocks: on the file system. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_zip_read(pps_zip *zip, size_t n, uint64_t max, void **ret_bytes, size_t *ret_size,
				      pps_error **err);

/**
 * pps_zip_read_range() - a part of one member
 * @zip:     the archive
 * @n:       its number
 * @offset:  first byte wanted, in the unpacked member
 * @bytes:   where to
 * @size:    most bytes
 * @ret_got: bytes read; fewer than @size only at the member's end
 * @err:     NULL allowed
 *
 * For stored members the cost follows @size alone. The CRC is not checked. Return: PPS_OK, PPS_E_ARG: no such member,
 * PPS_E_FORMAT: it cannot be unpacked, PPS_E_CONFLICT: the archive became shorter. Blocks: on the file system. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_zip_read_range(pps_zip *zip, size_t n, uint64_t offset, void *bytes, size_t size,
					    size_t *ret_got, pps_error **err);

/**
 * pps_zip_extract() - write members as files
 * @zip:    the archive
 * @folder: path or URI of the folder to write in; made when missing
 * @names:  members wanted, or NULL for all
 * @n:      number of @names
 * @err:    NULL allowed
 *
 * Nothing is overwritten (PPS_E_EXISTS) and nothing is written outside @folder: names that would are
 * PPS_E_FORMAT before anything is written. Each file appears whole, its CRC checked.
 * Return: PPS_OK, PPS_E_EXISTS, PPS_E_FORMAT, PPS_E_NOTFOUND for a name that is no member. Blocks: on the file
 * system. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_zip_extract(pps_zip *zip, const char *folder, const char *const *names, size_t n,
					 pps_error **err);

/**
 * pps_zip_verify() - read all of an archive and check it
 * @zip:        the archive
 * @ret_report: what was found; release with pps_zip_report_free()
 * @err:        NULL allowed
 *
 * Checks every member's CRC and size, local headers against the directory, overlaps and gaps, names that are
 * twice there or unsafe, and bytes before or after the archive.
 * Return: PPS_OK when it could be read, sound or not: ask pps_zip_report_problems(). Blocks: on the file
 * system. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_zip_verify(pps_zip *zip, pps_zip_report **ret_report, pps_error **err);

/** pps_zip_report_members() - number of members. Threads: any. Since: 0.1 */
PPS_API size_t pps_zip_report_members(const pps_zip_report *report);

/** pps_zip_report_size() - size of the archive in bytes. Threads: any. Since: 0.1 */
PPS_API uint64_t pps_zip_report_size(const pps_zip_report *report);

/** pps_zip_report_md5() - MD5 of the archive, 32 hexadecimal digits; borrowed. Threads: any. Since: 0.1 */
PPS_API const char *pps_zip_report_md5(const pps_zip_report *report);

/** pps_zip_report_adler32() - Adler-32 of the archive, 8 hexadecimal digits; borrowed. Threads: any. Since: 0.1 */
PPS_API const char *pps_zip_report_adler32(const pps_zip_report *report);

/** pps_zip_report_problems() - number of problems found; 0: sound. Threads: any. Since: 0.1 */
PPS_API size_t pps_zip_report_problems(const pps_zip_report *report);

/** pps_zip_report_member() - the member of the nth problem, "" for the archive itself; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_zip_report_member(const pps_zip_report *report, size_t n);

/** pps_zip_report_problem() - the nth problem in words; borrowed; NULL past the end. Threads: any. Since: 0.1 */
PPS_API const char *pps_zip_report_problem(const pps_zip_report *report, size_t n);

/** pps_zip_report_free() - release a report; NULL is fine. Threads: any. Since: 0.1 */
PPS_API void pps_zip_report_free(pps_zip_report *report);

#ifdef __cplusplus
}
#endif
#endif
