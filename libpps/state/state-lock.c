/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lock of a flow: a session advisory lock on a connection of its own (PostgreSQL), or an open-file-description lock on a file
 * beside the state file (SQLite). Both vanish with their holder, at a server also with its signs of life. The epoch in the database is the
 * fence: whoever lost the lock without noticing cannot write.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "state/state-beat.h"
#include "state/state-private.h"

#define POLL_NS (PPS_NS_PER_S / 5)

struct pps_flow_lock {
	pps_state *state;
	char *flow;
	int64_t epoch;
	pps_sql *sql; /* PostgreSQL: the connection that holds it */
	pps_beat *beat;
	int32_t key[2];
	int fd;       /* SQLite */
	char *path;
};

/* Two numbers for pg_advisory_lock, different for each schema and flow. */
static void make_key(pps_flow_lock *lock, const char *schema)
{
	const char *parts[] = { "pps-flow", schema, lock->flow };
	uint64_t h = 14695981039346656037ull;

	for (size_t i = 0; i < PPS_COUNT(parts); i++)
		for (const char *s = parts[i];; s++) {
			h = (h ^ (unsigned char)*s) * 1099511628211ull;
			if (!*s)
				break;
		}
	lock->key[0] = (int32_t)(h >> 32);
	lock->key[1] = (int32_t)h;
}

/* 1: the statement's answer is true; 0: false. */
static int ask_server(pps_flow_lock *lock, const char *text, pps_error **err)
{
	pps_sql_value params[] = { pps_sql_int(lock->key[0]), pps_sql_int(lock->key[1]) };
	pps_sql_rows *rows = NULL;
	int r;

	pps_beat_enter(lock->beat);
	if ((r = pps_sql_query(lock->sql, text, params, 2, &rows, err)) == PPS_OK && (r = pps_sql_next(rows, err)) == 1)
		r = pps_sql_get_int(rows, 0) > 0;
	pps_sql_rows_free(rows);
	pps_beat_leave(lock->beat);
	return r;
}

static int try_server(pps_flow_lock *lock, pps_error **err)
{
	int r;

	if (!lock->sql) {
		if ((r = pps_state_connect(lock->state->ctx, lock->state->url, 0, &lock->sql, err)) < 0)
			return r;
		make_key(lock, pps_sql_schema(lock->sql));
	}
	return ask_server(lock, "SELECT pg_try_advisory_lock($1::int, $2::int)", err);
}

static int lock_file_path(pps_flow_lock *lock, pps_error **err)
{
	const char *path = strstr(lock->state->url, ":///");
	_cleanup_free_ char *real = NULL;

	if (!path || !path[4] || strcmp(path + 4, ":memory:") == 0)
		return pps_fail(err, PPS_E_UNSUPPORTED, "a state in memory has no lock");
	/* one state, one lock, by whatever links it is called */
	if (!(real = realpath(path + 4, NULL)))
		return pps_fail_errno(err, errno, "%s", path + 4);
	if (asprintf(&lock->path, "%s.%s.lock", real, lock->flow) < 0)
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int try_file(pps_flow_lock *lock, pps_error **err)
{
	struct flock f = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int r;

	if (lock->fd < 0) {
		if ((r = lock_file_path(lock, err)) < 0)
			return r;
		lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (lock->fd < 0)
			return pps_fail_errno(err, errno, "lock file %s", lock->path);
	}
	if (fcntl(lock->fd, F_OFD_SETLK, &f) == 0)
		return 1;
	return errno == EAGAIN || errno == EACCES ? 0 : pps_fail_errno(err, errno, "lock file %s", lock->path);
}

static int try_lock(pps_flow_lock *lock, pps_error **err)
{
	return pps_sql_kind(lock->state->sql) == PPS_SQL_POSTGRES ? try_server(lock, err) : try_file(lock, err);
}

/* "host, process 12, since 2025-12-02 23:59:00 UTC" of who took it last. */
static void describe_holder(pps_flow_lock *lock, pps_buf *b)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value flow = pps_sql_text(lock->flow);
	char since[40];

	if (pps_sql_query(lock->state->sql, "SELECT host, pid, since FROM {writer} WHERE flow = $1", &flow, 1, &rows, NULL) < 0 ||
	    pps_sql_next(rows, NULL) != 1 || pps_sql_is_null(rows, 0) ||
	    pps_time_format(pps_sql_get_int(rows, 2), PPS_SCALE_UTC, 0, ' ', since, NULL) < 0) {
		pps_buf_add_text(b, "another process");
		return;
	}
	pps_buf_printf(b, "%s, process %lld, since %s UTC", pps_sql_get_text(rows, 0), (long long)pps_sql_get_int(rows, 1), since);
}

static int wait_lock(pps_flow_lock *lock, pps_error **err)
{
	int64_t wait = pps_ctx_wait(lock->state->ctx), start = pps_monotonic_now();
	int said = 0, r;

	while ((r = try_lock(lock, err)) == 0) {
		_cleanup_buf_ pps_buf holder = PPS_BUF_LINE;
		int over = wait >= 0 && (pps_monotonic_now() - start) / PPS_NS_PER_S >= wait;

		if (over || !said)
			describe_holder(lock, &holder);
		if (over)
			return pps_fail(err, PPS_E_LOCKED, "the lock of flow %s is held by %s", lock->flow, pps_buf_text(&holder));
		if (!said)
			pps_log(lock->state->ctx, PPS_LOG_NOTICE, "waiting for the lock", "flow", lock->flow, "holder",
				pps_buf_text(&holder), NULL);
		said = 1;
		if ((r = pps_ctx_sleep(lock->state->ctx, POLL_NS, err)) < 0)
			return r;
	}
	return r < 0 ? r : PPS_OK;
}

