/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/raw.h - raw exposures out of embargo
 *
 * The flow takes each exposure of a source repository through recorded steps: select (its embargo is over),
 * complete (all its sensors are there), pack (one zip of all its files), yaml (its dimension records), and for
 * each destination repository dimensions and ingest, and with a block `rucio` the file catalogue: files with their
 * checksums, the datasets of tracts and of the exposure, which is closed and marked for tape. Each step is an ensure: it may be repeated at any time,
 * alone, after any crash, and ends the same; it compares content, not existence. What is not finished is
 * resumed by the next run, whatever its window.
 *
 * An exposure leaves only when its end is known and end + embargo period of a configured query that matches
 * it has passed; both are read again from the source just before. Unknown ends, clocks that disagree by more than a minute, and
 * a clock behind the ledger hold everything.
 *
 * Threads: one thread at a time; different objects are independent.
 */
#ifndef PPS_RAW_H
#define PPS_RAW_H

#include <pps/butler.h>
#include <pps/conf.h>
#include <pps/table.h>
#include <pps/zip.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_raw pps_raw;               /* the flow of a configuration; one thread at a time */
typedef struct pps_raw_report pps_raw_report; /* immutable; any thread */

/* What is known of an exposure; callers must accept others. */
enum {
	PPS_RAW_DONE = 0,       /* everything is where it should be */
	PPS_RAW_WAITING = 1,    /* its embargo is not over: pps_raw_report_due() */
	PPS_RAW_HELD = 2,       /* a rule or an operator holds it */
	PPS_RAW_INCOMPLETE = 3, /* sensors are missing */
	PPS_RAW_TODO = 4,       /* the next run, or repair, has something to do */
	PPS_RAW_FAILED = 5      /* a step failed, or what is there is wrong: a person must look */
};

/* One place of one exposure; callers must accept others. */
enum {
	PPS_MARK_NOT_YET = 0, /* the flow has not come there */
	PPS_MARK_OK = 1,      /* there, and right */
	PPS_MARK_MISSING = 2, /* it should be there, and is not */
	PPS_MARK_DIFFERENT = 3, /* there, with other content */
	PPS_MARK_UNKNOWN = 4, /* it could not be asked */
	PPS_MARK_PRUNED = 5   /* it was taken away on purpose: pps_raw_prune() */
};

/**
 * pps_raw_open() - prepare the flow that a configuration describes
 * @ctx:     borrowed (the flow takes its own reference)
 * @conf:    a configuration with a block `raw`; borrowed, referenced
 * @ret_raw: set on success only; release with pps_raw_unref()
 * @err:     NULL allowed; set on failure only; release with pps_error_free()
 *
 * Repositories and state are opened when they are first needed.
 * Return: PPS_OK, PPS_E_CONFIG (no block `raw`, no queries), PPS_E_ARG or PPS_E_NOMEM. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_open(pps_ctx *ctx, pps_conf *conf, pps_raw **ret_raw, pps_error **err);

/** pps_raw_unref() - release a flow; NULL is fine. Return: NULL. Blocks: until its databases are closed. Since: 0.1 */
PPS_API pps_raw *pps_raw_unref(pps_raw *raw);

