/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading YAML events one value at a time: each function takes the current event as the beginning of the
 * value and leaves its last event current. */
#ifndef PPS_DIMENSIONS_IMPORT_PRIVATE_H
#define PPS_DIMENSIONS_IMPORT_PRIVATE_H

#include <yaml.h>

#include "base/map.h"
#include "dimensions/records.h"

typedef struct pps_importer {
	pps_ctx *ctx;
	const char *name;
	yaml_parser_t parser;
	int has_parser;
	yaml_event_t event; /* the current one */
	int has_event;
	pps_map *anchors;   /* name -> pps_anchor: what aliases of values stand for */
	const struct pps_anchor *alias; /* the current event is an alias of this */
	pps_buf texts;      /* of the record being read, each NUL-terminated */
	pps_universe *universe;
	pps_dimensions *dims;
} pps_importer;

int pps_importer_init(pps_importer *m, pps_ctx *ctx, const char *name, const char *text, size_t size,
		      pps_error **err);
void pps_importer_free(pps_importer *m);

/* To the first event of the document's value; to the end of the only document. */
int pps_importer_begin(pps_importer *m, pps_error **err);
int pps_importer_end(pps_importer *m, pps_error **err);
int pps_importer_next(pps_importer *m, pps_error **err);
/* Inside a map: 1 and the next key, with its value's first event current; 0 at its end. */
int pps_importer_key(pps_importer *m, char *key, size_t size, pps_error **err);
/* Passes over a value of any kind. */
int pps_importer_skip(pps_importer *m, pps_error **err);

/* An error at the current event: "NAME:LINE:COLUMN: text". */
int pps_importer_fail(pps_importer *m, int code, pps_error **err, const char *fmt, ...) PPS_PRINTF(4, 5);

/* Scalars. Text: NULL when the value is no scalar. */
const char *pps_importer_text(pps_importer *m);
int pps_importer_is_null(pps_importer *m);
int pps_importer_int(pps_importer *m, int64_t *ret, pps_error **err);
int pps_importer_float(pps_importer *m, double *ret, pps_error **err);
int pps_importer_bool(pps_importer *m, int *ret, pps_error **err);
/* Texts are appended to m->texts; @ret_offset is where. Hashes and regions as base64. */
int pps_importer_string(pps_importer *m, size_t *ret_offset, pps_error **err);
int pps_importer_hash(pps_importer *m, size_t *ret_offset, pps_error **err);
int pps_importer_region(pps_importer *m, size_t *ret_offset, pps_error **err);
/* A time with the tag !butler_time/tai/iso, or @unbounded for null; cut to what the Butler stores. */
int pps_importer_time(pps_importer *m, int64_t unbounded, int64_t *ret_tai, pps_error **err);
/* A timespan with the tag !lsst.daf.butler.Timespan. */
int pps_importer_span(pps_importer *m, pps_timespan *ret_span, pps_error **err);
/* As the Butler's Timespan(begin, end): an instant lasts 1 ns, a reverse one is empty. -1: an instant
 * without bound. */
int pps_importer_normalise(pps_timespan *span);

#endif
