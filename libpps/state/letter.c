/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages that could not be read, of both flows: kept with their place until an operator wants them tried again. */
#include <string.h>

#include "base/codec.h"
#include "state/arrival.h"
#include "state/intake.h"
#include "state/state-private.h"

void pps_state_readable(pps_buf *b, const char *content, size_t size)
{
	for (size_t i = 0; i < size && b->size < PPS_LETTER_MOST;) {
		unsigned char c = (unsigned char)content[i];
		size_t n = (c < ' ' && c != '\n' && c != '\t') || c == 127 ? 0 : pps_utf8_length(content + i, size - i);

		if (n)
			pps_buf_add(b, content + i, n);
		else
			pps_buf_printf(b, "\\x%02x", c);
		i += n ? n : 1;
	}
}

char *pps_state_readable_text(const char *text)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	pps_state_readable(&b, text ? text : "", text ? strlen(text) : 0);
	return pps_buf_take(&b);
}

static int fill(const pps_dead_letter *l, int64_t at, char **texts, pps_sql_value *v, pps_error **err)
{
	_cleanup_buf_ pps_buf reason = PPS_BUF_LINE, content = PPS_BUF_LINE;

	pps_state_readable(&reason, l->reason, strlen(l->reason));
	pps_state_readable(&content, l->content ? l->content : "", l->size);
	if (!(texts[0] = pps_buf_take(&reason)) || !(texts[1] = pps_buf_take(&content)))
		return pps_fail_nomem(err);
	v[0] = pps_sql_text(l->place.topic);
	v[1] = pps_sql_int(l->place.part);
	v[2] = pps_sql_int(l->place.position);
	v[3] = pps_sql_int(at);
	v[4] = pps_sql_text(texts[0]);
	v[5] = pps_sql_text(texts[1]);
	return PPS_OK;
}

int pps_dead_letters_insert(pps_sql *sql, const pps_dead_letter *letters, size_t n, int64_t at, int64_t *ret_added, pps_error **err)
{
	static const pps_sql_column columns[] = { { "topic", PPS_SQL_TEXT }, { "part", PPS_SQL_INT },    { "position", PPS_SQL_INT },
						  { "at", PPS_SQL_INT },     { "reason", PPS_SQL_TEXT }, { "content", PPS_SQL_TEXT } };
	const size_t width = PPS_COUNT(columns);
	_cleanup_free_ pps_sql_value *values = calloc(n * width + 1, sizeof *values);
	char **texts = calloc(2 * n + 1, sizeof *texts);
	int r = values && texts ? PPS_OK : pps_fail_nomem(err);

	for (size_t i = 0; r == PPS_OK && i < n; i++)
		r = fill(&letters[i], at, texts + 2 * i, values + i * width, err);
	if (r == PPS_OK && n)
		r = pps_sql_insert(sql, "dead_letter", columns, width, values, n, "ON CONFLICT DO NOTHING", ret_added, err);
	pps_sql_names_free(texts, texts ? 2 * n : 0);
	return r;
}

struct insertion {
	const pps_dead_letter *letter;
	int64_t added;
};

static int insert(pps_sql *sql, void *user, pps_error **err)
{
	struct insertion *i = user;
	int64_t now;
	int r = pps_tai_now(&now, err);

	i->added = 0;
	return r < 0 ? r : pps_dead_letters_insert(sql, i->letter, 1, now, &i->added, err);
}

int pps_state_dead_letter(pps_state *state, const char *topic, int64_t part, int64_t position, const char *reason, const void *content,
			  size_t size, int *ret_new, pps_error **err)
{
	pps_dead_letter letter = { .place = { topic, part, position }, .reason = reason, .content = content, .size = size };
	struct insertion i = { .letter = &letter };
	int r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, insert, &i, err);

	if (r < 0)
		return pps_wrap(err, r, "state: dead letter");
	if (ret_new)
		*ret_new = i.added > 0;
	return PPS_OK;
}

