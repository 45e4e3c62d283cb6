/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists in a folder: each is registered and moved to done/, or moved to rejected/ with a text beside it that says why. */
#include <string.h>

#include "base/buf.h"
#include "publish/intake-private.h"

#define SETTLE_NS (2 * PPS_NS_PER_S)  /* a file that has not changed for so long is whole */
#define GROWS_NS (5 * PPS_NS_PER_S)   /* and one of which every beginning is a list, too */
#define OLD_NS (60 * PPS_NS_PER_S)    /* by its own time, whatever clock that was */
#define PATIENCE_NS (10 * PPS_NS_PER_S)
#define NAMES_MOST 100000             /* lists of the same name, in done/ or rejected/ */

/* What a look saw, and when it first looked so. */
struct seen {
	uint64_t size;
	int64_t mtime, since; /* since: monotonic */
};

static int is_csv(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && !strcmp(name + n - 4, ".csv");
}

static int is_list(const char *name)
{
	size_t n = strlen(name);

	return *name != '.' && ((n > 5 && !strcmp(name + n - 5, ".json")) || is_csv(name));
}

/* 1: nobody writes it any more; 0: look again later. Objects are there when they are whole. */
static int is_settled(pps_intake *intake, const char *name, uint64_t size, int64_t mtime, pps_error **err)
{
	int64_t now = pps_monotonic_now(), utc, tai;
	void *known = NULL;
	struct seen *seen;
	int r;

	if (pps_store_is_far(intake->folder))
		return 1;
	if ((r = pps_tai_now(&tai, err)) < 0 || (r = pps_utc_of_tai(tai, &utc, err)) < 0)
		return r;
	if (mtime < utc - OLD_NS)
		return 1;
	if (pps_map_get_text(intake->seen, name, &known)) {
		seen = known;
	} else {
		if (!(seen = calloc(1, sizeof *seen)) || pps_map_set_text(intake->seen, name, seen) < 0) {
			free(seen);
			return pps_fail_nomem(err);
		}
		*seen = (struct seen){ size, mtime, now };
	}
	if (seen->size != size || seen->mtime != mtime)
		*seen = (struct seen){ size, mtime, now };
	return now - seen->since >= (is_csv(name) ? GROWS_NS : SETTLE_NS);
}

