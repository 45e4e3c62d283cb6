/* SPDX-License-Identifier: BSD-3-Clause */
/* Columns of eight bytes a value; text lives in blocks that never move; a table of row numbers finds keys. */
#include "dimensions/records.h"

#include <string.h>

#include "dimensions/records-private.h"

#define BLOCK (64u << 10)

enum { IS_NULL = 1, IS_EMPTY = 2 };

typedef union word {
	int64_t i;
	double d;
	const char *s;
} word;

typedef struct column {
	word *words;
	int64_t *ends; /* of spans, whose begin is in words */
	uint8_t *flags;
} column;

typedef struct block {
	struct block *next;
	char text[];
} block;

struct pps_records {
	pps_dimensions *dims;
	const pps_element *element;
	column *columns;
	size_t n;
	size_t cap;
	uint32_t *slots; /* row + 1, open addressing; 0: free */
	size_t nslots;
	uint32_t *order; /* rows in the order of the key, as far as @sorted */
	size_t sorted;
	block *blocks;
	char *free_text;
	size_t free_size;
};

pps_records *pps_records_new(pps_dimensions *dims, const pps_element *element)
{
	pps_records *r = calloc(1, sizeof(*r));

	if (!r || !(r->columns = calloc(element->ncolumns, sizeof(*r->columns)))) {
		free(r);
		return NULL;
	}
	r->dims = dims;
	r->element = element;
	return r;
}

void pps_records_free(pps_records *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->element->ncolumns; i++) {
		free(r->columns[i].words);
		free(r->columns[i].ends);
		free(r->columns[i].flags);
	}
	while (r->blocks) {
		block *next = r->blocks->next;

		free(r->blocks);
		r->blocks = next;
	}
	free(r->columns);
	free(r->slots);
	free(r->order);
	free(r);
}

const pps_element *pps_records_element(const pps_records *r)
{
	return r->element;
}

size_t pps_records_size(const pps_records *r)
{
	return r ? r->n : 0;
}

static int regrow(void *array, size_t n, size_t size)
{
	void **p = array;
	void *bigger = reallocarray(*p, n, size);

	if (!bigger)
		return -1;
	*p = bigger;
	return 0;
}

/* Makes room for one more row. */
static int records_grow(pps_records *r, pps_error **err)
{
	size_t cap = r->cap ? r->cap * 2 : 64, row = sizeof(uint32_t) * 3;
	int e;

	if (r->n < r->cap)
		return PPS_OK;
	if (cap > INT32_MAX)
		return pps_fail(err, PPS_E_UNSUPPORTED, "more than %d records of %s", INT32_MAX / 2,
				r->element->name);
	for (size_t i = 0; i < r->element->ncolumns; i++)
		row += r->element->columns[i].type == PPS_COLUMN_SPAN ? 17 : 9;
	if ((e = pps_dimensions_charge(r->dims, (cap - r->cap) * row, err)) < 0)
		return e;
	for (size_t i = 0; i < r->element->ncolumns; i++) {
		column *c = &r->columns[i];

		if (regrow(&c->words, cap, sizeof(word)) < 0 || regrow(&c->flags, cap, 1) < 0 ||
		    (r->element->columns[i].type == PPS_COLUMN_SPAN &&
		     regrow(&c->ends, cap, sizeof(int64_t)) < 0))
			return pps_fail_nomem(err);
	}
	if (regrow(&r->order, cap, sizeof(uint32_t)) < 0)
		return pps_fail_nomem(err);
	r->cap = cap;
	return PPS_OK;
}

static int text_copy(pps_records *r, const char *text, const char **ret, pps_error **err)
{
	size_t size = strlen(text) + 1;
	int e;

	if (size > r->free_size) {
		size_t need = size > BLOCK / 4 ? size : BLOCK;
		block *b;

		if ((e = pps_dimensions_charge(r->dims, need, err)) < 0)
			return e;
		b = malloc(sizeof(*b) + need);
		if (!b)
			return pps_fail_nomem(err);
		b->next = r->blocks;
		r->blocks = b;
		if (need == size) { /* a block of its own: the room left in the last one stays in use */
			memcpy(b->text, text, size);
			*ret = b->text;
			return PPS_OK;
		}
		r->free_text = b->text;
		r->free_size = need;
	}
	memcpy(r->free_text, text, size);
	*ret = r->free_text;
	r->free_text += size;
	r->free_size -= size;
	return PPS_OK;
}

