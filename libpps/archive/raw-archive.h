/* SPDX-License-Identifier: BSD-3-Clause */
/* The members of an exposure's zip. */
#ifndef PPS_ARCHIVE_RAW_ARCHIVE_H
#define PPS_ARCHIVE_RAW_ARCHIVE_H

#include "archive/fits-index.h"
#include "archive/members.h"
#include "archive/zip-index.h"

#define PPS_ZIP_INDEX_NAME "_butler_zip_index.json"
#define PPS_METADATA_INDEX_NAME "_metadata_index.json"

/* A dataset's file, which may lie outside the exposure's folder. */
typedef struct pps_raw_artifact {
	const char *member; /* its name in the zip: the file's basename */
	pps_store *store;
	const char *path;
	uint64_t size; /* as the Butler recorded it; UINT64_MAX: not known */
} pps_raw_artifact;

/* In this order: the Butler's zip index, the metadata index (NULL: none), then every artifact and every other file below @folder of
 * @source, sorted by member name (bytes). A file of the folder that is an artifact's is not doubled; indices of these names in the
 * folder are left out. Two different files for one name: PPS_E_CONFLICT. */
int pps_raw_members(pps_store *source, const char *folder, const pps_raw_artifact *artifacts, size_t n_artifacts,
		    const pps_buf *zip_index, const pps_buf *metadata_index, pps_members **ret_members, pps_error **err);

/* Names of FITS files (ending in ".fits" or ".fits.fz"), and of the JSON files beside them. */
int pps_raw_is_fits(const char *name);
int pps_raw_is_sidecar(const char *name);

/* The metadata index of all artifacts and other FITS files that pps_raw_members() would
 * take; keys are member names. */
int pps_raw_metadata_index(pps_store *source, const char *folder, const pps_raw_artifact *artifacts, size_t n_artifacts,
			   pps_buf *out, pps_error **err);

#endif
