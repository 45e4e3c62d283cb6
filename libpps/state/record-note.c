/* SPDX-License-Identifier: BSD-3-Clause */
/* Which records datasets need, when they are registered. */
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "butler/arena.h"
#include "state/dataset-private.h"

struct notes {
	const pps_record_targets *targets;
	pps_arena *texts;
	pps_map *known;            /* of key and ordinal: its place in the list, and one */
	pps_record_place *at;
	uint8_t *revises;          /* of each: its looks begin anew */
	size_t n, cap, revises_cap;
	struct said {
		const pps_dataset_row *row;
		const char *number; /* in its data ID */
		size_t size;
	} said[PPS_RECORD_GROUP + 1]; /* last, by dimension: rows come by visit */
};

static void clear(struct notes *n)
{
	pps_arena_free(n->texts);
	pps_map_free(n->known);
	free(n->at);
	free(n->revises);
}

/* Each place once: what one dataset says of it adds to what another one said. */
static int note_in(struct notes *n, const pps_record_place *place, int revises, pps_error **err)
{
	_cleanup_buf_ pps_buf key = PPS_BUF_LINE;
	void *found = NULL;
	pps_record_place *one;
	int r;

	pps_buf_printf(&key, "%d %d %s %s", place->dimension, place->ordinal, place->instrument, place->value);
	if ((r = pps_buf_check(&key, "dimension record", err)) < 0)
		return r;
	if (pps_map_get_text(n->known, pps_buf_text(&key), &found)) {
		size_t k = (uintptr_t)found - 1;

		n->at[k].is_ahead |= place->is_ahead;
		n->at[k].next_look = place->next_look < n->at[k].next_look ? place->next_look : n->at[k].next_look;
		n->revises[k] |= (uint8_t)revises;
		return PPS_OK;
	}
	if (pps_grow(&n->at, &n->cap, n->n, sizeof *n->at) < 0 || pps_grow(&n->revises, &n->revises_cap, n->n, 1) < 0 ||
	    pps_map_set_text(n->known, pps_buf_text(&key), (void *)(uintptr_t)(n->n + 1)) < 0)
		return pps_fail_nomem(err);
	n->revises[n->n] = (uint8_t)revises;
	one = &n->at[n->n++];
	*one = *place;
	one->instrument = pps_arena_name(n->texts, place->instrument);
	one->value = pps_arena_name(n->texts, place->value);
	return one->instrument && one->value ? PPS_OK : pps_arena_fail(n->texts, "dimension records", err);
}

static int is_revising(const pps_dataset_row *row)
{
	return !strcmp(row->type, PPS_RECORD_REVISING_TYPE);
}

static int note_value(struct notes *n, const pps_dataset_row *row, int dimension, const char *value, pps_error **err)
{
	const int64_t now = n->targets->now;
	int r = PPS_OK;

	for (size_t i = 0; i < n->targets->n && r == PPS_OK; i++) {
		/* what no policy lets go anywhere, and what is public, is not brought ahead of anything */
		const int is_ahead = row->next.task && !n->targets->at[i].is_public;
		const pps_record_place place = { .instrument = row->instrument, .dimension = dimension, .value = value, .ordinal = n->targets->at[i].ordinal,
						 .day_obs = row->day_obs, .is_ahead = is_ahead, .since = now,
						 .next_look = !now ? 1 : is_ahead || is_revising(row) ? now : pps_record_next_look(now, now) };

		r = note_in(n, &place, is_revising(row), err);
	}
	return r;
}

/* Where the value of a key begins, or NULL. In a flat object a quoted name before a colon is a key. */
static const char *value_of(const char *data_id, const char *name)
{
	const size_t n = strlen(name);

	for (const char *p = data_id; (p = strstr(p, name)); p += n) {
		const char *after = p + n;

		if (p == data_id || p[-1] != '"' || *after++ != '"')
			continue;
		after += strspn(after, " ");
		if (*after == ':')
			return after + 1 + strspn(after + 1, " ");
	}
	return NULL;
}

static int note_text(struct notes *n, const pps_dataset_row *row, int dimension, pps_error **err)
{
	json_t *id = NULL;
	json_error_t where;
	const json_t *value;
	int r = PPS_OK;

	if (pps_json_parse(row->data_id, strlen(row->data_id), 0, &id, &where) < 0)
		return PPS_OK;
	value = json_object_get(id, pps_record_dimension_name(dimension));
	if (json_is_string(value))
		r = note_value(n, row, dimension, json_string_value(value), err);
	json_decref(id);
	return r;
}

/* Nothing that the one before did not say of the same record. */
static int is_said(const struct notes *n, const pps_dataset_row *row, int dimension, const char *number, size_t size)
{
	const struct said *last = &n->said[dimension];

	return last->row && size == last->size && !memcmp(number, last->number, size) && !strcmp(row->instrument, last->row->instrument) &&
	       !row->next.task == !last->row->next.task && is_revising(row) == is_revising(last->row);
}

static int note_number(struct notes *n, const pps_dataset_row *row, int dimension, const char *number, pps_error **err)
{
	const size_t size = strspn(number, "-0123456789");
	char text[24];

	if (!size || size >= sizeof text || is_said(n, row, dimension, number, size))
		return PPS_OK;
	n->said[dimension] = (struct said){ row, number, size };
	memcpy(text, number, size);
	text[size] = '\0';
	return note_value(n, row, dimension, text, err);
}

static int note_row(struct notes *n, const pps_dataset_row *row, pps_error **err)
{
	int r = PPS_OK;

	for (int dimension = PPS_RECORD_VISIT; *row->instrument && dimension <= PPS_RECORD_GROUP && r == PPS_OK; dimension++) {
		const char *value = value_of(row->data_id, pps_record_dimension_name(dimension));

		if (value)
			r = *value == '"' ? note_text(n, row, dimension, err) : note_number(n, row, dimension, value, err);
	}
	return r;
}

#define CONFLICT "ON CONFLICT (instrument, dimension, value, ordinal) DO UPDATE SET next_look = excluded.next_look, is_ahead = "

static int write_notes(pps_sql *sql, struct notes *n, pps_error **err)
{
	_cleanup_free_ pps_record_place *some = calloc(n->n + 1, sizeof *some);
	size_t count[2] = { 0 };
	int r;

	if (!some)
		return pps_fail_nomem(err);
	/* those that are revised to the front */
	for (int revises = 1; revises >= 0; revises--)
		for (size_t i = 0; i < n->n; i++) {
			if (n->revises[i] != revises)
				continue;
			some[count[0] + count[1]] = n->at[i];
			count[revises]++;
		}
	if ((r = pps_records_write(sql, some, count[1], CONFLICT "CASE WHEN excluded.is_ahead = 1 THEN 1 ELSE dimension_record.is_ahead END, "
				   "since = excluded.since", err)) < 0)
		return r;
	return pps_records_write(sql, some + count[1], count[0], CONFLICT "1 WHERE dimension_record.is_ahead = 0 AND excluded.is_ahead = 1", err);
}

int pps_records_note(pps_sql *sql, const pps_dataset_row *const *rows, size_t n, const pps_record_targets *targets, pps_error **err)
{
	_cleanup_(clear) struct notes notes = { .targets = targets, .known = pps_map_new() };
	int r;

	if (!targets || !targets->n || !n)
		return PPS_OK;
	if (!notes.known)
		return pps_fail_nomem(err);
	if ((r = pps_arena_new((size_t)pps_ctx_memory(pps_sql_ctx(sql)), &notes.texts, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if ((r = note_row(&notes, rows[i], err)) < 0)
			return r;
	return write_notes(sql, &notes, err);
}