/**
 * pps_raw_set() - choose what the next calls look at, and how
 * @raw:   the flow
 * @key:   one of
 *         "window"     a duration such as "35min": only exposures whose embargo ended within it (and what is
 *                      unfinished, and what an outage left out)
 *         "day_obs"    an observing day such as "20251202", or a range "20251201..20251205"
 *         "exposure"   an obs id or a number; may be set several times, each adds one
 *         "now"        ISO 8601: the time to decide for, never in the future; UTC
 *         "now_scale"  "utc" or "tai": the scale of "now"; set before it
 *         "dry_run"    "1": write nothing; where there is no state yet, it is as if nothing had been done
 *         "deep"       "1": checks compare every member of a zip with its source
 * @value: its value; copied
 * @err:   NULL allowed
 *
 * Return: PPS_OK, or PPS_E_ARG with what was expected. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_set(pps_raw *raw, const char *key, const char *value, pps_error **err);

/**
 * pps_raw_run() - take everything that may leave as far as it goes
 * @raw:        the flow
 * @ret_report: a row for each exposure that was looked at and was not done before; set on success only; release
 *              with pps_raw_report_free()
 * @err:        NULL allowed
 *
 * Holds the lock of the flow meanwhile: another run waits as long as pps_ctx_set_wait() says, then PPS_E_LOCKED. An exposure that
 * fails does not stop the others; its error is in the report and in the state. The next run tries it again; from the second failure in
 * a row on a run waits for a minute, doubling, at most four hours (a quarter of one where a service was down), unless "exposure" names it. A repair waits for nothing.
 * The catalogue is told of many exposures at once: of fifty, or what has come in half a minute, and at the end of the run.
 * Return: PPS_OK also when exposures failed (see pps_raw_report_failed()), PPS_E_HELD (clocks), PPS_E_LOCKED,
 * PPS_E_UNAVAILABLE, PPS_E_CANCELLED, ... Blocks: for the whole work. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_run(pps_raw *raw, pps_raw_report **ret_report, pps_error **err);

/**
 * pps_raw_wait() - between two runs: record what arrives, until there is something to do
 * @raw:        the flow, not dry
 * @timeout_ms: how long
 * @err:        NULL allowed
 *
 * With `raw.events` bucket notifications are recorded meanwhile. Servers that are down are said once in the log and waited for. Takes no
 * lock: other runs go on. Return: 1: the embargo of an exposure has ended, or one that a run found incomplete has arrived, or was told of
 * within the hour and may be known to the source by now (2 s later, and then after ever longer waits): call pps_raw_run(); 0: the time is
 * up: call it all the same, it makes up what was not told; PPS_E_CANCELLED, ... Blocks: for @timeout_ms. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_wait(pps_raw *raw, int64_t timeout_ms, pps_error **err);

/**
 * pps_raw_check() - compare, for each exposure, what should be with what is
 * @raw:        the flow
 * @ret_report: a row for each exposure of the source that "day_obs" and "exposure" name (default: all since
 *              raw.since, and all that the state knows), sorted; release with pps_raw_report_free()
 * @err:        NULL allowed
 *
 * Takes no lock and changes nothing, but for one thing: with "deep" and without "dry_run", what was compared whole and found
 * equal is recorded, in the state and as this site in SafeCopies. Zips that an earlier tool left without Butler rows or yaml are found and explained.
 * Return: PPS_OK also when there are findings. Blocks: for the whole work. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_check(pps_raw *raw, pps_raw_report **ret_report, pps_error **err);

/**
 * pps_raw_repair() - mend what pps_raw_check() finds
 *
 * Parameters, return and lock as pps_raw_run(); without "window" it looks at all since raw.since. Steps that are recorded as done are
 * done again where their result is missing. A zip or yaml that cannot be read is moved to `<dest_root>/.damaged/`, never deleted, and
 * made anew. Files and rows with other content are left alone and reported. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_repair(pps_raw *raw, pps_raw_report **ret_report, pps_error **err);

/**
 * pps_raw_prune() - delete the embargo copy of exposures that are safe elsewhere
 * @raw:        the flow; with "dry_run" nothing is deleted and no lock is taken
 * @ret_report: a row for each exposure that the state knows and "day_obs", "exposure" and "window" choose (default: all that are finished and
 *              not pruned): PPS_RAW_DONE: it is gone; PPS_RAW_TODO: in a dry run, it would go; PPS_RAW_HELD: it stays, and why; release with
 *              pps_raw_report_free()
 * @err:        NULL allowed
 *
 * The datasets of the exposure, their files, and whatever else is in its folder go from the source only when all of this holds, asked right
 * before: it is finished and every place of it is right; nobody holds it; its embargo is over; its zip was compared with its source (check with
 * "deep"), neither has changed since, and that was `reclaim_after` ago; Rucio holds the zip's checksums; `raw.safe_copies` copies are
 * named in SafeCopies, and each of them is there. What is not known keeps it. What a crash interrupted is finished by the next call, each
 * file compared with the zip again.
 * Return: PPS_OK also when exposures failed, PPS_E_HELD (clocks), PPS_E_LOCKED, ... Blocks: for the whole work. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_prune(pps_raw *raw, pps_raw_report **ret_report, pps_error **err);

/**
 * pps_raw_status() - what the state knows, without looking at repositories
 *
 * Parameters as pps_raw_check(). A row for each exposure that the state knows; with `raw.events` also for those that have begun to
 * arrive and were not selected yet, whose number is still unknown (0). Blocks: on the state. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_status(pps_raw *raw, pps_raw_report **ret_report, pps_error **err);

/**
 * pps_raw_accept() - take an exposure as complete though sensors are missing
 * @raw:      the flow; with "dry_run" nothing is recorded
 * @exposure: obs id or number
 * @reason:   why; recorded with the time
 * @err:      NULL allowed
 *
 * Return: PPS_OK, PPS_E_NOTFOUND (no such exposure in the source), PPS_E_ARG (no reason). Blocks: on databases. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_accept(pps_raw *raw, const char *exposure, const char *reason, pps_error **err);

/**
 * pps_raw_policy_accept() - put the configured queries in force though they release exposures sooner
 * @raw:        the flow; with "dry_run" it is only counted
 * @reason:     why; recorded with the time
 * @ret_sooner: exposures of the source that leave sooner by them than by the policy in force; 0 when nothing does
 * @ret_now:    of these, how many may leave at once
 * @err:        NULL allowed
 *
 * The first run puts the queries of its configuration in force, and so does every run whose queries release nothing sooner than those in
 * force. Others wait: until they are accepted an exposure leaves only when both allow it.
 * Return: PPS_OK, PPS_E_ARG (no reason), PPS_E_HELD (clocks), ... Blocks: on databases. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_policy_accept(pps_raw *raw, const char *reason, int64_t *ret_sooner, int64_t *ret_now, pps_error **err);

/**
 * pps_raw_pack() - one exposure's zip, as the flow makes it, for programs that do the other steps in their own way
 * @source:     the repository that has it; borrowed
 * @instrument: its instrument, or NULL for any
 * @exposure:   obs id, or number; one that several instruments have is PPS_E_ARG: give @instrument
 * @zip:        path or URI of the new zip
 * @ret_report: NULL allowed; its members, size, MD5 and Adler-32, taken while it was written. Set on success only; release with
 *              pps_zip_report_free()
 * @err:        NULL allowed
 *
 * Takes every file of the exposure's folder, which is that of its first `raw` or `guider_raw`, with the Butler's index and
 * `_metadata_index.json`. It knows no embargo and no completeness, and records nothing: whoever calls it decides. The zip appears whole,
 * and nothing is overwritten; a flow that comes later compares it with its source, and takes it as its own.
 *
 * Return: PPS_OK; PPS_E_EXISTS: @zip is there (untouched); PPS_E_NOTFOUND: no such exposure, or no dataset of it; PPS_E_FORMAT: a file of it
 * is damaged; PPS_E_CONFLICT: a file changed while it was read. Threads: as @source. Blocks: for the whole work. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_pack(pps_butler *source, const char *instrument, const char *exposure, const char *zip,
				      pps_zip_report **ret_report, pps_error **err);

/* ---- a remote site: what Rucio brings is imported ---- */