static int raise_epoch(pps_sql *sql, void *user, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_flow_lock *lock = user;
	pps_sql_value params[4];
	char host[256] = "";
	int64_t now;
	int r;

	gethostname(host, sizeof host - 1);
	if ((r = pps_tai_now(&now, err)) < 0)
		return r;
	params[0] = pps_sql_text(lock->flow);
	params[1] = pps_sql_text(host);
	params[2] = pps_sql_int(getpid());
	params[3] = pps_sql_int(now);
	r = pps_sql_exec(sql, "INSERT INTO {writer} (flow, epoch, host, pid, since) VALUES ($1, 1, $2, $3, $4) ON CONFLICT (flow) "
			 "DO UPDATE SET epoch = writer.epoch + 1, host = excluded.host, pid = excluded.pid, since = excluded.since",
			 params, 4, NULL, err);
	if (r < 0 || (r = pps_sql_query(sql, "SELECT epoch FROM {writer} WHERE flow = $1", params, 1, &rows, err)) < 0 ||
	    (r = pps_sql_next(rows, err)) < 0)
		return r;
	lock->epoch = pps_sql_get_int(rows, 0);
	return PPS_OK;
}

/* The name goes into a file's name and a key. */
static int check_flow(const char *flow, pps_error **err)
{
	if (flow && *flow && strspn(flow, "abcdefghijklmnopqrstuvwxyz_") == strlen(flow))
		return PPS_OK;
	return pps_fail(err, PPS_E_ARG, "no name of a flow: \"%s\"", flow ? flow : "");
}

int pps_state_lock(pps_state *state, const char *flow, pps_flow_lock **ret_lock, pps_error **err)
{
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	int r;

	if ((r = check_flow(flow, err)) < 0)
		return r;
	if (!(lock = calloc(1, sizeof *lock)))
		return pps_fail_nomem(err);
	lock->fd = -1;
	lock->state = pps_state_ref(state);
	if (!(lock->flow = strdup(flow)))
		return pps_fail_nomem(err);
	if ((r = wait_lock(lock, err)) < 0 || (lock->sql && (r = pps_beat_start(lock->sql, &lock->beat, err)) < 0) ||
	    (r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, raise_epoch, lock, err)) < 0)
		return r;
	*ret_lock = TAKE_PTR(lock);
	return PPS_OK;
}

/* The lock is on the file that the name stands for: a removed lock file would let in another holder. */
static int check_file(const pps_flow_lock *lock)
{
	struct stat mine, named;

	return fstat(lock->fd, &mine) == 0 && stat(lock->path, &named) == 0 && mine.st_dev == named.st_dev &&
	       mine.st_ino == named.st_ino;
}

int pps_flow_lock_check(pps_flow_lock *lock, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	int r;

	if ((r = pps_ctx_check(lock->state->ctx, err)) < 0)
		return r;
	if (lock->sql)
		r = ask_server(lock,
			       "SELECT count(*) FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted "
			       "AND objsubid = 2 AND classid = ($1::bigint & 4294967295)::oid AND objid = ($2::bigint & 4294967295)::oid", &e);
	else
		r = check_file(lock);
	if (r == 1 && (r = pps_flow_lock_check_epoch(lock, lock->state->sql, &e)) == PPS_OK)
		return PPS_OK;
	if (r == PPS_E_CANCELLED) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	return pps_fail(err, PPS_E_LOCKED, "the lock of flow %s was lost%s%s", lock->flow, e ? ": " : "", pps_error_message(e));
}

int pps_flow_lock_check_epoch(const pps_flow_lock *lock, pps_sql *sql, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value flow;
	int r;

	if (!lock)
		return PPS_OK;
	flow = pps_sql_text(lock->flow);
	r = pps_sql_query(sql, pps_sql_kind(sql) == PPS_SQL_POSTGRES ? "SELECT epoch FROM {writer} WHERE flow = $1 FOR SHARE" :
									"SELECT epoch FROM {writer} WHERE flow = $1",
			  &flow, 1, &rows, err);
	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	if (r == 1 && pps_sql_get_int(rows, 0) == lock->epoch)
		return PPS_OK;
	return pps_fail(err, PPS_E_LOCKED, "another process has taken over the flow %s", lock->flow);
}

int pps_state_epoch(pps_state *state, const char *flow, int64_t *ret_epoch, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	const pps_sql_value param = pps_sql_text(flow);
	int r;

	if ((r = pps_sql_query(state->sql, "SELECT epoch FROM {writer} WHERE flow = $1", &param, 1, &rows, err)) < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	*ret_epoch = r == 1 ? pps_sql_get_int(rows, 0) : 0;
	return PPS_OK;
}

int64_t pps_flow_lock_epoch(const pps_flow_lock *lock)
{
	return lock->epoch;
}

void pps_flow_lock_free(pps_flow_lock *lock)
{
	if (!lock)
		return;
	pps_beat_stop(TAKE_PTR(lock->beat));
	/* closing alone frees it when the server gets round to it, which may be after the next one has asked */
	if (lock->sql)
		ask_server(lock, "SELECT pg_advisory_unlock($1::int, $2::int)", NULL);
	pps_sql_close(lock->sql);
	if (lock->fd >= 0)
		close(lock->fd);
	free(lock->path);
	free(lock->flow);
	pps_state_unref(lock->state);
	free(lock);
}
