/* SPDX-License-Identifier: BSD-3-Clause */
/* The TAGGED collections of public repositories, as the adapters use them. */
#ifndef PPS_PUBLISH_SITE_COLLECTIONS_H
#define PPS_PUBLISH_SITE_COLLECTIONS_H

#include "butler/tag.h"
#include "publish/site-private.h"

const char *pps_site_available(const pps_site *site);
const char *pps_site_expired(const pps_site *site);
/* PPS_TAG_* of collections.on_conflict. */
int pps_site_tag_rule(const pps_site *site);
/* These and the chains, as they are configured; looked at once a minute. */
int pps_site_ensure_collections(pps_site *site, pps_butler *dest, pps_error **err);
/* Notes with the item that it, or the one that it took the place of, has no tag. */
void pps_site_note_conflict(pps_publish_chunk *chunk, const pps_tag_conflict *conflict, const char *collection);

#endif
