/* SPDX-License-Identifier: BSD-3-Clause */
/* What the file catalogue (Rucio) must know of an exposure, what it knows, and what follows from both. Pure: no clock, no I/O. */
#ifndef PPS_RAW_CATALOGUE_H
#define PPS_RAW_CATALOGUE_H

#include "base/buf.h"
#include "rucio/rucio.h"

/* Its places in a report, in this order. */
enum {
	PPS_CATALOGUE_RUCIO,  /* files, with their size, checksums, and a replica where dest_root is */
	PPS_CATALOGUE_TRACTS, /* the datasets of its tracts, or NoTract, hold the files */
	PPS_CATALOGUE_OBS,    /* its own dataset holds them and is closed */
	PPS_CATALOGUE_META,   /* rubin_butler of the zip; arcBackup and SafeCopies are there */
	PPS_CATALOGUE_TAPE,   /* arcBackup: ":need" is not yet, ":done" is ok */
	PPS_CATALOGUE_COPIES, /* storage elements that have all of it, against raw.safe_copies */
	PPS_CATALOGUE_SAFE,   /* sites that SafeCopies names, against raw.safe_copies */
	PPS_CATALOGUE_PLACES
};

#define PPS_CATALOGUE_SIZE_UNKNOWN UINT64_MAX

/* What should be. The texts of @files and @datasets are owned. */
typedef struct pps_catalogue {
	char *obs_id;
	char *rse;
	pps_rucio_file *files; /* the zip, then its yamls in their order; adler32 and md5 NULL: not known */
	size_t nfiles, cap_files;
	char **datasets; /* of its tracts, or NoTract; the Obs dataset is last */
	size_t ndatasets, cap_datasets;
} pps_catalogue;

/* A pps_catalogue of an exposure, without files; @ntracts 0: NoTract. */
int pps_catalogue_init(pps_catalogue *c, const char *rse, const char *instrument, int64_t day_obs, const char *obs_id,
		       const int64_t *tracts, size_t ntracts, pps_error **err);
/* @adler32, @md5: NULL: not known, as PPS_CATALOGUE_SIZE_UNKNOWN. The metadata rubin_butler follows from the name: zips have it. */
int pps_catalogue_add_file(pps_catalogue *c, const char *name, uint64_t size, const uint32_t *adler32, const uint8_t *md5,
			   pps_error **err);
void pps_catalogue_clear(pps_catalogue *c);
#define _cleanup_catalogue_ _cleanup_(pps_catalogue_clear)
/* The same for the calls of the catalogue; borrowed. */
pps_rucio_exposure pps_catalogue_exposure(const pps_catalogue *c);

/* What is, of one exposure; everything is borrowed. */
typedef struct pps_catalogue_found_file {
	const pps_rucio_did *did; /* NULL, or of kind NONE: not known */
	const char *replica;      /* its state on the storage element; NULL: it has none there */
	const char *rubin_butler; /* NULL: not set */
} pps_catalogue_found_file;

typedef struct pps_catalogue_found {
	pps_catalogue_found_file *files;       /* as in the pps_catalogue */
	const pps_rucio_did *const *datasets;  /* as there, Obs last */
	const uint8_t *attached;               /* [dataset * nfiles + file] */
	const char *arc_backup, *safe_copies;  /* of the Obs dataset; NULL: the key is absent */
	size_t ncopies;                        /* storage elements where all files are available */
} pps_catalogue_found;

/* What is to be done; or-ed. */
enum {
	PPS_CATALOGUE_REGISTER = 1, /* files, or replicas of known ones */
	PPS_CATALOGUE_CREATE = 2,   /* datasets */
	PPS_CATALOGUE_REOPEN = 4,   /* datasets that were closed too early */
	PPS_CATALOGUE_ATTACH = 8,
	PPS_CATALOGUE_CLOSE = 16,
	PPS_CATALOGUE_KEYS = 32,    /* arcBackup or SafeCopies, where the key is absent */
	PPS_CATALOGUE_KIND = 64     /* rubin_butler of a file that was made known without it */
};

typedef struct pps_catalogue_plan {
	int actions;  /* 0: nothing */
	int conflict; /* 1: what is there is another's, or wrong: nothing may be done, a person must look */
	uint8_t marks[PPS_CATALOGUE_PLACES]; /* PPS_MARK_* */
} pps_catalogue_plan;

/* @safe_copies: raw.safe_copies. The reason for each cross is appended to @why (with "; " before it when there is text). */
void pps_catalogue_decide(const pps_catalogue *want, const pps_catalogue_found *found, int64_t safe_copies,
			  pps_catalogue_plan *ret_plan, pps_buf *why);
/* Actions in words: "register files, close its dataset"; appended. */
void pps_catalogue_say(int actions, pps_buf *b);

#endif
