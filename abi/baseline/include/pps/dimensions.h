/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/dimensions.h - dimension records: instrument, exposure, visit, their regions and relations
 *
 * A pps_dimensions object is a set of records of a Butler's dimension universe, unique by primary key. It is
 * read from and written to the Butler's export format (`<obs_id>_dimensions.yaml`), collected from a
 * repository and inserted in one (see pps/butler.h).
 *
 * Rows of an element are numbered from 0 in the order of their primary key; elements in the order of the
 * universe, in which they can be inserted. Times are TAI nanoseconds since 1970-01-01 00:00:00 TAI.
 *
 * Threads: one thread at a time on an object.
 */
#ifndef PPS_DIMENSIONS_H
#define PPS_DIMENSIONS_H

#include <pps/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_dimensions pps_dimensions; /* a set of records; one thread at a time */

/* Kinds of a column's values; callers must accept others. */
enum {
	PPS_DIMENSIONS_INT = 0,    /* pps_dimensions_get_int() */
	PPS_DIMENSIONS_FLOAT = 1,  /* pps_dimensions_get_float() */
	PPS_DIMENSIONS_STRING = 2, /* pps_dimensions_get_text() */
	PPS_DIMENSIONS_BOOL = 3,   /* 0 or 1, by pps_dimensions_get_int() */
	PPS_DIMENSIONS_HASH = 4,   /* bytes, given as base64 text */
	PPS_DIMENSIONS_REGION = 5, /* a region on the sky, given as base64 text of its encoding */
	PPS_DIMENSIONS_TIMESPAN = 6 /* pps_dimensions_get_timespan() */
};

/**
 * pps_dimensions_new() - an empty set of records
 * @ctx:      the context; its memory limit bounds the set
 * @universe: version of the dimension universe: 7 or 8
 * @ret_dims: set on success only; release with pps_dimensions_free()
 * @err:      NULL allowed; set on failure only; release with pps_error_free()
 *
 * Return: PPS_OK, PPS_E_ARG, PPS_E_UNSUPPORTED (another version) or PPS_E_NOMEM. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_dimensions_new(pps_ctx *ctx, int universe, pps_dimensions **ret_dims,
					    pps_error **err);

/** pps_dimensions_free() - release it and all text borrowed from it; NULL is fine. Blocks: no. Since: 0.1 */
PPS_API void pps_dimensions_free(pps_dimensions *dims);

/**
 * pps_dimensions_load() - read an export of the Butler
 * @ctx:      the context
 * @path:     a local file such as MC_O_20251202_000001_dimensions.yaml
 * @ret_dims: set on success only; release with pps_dimensions_free()
 * @err:      NULL allowed; names file, line and column of what cannot be read
 *
 * Versions 1.0.* of the format and universes 7 and 8 are read; blocks other than dimension records are
 * refused. Return: PPS_OK, PPS_E_NOTFOUND, PPS_E_IO, PPS_E_FORMAT, PPS_E_UNSUPPORTED or PPS_E_NOMEM.
 * Blocks: on the file. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_dimensions_load(pps_ctx *ctx, const char *path, pps_dimensions **ret_dims,
					     pps_error **err);

/**
 * pps_dimensions_save() - write the records as the Butler's export does, byte for byte
 * @dims: the records
 * @path: a local file, which must not exist
 * @err:  NULL allowed
 *
 * The file appears complete and durable, or not at all; an existing one is never overwritten.
 * Return: PPS_OK, PPS_E_EXISTS, PPS_E_IO, PPS_E_NOSPACE, PPS_E_ACCESS, PPS_E_UNSUPPORTED (a record that the
 * format cannot hold) or PPS_E_NOMEM. Blocks: on the file. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_dimensions_save(const pps_dimensions *dims, const char *path, pps_error **err);

/** pps_dimensions_universe_version() - 7 or 8. Blocks: no. Since: 0.1 */
PPS_API int pps_dimensions_universe_version(const pps_dimensions *dims);

/** pps_dimensions_elements() - how many elements have records. Blocks: no. Since: 0.1 */
PPS_API int pps_dimensions_elements(const pps_dimensions *dims);

/** pps_dimensions_element() - name of the nth element that has records; borrowed; NULL past the end.
			   Blocks: no. Since: 0.1 */
PPS_API const char *pps_dimensions_element(const pps_dimensions *dims, int n);

/** pps_dimensions_count() - records of @element; 0 for an unknown one; of all when NULL. Since: 0.1 */
PPS_API int64_t pps_dimensions_count(const pps_dimensions *dims, const char *element);

/** pps_dimensions_columns() - columns of @element's records, 0 when it is unknown. Blocks: no. Since: 0.1 */
PPS_API int pps_dimensions_columns(const pps_dimensions *dims, const char *element);

/** pps_dimensions_column_name() - name of the nth column; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_dimensions_column_name(const pps_dimensions *dims, const char *element, int column);

/** pps_dimensions_column_kind() - PPS_DIMENSIONS_* of the nth column,
			       -1 past the end. Blocks: no. Since: 0.1 */
PPS_API int pps_dimensions_column_kind(const pps_dimensions *dims, const char *element, int column);

/**
 * pps_dimensions_is_null() - whether a record has no value in a column
 * @dims:    the records
 * @element: name of the element
 * @row:     number of the record, from 0
 * @column:  name of the column
 *
 * Return: 1 when it has none (also when there is no such element, row or column),
			       else 0. Blocks: no. Since: 0.1
 */
PPS_API int pps_dimensions_is_null(const pps_dimensions *dims, const char *element, int64_t row,
				   const char *column);

/** pps_dimensions_get_int() - an integer or boolean; 0 where pps_dimensions_is_null(). Since: 0.1 */
PPS_API int64_t pps_dimensions_get_int(const pps_dimensions *dims, const char *element, int64_t row,
				       const char *column);

/** pps_dimensions_get_float() - a number; 0 where pps_dimensions_is_null(). Since: 0.1 */
PPS_API double pps_dimensions_get_float(const pps_dimensions *dims, const char *element, int64_t row,
					const char *column);

/**
 * pps_dimensions_get_text() - text, or base64 of a hash or region
 * @dims:    the records
 * @element: name of the element
 * @row:     number of the record, from 0
 * @column:  name of the column
 *
 * Return: borrowed from @dims; NULL where pps_dimensions_is_null(). Blocks: no. Since: 0.1
 */
PPS_API const char *pps_dimensions_get_text(const pps_dimensions *dims, const char *element, int64_t row,
					    const char *column);

/**
 * pps_dimensions_get_timespan() - the timespan of a record
 * @dims:      the records
 * @element:   name of the element
 * @row:       number of the record, from 0
 * @ret_begin: NULL allowed; TAI nanoseconds; 0 when unbounded
 * @ret_end:   NULL allowed; TAI nanoseconds; 4102444800000000000 (2100-01-01) when unbounded,
								   which for an exposure means unknown
 *
 * Of an empty timespan begin is that last value and end 0. Return: 1 when there is one, else 0, and nothing
 * is set. Blocks: no. Since: 0.1
 */
PPS_API int pps_dimensions_get_timespan(const pps_dimensions *dims, const char *element, int64_t row,
					int64_t *ret_begin, int64_t *ret_end);

#ifdef __cplusplus
}
#endif
#endif
