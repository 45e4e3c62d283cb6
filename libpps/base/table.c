/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/table.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/codec.h"
#include "base/time.h"

#define LEAST 64 /* bytes of a buffer: none is without memory */

struct bytes {
	char *at;
	size_t size, cap;
};

typedef struct column {
	char *name;
	int kind;
	int64_t nulls;
	struct bytes valid;     /* a bit for each row, from the first null on */
	struct bytes values;    /* of texts: all of them, one behind the other */
	struct bytes offsets;   /* of texts */
	const void *buffers[3]; /* of these, as the format has them */
} column;

struct pps_table {
	atomic_int refs;
	int flags;
	int failed; /* 0, PPS_E_NOMEM or PPS_E_INTERNAL */
	int64_t rows;
	column *at;
	size_t n, cap;
	size_t next;       /* column of the next cell */
	char metadata[32]; /* of columns with times */
};

/* ---- making one ---- */

/* Room for @more bytes, not set; NULL when memory is out. */
static void *grow(struct bytes *b, size_t more)
{
	char *p;

	if (!b->at || more > b->cap - b->size) {
		size_t want = b->cap ? b->cap : LEAST;

		while (want - b->size < more)
			if (__builtin_mul_overflow(want, (size_t)2, &want))
				return NULL;
		if (!(p = realloc(b->at, want)))
			return NULL;
		b->at = p;
		b->cap = want;
	}
	p = b->at + b->size;
	b->size += more;
	return p;
}

static int add_number(struct bytes *b, int64_t value)
{
	void *p = grow(b, sizeof value);

	if (!p)
		return -1;
	memcpy(p, &value, sizeof value);
	return 0;
}

/* The bit of a row, the first or the one behind the last. */
static int add_bit(struct bytes *b, int64_t row, int value)
{
	if (row % 8 == 0) {
		char *p = grow(b, 1);

		if (!p)
			return -1;
		*p = 0;
	}
	if (value)
		b->at[row / 8] = (char)(b->at[row / 8] | 1 << row % 8);
	return 0;
}

/* Pairs are counted and measured in 32 bits of this machine's order. */
static void say_scale(pps_table *t, const char *scale)
{
	static const char key[] = "time_scale";
	const int32_t n = 1, key_size = (int32_t)strlen(key), size = (int32_t)strlen(scale);
	char *p = t->metadata;

	memcpy(p, &n, sizeof n);
	memcpy(p += sizeof n, &key_size, sizeof key_size);
	memcpy(p += sizeof key_size, key, (size_t)key_size);
	memcpy(p += key_size, &size, sizeof size);
	memcpy(p + sizeof size, scale, (size_t)size);
}

int pps_table_new(int flags, pps_table **ret_table, pps_error **err)
{
	pps_table *t;

	if (flags & ~PPS_TABLE_UTC)
		return pps_fail(err, PPS_E_ARG, "flags of a table: %#x is none of PPS_TABLE_*", (unsigned)(flags & ~PPS_TABLE_UTC));
	if (!(t = calloc(1, sizeof *t)))
		return pps_fail_nomem(err);
	atomic_init(&t->refs, 1);
	t->flags = flags;
	say_scale(t, flags & PPS_TABLE_UTC ? "utc" : "tai");
	*ret_table = t;
	return PPS_OK;
}

int pps_table_add(pps_table *t, int kind, const char *prefix, const char *name, pps_error **err)
{
	column *c;

	if (pps_grow(&t->at, &t->cap, t->n, sizeof *t->at) < 0)
		return pps_fail_nomem(err);
	c = &t->at[t->n];
	*c = (column){ .kind = kind };
	if (asprintf(&c->name, "%s%s", prefix, name) < 0)
		return pps_fail_nomem(err);
	t->n++;
	if (!grow(&c->values, 0) || (kind == PPS_CELL_TEXT && add_number(&c->offsets, 0) < 0))
		return pps_fail_nomem(err);
	return PPS_OK;
}

int pps_table_add_all(pps_table *t, const pps_table_column *columns, size_t n, pps_error **err)
{
	int r = PPS_OK;

	for (size_t i = 0; r == PPS_OK && i < n; i++)
		r = pps_table_add(t, columns[i].kind, "", columns[i].name, err);
	return r;
}

/* ---- cells ---- */

/* Nulls are noted from the first one on: what was before is none. */
static int note_null(column *c, int64_t row, int is_null)
{
	if (is_null && !c->nulls)
		for (int64_t i = 0; i < row; i++)
			if (add_bit(&c->valid, i, 1) < 0)
				return -1;
	if (!is_null && !c->nulls)
		return 0;
	c->nulls += is_null;
	return add_bit(&c->valid, row, !is_null);
}

