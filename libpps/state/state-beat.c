/* SPDX-License-Identifier: BSD-3-Clause */
#include "state/state-beat.h"

#include <time.h>

#include "base/pool.h"

struct pps_beat {
	pps_sql *sql;
	pthread_t thread;
	pthread_mutex_t lock; /* also for whoever uses the connection */
	pthread_cond_t end;
	int is_ending;
};

/* Whether there is another beat to come. */
static int wait_beat(pps_beat *beat)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PPS_BEAT_EVERY_MS / 1000;
	while (!beat->is_ending && pthread_cond_timedwait(&beat->end, &beat->lock, &until) == 0)
		;
	return !beat->is_ending;
}

/* Ends with its first failure: what it means for the lock, whoever asks for that finds out. */
static void *run(void *arg)
{
	pps_beat *beat = arg;
	int r = PPS_OK;

	pthread_mutex_lock(&beat->lock);
	while (r >= 0 && wait_beat(beat)) {
		_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;

		if ((r = pps_sql_query(beat->sql, "SELECT 1", NULL, 0, &rows, NULL)) == PPS_OK)
			r = pps_sql_next(rows, NULL);
	}
	pthread_mutex_unlock(&beat->lock);
	return NULL;
}

static int set_lease(pps_sql *sql, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value lease = pps_sql_int(PPS_BEAT_LEASE_MS);
	int r = pps_sql_query(sql, "SELECT set_config(name, CAST($1::int AS text), false) FROM pg_catalog.pg_settings WHERE name = 'idle_session_timeout'",
			      &lease, 1, &rows, err);

	return r < 0 || (r = pps_sql_next(rows, err)) < 0 ? r : PPS_OK;
}

int pps_beat_start(pps_sql *sql, pps_beat **ret_beat, pps_error **err)
{
	pps_beat *beat;
	int r;

	if ((r = set_lease(sql, err)) < 0)
		return r;
	if (!(beat = calloc(1, sizeof *beat)))
		return pps_fail_nomem(err);
	beat->sql = sql;
	pthread_mutex_init(&beat->lock, NULL);
	pps_cond_init(&beat->end);
	if ((r = pps_thread_start(&beat->thread, run, beat))) {
		pthread_cond_destroy(&beat->end);
		pthread_mutex_destroy(&beat->lock);
		free(beat);
		return pps_fail_errno(err, r, "a thread that keeps a lock");
	}
	*ret_beat = beat;
	return PPS_OK;
}

void pps_beat_enter(pps_beat *beat)
{
	if (beat)
		pthread_mutex_lock(&beat->lock);
}

void pps_beat_leave(pps_beat *beat)
{
	if (beat)
		pthread_mutex_unlock(&beat->lock);
}

void pps_beat_stop(pps_beat *beat)
{
	if (!beat)
		return;
	pthread_mutex_lock(&beat->lock);
	beat->is_ending = 1;
	pthread_cond_signal(&beat->end);
	pthread_mutex_unlock(&beat->lock);
	pthread_join(beat->thread, NULL);
	pthread_cond_destroy(&beat->end);
	pthread_mutex_destroy(&beat->lock);
	free(beat);
}
