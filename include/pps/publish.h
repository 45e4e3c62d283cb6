/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/publish.h - prompt data products from embargo to the public, and out again
 *
 * The flow takes each dataset that it was told of through the configured repositories (those with `from`, and the first, which is under
 * embargo): copy into internal ones, publish in public ones, expire there when its lifetime is over, delete where files were kept for them, and
 * reclaim the first. What is next, and when, follows from the policies; it is stored beside each dataset, so that a run costs what is due.
 *
 * Nothing leaves the first repository before the end of its time plus the embargo of the policy that matches; time and type are read again
 * from there just before, and the later end counts. Before each chunk the lock of the flow, its epoch, holds and clocks are asked again; the
 * ledger has an entry before and after. Each act is an ensure: it may be repeated after any crash. A policy that would release, publish or
 * delete anything sooner than the one in force waits until it is accepted (`pps config accept`).
 *
 * Threads: one thread at a time; different objects are independent.
 */
#ifndef PPS_PUBLISH_H
#define PPS_PUBLISH_H

#include <pps/conf.h>
#include <pps/table.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_publish pps_publish;               /* the flow of a configuration; one thread at a time */
typedef struct pps_publish_report pps_publish_report; /* immutable; any thread */

/**
 * pps_publish_open() - the flow of a configuration
 * @ctx:         borrowed; the flow takes its own reference
 * @conf:        borrowed, the flow takes its own reference; loaded without errors
 * @ret_publish: set on success only; release with pps_publish_unref()
 * @err:         NULL allowed; set on failure only; release with pps_error_free()
 *
 * Opens the state; repositories are opened when they are needed. A state that was made by `pps init --replay` can be used with the
 * repositories that were marked in it, and with no others.
 *
 * Return: PPS_OK; PPS_E_CONFIG: no repository has `from`, there is no state yet, or a repository is not one of the replay's;
 * PPS_E_UNSUPPORTED: a state of another version. Blocks: on the state's database. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_open(pps_ctx *ctx, pps_conf *conf, pps_publish **ret_publish, pps_error **err);

/** pps_publish_unref() - release a flow; NULL is fine. Return: NULL. Blocks: until its databases are closed. Since: 0.1 */
PPS_API pps_publish *pps_publish_unref(pps_publish *publish);

/**
 * pps_publish_set() - choose what the next calls look at, and how
 * @publish: the flow
 * @key:     one of
 *           "task"      NAME or NAME:REPOSITORY: only this task; register, dimensions, copy, publish, expire, delete
 *           "repository" only this one; for pps_publish_adopt() and pps_publish_audit()
 *           "now"       ISO 8601, UTC, never in the future: the time to decide for; only on a replay's state, and never behind the last one
 *           "now_scale" "utc" or "tai": the scale of "now"; set before it
 *           "dry_run"   "1": count what is due, and do nothing
 *           "type", "run"       globs: only datasets of these types, runs; for pps_publish_datasets(), as all below
 *           "origin"            only datasets of this origin
 *           "visit", "day_obs"  numbers: only datasets of this visit (or exposure), observing day
 *           "failed", "held"    "1": only those whose last try failed, or that an operator holds
 *           "limit"             at most so many
 * @value:   its value; copied
 * @err:     NULL allowed
 *
 * Return: PPS_OK, or PPS_E_ARG with what was expected. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_set(pps_publish *publish, const char *key, const char *value, pps_error **err);

/**
 * pps_publish_run() - do all that is due
 * @publish:    the flow
 * @ret_report: a row for each task and repository with something done, failed or put off; set on success only; release with
 *              pps_publish_report_free()
 * @err:        NULL allowed
 *
 * Holds the lock of the flow meanwhile: another run waits as long as pps_ctx_set_wait() says, then PPS_E_LOCKED. Datasets that fail are
 * tried again later, the first time by the next run, then after growing waits; a repository that is down delays no other. What an earlier
 * run that was killed left open is found out first.
 *
 * Return: PPS_OK also when datasets failed, repositories are down, or an operator holds the flow (see the report); PPS_E_HELD: the clocks
 * disagree, or lie behind the ledger; PPS_E_LOCKED, PPS_E_UNAVAILABLE, PPS_E_CANCELLED, ... Blocks: for the whole work. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_run(pps_publish *publish, pps_publish_report **ret_report, pps_error **err);

/**
 * pps_publish_wait() - between two runs: until the next is to look again (tasks.*.every)
 * @publish: the flow
 * @err:     NULL allowed
 *
 * The next run looks at those tasks alone whose time has come. Return: PPS_OK, PPS_E_CANCELLED. Blocks: at most for the shortest `every`.
 * Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_wait(pps_publish *publish, pps_error **err);

/**
 * pps_publish_carry_out() - be a worker: carry out the next order of a service
 * @publish:    the flow, on the configuration of the service: its state, its repositories, a block `workers.kafka`
 * @timeout_ms: how long to wait for an order
 * @err:        NULL allowed
 *
 * The state is only read: just before a repository is written it is asked whether the order still stands. A worker may be killed at any time; its
 * order comes to another. Return: 1: one was carried out and answered; 0: none came, or one that nobody waits for any more; PPS_E_CONFIG: no such
 * block; PPS_E_UNAVAILABLE, ...: call again; PPS_E_CANCELLED. Blocks: for @timeout_ms, then for the whole work. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_carry_out(pps_publish *publish, int64_t timeout_ms, pps_error **err);

/** pps_publish_report_count() - its rows. Blocks: no. Since: 0.1 */
PPS_API size_t pps_publish_report_count(const pps_publish_report *report);
/** pps_publish_report_task() - "register", "dimensions", "copy", "publish", "expire", "delete" of the nth row; NULL past the end. Static. Since: 0.1 */
PPS_API const char *pps_publish_report_task(const pps_publish_report *report, size_t n);
/** pps_publish_report_repository() - the repository of the nth row; NULL past the end. Borrowed from the report. Since: 0.1 */
PPS_API const char *pps_publish_report_repository(const pps_publish_report *report, size_t n);