/* The next column, when it is of this kind, and how its row went on. */
static column *begin(pps_table *t, int kind, int is_null)
{
	column *c = t->failed || !t->n ? NULL : &t->at[t->next];

	if (!c || c->kind != kind || note_null(c, t->rows, is_null) < 0) {
		if (!t->failed)
			t->failed = c && c->kind == kind ? PPS_E_NOMEM : PPS_E_INTERNAL;
		return NULL;
	}
	return c;
}

static void end(pps_table *t, int failed)
{
	if (failed < 0) {
		t->failed = PPS_E_NOMEM;
		return;
	}
	t->next = (t->next + 1) % t->n;
	t->rows += t->next == 0;
}

/* Readers trust in UTF-8: one of them may go astray on anything else. */
static int add_text(struct bytes *b, const char *text)
{
	static const char wrong[] = "\xef\xbf\xbd";
	size_t len = strlen(text), n;
	void *p;

	if (pps_utf8_is_valid(text, len)) {
		if (!(p = grow(b, len)))
			return -1;
		memcpy(p, text, len);
		return 0;
	}
	for (size_t i = 0; i < len; i += n ? n : 1) {
		const char *from = (n = pps_utf8_length(text + i, len - i)) ? text + i : wrong;
		const size_t size = n ? n : sizeof wrong - 1;

		if (!(p = grow(b, size)))
			return -1;
		memcpy(p, from, size);
	}
	return 0;
}

void pps_table_put_text(pps_table *t, const char *text)
{
	column *c = begin(t, PPS_CELL_TEXT, !text);

	if (c)
		end(t, (text && add_text(&c->values, text) < 0) || add_number(&c->offsets, (int64_t)c->values.size) < 0 ? -1 : 0);
}

static void put_number(pps_table *t, int kind, int64_t value, int is_null)
{
	column *c = begin(t, kind, is_null);

	if (c)
		end(t, add_number(&c->values, value));
}

void pps_table_put_int(pps_table *t, int64_t value)
{
	put_number(t, PPS_CELL_INT, value, 0);
}

void pps_table_put_known(pps_table *t, int64_t value)
{
	put_number(t, PPS_CELL_INT, value, !value);
}

void pps_table_put_time(pps_table *t, int64_t tai)
{
	int is_null = tai <= PPS_TAI_MIN || tai >= PPS_TAI_MAX;

	if (!is_null && t->flags & PPS_TABLE_UTC)
		is_null = pps_utc_of_tai(tai, &tai, NULL) < 0;
	put_number(t, PPS_CELL_TIME, is_null ? INT64_MIN : tai, is_null);
}

static void put_bit(pps_table *t, int value, int is_null)
{
	column *c = begin(t, PPS_CELL_BOOL, is_null);

	if (c)
		end(t, add_bit(&c->values, t->rows, value));
}

void pps_table_put_bool(pps_table *t, int value)
{
	put_bit(t, value != 0, 0);
}

void pps_table_put_null(pps_table *t)
{
	switch (t->n ? t->at[t->next].kind : PPS_CELL_TEXT) {
	case PPS_CELL_TEXT:
		pps_table_put_text(t, NULL);
		break;
	case PPS_CELL_INT:
		put_number(t, PPS_CELL_INT, 0, 1);
		break;
	case PPS_CELL_TIME:
		pps_table_put_time(t, PPS_TAI_MIN);
		break;
	default:
		put_bit(t, 0, 1);
	}
}