typedef struct pps_raw_import pps_raw_import; /* one thread at a time */

/* What became of a zip, or of a message; callers must accept others. */
enum {
	PPS_RAW_IMPORT_DONE = 0,    /* imported now */
	PPS_RAW_IMPORT_ALREADY = 1, /* all of it was there, with the same content */
	PPS_RAW_IMPORT_WAITING = 2, /* for its zip, its yaml, or a server; tried again by itself */
	PPS_RAW_IMPORT_FAILED = 3,  /* a person must look; tried again, ever more rarely */
	PPS_RAW_IMPORT_SKIPPED = 4, /* an event of something else */
	PPS_RAW_IMPORT_DEAD = 5     /* a message that cannot be read: the state keeps it with its place */
};

/* What pps_raw_import_count() counts. */
enum {
	PPS_RAW_IMPORT_DATASETS = 1,  /* of the zip */
	PPS_RAW_IMPORT_INGESTED = 2,  /* of them now */
	PPS_RAW_IMPORT_RECORDS = 3,   /* dimension records added */
	PPS_RAW_IMPORT_DIFFERENT = 4  /* those that are there with other content, and stay */
};

/**
 * pps_raw_import_open() - follow Rucio's events
 * @ctx:        borrowed; referenced
 * @conf:       a configuration with a block `import`; borrowed, referenced
 * @ret_import: set on success only; release with pps_raw_import_unref()
 * @err:        NULL allowed; set on failure only
 *
 * Opens the state. Return: PPS_OK, PPS_E_CONFIG, PPS_E_ARG, PPS_E_NOMEM, and what pps_state_open() returns. Blocks: on the state.
 * Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_import_open(pps_ctx *ctx, pps_conf *conf, pps_raw_import **ret_import, pps_error **err);

/** pps_raw_import_unref() - leave the consumer group; NULL is fine. Return: NULL. Blocks: at most 5 s. Since: 0.1 */
PPS_API pps_raw_import *pps_raw_import_unref(pps_raw_import *import);

