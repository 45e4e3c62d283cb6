/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one repository should say of one dataset, and does: pure functions of facts. What is found by the audit, and what mends it; and how a
 * dataset that nobody has told of is taken to be.
 */
#ifndef PPS_PUBLISH_FINDING_H
#define PPS_PUBLISH_FINDING_H

#include "publish/plan.h"

/* How the files that a repository's records name are. */
enum {
	PPS_FILE_UNASKED, /* not looked at, or it could not be said */
	PPS_FILE_THERE,
	PPS_FILE_GONE,
	PPS_FILE_SIZE,    /* another size than recorded */
	PPS_FILE_BYTES,   /* not the bytes of its source */
	PPS_FILE_UNLINKED /* as it should be, but a file of its own where a hard link was wanted */
};

typedef struct pps_facts {
	char status;      /* PPS_STATUS_*, as the state has it; 0: it does not know the dataset */
	char source;      /* the same in the repository that it comes from; 0: the first */
	int is_public;
	int refers;       /* records refer to the source's files */
	int is_known;     /* to the Butler */
	int is_other;     /* of another dataset type, or run */
	int is_stored;    /* it has file records */
	int file;         /* PPS_FILE_*: the worst of its files */
	int is_available, is_expired; /* in these collections */
} pps_facts;

/* What differs. */
enum {
	PPS_FOUND_NOTHING,
	PPS_FOUND_ABSENT,       /* the Butler does not know it */
	PPS_FOUND_OTHER,        /* the Butler has another type or run for it */
	PPS_FOUND_UNSTORED,     /* no file records */
	PPS_FOUND_NO_FILE,
	PPS_FOUND_SIZE,
	PPS_FOUND_BYTES,
	PPS_FOUND_UNLINKED,
	PPS_FOUND_EXPIRED,      /* the Butler has it as expired, the state as available */
	PPS_FOUND_NOT_TAGGED,   /* not in the collection of what is available */
	PPS_FOUND_ALSO_EXPIRED, /* available, and in the collection of what has expired too */
	PPS_FOUND_NOT_EXPIRED,  /* expired, and the Butler has file records or tags as if it were not */
	PPS_FOUND_NOT_DELETED,  /* deleted, and the Butler still has it stored */
	PPS_FOUND_NO_RECORD,    /* its record, which stays for ever, is gone */
	PPS_FOUND_EARLY,        /* the Butler has it, the state does not say so */
	PPS_FOUND_AGAIN,        /* missing, and there */
	PPS_FOUND_STRANGER,     /* the state does not know the dataset at all */
	PPS_FOUND_ORPHAN        /* a file that no record names */
};
/* "not known to the repository", ...; static. */
const char *pps_found_name(int what);

/* What mends it. */
enum {
	PPS_MEND_BY_HAND,
	PPS_MEND_SOURCE,   /* its source is mended */
	PPS_MEND_ADOPT,    /* pps adopt */
	PPS_MEND_REVERIFY, /* pps reverify */
	/* From here on `--repair` does it. */
	PPS_MEND_ANEW,     /* state: it never came, so that the flow brings it again */
	PPS_MEND_MISSING,  /* state: missing, so that nothing goes on from there */
	PPS_MEND_BACK,     /* state: there, so that the flow deletes it again */
	PPS_MEND_EXPIRED,  /* state: expired */
	PPS_MEND_TAG,      /* Butler: the collections of what is available, and has expired */
	PPS_MEND_EXPIRE    /* Butler: expired again: tags, and file records; no file */
};
/* In words, with the command where there is one; static. */
const char *pps_mend_name(int what, int mend);
static inline int pps_mend_is_ours(int mend)
{
	return mend >= PPS_MEND_ANEW;
}

typedef struct pps_finding {
	int what; /* PPS_FOUND_* */
	int mend; /* PPS_MEND_* */
} pps_finding;

/* PPS_FOUND_NOTHING where all is as it should be. A hold, and what is still to come, are no finding. */
pps_finding pps_judge(const pps_facts *facts);

/* The status of a dataset that the state does not know (facts->status is not looked at), where it is not the first repository. PPS_STATUS_*. */
char pps_adopted_status(const pps_facts *facts);

#endif