int pps_table_finish(pps_table *t, pps_error **err)
{
	if (t->failed == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (t->failed || t->next)
		return pps_fail(err, PPS_E_INTERNAL, "a table was filled otherwise than its columns are");
	for (size_t i = 0; i < t->n; i++) {
		column *c = &t->at[i];
		const int is_text = c->kind == PPS_CELL_TEXT;

		c->buffers[0] = c->nulls ? c->valid.at : NULL;
		c->buffers[1] = is_text ? c->offsets.at : c->values.at;
		c->buffers[2] = is_text ? c->values.at : NULL;
	}
	return PPS_OK;
}

static pps_table *ref(pps_table *t)
{
	atomic_fetch_add(&t->refs, 1);
	return t;
}

void pps_table_free(pps_table *t)
{
	if (!t || atomic_fetch_sub(&t->refs, 1) > 1)
		return;
	for (size_t i = 0; i < t->n; i++) {
		free(t->at[i].name);
		free(t->at[i].valid.at);
		free(t->at[i].values.at);
		free(t->at[i].offsets.at);
	}
	free(t->at);
	free(t);
}

/* ---- handing it out: each structure, a child too, has a reference of its own, since it may be moved away and outlive the others ---- */

static void release_column_schema(struct ArrowSchema *s)
{
	pps_table_free(s->private_data);
	s->release = NULL;
}

static void release_schema(struct ArrowSchema *s)
{
	for (int64_t i = 0; i < s->n_children; i++)
		if (s->children[i]->release)
			s->children[i]->release(s->children[i]);
	free(s->children);
	pps_table_free(s->private_data);
	s->release = NULL;
}

static const char *format_of(const pps_table *t, int kind)
{
	switch (kind) {
	case PPS_CELL_TEXT:
		return "U";
	case PPS_CELL_INT:
		return "l";
	case PPS_CELL_TIME:
		return t->flags & PPS_TABLE_UTC ? "tsn:UTC" : "tsn:";
	default:
		return "b";
	}
}

int pps_table_schema(pps_table *t, struct ArrowSchema *ret, pps_error **err)
{
	struct ArrowSchema **children, *at;

	if (!t || !ret)
		return pps_fail(err, PPS_E_ARG, "pps_table_schema: table and ret_schema must not be NULL");
	if (!(children = calloc(t->n + 1, sizeof *children + sizeof **children)))
		return pps_fail_nomem(err);
	at = (struct ArrowSchema *)(children + t->n);
	for (size_t i = 0; i < t->n; i++) {
		const column *c = &t->at[i];

		children[i] = &at[i];
		at[i] = (struct ArrowSchema){
			.format = format_of(t, c->kind), .name = c->name, .metadata = c->kind == PPS_CELL_TIME ? t->metadata : NULL,
			.flags = ARROW_FLAG_NULLABLE, .release = release_column_schema, .private_data = ref(t),
		};
	}
	*ret = (struct ArrowSchema){
		.format = "+s", .name = "", .n_children = (int64_t)t->n, .children = children, .release = release_schema, .private_data = ref(t),
	};
	return PPS_OK;
}

static void release_column(struct ArrowArray *a)
{
	pps_table_free(a->private_data);
	a->release = NULL;
}

static void release_array(struct ArrowArray *a)
{
	for (int64_t i = 0; i < a->n_children; i++)
		if (a->children[i]->release)
			a->children[i]->release(a->children[i]);
	free(a->children);
	pps_table_free(a->private_data);
	a->release = NULL;
}

int pps_table_array(pps_table *t, struct ArrowArray *ret, pps_error **err)
{
	static const void *no_nulls[1];
	struct ArrowArray **children, *at;

	if (!t || !ret)
		return pps_fail(err, PPS_E_ARG, "pps_table_array: table and ret_array must not be NULL");
	if (!(children = calloc(t->n + 1, sizeof *children + sizeof **children)))
		return pps_fail_nomem(err);
	at = (struct ArrowArray *)(children + t->n);
	for (size_t i = 0; i < t->n; i++) {
		column *c = &t->at[i];

		children[i] = &at[i];
		at[i] = (struct ArrowArray){
			.length = t->rows, .null_count = c->nulls, .n_buffers = c->kind == PPS_CELL_TEXT ? 3 : 2, .buffers = c->buffers,
			.release = release_column, .private_data = ref(t),
		};
	}
	*ret = (struct ArrowArray){
		.length = t->rows, .n_buffers = 1, .buffers = no_nulls, .n_children = (int64_t)t->n, .children = children, .release = release_array,
		.private_data = ref(t),
	};
	return PPS_OK;
}

/* ---- as a stream ---- */

struct stream {
	pps_table *table;
	int is_read;
};

static int stream_schema(struct ArrowArrayStream *s, struct ArrowSchema *out)
{
	const struct stream *own = s->private_data;

	return pps_table_schema(own->table, out, NULL) < 0 ? ENOMEM : 0;
}

static int stream_next(struct ArrowArrayStream *s, struct ArrowArray *out)
{
	struct stream *own = s->private_data;

	if (own->is_read) {
		*out = (struct ArrowArray){ 0 };
		return 0;
	}
	if (pps_table_array(own->table, out, NULL) < 0)
		return ENOMEM;
	own->is_read = 1;
	return 0;
}

static const char *stream_error(_unused_ struct ArrowArrayStream *s)
{
	return NULL;
}

static void release_stream(struct ArrowArrayStream *s)
{
	struct stream *own = s->private_data;

	pps_table_free(own->table);
	free(own);
	s->release = NULL;
}

int pps_table_stream(pps_table *t, struct ArrowArrayStream *ret, pps_error **err)
{
	struct stream *own;

	if (!t || !ret)
		return pps_fail(err, PPS_E_ARG, "pps_table_stream: table and ret_stream must not be NULL");
	if (!(own = calloc(1, sizeof *own)))
		return pps_fail_nomem(err);
	own->table = ref(t);
	*ret = (struct ArrowArrayStream){ .get_schema = stream_schema, .get_next = stream_next, .get_last_error = stream_error, .release = release_stream,
					  .private_data = own };
	return PPS_OK;
}