/**
 * pps_raw_import_next() - import what has come, one zip at a time
 * @import:     the import
 * @timeout_ms: how long to wait for something
 * @err:        NULL allowed
 *
 * A zip is imported when it and its `_dimensions.yaml` are there, in whatever order they came; until then the state remembers it, and
 * what a crash interrupts is done by the next call. Offsets are committed after the state. Brokers and databases that are down are said
 * once in the log and waited for.
 *
 * Return: 1: pps_raw_import_status() and the others tell what became of a zip or a message, until the next call; 0: the time is up;
 * PPS_E_CANCELLED, PPS_E_CONFIG, ... Blocks: for @timeout_ms, and for the import of one zip. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_import_next(pps_raw_import *import, int64_t timeout_ms, pps_error **err);

/** pps_raw_import_status() - PPS_RAW_IMPORT_* of the current outcome. Since: 0.1 */
PPS_API int pps_raw_import_status(const pps_raw_import *import);
/** pps_raw_import_status_name() - "imported", "already there", "waiting", "failed", "skipped", "put aside"; "unknown" for others. Static. Since: 0.1 */
PPS_API const char *pps_raw_import_status_name(int status);
/** pps_raw_import_zip() - URI of its zip, or of a skipped event its scope:name; "" when there is none. Borrowed until the next call. Since: 0.1 */
PPS_API const char *pps_raw_import_zip(const pps_raw_import *import);
/** pps_raw_import_yaml() - URI of the yaml that was taken; "" when there is none. Borrowed until the next call. Since: 0.1 */
PPS_API const char *pps_raw_import_yaml(const pps_raw_import *import);
/** pps_raw_import_repository() - name of the repository; "" when there is none. Borrowed until the next call. Since: 0.1 */
PPS_API const char *pps_raw_import_repository(const pps_raw_import *import);
/** pps_raw_import_reason() - why it is not imported, in words; "" when it is. Borrowed until the next call. Since: 0.1 */
PPS_API const char *pps_raw_import_reason(const pps_raw_import *import);
/** pps_raw_import_count() - how many of PPS_RAW_IMPORT_DATASETS, _INGESTED, _RECORDS or _DIFFERENT. Since: 0.1 */
PPS_API int64_t pps_raw_import_count(const pps_raw_import *import, int what);

/** pps_raw_report_free() - release a report; NULL is fine. Blocks: no. Since: 0.1 */
PPS_API void pps_raw_report_free(pps_raw_report *report);

/** pps_raw_report_count() - number of rows. Since: 0.1 */
PPS_API size_t pps_raw_report_count(const pps_raw_report *report);

/** pps_raw_report_failed() - rows that are PPS_RAW_FAILED, or in a check are neither done, waiting nor held. Since: 0.1 */
PPS_API size_t pps_raw_report_failed(const pps_raw_report *report);

/**
 * pps_raw_report_exit_code() - what a program exits with after this report
 *
 * Return: 0: nothing failed; 4: nothing did but for services that were down, locks and the like; 1: something failed, a person must look.
 * Since: 0.1
 */
PPS_API int pps_raw_report_exit_code(const pps_raw_report *report);

/** pps_raw_report_status() - PPS_RAW_* of the nth row; -1 past the end. Since: 0.1 */
PPS_API int pps_raw_report_status(const pps_raw_report *report, size_t n);

/** pps_raw_report_code() - PPS_E_* of what failed in the nth row; PPS_OK when nothing did. Since: 0.1 */
PPS_API int pps_raw_report_code(const pps_raw_report *report, size_t n);

/** pps_raw_status_name() - "done", "waiting", "held", "incomplete", "todo", "failed"; "unknown" for others. Static. Since: 0.1 */
PPS_API const char *pps_raw_status_name(int status);

/** pps_raw_mark_name() - "not_yet", "ok", "missing", "different", "unknown", "pruned"; "unknown" for others, too. Static. Since: 0.1 */
PPS_API const char *pps_raw_mark_name(int mark);

