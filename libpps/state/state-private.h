/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this room share. */
#ifndef PPS_STATE_STATE_PRIVATE_H
#define PPS_STATE_STATE_PRIVATE_H

#include "state/state.h"

#define PPS_STATE_ATTEMPTS 6
#define PPS_LEDGER_ZERO "0000000000000000000000000000000000000000000000000000000000000000"

struct pps_state {
	int refs;
	pps_ctx *ctx;
	pps_sql *sql;
	char *url; /* may hold a password */
	char *name;
	int version;
	int is_replay;
};

/* A connection to the state's database; @create: SQLite makes the file. */
int pps_state_connect(pps_ctx *ctx, const char *url, int create, pps_sql **ret_sql, pps_error **err);
/* The URL without its password, for messages. */
int pps_state_describe(const char *url, char **ret_name, pps_error **err);

/* Compares what was applied with what is known: PPS_OK with *ret_version, PPS_E_NOTFOUND (no state here), PPS_E_UNSUPPORTED. */
int pps_state_check_version(pps_sql *sql, int *ret_version, pps_error **err);
int pps_state_migrate(pps_sql *sql, int flags, int *ret_applied, pps_error **err);
/* PPS_E_NOTFOUND: no such value. @ret_value owned by the caller. */
int pps_state_meta(pps_sql *sql, const char *name, char **ret_value, pps_error **err);

/* In the transaction of @sql: PPS_E_LOCKED when the epoch of the lock's flow has moved on; it cannot until the transaction's end. @lock NULL: an
 * administrative change, for which nobody has to stand aside. */
int pps_flow_lock_check_epoch(const pps_flow_lock *lock, pps_sql *sql, pps_error **err);

/* A count(*). */
int pps_state_count(pps_state *state, const char *text, const pps_sql_value *params, size_t nparams, int64_t *ret_n, pps_error **err);
/* As text that every database keeps: what is no UTF-8, and control characters, as "\xNN"; cut where it is long. */
void pps_state_readable(pps_buf *b, const char *content, size_t size);
/* The same of the text of an error, which may quote whatever bytes; "" for NULL. Owned by the caller; NULL: memory ran out. */
char *pps_state_readable_text(const char *text);
/* In the transaction of @sql; those whose place is taken are left out. */
struct pps_dead_letter;
int pps_dead_letters_insert(pps_sql *sql, const struct pps_dead_letter *letters, size_t n, int64_t at, int64_t *ret_added, pps_error **err);

/* In the transaction of @sql, as its last act. */
int pps_ledger_apply(pps_sql *sql, int64_t at, int64_t as_of, const pps_state_change *change, int64_t *ret_seq, pps_error **err);

#endif
