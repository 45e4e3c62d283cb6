/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/state.h - the state database: what was done, when, and why
 *
 * One SQLite file or PostgreSQL schema remembers each exposure and the time of each finished step, failures, what
 * an operator holds, and the ledger: an append-only chain of entries, one before and one after each release. Which
 * database it is, the configuration says (`state:`).
 *
 * Threads: a pps_state is used by one thread at a time; different ones are independent.
 * Blocking: functions that talk to the database block, at most for its time limit, and end early after
 * pps_ctx_cancel().
 * Errors that any function below may return: PPS_E_ARG, PPS_E_NOMEM, PPS_E_CANCELLED; those that talk to the
 * database also PPS_E_UNAVAILABLE and PPS_E_TIMEOUT (try again later), PPS_E_ACCESS and PPS_E_FAILED.
 */
#ifndef PPS_STATE_H
#define PPS_STATE_H

#include <pps/conf.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_state pps_state; /* an open state database; one thread at a time */

/* Flags of pps_state_init(). */
enum { PPS_STATE_REPLAY = 1 /* for runs with a chosen time: never for real repositories */ };

/**
 * pps_state_init() - make the state database, or bring an older one up to this version
 * @ctx:         borrowed
 * @conf:        borrowed; names the database
 * @flags:       PPS_STATE_REPLAY or 0; a database that exists keeps what it was made with
 * @ret_applied: NULL allowed; how many migrations were applied, 0 when all were there
 * @err:         NULL allowed; set on failure only; release with pps_error_free()
 *
 * May be called at any time, again, and by several processes at once. All of it happens or nothing.
 *
 * Return: PPS_OK; PPS_E_UNSUPPORTED: a newer version made it; PPS_E_CONFLICT: the database holds tables of
 * something else, or was made with other flags. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_state_init(pps_ctx *ctx, const pps_conf *conf, int flags, int *ret_applied, pps_error **err);

/**
 * pps_state_open() - open the state database
 * @ctx:       borrowed; the state takes its own reference
 * @conf:      borrowed; names the database
 * @ret_state: set on success only; release with pps_state_unref()
 * @err:       NULL allowed; set on failure only; release with pps_error_free()
 *
 * Return: PPS_OK; PPS_E_NOTFOUND: there is none, pps_state_init() makes it; PPS_E_UNSUPPORTED: its version is
 * older (pps_state_init() upgrades it) or newer, or it was changed by hand. Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_state_open(pps_ctx *ctx, const pps_conf *conf, pps_state **ret_state, pps_error **err);

/** pps_state_ref() - one more reference. Return: @state. Threads: one at a time. Blocks: no. Since: 0.1 */
PPS_API pps_state *pps_state_ref(pps_state *state);

/** pps_state_unref() - one reference less; NULL is fine. The last closes the database. Return: NULL. Since: 0.1 */
PPS_API pps_state *pps_state_unref(pps_state *state);

/** pps_state_version() - number of the last migration of the database. Blocks: no. Since: 0.1 */
PPS_API int pps_state_version(const pps_state *state);

/** pps_state_is_replay() - 1 when it was made with PPS_STATE_REPLAY, else 0. Blocks: no. Since: 0.1 */
PPS_API int pps_state_is_replay(const pps_state *state);

/** pps_state_database() - the database in words, without any secret: "SQLite /path". Borrowed. Since: 0.1 */
PPS_API const char *pps_state_database(const pps_state *state);

/**
 * pps_state_ledger_head() - the last entry of the ledger
 * @state:    the state
 * @ret_seq:  set on success only; its number, 0 when the ledger is empty
 * @ret_hash: set on success only; SHA-256 in 64 hex digits, of zeros when the ledger is empty; owned by the
 *            caller, release with pps_free()
 * @err:      NULL allowed
 *
 * A chain does not show that its end was cut off: keep this hash elsewhere. Return: PPS_OK, or as said at the top.
 * Blocks: yes. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_state_ledger_head(pps_state *state, int64_t *ret_seq, char **ret_hash, pps_error **err);

/**
 * pps_state_ledger_verify() - recompute the whole chain of the ledger
 * @state:     the state
 * @ret_count: set on success only, NULL allowed; entries that were verified
 * @err:       NULL allowed; its message names the first entry that is wrong
 *
 * Return: PPS_OK; PPS_E_CONFLICT: an entry was changed, removed or added by hand. Blocks: yes, in proportion to
 * the ledger. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_state_ledger_verify(pps_state *state, int64_t *ret_count, pps_error **err);

#ifdef __cplusplus
}
#endif
#endif
