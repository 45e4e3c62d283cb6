/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sign of life on the connection that holds a lock. A process that is stopped, and a host that has lost its power, keep their session at the
 * server, some for hours; the server ends one from which nothing came for PPS_BEAT_LEASE_MS, and with it the lock.
 */
#ifndef PPS_STATE_STATE_BEAT_H
#define PPS_STATE_STATE_BEAT_H

#include "sql/sql.h"

#define PPS_BEAT_LEASE_MS 15000
#define PPS_BEAT_EVERY_MS 3000

typedef struct pps_beat pps_beat;

/* PostgreSQL; @sql is borrowed until pps_beat_stop(), and used by others between pps_beat_enter() and pps_beat_leave() alone (NULL allowed). Servers
 * before version 14 keep idle sessions: there only the connection's end frees a lock. */
int pps_beat_start(pps_sql *sql, pps_beat **ret_beat, pps_error **err);
void pps_beat_enter(pps_beat *beat);
void pps_beat_leave(pps_beat *beat);
/* Blocks: at most for one question to the server. */
void pps_beat_stop(pps_beat *beat);

#endif
