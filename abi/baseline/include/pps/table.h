/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/table.h - a result as columns, in the form that readers of Apache Arrow take without copying
 *
 * A table comes from a function of another handle, such as pps_publish_datasets_table(), which says its columns. It is handed out by the Arrow C data
 * interface: structures whose layout is fixed for ever, over the memory of the table itself. Whoever has no library for them reads the buffers:
 *
 * format "l": 64-bit integers. "tsn:UTC": times in 64-bit nanoseconds of UTC since 1970-01-01; "tsn:": the same of TAI. The metadata of both
 * have the key "time_scale": "utc" or "tai". "b": truth values, a bit each, from the lowest bit of the first byte on. "U": UTF-8 texts: the first
 * buffer of values has the 64-bit offsets where each begins, and where the last ends, in the second. What is null has a 0 in the bitmap that is
 * the first buffer of each column, which is NULL where nothing is. Below a null is 0, "", or for a time INT64_MIN, which numpy takes for "no time".
 * Text that is no UTF-8 has U+FFFD for each wrong byte.
 *
 * Threads: a table is immutable; any thread.
 */
#ifndef PPS_TABLE_H
#define PPS_TABLE_H

#include <stdint.h>

#include <pps/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arrow's structures, which every header that knows them defines under these names. A structure whose `release` is NULL is released. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE /* the structures below are defined */

#define ARROW_FLAG_DICTIONARY_ORDERED 1 /* libpps never sets it */
#define ARROW_FLAG_NULLABLE 2           /* there may be nulls: of every column here */
#define ARROW_FLAG_MAP_KEYS_SORTED 4    /* libpps never sets it */

/* What a column, or a table of them, holds. */
struct ArrowSchema {
	const char *format;                    /* "+s": a table, whose columns are the children */
	const char *name;                      /* of the column; "" of the table */
	const char *metadata;                  /* number of pairs, then size and bytes of each key and value; NULL: none */
	int64_t flags;                         /* ARROW_FLAG_* */
	int64_t n_children;                    /* columns */
	struct ArrowSchema **children;         /* each may be moved away, and released by itself */
	struct ArrowSchema *dictionary;        /* NULL here */
	void (*release)(struct ArrowSchema *); /* lets go of it; NULL: done */
	void *private_data;                    /* of whoever made it */
};

/* Where the values of a column, or of the columns of a table, are. */
struct ArrowArray {
	int64_t length;                       /* rows */
	int64_t null_count;                   /* of them null */
	int64_t offset;                       /* the first row; 0 here */
	int64_t n_buffers;                    /* of @buffers */
	int64_t n_children;                   /* columns */
	const void **buffers;                 /* as the format has them */
	struct ArrowArray **children;         /* each may be moved away, and released by itself */
	struct ArrowArray *dictionary;        /* NULL here */
	void (*release)(struct ArrowArray *); /* lets go of it; NULL: done */
	void *private_data;                   /* of whoever made it */
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE /* the structure below is defined */

/* Arrays of one schema, one after the other. */
struct ArrowArrayStream {
	int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out); /* 0, or an errno */
	int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);    /* 0, or an errno; at the end @out is released */
	const char *(*get_last_error)(struct ArrowArrayStream *);              /* borrowed until the next call; NULL: nothing to say */
	void (*release)(struct ArrowArrayStream *);                            /* lets go of it; NULL: done */
	void *private_data;                                                    /* of whoever made it */
};

#endif

typedef struct pps_table pps_table; /* columns of one length; immutable, any thread */

/* Flags of functions that make tables. */
enum {
	PPS_TABLE_UTC = 1 /* times in UTC, null before 1972, when it had no whole leap seconds; else TAI */
};

/**
 * pps_table_schema() - names and types of the columns
 * @table:      the table
 * @ret_schema: filled on success only; let go by its `release`, before or after the table
 * @err:        NULL allowed
 *
 * Return: PPS_OK, PPS_E_ARG or PPS_E_NOMEM. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_table_schema(pps_table *table, struct ArrowSchema *ret_schema, pps_error **err);

/**
 * pps_table_array() - the values of the columns, where they are: nothing is copied
 * @table:     the table
 * @ret_array: filled on success only; let go by its `release`, before or after the table
 * @err:       NULL allowed
 *
 * The memory stays until the table and everything that was handed out of it are let go, each from whichever thread. Return: PPS_OK, PPS_E_ARG or
 * PPS_E_NOMEM. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_table_array(pps_table *table, struct ArrowArray *ret_array, pps_error **err);

/**
 * pps_table_stream() - the same as a stream of one array, for readers that take nothing else
 * @table:      the table
 * @ret_stream: filled on success only; let go by its `release`, before or after the table
 * @err:        NULL allowed
 *
 * Threads: the stream by one thread at a time. Return: PPS_OK, PPS_E_ARG or PPS_E_NOMEM. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_table_stream(pps_table *table, struct ArrowArrayStream *ret_stream, pps_error **err);

/** pps_table_free() - let go of a table; NULL is fine. What was handed out of it stays whole. Blocks: no. Since: 0.1 */
PPS_API void pps_table_free(pps_table *table);

#ifdef __cplusplus
}
#endif
#endif
