/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/prune-plan.h"

#include <string.h>

#include "raw/report.h"

/* Adds a reason; always 0, so that it can be returned. */
#define refuse(why, ...) (pps_raw_because(why, __VA_ARGS__), 0)

static int must_be(pps_answer answer, pps_answer wanted, const char *otherwise, const char *unknown, pps_buf *why)
{
	return answer == wanted ? 1 : refuse(why, "%s", answer == PPS_ANSWER_UNKNOWN ? unknown : otherwise);
}

int pps_prune_tape(const char *value, const char *element)
{
	const char *colon = value ? strrchr(value, ':') : NULL;

	if (!value)
		return PPS_TAPE_ABSENT;
	if (!colon || colon == value || (element && (strlen(element) != (size_t)(colon - value) || strncmp(value, element, strlen(element)) != 0)))
		return PPS_TAPE_OTHER;
	return !strcmp(colon, ":done") ? PPS_TAPE_DONE : !strcmp(colon, ":need") ? PPS_TAPE_NEED : PPS_TAPE_OTHER;
}

/* 1 when the comma list names @site; blanks around names do not count. */
static int names_site(const char *list, const char *site)
{
	const size_t len = strlen(site);

	for (const char *p = list;; p++) {
		const size_t whole = strcspn(p, ","), blanks = strspn(p, " \t");
		size_t n = whole;

		while (n > blanks && (p[n - 1] == ' ' || p[n - 1] == '\t'))
			n--;
		if (len && n >= blanks && n - blanks == len && !strncmp(p + blanks, site, len))
			return 1;
		p += whole;
		if (!*p)
			return 0;
	}
}

/* A copy that SafeCopies names must be where it says: what was safe once may be gone. */
static int is_there(const pps_prune_facts *f, const pps_prune_site *s, pps_buf *why)
{
	if (s->replica == PPS_REPLICA_BAD)
		return refuse(why, "the copy at %s (%s) is not available", s->name, s->element);
	/* tape is not always in the list of replicas: arcBackup speaks for it */
	if (s->is_tape && f->tape != PPS_TAPE_DONE)
		return refuse(why, f->tape == PPS_TAPE_NEED ? "the tape copy at %s (%s) is still to be made" :
			      "nothing says that the tape copy at %s (%s) is made", s->name, s->element);
	if (s->replica == PPS_REPLICA_AVAILABLE || (s->is_tape && s->replica == PPS_REPLICA_NONE))
		return 1;
	return refuse(why, s->replica == PPS_REPLICA_NONE ? "SafeCopies names %s, but Rucio has no replica at %s" :
		      "it is not known whether the copy at %s (%s) is there", s->name, s->element);
}

/* Two names of one storage element are one copy. */
static int is_counted(const pps_prune_facts *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(f->sites[i].element, f->sites[n].element) && names_site(f->safe_copies, f->sites[i].name))
			return 1;
	return 0;
}

static int enough_copies(const pps_prune_facts *f, pps_buf *why)
{
	int64_t copies = 0;
	int may = 1;

	if (f->catalogue == PPS_ANSWER_NO)
		return f->needed == 1 ? 1 : refuse(why, "only the copy here is known, and %lld are needed: no Rucio is configured", (long long)f->needed);
	if (f->catalogue != PPS_ANSWER_YES)
		return refuse(why, "Rucio could not be asked");
	may &= must_be(f->checksums, PPS_ANSWER_YES, "Rucio holds other sizes or checksums than were packed",
		       "it is not known what sizes and checksums Rucio holds", why);
	if (!f->safe_copies)
		return refuse(why, "SafeCopies is not known");
	for (size_t i = 0; i < f->nsites; i++) {
		if (!names_site(f->safe_copies, f->sites[i].name))
			continue;
		if (!is_there(f, &f->sites[i], why))
			may = 0;
		else
			copies += !is_counted(f, i);
	}
	if (copies < f->needed)
		may = refuse(why, "%lld of %lld safe copies (SafeCopies=%s)", (long long)copies, (long long)f->needed, f->safe_copies);
	return may;
}

static int is_old_enough(const pps_prune_facts *f, pps_buf *why)
{
	int64_t due;

	if (f->verified_since == INT64_MIN)
		return refuse(why, "its zip was not compared with its source since either was last changed: pps raw check --deep");
	if (f->verified_since > f->now)
		return refuse(why, "its zip was compared in the future: a clock was wrong");
	if (f->reclaim_after < 0 || __builtin_add_overflow(f->verified_since, f->reclaim_after, &due) || due > f->now)
		return refuse(why, "its zip was compared with its source less than reclaim_after ago");
	return 1;
}

int pps_prune_decide(const pps_prune_facts *f, pps_buf *why)
{
	int may = 1;

	may &= must_be(f->finished, PPS_ANSWER_YES, "it is not finished: pps raw run", "it is not known whether it is finished", why);
	may &= must_be(f->held, PPS_ANSWER_NO, "an operator holds it", "it is not known whether an operator holds it", why);
	if (f->release.verdict != PPS_RELEASE_NOW || f->release.due > f->now)
		may = refuse(why, "%s", f->release.reason ? f->release.reason : "its embargo is not over");
	if (!f->begun) {
		may &= must_be(f->places, PPS_ANSWER_YES, "not everything of it is where it should be: pps raw check",
			       "it is not known whether everything of it is where it should be", why);
		may &= must_be(f->source_same, PPS_ANSWER_YES, "its source has changed since the zip was compared with it",
			       "it is not known whether its source has changed since the zip was compared with it", why);
		may &= must_be(f->unshared, PPS_ANSWER_YES, "other datasets of the source repository refer to its files",
			       "it is not known whether other datasets refer to its files", why);
	}
	may &= must_be(f->zip_same, PPS_ANSWER_YES, "its zip is not the file that was compared with the source",
		       "it is not known whether its zip is the file that was compared with the source", why);
	may &= is_old_enough(f, why);
	if (f->needed < 1)
		may = refuse(why, "no number of safe copies is configured");
	may &= enough_copies(f, why);
	return may;
}
