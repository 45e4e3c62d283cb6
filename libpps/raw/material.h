/* SPDX-License-Identifier: BSD-3-Clause */
/* What the source has of one exposure: its datasets, its folder, its sensors, and the members of its zip. */
#ifndef PPS_RAW_MATERIAL_H
#define PPS_RAW_MATERIAL_H

#include "archive/raw-archive.h"
#include "raw/flow.h"

typedef struct pps_raw_material pps_raw_material;

/* Datasets of the rule's types in its collections, and where their files are. None is no error: pps_raw_material_datasets(). */
int pps_raw_material_load(pps_raw *raw, const pps_conf_query *rule, const char *instrument, int64_t exposure, const char *obs_id,
			  pps_raw_material **ret_material, pps_error **err);
/* The same of an exposure whose copy in the source was pruned: its datasets are those that the index of its zip names, its files are no more. */
int pps_raw_material_load_pruned(pps_raw *raw, const char *instrument, int64_t exposure, pps_store *store, const char *zip_name,
				 pps_raw_material **ret_material, pps_error **err);
void pps_raw_material_free(pps_raw_material *material);
PPS_DEFINE_CLEANUP(pps_raw_material, pps_raw_material_free)

/* An exposure's datasets in any repository, by the rule's types and collections; @rule NULL: the usual ones. */
int pps_raw_find_datasets(pps_butler *butler, const pps_conf_query *rule, const char *instrument, int64_t exposure,
			  pps_butler_datasets **ret, pps_error **err);

const pps_butler_datasets *pps_raw_material_datasets(const pps_raw_material *material);
/* One for each dataset, in the order of their members; and the folder of the first one's file, which is the exposure's. Both borrowed, none
 * when there is no dataset. */
size_t pps_raw_material_artifacts(const pps_raw_material *material, const pps_raw_artifact **ret_artifacts);
pps_store *pps_raw_material_folder(const pps_raw_material *material);

/* Appends to @why what is missing; *ret_complete 1 when nothing is. Sensors by name as `<obs_id>_expectedSensors.json` says; without that
 * file what the Butler knows is complete, unless the configuration requires it. */
int pps_raw_material_complete(pps_raw_material *material, int *ret_complete, pps_buf *why, pps_error **err);

/* The Butler's index of the zip; borrowed. */
int pps_raw_material_index(pps_raw_material *material, const pps_zip_index **ret_index, pps_error **err);

/* Every member of the zip, sources checked: truncated FITS files and sidecars that are not JSON are PPS_E_FORMAT. Borrowed. */
int pps_raw_material_members(pps_raw_material *material, const pps_members **ret_members, pps_error **err);

/* Compares a zip that is there with the source, member by member; its indices may be written otherwise as long as they say the same.
 * PPS_OK: equal; PPS_E_CONFLICT: readable, other content; PPS_E_FORMAT: no readable zip; PPS_E_NOTFOUND. */
int pps_raw_material_compare(pps_raw_material *material, pps_store *store, const char *name, pps_error **err);

/* The index inside a zip. PPS_E_FORMAT: no readable zip or index; PPS_E_CONFLICT: a zip without an index. */
int pps_raw_zip_index(pps_ctx *ctx, pps_store *store, const char *name, pps_zip_index **ret_index, pps_error **err);

/* PPS_OK when the index of a zip names the datasets of the source, as the same members; else PPS_E_CONFLICT with the first difference. */
int pps_raw_material_compare_index(pps_raw_material *material, const pps_zip_index *index, pps_error **err);

#endif
