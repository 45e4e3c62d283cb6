/* SPDX-License-Identifier: BSD-3-Clause */
/* Rucio's events of files that came to a site, and where such a file is here: pure. */
#ifndef PPS_RAW_RUCIO_EVENT_H
#define PPS_RAW_RUCIO_EVENT_H

#include "base/error.h"

enum {
	PPS_RUCIO_ZIP = 1,
	PPS_RUCIO_YAML,
	PPS_RUCIO_OTHER /* of another kind, or nothing has come */
};

typedef struct pps_rucio_event {
	int kind;
	char *name; /* "scope:name"; "" when it has none */
	char *url;  /* dst-url; NULL of others */
	char *what; /* of others: why it is left alone */
} pps_rucio_event;

/* {"event_type": ..., "payload": {"scope", "name", "dst-rse", "dst-url", "rubin_butler"}}; a `_dimensions.yaml` is known by its name too.
 * PPS_E_FORMAT when it is none, or lacks what its kind needs. */
int pps_rucio_event_parse(const void *text, size_t size, pps_rucio_event **ret_event, pps_error **err);
void pps_rucio_event_free(pps_rucio_event *event);
PPS_DEFINE_CLEANUP(pps_rucio_event, pps_rucio_event_free)

/* Where the file of a dst-url is here, as a URI, owned by the caller. PPS_E_FORMAT when the URL does not begin with @rucio_prefix (as whole
 * parts of a path), or leads out of it. */
int pps_rucio_event_place(const char *url, const char *rucio_prefix, const char *local_prefix, char **ret_uri, pps_error **err);

/* The zip that a "..._dimensions.yaml" or "..._dimensions.N.yaml" goes with, owned by the caller; NULL when it is none, or memory is out. */
char *pps_rucio_event_zip_of(const char *yaml);

#endif
