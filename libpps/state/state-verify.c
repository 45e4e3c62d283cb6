/* SPDX-License-Identifier: BSD-3-Clause */
/* That a zip was compared with its source. A short transaction without the flow's lock: it says what was seen, by content, and lets nothing
 * happen by itself. */
#include <string.h>

#include "base/codec.h"
#include "state/state-private.h"

#define SINCE "since="

typedef struct verification {
	const pps_exposure_key *key;
	const char *compared;
} verification;

/* The text in "since=NUMBER TEXT"; NULL when it is none. */
static const char *parse(const char *detail, int64_t *ret_since)
{
	_cleanup_free_ char *number = NULL;
	const char *blank = detail ? strchr(detail, ' ') : NULL;

	if (!blank || strncmp(detail, SINCE, strlen(SINCE)) != 0)
		return NULL;
	number = strndup(detail + strlen(SINCE), (size_t)(blank - detail) - strlen(SINCE));
	return number && pps_int_parse(number, ret_since, NULL) == PPS_OK ? blank + 1 : NULL;
}

const char *pps_exposure_verified(const pps_exposure_state *e, int64_t *ret_since)
{
	const pps_exposure_step *step = e ? pps_exposure_step_of(e, PPS_STEP_VERIFIED, NULL) : NULL;

	return step ? parse(step->detail, ret_since) : NULL;
}

static int read_since(pps_sql *sql, const verification *v, int64_t *ret_since, pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_text(v->key->instrument), pps_sql_int(v->key->id) };
	const char *before;
	int64_t since = INT64_MIN;
	int r = pps_sql_query(sql, "SELECT s.detail FROM {exposure} e LEFT JOIN {exposure_step} s ON s.instrument = e.instrument AND s.id = e.id "
			      "AND s.step = '" PPS_STEP_VERIFIED "' WHERE e.instrument = $1 AND e.id = $2", params, 2, &rows, err);

	if (r < 0 || (r = pps_sql_next(rows, err)) < 0)
		return r;
	if (r == 0)
		return pps_fail(err, PPS_E_NOTFOUND, "exposure %s %lld is not known to the state", v->key->instrument, (long long)v->key->id);
	before = parse(pps_sql_get_text(rows, 0), &since);
	*ret_since = before && v->compared && !strcmp(before, v->compared) ? since : INT64_MIN;
	return PPS_OK;
}

static int verify(pps_sql *sql, void *user, pps_error **err)
{
	const verification *v = user;
	_cleanup_free_ char *detail = NULL;
	pps_sql_value params[4] = { pps_sql_text(v->key->instrument), pps_sql_int(v->key->id) };
	int64_t now, since = INT64_MIN;
	int r;

	if ((r = read_since(sql, v, &since, err)) < 0 || (r = pps_tai_now(&now, err)) < 0)
		return r;
	if (!v->compared)
		return pps_sql_exec(sql, "DELETE FROM {exposure_step} WHERE instrument = $1 AND id = $2 AND step = '" PPS_STEP_VERIFIED "'", params, 2,
				    NULL, err);
	if (since == INT64_MIN || since > now)
		since = now;
	if (asprintf(&detail, SINCE "%lld %s", (long long)since, v->compared) < 0)
		return pps_fail_nomem(err);
	params[2] = pps_sql_int(now);
	params[3] = pps_sql_text(detail);
	return pps_sql_exec(sql, "INSERT INTO {exposure_step} (instrument, id, step, destination, at, as_of, detail) "
			    "VALUES ($1, $2, '" PPS_STEP_VERIFIED "', '', $3, $3, $4) ON CONFLICT (instrument, id, step, destination) DO UPDATE SET "
			    "at = excluded.at, as_of = excluded.as_of, detail = excluded.detail", params, 4, NULL, err);
}

int pps_state_verify(pps_state *state, const pps_exposure_key *key, const char *compared, pps_error **err)
{
	verification v = { .key = key, .compared = compared };

	return pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, verify, &v, err);
}