int pps_state_dead_letters(pps_state *state, const char *topic, const pps_message_place *after, size_t limit, pps_dead_letter_fn fn, void *user,
			   pps_error **err)
{
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_text(topic ? topic : ""), pps_sql_int(limit ? (int64_t)limit : INT64_MAX),
				   pps_sql_text(after ? after->topic : ""), pps_sql_int(after ? after->part : -1), pps_sql_int(after ? after->position : -1) };
	int r = pps_sql_query(state->sql, "SELECT topic, part, position, at, reason, content FROM {dead_letter} WHERE ($1 = '' OR topic = $1) "
			      "AND (topic > $3 OR (topic = $3 AND (part > $4 OR (part = $4 AND position > $5)))) "
			      "ORDER BY topic, part, position LIMIT $2", params, PPS_COUNT(params), &rows, err);

	if (r < 0)
		return pps_wrap(err, r, "state: dead letters");
	while ((r = pps_sql_next(rows, err)) == 1) {
		pps_dead_letter l = { .place = { pps_sql_get_text(rows, 0), pps_sql_get_int(rows, 1), pps_sql_get_int(rows, 2) },
				      .at = pps_sql_get_int(rows, 3), .reason = pps_sql_get_text(rows, 4), .content = pps_sql_get_text(rows, 5),
				      .size = pps_sql_get_size(rows, 5) };

		if ((r = fn(&l, user, err)) < 0)
			return r;
	}
	return r < 0 ? pps_wrap(err, r, "state: dead letters") : PPS_OK;
}

int pps_state_dead_letter_count(pps_state *state, const char *topic, int64_t *ret_n, pps_error **err)
{
	pps_sql_value param = pps_sql_text(topic ? topic : "");

	return pps_state_count(state, "SELECT count(*) FROM {dead_letter} WHERE $1 = '' OR topic = $1", &param, 1, ret_n, err);
}

struct revival {
	const pps_pending_batch *batch;
	const char *reason, *who;
};

static int revive(pps_sql *sql, void *user, pps_error **err)
{
	const struct revival *v = user;
	const pps_pending_batch *b = v->batch;
	pps_sql_value params[8] = { pps_sql_text(b->place.topic), pps_sql_int(b->place.part), pps_sql_int(b->place.position) };
	char what[64];
	int64_t n, now;
	int r;

	if ((r = pps_tai_now(&now, err)) < 0 ||
	    (r = pps_sql_exec(sql, "DELETE FROM {dead_letter} WHERE topic = $1 AND part = $2 AND position = $3", params, 3, &n, err)) < 0)
		return r;
	if (!n)
		return pps_fail(err, PPS_E_NOTFOUND, "there is no dead letter at %s %lld:%lld", b->place.topic, (long long)b->place.part,
				(long long)b->place.position);
	params[3] = pps_sql_uuid(b->batch);
	params[4] = pps_sql_text(b->origin);
	params[5] = pps_sql_text(b->file);
	params[6] = pps_sql_int(now);
	if ((r = pps_sql_exec(sql, "INSERT INTO {intake_batch} (topic, part, position, batch, origin, file, since, attempts, next_try) "
			      "VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $7) ON CONFLICT DO NOTHING", params, 7, NULL, err)) < 0)
		return r;
	snprintf(what, sizeof what, "retry of the message at %lld:%lld", (long long)b->place.part, (long long)b->place.position);
	params[0] = pps_sql_int(now);
	params[1] = pps_sql_text(v->who);
	params[2] = pps_sql_text(what);
	params[3] = pps_sql_text(v->reason);
	return pps_sql_exec(sql, "INSERT INTO {operator_event} (at, who, action, flow, instrument, id, day_obs, reason) "
			    "VALUES ($1, $2, $3, 'publish', '', 0, 0, $4)", params, 4, NULL, err);
}

int pps_state_dead_letter_revive(pps_state *state, const pps_pending_batch *batch, const char *reason, const char *who, pps_error **err)
{
	struct revival v = { .batch = batch, .reason = reason, .who = who };
	int r;

	if (!reason || !*reason || !who || !*who)
		return pps_fail(err, PPS_E_ARG, "retry: a reason and a name are needed");
	r = pps_sql_transact(state->sql, PPS_STATE_ATTEMPTS, revive, &v, err);
	return r < 0 ? pps_wrap(err, r, "state: dead letter") : PPS_OK;
}