/* "x.json", then "x-1.json", "x-2.json" ... */
static int nth_name(const char *folder, const char *name, int n, char **ret, pps_error **err)
{
	const char *dot = strrchr(name, '.');
	int r = n ? asprintf(ret, "%s/%.*s-%d%s", folder, (int)(dot - name), name, n, dot) : asprintf(ret, "%s/%s", folder, name);

	if (r < 0) {
		*ret = NULL;
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}

/* Nothing that is there is replaced. */
static int move_away(pps_intake *intake, const char *folder, const char *name, pps_error **err)
{
	for (int n = 0; n < NAMES_MOST; n++) {
		_cleanup_(pps_error_freep) pps_error *why = NULL;
		_cleanup_free_ char *to = NULL;
		int r = nth_name(folder, name, n, &to, err);

		if (r < 0)
			return r;
		if ((r = pps_store_move(intake->folder, name, to, &why)) == PPS_OK)
			return PPS_OK;
		if (r != PPS_E_EXISTS) {
			pps_error_move(err, TAKE_PTR(why));
			return r;
		}
	}
	return pps_fail(err, PPS_E_EXISTS, "%s/%s and all that it could be called are taken", folder, name);
}

/* 1: this reason was written by an earlier try, which a crash ended before the list was moved. */
static int is_same_reason(pps_intake *intake, const char *list, const char *reason, const char *text, pps_error **err)
{
	_cleanup_free_ void *bytes = NULL;
	size_t size;
	int r = pps_store_exists(intake->folder, list, err);

	if (r)
		return r < 0 ? r : 0;
	if ((r = pps_store_read(intake->folder, reason, 1u << 20, &bytes, &size, err)) < 0)
		return r;
	return size == strlen(text) && !memcmp(bytes, text, size);
}

/* The reason first: a list in rejected/ always has one. */
static int reject_as(pps_intake *intake, const char *name, const char *text, int n, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_free_ char *to = NULL, *reason = NULL;
	int r = nth_name("rejected", name, n, &to, err);

	if (r < 0)
		return r;
	if (asprintf(&reason, "%s.reason", to) < 0) {
		reason = NULL;
		return pps_fail_nomem(err);
	}
	r = pps_store_write(intake->folder, reason, text, strlen(text), &why);
	if (r == PPS_E_EXISTS) {
		if ((r = is_same_reason(intake, to, reason, text, err)) <= 0)
			return r < 0 ? r : PPS_E_EXISTS;
	} else if (r < 0) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	return pps_store_move(intake->folder, name, to, err);
}

static int reject(pps_intake *intake, const char *name, const char *reason, pps_error **err)
{
	_cleanup_buf_ pps_buf text = PPS_BUF_LINE;
	int r;

	pps_log(intake->ctx, PPS_LOG_WARNING, "a list was rejected", "list", name, "why", reason, NULL);
	pps_buf_printf(&text, "%s\n", reason);
	if ((r = pps_buf_check(&text, "reason", err)) < 0)
		return r;
	for (int n = 0; n < NAMES_MOST; n++) {
		_cleanup_(pps_error_freep) pps_error *why = NULL;

		if ((r = reject_as(intake, name, pps_buf_text(&text), n, &why)) == PPS_OK)
			return PPS_OK;
		if (r != PPS_E_EXISTS) {
			pps_error_move(err, TAKE_PTR(why));
			return r;
		}
	}
	return pps_fail(err, PPS_E_EXISTS, "rejected/%s and all that it could be called are taken", name);
}

struct round {
	const pps_registrar *registrar;
	int64_t now;
	pps_intake_tally *tally;
	int is_registrar; /* what went wrong is no matter of the folder */
	size_t waiting;   /* lists that may still be written */
};

/* Nobody wrote on while it was read: what was added stays, and the whole list is registered again. */
static int is_unchanged(pps_intake *intake, const char *name, const pps_store_stat *before, pps_error **err)
{
	pps_store_stat now;
	int r;

	if (pps_store_is_far(intake->folder))
		return 1;
	r = pps_store_stat_name(intake->folder, name, &now, err);
	return r < 0 ? r : now.size == before->size && now.mtime == before->mtime;
}

static int take_list(pps_intake *intake, struct round *round, const char *name, const pps_store_stat *stat, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_(pps_batch_freep) pps_batch *list = NULL;
	int r = pps_intake_read_list(intake, intake->folder, name, &list, &why);

	if (r == PPS_E_FORMAT) {
		round->tally->rejected++;
		return reject(intake, name, pps_error_message(why), err);
	}
	/* somebody took it away, or writes it again */
	if (r == PPS_E_NOTFOUND || r == PPS_E_CONFLICT)
		return PPS_OK;
	if (r < 0) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	if ((r = pps_register_list(round->registrar, round->now, list, NULL, &round->tally->registered, err)) < 0) {
		round->is_registrar = 1;
		return r;
	}
	if ((r = is_unchanged(intake, name, stat, err)) <= 0) {
		round->waiting += r == 0;
		return r;
	}
	round->tally->lists++;
	pps_log(intake->ctx, PPS_LOG_INFO, "registered a list", "list", name, NULL);
	return move_away(intake, "done", name, err);
}

/* One list that cannot be read, or moved, does not keep the others waiting: it is named once. */
static int pass_over(pps_intake *intake, const char *name, int code, pps_error *why, pps_error **err)
{
	if (code != PPS_E_ACCESS && code != PPS_E_IO && code != PPS_E_NOSPACE && code != PPS_E_EXISTS) {
		pps_error_move(err, why);
		return code;
	}
	if (!pps_map_get_text(intake->said, name, NULL))
		pps_log(intake->ctx, PPS_LOG_WARNING, "a list stays where it is", "list", name, "why", pps_error_message(why), NULL);
	pps_error_free(why);
	return pps_map_set_text(intake->said, name, NULL) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int look(pps_intake *intake, struct round *round, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *listing = NULL;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	int r = pps_store_list(intake->folder, "", 0, &listing, &why);

	round->waiting = 0;
	/* a prefix without objects is a folder that nobody has made */
	if (r == PPS_E_NOTFOUND && pps_store_is_far(intake->folder))
		return PPS_OK;
	if (r < 0) {
		pps_error_move(err, TAKE_PTR(why));
		return pps_wrap(err, r, "intake.folder");
	}
	for (size_t i = 0; i < pps_store_listing_count(listing); i++) {
		const char *name = pps_store_listing_name(listing, i);
		pps_store_stat stat;

		if (!is_list(name))
			continue;
		if ((r = pps_ctx_check(intake->ctx, err)) < 0 ||
		    (r = is_settled(intake, name, pps_store_listing_size(listing, i), pps_store_listing_mtime(listing, i), err)) < 0)
			return r;
		pps_store_listing_stat(listing, i, &stat);
		if (!r)
			round->waiting++;
		else if ((r = take_list(intake, round, name, &stat, &why)) < 0 && !round->is_registrar)
			r = pass_over(intake, name, r, TAKE_PTR(why), err);
		if (r < 0) {
			pps_error_move(err, TAKE_PTR(why));
			return r;
		}
	}
	return PPS_OK;
}

/* Until all are settled, or was waited for @patience. The time that registering takes is none of waiting: what came meanwhile is looked at again. */
static int look_until(pps_intake *intake, struct round *round, int64_t patience, pps_error **err)
{
	const pps_intake_tally *tally = round->tally;

	for (;;) {
		const int64_t began = pps_monotonic_now(), taken = tally->lists + tally->rejected;
		int r = look(intake, round, err);

		if (tally->lists + tally->rejected == taken)
			patience -= pps_monotonic_now() - began;
		if (r < 0 || !round->waiting || patience <= 0)
			return r;
		if ((r = pps_ctx_sleep(intake->ctx, SETTLE_NS / 10, err)) < 0)
			return r;
		patience -= SETTLE_NS / 10;
	}
}

/* What has gone from the folder need not be remembered. */
static int forget(pps_intake *intake, pps_error **err)
{
	for (size_t i = 0; i < pps_map_size(intake->seen); i++)
		free(pps_map_value(intake->seen, i));
	pps_map_free(intake->seen);
	return (intake->seen = pps_map_new()) ? PPS_OK : pps_fail_nomem(err);
}

int pps_intake_lists(pps_intake *intake, const pps_registrar *registrar, int64_t now, int drain, pps_intake_tally *tally, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	struct round round = { .registrar = registrar, .now = now, .tally = tally };
	int r;

	if (!intake->folder && (r = pps_store_open(intake->ctx, intake->block->folder, &intake->folder, err)) < 0)
		return pps_wrap(err, r, "intake.folder");
	r = look_until(intake, &round, drain ? PATIENCE_NS : 0, &why);
	if (drain && r == PPS_OK && round.waiting)
		pps_log(intake->ctx, PPS_LOG_NOTICE, "lists that are still written were left", "folder", intake->block->folder, NULL);
	if (r < 0 && round.is_registrar) {
		pps_error_move(err, TAKE_PTR(why));
		return r;
	}
	if (r < 0)
		return pps_intake_survive(intake, &intake->lists, r, TAKE_PTR(why), err);
	pps_intake_is_back(intake, &intake->lists);
	return round.waiting ? PPS_OK : forget(intake, err);
}