/** pps_raw_report_instrument() - instrument of the nth row; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_raw_report_instrument(const pps_raw_report *report, size_t n);

/** pps_raw_report_obs_id() - obs id of the nth row, such as "MC_O_20251202_000001"; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_raw_report_obs_id(const pps_raw_report *report, size_t n);

/** pps_raw_report_exposure() - number of the nth row's exposure; 0 past the end. Since: 0.1 */
PPS_API int64_t pps_raw_report_exposure(const pps_raw_report *report, size_t n);

/** pps_raw_report_day_obs() - observing day of the nth row, such as 20251202; 0 past the end. Since: 0.1 */
PPS_API int64_t pps_raw_report_day_obs(const pps_raw_report *report, size_t n);

/** pps_raw_report_reason() - why the nth row is not done, in words; "" when it is; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_raw_report_reason(const pps_raw_report *report, size_t n);

/** pps_raw_report_command() - the command that mends it, or ""; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_raw_report_command(const pps_raw_report *report, size_t n);

/** pps_raw_report_due() - when its embargo ends or ended, ISO 8601 UTC; "" when unknown; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_raw_report_due(const pps_raw_report *report, size_t n);

/**
 * pps_raw_report_arrived() - when the last of its files arrived, ISO 8601 UTC, by what events and listings of the source told; ""
 * when it has not arrived whole, or nobody told (only pps_raw_status() knows it); borrowed; NULL past the end. Since: 0.1
 */
PPS_API const char *pps_raw_report_arrived(const pps_raw_report *report, size_t n);

/** pps_raw_report_zip() - URI of its zip, "" when there is none yet; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_raw_report_zip(const pps_raw_report *report, size_t n);

/** pps_raw_report_size() - bytes of its zip; 0 when there is none yet. Since: 0.1 */
PPS_API uint64_t pps_raw_report_size(const pps_raw_report *report, size_t n);

/** pps_raw_report_md5() - MD5 of its zip, 32 hexadecimal digits, or ""; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_raw_report_md5(const pps_raw_report *report, size_t n);

/** pps_raw_report_datasets() - number of its Butler datasets in the source; 0 when it was not asked. Since: 0.1 */
PPS_API size_t pps_raw_report_datasets(const pps_raw_report *report, size_t n);

/** pps_raw_report_places() - number of places that rows have marks for: "source", "zip", "yaml", "main" ..., "rucio" ... Since: 0.1 */
PPS_API size_t pps_raw_report_places(const pps_raw_report *report);

/** pps_raw_report_place() - name of a place; destinations by their names; borrowed; NULL past the end. Since: 0.1 */
PPS_API const char *pps_raw_report_place(const pps_raw_report *report, size_t place);

/** pps_raw_report_mark() - PPS_MARK_* of the nth row at a place; PPS_MARK_NOT_YET past the end. Since: 0.1 */
PPS_API int pps_raw_report_mark(const pps_raw_report *report, size_t n, size_t place);

/**
 * pps_raw_report_note() - what is at a place of the nth row, in words
 * @report: the report
 * @n:      row
 * @place:  as of pps_raw_report_place()
 *
 * "tracts": their numbers, or "NoTract"; "tape": the value of arcBackup; "copies": storage elements that have all of it; "safe": the
 * value of SafeCopies; lists are separated by commas. Return: borrowed; "" when there is nothing to say; NULL past the end. Since: 0.1
 */
PPS_API const char *pps_raw_report_note(const pps_raw_report *report, size_t n, size_t place);

/**
 * pps_raw_report_table() - the rows as columns
 * @report:    the report
 * @flags:     PPS_TABLE_UTC: times in UTC; 0: TAI
 * @ret_table: set on success only; release with pps_table_free(), before or after the report. Columns: texts `instrument`, `obs_id`, `status` (as
 *             pps_raw_status_name() has it), `reason`, `command`, `zip`, `md5`; numbers `exposure`, `day_obs`, `code`, `size` (bytes of the zip),
 *             `datasets`; times `due`, `arrived`; and for each place the texts `mark_PLACE` (as pps_raw_mark_name() has it) and `note_PLACE`
 * @err:       NULL allowed
 *
 * Null is what is unknown or not there yet. Return: PPS_OK, PPS_E_ARG or PPS_E_NOMEM. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_raw_report_table(const pps_raw_report *report, int flags, pps_table **ret_table, pps_error **err);

#ifdef __cplusplus
}
#endif
#endif
