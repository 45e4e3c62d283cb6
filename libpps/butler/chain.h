/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CHAINED collections, kept as configured. The children that are configured and exist stand in the configured order; one that does not
 * exist is left out, reported, and takes its place when it appears. Children that somebody else added stay: an operator who adds a
 * collection by hand wants it searched. Each stays right behind the child that it followed, or in front when it followed none of ours;
 * what is taken out by hand while it is configured comes back. A chain that would hold itself, directly or by others, is refused.
 */
#ifndef PPS_BUTLER_CHAIN_H
#define PPS_BUTLER_CHAIN_H

#include "butler/butler.h"

/* Pure: the children that a chain should have, to @ret (room for nthere + nwanted); returns how many. Ids are in each list once. */
size_t pps_chain_merge(const int64_t *there, size_t nthere, const int64_t *wanted, size_t nwanted, int64_t *ret);

/* Registers the chain when it is missing (one that is there keeps its documentation) and its children, in one transaction, with the parent's
 * row locked as the Python Butler does. Of another type, or holding itself: PPS_E_CONFLICT. @report: findings are added, PPS_FINDING_MISSING
 * for children that do not exist and PPS_FINDING_ADDED for what was done; its `inserted` counts rows. @flags: 0 or PPS_BUTLER_DRY_RUN. */
int pps_butler_ensure_chain(pps_butler *butler, const char *name, const char *doc, const char *const *children, size_t n, int flags,
			    pps_butler_report *report, pps_error **err);

/* The TAGGED collections and the chains of a public repository, each in a transaction of its own. */
int pps_butler_ensure_collections(pps_butler *butler, const pps_conf_collections *conf, int flags, pps_butler_report *report, pps_error **err);

#endif