/* What a number of a row counts. */
enum {
	PPS_PUBLISH_DUE = 0,     /* of a dry run: due now */
	PPS_PUBLISH_DONE = 1,    /* datasets for which it was done; dimensions: visits, exposures and groups that came or were revised */
	PPS_PUBLISH_FAILED = 2,  /* tried again later; why is in the state */
	PPS_PUBLISH_MISSING = 3, /* their files or records were not found where they should be */
	PPS_PUBLISH_PUT_OFF = 4  /* found, just before, that it may not be done now */
};
/** pps_publish_report_number() - of the nth row, by PPS_PUBLISH_*; 0 past the end and for what is not known. Blocks: no. Since: 0.1 */
PPS_API int64_t pps_publish_report_number(const pps_publish_report *report, size_t n, int what);
/** pps_publish_report_down() - names and reasons of repositories that could not be worked with, and of blocks of "intake" of which nothing came in
 * ("intake.kafka: ..."), line by line; "" for none. Borrowed from the report. Since: 0.1 */
PPS_API const char *pps_publish_report_down(const pps_publish_report *report);
/** pps_publish_report_is_held() - 1 when an operator holds the whole flow, else 0. Blocks: no. Since: 0.1 */
PPS_API int pps_publish_report_is_held(const pps_publish_report *report);
/** pps_publish_report_free() - release a report; NULL is fine. Since: 0.1 */
PPS_API void pps_publish_report_free(pps_publish_report *report);

/**
 * pps_publish_status() - how many datasets are where, what is due, and what is in trouble
 * @publish:  the flow
 * @ret_json: a JSON document; owned by the caller, release with pps_free(). Set on success only
 * @err:      NULL allowed
 *
 * From counts that are kept beside every change, an index of what is due, and the list of what failed: its cost grows with these two, not with
 * the number of datasets. Looks at no repository and takes no lock. Keys: `repositories` (names), `types` (`type`, `n`, `has_policy`: false: they are
 * held, since no policy matches; and `repositories`: by name, numbers by status), `next` (`task`, `repository`, `n`
 * waiting and `due` now), `trouble` (of at most 100 datasets, an entry for each repository where they failed: `id`, `type`,
 * `repository`, `attempts`, `error`, `not_before`), `unknown` (UUIDs that the first repository does not
 * know yet), `intake` (`pending` and `dead_letters`: how many
 * batches wait for their file, and messages were put aside; at most 100 of each in `batches` and `letters`), `policy` ("in force", or "waits": another is configured and not accepted),
 * `dimensions` (by repository, dimension records that are looked at again: `repository`, `waiting`, `due` now, `revised` and `failed` of them, and the
 * `error` of one that failed).
 *
 * Return: PPS_OK, ... Blocks: on the state's database. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_status(pps_publish *publish, char **ret_json, pps_error **err);

/* One dataset as a JSON document, valid for the call. A negative return stops, and is returned. */
typedef int (*pps_publish_dataset_fn)(const char *json, void *user);