static int is_text(int type)
{
	return type == PPS_COLUMN_STRING || type == PPS_COLUMN_HASH || type == PPS_COLUMN_REGION;
}

static pps_cell cell_of(const pps_records *r, size_t row, size_t col)
{
	const column *c = &r->columns[col];
	int type = r->element->columns[col].type;
	pps_cell cell = { .is_null = !!(c->flags[row] & IS_NULL) };

	if (type == PPS_COLUMN_SPAN)
		cell.span = (pps_timespan){ .begin = c->words[row].i,
					    .end = c->ends[row],
					    .is_null = cell.is_null,
					    .is_empty = !!(c->flags[row] & IS_EMPTY) };
	else if (type == PPS_COLUMN_FLOAT)
		cell.d = c->words[row].d;
	else if (is_text(type))
		cell.s = c->words[row].s;
	else
		cell.i = c->words[row].i;
	return cell;
}

static int double_equal(double a, double b)
{
	return a == b || (a != a && b != b);
}

int pps_cell_equal(const pps_column *spec, const pps_cell *a, const pps_cell *b)
{
	if (a->is_null || b->is_null)
		return a->is_null && b->is_null;
	if (spec->type == PPS_COLUMN_FLOAT)
		return double_equal(a->d, b->d);
	if (is_text(spec->type))
		return !strcmp(a->s, b->s);
	if (spec->type != PPS_COLUMN_SPAN)
		return a->i == b->i;
	if (a->span.is_empty || b->span.is_empty)
		return a->span.is_empty && b->span.is_empty;
	return a->span.begin == b->span.begin && a->span.end == b->span.end;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ p[i]) * UINT64_C(1099511628211);
	return hash;
}

static uint64_t key_hash(const pps_element *e, const pps_cell *key)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < e->nrequired; i++)
		hash = is_text(e->columns[i].type) ? mix(hash, key[i].s, strlen(key[i].s) + 1)
						   : mix(hash, &key[i].i, sizeof(key[i].i));
	return hash ^ hash >> 32;
}

static int key_equal(const pps_records *r, size_t row, const pps_cell *key)
{
	for (size_t i = 0; i < r->element->nrequired; i++) {
		pps_cell cell = cell_of(r, row, i);

		if (!pps_cell_equal(&r->element->columns[i], &cell, &key[i]))
			return 0;
	}
	return 1;
}

/* The slot of a key: that of its row, or the free one where it goes. There is always a free one. */
static size_t slot_of(const pps_records *r, const pps_cell *key)
{
	size_t slot = key_hash(r->element, key) & (r->nslots - 1);

	while (r->slots[slot] && !key_equal(r, r->slots[slot] - 1, key))
		slot = (slot + 1) & (r->nslots - 1);
	return slot;
}

static int slots_grow(pps_records *r, pps_error **err)
{
	size_t nslots = r->nslots ? r->nslots * 2 : 128;
	uint32_t *old;
	int e;

	if (r->n + 1 <= r->nslots / 2)
		return PPS_OK;
	if ((e = pps_dimensions_charge(r->dims, (nslots - r->nslots) * sizeof(*r->slots), err)) < 0)
		return e;
	old = r->slots;
	r->slots = calloc(nslots, sizeof(*r->slots));
	if (!r->slots) {
		r->slots = old;
		return pps_fail_nomem(err);
	}
	free(old);
	r->nslots = nslots;
	for (size_t row = 0; row < r->n; row++) {
		pps_cell key[PPS_KEYS_MAX];

		for (size_t i = 0; i < r->element->nrequired; i++)
			key[i] = cell_of(r, row, i);
		r->slots[slot_of(r, key)] = (uint32_t)row + 1;
	}
	return PPS_OK;
}

static int cells_check(const pps_element *e, const pps_cell *cells, pps_error **err)
{
	for (size_t i = 0; i < e->ncolumns; i++)
		if (cells[i].is_null && !e->columns[i].nullable)
			return pps_fail(err, PPS_E_FORMAT, "%s.%s has no value", e->name, e->columns[i].name);
	return PPS_OK;
}

