/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/finding.h"

const char *pps_found_name(int what)
{
	static const char *const names[] = {
		[PPS_FOUND_NOTHING] = "nothing",
		[PPS_FOUND_ABSENT] = "not known to the repository",
		[PPS_FOUND_OTHER] = "another dataset type or run there",
		[PPS_FOUND_UNSTORED] = "no file records",
		[PPS_FOUND_NO_FILE] = "file missing",
		[PPS_FOUND_SIZE] = "file of another size than recorded",
		[PPS_FOUND_BYTES] = "file differs from its source",
		[PPS_FOUND_UNLINKED] = "no hard link",
		[PPS_FOUND_EXPIRED] = "expired there, available in the state",
		[PPS_FOUND_NOT_TAGGED] = "not in the collection of what is available",
		[PPS_FOUND_ALSO_EXPIRED] = "available, and in the collection of what has expired too",
		[PPS_FOUND_NOT_EXPIRED] = "expired, and still with file records or tags as if it were not",
		[PPS_FOUND_NOT_DELETED] = "deleted, and still stored there",
		[PPS_FOUND_NO_RECORD] = "its record is gone",
		[PPS_FOUND_EARLY] = "there, and the state does not say so",
		[PPS_FOUND_AGAIN] = "missing in the state, and there",
		[PPS_FOUND_STRANGER] = "not known to the state",
		[PPS_FOUND_ORPHAN] = "a file that no record names",
	};

	return what >= 0 && (size_t)what < PPS_COUNT(names) ? names[what] : "unknown";
}

static const char *by_hand(int what)
{
	switch (what) {
	case PPS_FOUND_OTHER:
		return "compare the repositories: one UUID means two datasets";
	case PPS_FOUND_UNLINKED:
		return "take the file away, then pps audit --repair";
	case PPS_FOUND_EARLY:
		return "the flow records it when it is due there; take out of the repository what may not be there";
	case PPS_FOUND_ORPHAN:
		return "look who wrote it; nothing here deletes it";
	default:
		return "restore the record from a backup of the repository";
	}
}

const char *pps_mend_name(int what, int mend)
{
	switch (mend) {
	case PPS_MEND_SOURCE:
		return "mend its source, whose file it is";
	case PPS_MEND_ADOPT:
		return "pps adopt";
	case PPS_MEND_REVERIFY:
		return "pps reverify";
	case PPS_MEND_ANEW:
		return "pps audit --repair: it is brought again";
	case PPS_MEND_MISSING:
		return what == PPS_FOUND_SIZE || what == PPS_FOUND_BYTES ?
			       "pps audit --repair: it counts as missing; take the file away, then pps reverify" :
			       "pps audit --repair: it counts as missing; restore it, then pps reverify";
	case PPS_MEND_BACK:
		return "pps audit --repair: it is deleted again";
	case PPS_MEND_EXPIRED:
		return "pps audit --repair: the state says so too";
	case PPS_MEND_TAG:
		return "pps audit --repair: its tags are set";
	case PPS_MEND_EXPIRE:
		return "pps audit --repair: it is expired again";
	default:
		return by_hand(what);
	}
}

static pps_finding found(int what, int mend)
{
	return (pps_finding){ what, mend };
}

/* What its source still has comes again; else nothing goes on as if it were there. */
static int again(const pps_facts *f)
{
	return f->source == PPS_STATUS_PRESENT ? PPS_MEND_ANEW : PPS_MEND_MISSING;
}

static pps_finding judge_file(const pps_facts *f)
{
	switch (f->file) {
	case PPS_FILE_GONE:
		return found(PPS_FOUND_NO_FILE, f->refers ? PPS_MEND_SOURCE : again(f));
	case PPS_FILE_SIZE:
		return found(PPS_FOUND_SIZE, f->refers ? PPS_MEND_SOURCE : PPS_MEND_MISSING);
	case PPS_FILE_BYTES:
		return found(PPS_FOUND_BYTES, f->refers ? PPS_MEND_SOURCE : PPS_MEND_MISSING);
	case PPS_FILE_UNLINKED:
		return found(PPS_FOUND_UNLINKED, PPS_MEND_BY_HAND);
	default:
		return found(PPS_FOUND_NOTHING, PPS_MEND_BY_HAND);
	}
}

static pps_finding judge_present(const pps_facts *f)
{
	pps_finding file;

	if (!f->is_known)
		return found(PPS_FOUND_ABSENT, again(f));
	/* whoever expired it had a reason: it is not published anew */
	if (!f->is_stored && f->is_public && f->is_expired && !f->is_available)
		return found(PPS_FOUND_EXPIRED, PPS_MEND_EXPIRED);
	if (!f->is_stored)
		return found(PPS_FOUND_UNSTORED, again(f));
	file = judge_file(f);
	if (file.what != PPS_FOUND_NOTHING || !f->is_public)
		return file;
	if (!f->is_available)
		return found(PPS_FOUND_NOT_TAGGED, PPS_MEND_TAG);
	return f->is_expired ? found(PPS_FOUND_ALSO_EXPIRED, PPS_MEND_TAG) : file;
}

pps_finding pps_judge(const pps_facts *f)
{
	const pps_finding nothing = { PPS_FOUND_NOTHING, PPS_MEND_BY_HAND };

	if (f->is_known && f->is_other)
		return found(PPS_FOUND_OTHER, PPS_MEND_BY_HAND);
	switch (f->status) {
	case 0:
		return f->is_known ? found(PPS_FOUND_STRANGER, PPS_MEND_ADOPT) : nothing;
	case PPS_STATUS_PRESENT:
		return judge_present(f);
	case PPS_STATUS_DELETED:
		if (f->is_known && f->is_stored)
			return found(PPS_FOUND_NOT_DELETED, PPS_MEND_BACK);
		/* the first repository forgets what has left it */
		return f->is_known || !f->source ? nothing : found(PPS_FOUND_NO_RECORD, PPS_MEND_BY_HAND);
	case PPS_STATUS_EXPIRED:
		if (!f->is_known)
			return found(PPS_FOUND_NO_RECORD, PPS_MEND_BY_HAND);
		return f->is_stored || f->is_available || !f->is_expired ? found(PPS_FOUND_NOT_EXPIRED, PPS_MEND_EXPIRE) : nothing;
	case PPS_STATUS_MISSING:
		/* whether it goes on from there is an operator's to say */
		return f->is_known && f->is_stored && f->file == PPS_FILE_THERE ? found(PPS_FOUND_AGAIN, PPS_MEND_REVERIFY) : nothing;
	default:
		return f->is_known ? found(PPS_FOUND_EARLY, PPS_MEND_BY_HAND) : nothing;
	}
}

char pps_adopted_status(const pps_facts *f)
{
	if (!f->is_known)
		return PPS_STATUS_NEVER;
	if (!f->is_public)
		return f->is_stored ? PPS_STATUS_PRESENT : PPS_STATUS_DELETED;
	if (f->is_available)
		return f->is_stored ? PPS_STATUS_PRESENT : PPS_STATUS_MISSING;
	/* without a tag it is neither: what is stored counts as published, so that the audit shows the tag that is missing */
	return f->is_expired || !f->is_stored ? PPS_STATUS_EXPIRED : PPS_STATUS_PRESENT;
}