/**
 * pps_publish_datasets() - the datasets that the state knows, as pps_publish_set() chose them
 * @publish: the flow
 * @fn:      called for each in the order of their UUIDs; keys: `id`, `type`, `run`, `origin`, `instrument`, `data_id`, `visit`, `day_obs`, `end`,
 *           `held`, `pinned`, `withdrawn`, `adopted`, `status` and `since` (by repository; null: never), `next` (`task`, `repository`, `due`; null: nothing is only a matter of
 *           time), `attempts`, `error` (of the last failure), `failures` (by repository: `repository`, `attempts`, `error`, `not_before`: until when it
 *           waits there); times are ISO 8601, TAI
 * @user:    handed to @fn
 * @err:     NULL allowed
 *
 * Return: PPS_OK, ... Blocks: on the state's database. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_datasets(pps_publish *publish, pps_publish_dataset_fn fn, void *user, pps_error **err);

/**
 * pps_publish_datasets_table() - the same datasets as columns
 * @publish:   the flow
 * @flags:     PPS_TABLE_UTC: times in UTC; 0: TAI
 * @ret_table: set on success only; release with pps_table_free(), before or after the flow. Columns: texts `id` (UUID), `type`, `run`, `origin`,
 *             `instrument`, `data_id` (JSON), `next_task`, `next_repository`, `error`; numbers `visit`, `detector`, `day_obs`, `attempts`; times
 *             `end`, `registered`, `next_due`; truth values `held`, `pinned`, `withdrawn`, `adopted`; and for each repository the text
 *             `status_REPOSITORY` ("never", "present", "missing", "deleted", "expired") and the time `since_REPOSITORY`
 * @err:       NULL allowed
 *
 * Values and order as of pps_publish_datasets(), times to the nanosecond; null is what has none: a dataset without a visit, an end that is unknown,
 * nothing that is next. The table is in memory, about half a kilobyte for each dataset: choose, or set "limit". Return: PPS_OK, PPS_E_NOMEM, ...
 * Blocks: on the state's database. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_datasets_table(pps_publish *publish, int flags, pps_table **ret_table, pps_error **err);

/**
 * pps_publish_status_table() - how many datasets of which type are where, as columns
 * @publish:   the flow
 * @ret_table: set on success only; release with pps_table_free(), before or after the flow. Columns: texts `type`, `repository`, `status`; the
 *             number `n`; the truth value `has_policy` (false: they are held, since no policy matches)
 * @err:       NULL allowed
 *
 * A row for each type, repository and status that some dataset has there; the numbers of the key `types` of pps_publish_status(). Return: PPS_OK, ...
 * Blocks: on the state's database. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_status_table(pps_publish *publish, pps_table **ret_table, pps_error **err);

/**
 * pps_publish_explain() - what a dataset is, where it is, what happened, what is next, when, by which rule, and what holds it
 * @publish:  the flow
 * @id:       its UUID
 * @ret_json: a JSON document; owned by the caller, release with pps_free(). Set on success only. Keys as of pps_publish_datasets(), and
 *            `rule`, `history` (entries of the ledger), `plan` (for each repository `task`, `due`, and `words`), `dimensions` (how its visit, exposure
 *            and group are in each repository: `dimension`, `value`, `repository`, `status`: "never", "initial", "revised", `looked`, `revised`,
 *            `next_look`: when they are compared with the first repository again, `error`), `words` (all of it as a list of lines)
 * @err:      NULL allowed
 *
 * Return: PPS_OK; PPS_E_NOTFOUND: the state does not know it. Blocks: on the state's database. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_explain(pps_publish *publish, const char *id, char **ret_json, pps_error **err);

/**
 * pps_publish_register() - register the datasets of a list
 * @publish:  the flow; with "dry_run" nothing is written
 * @uri:      the list: a path or URI that ends in .json or .csv. JSON: {"batch_id": UUID, "datasets": [UUID, ...]}, or the array alone; CSV: a header
 *            line with a column `id`, maybe `origin`. At most 32 MiB
 * @origin:   of those for which the list says none; NULL: not said
 * @ret_json: a JSON document; owned by the caller, release with pps_free(). Set on success only. Keys: `list`; `new`: added to the state,
 *            `held`: of these, those whose type no policy knows, or whose origin nobody has named (intake.origins); `known`: they were there;
 *            `unknown`: the first repository does not have them; they are kept and looked up again by later runs; `ignored`: columns that mean
 *            nothing, or null
 * @err:      NULL allowed
 *
 * Registering again changes nothing. Takes no lock (but for the first time on a new state); goes by thousands, so that a failure may leave a part
 * registered. Return: PPS_OK; PPS_E_FORMAT: no such list, with line and what was expected; PPS_E_ARG: @origin; PPS_E_NOTFOUND,
 * PPS_E_UNAVAILABLE, ... Blocks: for the whole work. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_register(pps_publish *publish, const char *uri, const char *origin, char **ret_json, pps_error **err);

/**
 * pps_publish_retry_letters() - have dead letters of the intake tried again
 * @publish:  the flow; with "dry_run" they are counted
 * @reason:   why, for the record
 * @ret_json: a JSON document; owned by the caller, release with pps_free(). Set on success only. Keys: `revived`: messages whose batch file the
 *            next run reads; `left`: those that still cannot be read
 * @err:      NULL allowed
 *
 * Messages of `intake.kafka.topic` that were put aside since they, or their batch files, could not be read: pps_publish_status() lists
 * them. Return: PPS_OK, PPS_E_ARG, ... Blocks: on the state's database. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_retry_letters(pps_publish *publish, const char *reason, char **ret_json, pps_error **err);

/**
 * pps_publish_adopt() - build the state from repositories that hold datasets already
 * @publish:  the flow; "repository", "type" and "run" of pps_publish_set() choose; with "dry_run" it is only counted
 * @who:      who says so, such as "user@host"
 * @ret_json: a JSON document; owned by the caller, release with pps_free(). Set on success only. Keys: `action`, `dry_run`, `looked`: datasets that
 *            the repositories were asked for, `new`: those that the state did not know, `types` (how many of each), `repositories`
 *            (by name, numbers by status)
 * @err:      NULL allowed
 *
 * Without "type" the dataset types that a policy names. What has files is present; what is known and has none is deleted; in public
 * repositories what is in the collection of what is available was published when it was ingested, what is in that of what has expired has
 * expired. Nothing of it is expired or deleted before an operator confirms it by "unpin" of pps_publish_command(); and before the first repository
 * lets go of it then, its copies are compared with it, byte for byte. What the state knows stays as it is, so that it may be
 * repeated, and goes on where it ended. Takes no lock (but for the first time on a new state).
 *
 * Return: PPS_OK; PPS_E_UNAVAILABLE: a repository is down, and nobody knows what it has; PPS_E_HELD (clocks), ... Blocks: for the whole work,
 * in proportion to the datasets. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_adopt(pps_publish *publish, const char *who, char **ret_json, pps_error **err);

enum {
	PPS_AUDIT_DEEP = 1,  /* files are read and compared with their source, and files that no record names are looked for */
	PPS_AUDIT_REPAIR = 2 /* what can be mended without risk is mended; no file is deleted */
};