static int row_equal(const pps_records *r, size_t row, const pps_cell *cells)
{
	for (size_t i = r->element->nrequired; i < r->element->ncolumns; i++) {
		pps_cell cell = cell_of(r, row, i);

		if (!pps_cell_equal(&r->element->columns[i], &cell, &cells[i]))
			return 0;
	}
	return 1;
}

static int row_store(pps_records *r, const pps_cell *cells, pps_error **err)
{
	for (size_t i = 0; i < r->element->ncolumns; i++) {
		column *c = &r->columns[i];
		int type = r->element->columns[i].type, e;

		c->flags[r->n] = cells[i].is_null ? IS_NULL : 0;
		c->words[r->n].i = 0;
		if (type == PPS_COLUMN_SPAN)
			c->ends[r->n] = 0;
		if (cells[i].is_null)
			continue;
		if (type == PPS_COLUMN_SPAN) {
			if (cells[i].span.is_empty)
				c->flags[r->n] |= IS_EMPTY;
			c->words[r->n].i = cells[i].span.is_empty ? PPS_TAI_MAX : cells[i].span.begin;
			c->ends[r->n] = cells[i].span.is_empty ? PPS_TAI_MIN : cells[i].span.end;
		} else if (type == PPS_COLUMN_FLOAT) {
			c->words[r->n].d = cells[i].d;
		} else if (!is_text(type)) {
			c->words[r->n].i = type == PPS_COLUMN_BOOL ? !!cells[i].i : cells[i].i;
		} else if ((e = text_copy(r, cells[i].s, &c->words[r->n].s, err)) < 0) {
			return e;
		}
	}
	return PPS_OK;
}

int pps_records_add(pps_records *r, const pps_cell *cells, int *ret_outcome, pps_error **err)
{
	int e = cells_check(r->element, cells, err), outcome = PPS_RECORD_ADDED;
	size_t slot;

	if (e < 0 || (e = records_grow(r, err)) < 0 || (e = slots_grow(r, err)) < 0)
		return e;
	slot = slot_of(r, cells);
	if (r->slots[slot]) {
		outcome = row_equal(r, r->slots[slot] - 1, cells) ? PPS_RECORD_SAME : PPS_RECORD_DIFFERS;
	} else {
		if ((e = row_store(r, cells, err)) < 0)
			return e;
		r->order[r->n] = (uint32_t)r->n;
		r->slots[slot] = (uint32_t)++r->n;
	}
	if (ret_outcome)
		*ret_outcome = outcome;
	return PPS_OK;
}

static int key_compare(const void *a, const void *b, void *user)
{
	const pps_records *r = user;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	for (size_t i = 0; i < r->element->nrequired; i++) {
		const word *words = r->columns[i].words;
		int c = is_text(r->element->columns[i].type)
				? strcmp(words[x].s, words[y].s)
				: (words[x].i > words[y].i) - (words[x].i < words[y].i);

		if (c)
			return c;
	}
	return 0;
}

static size_t row_at(const pps_records *records, size_t n)
{
	pps_records *r = (pps_records *)records;

	if (r->sorted != r->n) {
		qsort_r(r->order, r->n, sizeof(*r->order), key_compare, r);
		r->sorted = r->n;
	}
	return r->order[n];
}

pps_cell pps_records_get(const pps_records *r, size_t n, size_t col)
{
	return cell_of(r, row_at(r, n), col);
}

ptrdiff_t pps_records_find(const pps_records *r, const pps_cell *key)
{
	size_t low = 0, high = r->n, slot, row;

	if (!r->n)
		return -1;
	slot = slot_of(r, key);
	if (!r->slots[slot])
		return -1;
	row = r->slots[slot] - 1;
	while (low < high) { /* its place in the order */
		size_t mid = low + (high - low) / 2;
		uint32_t at = (uint32_t)row_at(r, mid), want = (uint32_t)row;
		int c = key_compare(&at, &want, (void *)r);

		if (!c)
			return (ptrdiff_t)mid;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
}

void pps_records_describe(const pps_records *r, size_t n, pps_buf *b)
{
	for (size_t i = 0; i < r->element->nrequired; i++) {
		pps_cell cell = pps_records_get(r, n, i);

		pps_buf_printf(b, "%s%s=", i ? ", " : "", r->element->required[i]->name);
		if (is_text(r->element->columns[i].type))
			pps_buf_add_text(b, cell.s);
		else
			pps_buf_printf(b, "%lld", (long long)cell.i);
	}
}
