/* SPDX-License-Identifier: BSD-3-Clause */
/* Hard links, and looking whether files are there. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "store/copy-private.h"

static int cannot_link(copy_hand *hand, size_t i, int errnum, pps_error **err)
{
	const pps_copy_item *item = &hand->run->items[i];
	const char *why = errnum == EXDEV  ? "they are on different file systems" :
			  errnum == EMLINK ? "it has as many links as the file system allows" :
					     "the file system, or the owner of the source, does not permit it";

	hand->run->stages[i] = COPY_UNLINKABLE;
	if (hand->run->options.flags & PPS_COPY_INSTEAD)
		return PPS_OK;
	return pps_fail(err, PPS_E_HELD, "link %s%s to %s: %s; copies would do (on_no_link: copy)", pps_store_uri(hand->run->copier->to), item->name,
			item->from, why);
}

int pps_copy_link(copy_hand *hand, size_t i, pps_error **err)
{
	pps_copy_item *item = &hand->run->items[i];
	_cleanup_free_ char *name = NULL, *path = NULL;
	const char *base;
	pps_store *store;
	pps_store_stat st;
	int r;

	item->is_source = 1;
	if ((r = pps_copy_source(hand->run->copier, item->from, &store, &name, err)) < 0)
		return r;
	if (pps_store_is_far(store))
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: objects cannot be linked", item->from);
	if ((r = pps_store_stat_name(store, name, &st, err)) < 0 || (r = pps_store_name_plain(store, name, &path, err)) < 0)
		return r;
	if (item->size >= 0 && st.size != (uint64_t)item->size)
		return pps_fail(err, PPS_E_CONFLICT, "%s: has %" PRIu64 " bytes, recorded are %" PRId64, path, st.size, item->size);
	item->found = st.size;
	item->is_source = 0;
	if ((r = pps_copy_enter(hand, item->name, 1, &base, err)) < 0)
		return r;
	if (linkat(AT_FDCWD, path, hand->fd, base, AT_SYMLINK_FOLLOW) < 0) {
		if (errno == EEXIST)
			return pps_copy_compare(hand, i, err);
		if (errno == EXDEV || errno == EMLINK || errno == EPERM)
			return cannot_link(hand, i, errno, err);
		return pps_fail_errno(err, errno, "link %s%s to %s", pps_store_uri(hand->run->copier->to), item->name, path);
	}
	if ((r = pps_copy_sync_other(hand->run->copier, st.device, item->name, err)) < 0)
		return r;
	item->done = PPS_COPY_LINKED;
	item->verified = PPS_VERIFIED_INODE;
	hand->run->stages[i] = COPY_DONE;
	return PPS_OK;
}

int pps_copy_look(copy_hand *hand, size_t i, pps_error **err)
{
	pps_copy_item *item = &hand->run->items[i];
	pps_store *to = hand->run->copier->to;
	pps_store_stat st;
	int r;

	if ((r = pps_store_stat_name(to, item->name, &st, err)) < 0)
		return r;
	item->found = st.size;
	item->has_digest = pps_store_etag_md5(st.etag, item->digest);
	if (item->size >= 0 && st.size != (uint64_t)item->size)
		return pps_fail(err, PPS_E_CONFLICT, "%s%s: has %" PRIu64 " bytes, recorded are %" PRId64, pps_store_uri(to), item->name, st.size, item->size);
	item->done = PPS_COPY_THERE;
	hand->run->stages[i] = COPY_DONE;
	return PPS_OK;
}