/* One finding as a JSON document, valid for the call. A negative return stops, and is returned. */
typedef int (*pps_publish_finding_fn)(const char *json, void *user);

/**
 * pps_publish_audit() - compare the state with each repository, its files and links
 * @publish:  the flow; "repository", "type" and "run" of pps_publish_set() choose; with "dry_run" nothing is mended
 * @flags:    PPS_AUDIT_*
 * @who:      who says so, for the ledger; NULL unless it is to mend
 * @fn:       called for each finding; keys: `id` (null: of no dataset), `type`, `run`, `file` (null: of none), `repository`, `what`, `mends` (what mends
 *            it), `mended`, `why_not` (null, or why it was not mended)
 * @user:     handed to @fn
 * @ret_json: a JSON document; owned by the caller, release with pps_free(). Set on success only. Keys: `datasets` (of the state that were looked
 *            at), `found`, `mended`, `unasked` (files that could not be looked at), `what` (how many of each), `down` (repositories that could not
 *            be worked with, and why)
 * @err:      NULL allowed
 *
 * Findings come in the order of the datasets' UUIDs. To mend is: to set the state back, so that the flow does it again, or to "missing", so that
 * nothing goes on from there; tags of public repositories, and file records of what has expired. It holds the lock of the flow
 * meanwhile, and has entries in the ledger. Without, what a running service is just doing may be listed.
 *
 * Return: PPS_OK whatever was found; PPS_E_LOCKED: to mend, and a service runs; PPS_E_HELD; what @fn returned; ... Blocks: for the whole work; memory
 * is bounded, but for the names of one run's files. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_audit(pps_publish *publish, int flags, const char *who, pps_publish_finding_fn fn, void *user, char **ret_json,
					   pps_error **err);

/**
 * pps_publish_mark_replay() - let a replay's state be used with the repositories of a configuration
 * @ctx:  borrowed
 * @conf: borrowed; loaded without errors
 * @err:  NULL allowed
 *
 * For states made with PPS_STATE_REPLAY; without it a flow on such a state refuses every repository. Return: PPS_OK; PPS_E_CONFLICT: it is no
 * replay's state. Blocks: on the state's database. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_mark_replay(pps_ctx *ctx, const pps_conf *conf, pps_error **err);

/* ---- administration: short transactions beside a running service, without the flow's lock ---- */

/**
 * pps_publish_command() - hold, let go, keep, withdraw or try again
 * @publish:  the flow; with "dry_run" nothing is changed, only counted
 * @action:   "hold": nothing more is done with them; "unhold": the hold ends, nothing leaves before its embargo does; "pin": kept beyond
 *            their lifetime; "unpin": no longer, and what was adopted may expire; "expire": withdrawn from public repositories now;
 *            "retry": failures are forgotten, so that the next run tries at once; "reverify": what was missing is looked for again
 * @ids:      UUIDs; NULL for those that pps_publish_set() chose: "type", "run", "origin", "visit", "day_obs", "failed"
 * @n:        how many; 0: as chosen
 * @reason:   why; recorded in the ledger with the datasets
 * @who:      who says so, such as "user@host"
 * @ret_json: a JSON document; owned by the caller, release with pps_free(). Set on success only. Keys: `action`, `dry_run`, `chosen`, `changed`
 *            (those that were not so already), `types` (how many of each change), `not_found` (UUIDs that the state does not know),
 *            `under_way` (`task`, `repository`, `n`: chunks that had begun before, and end as they began), and `standing` where a day or
 *            everything is held, also what comes later: whether that changed
 * @err:      NULL allowed
 *
 * "hold" and "unhold" with "day_obs" alone mean the whole day, with nothing at all the whole flow: what comes later too. A running service
 * asks holds again before each chunk. A thousand datasets change at a time, each time with what is next for them.
 *
 * Return: PPS_OK; PPS_E_ARG: no reason, nothing chosen, no UUID, both UUIDs and a choice. Blocks: on the state's database. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_command(pps_publish *publish, const char *action, const char *const *ids, size_t n, const char *reason,
					     const char *who, char **ret_json, pps_error **err);

/**
 * pps_publish_policy_accept() - put the configured policies in force though they act sooner
 * @publish:  the flow; with "dry_run" it is only counted
 * @reason:   why; recorded
 * @who:      who says so
 * @ret_json: a JSON document; owned by the caller, release with pps_free(). Set on success only. Keys: `waits` (whether the configured policies
 *            waited to be accepted), `accepted`, `sooner` and `now`: how many datasets are copied, published, expired and deleted (`copy`, `publish`,
 *            `expire`, `delete`) sooner in some repository, and at once
 * @err:      NULL allowed
 *
 * Return: PPS_OK, PPS_E_ARG (no reason), PPS_E_HELD (clocks), ... Blocks: on databases, in proportion to the datasets. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_policy_accept(pps_publish *publish, const char *reason, const char *who, char **ret_json, pps_error **err);

/**
 * pps_publish_notices() - where each destination of the block `notify` stands
 * @publish:  the flow
 * @ret_json: a JSON document; owned by the caller, release with pps_free(). Set on success only. Keys: `last` (number of the last notice),
 *            `destinations`: `destination` ("feed", "kafka", or the address), `seq` (the last that it has), `waiting`, `lost` (not kept long
 *            enough for one that was given up), `delivered`, `attempts`, `error`, `failing_since`, `next_try`, `given_up`
 * @err:      NULL allowed
 *
 * Return: PPS_OK, ... Blocks: on the state's database. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_notices(pps_publish *publish, char **ret_json, pps_error **err);

/**
 * pps_publish_notices_retry() - try a destination again, also one that was given up
 * @publish:     the flow
 * @destination: as pps_publish_notices() names it
 * @reason:      why; recorded
 * @who:         who says so
 * @err:         NULL allowed
 *
 * The next run goes on where it stood. Return: PPS_OK; PPS_E_NOTFOUND: nothing fails there; PPS_E_ARG: no reason. Blocks: on the state's
 * database. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_publish_notices_retry(pps_publish *publish, const char *destination, const char *reason, const char *who,
						   pps_error **err);

#ifdef __cplusplus
}
#endif
#endif
