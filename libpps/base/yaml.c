/* SPDX-License-Identifier: BSD-3-Clause */
/* From libyaml's events to a tree. What scalars mean is in yaml-scalar.c. */
#include "base/yaml-node.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <yaml.h>

#include "base/buf.h"
#include "base/codec.h"

#define FILE_MAX (16u << 20)
#define NODES_MAX 2000000u
#define ALIASED_MAX 100000u
#define DEPTH_MAX 100
#define CHUNK 16384u
#define INDEX_FROM 16 /* pairs from which a map has an index of its keys */

/* Memory that lives as long as the document. */
struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char at[];
};

/* A list or map that is being read. */
struct frame {
	pps_yaml_node *node;
	const pps_yaml_node *key; /* a map's key that waits for its value */
	const pps_yaml_node **items;
	size_t n, cap;
	const pps_yaml_node **keys;
	size_t nkeys, keys_cap;
	int merges;
};

struct anchor {
	const char *name;
	const pps_yaml_node *node; /* NULL while it is being read */
};

struct reader {
	pps_yaml *yaml;
	const char *text;
	size_t size;
	int flags;
	yaml_parser_t parser;
	struct frame stack[DEPTH_MAX];
	int depth;
	struct anchor *anchors;
	size_t nanchors, anchors_cap;
	size_t nodes, aliased;
	const pps_yaml_node *root;
	int documents;
};

static void *take(pps_yaml *yaml, size_t size)
{
	struct chunk *c = yaml->chunks;
	void *p;

	size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (!c || c->size - c->used < size) {
		size_t room = size > CHUNK ? size : CHUNK;

		if (!(c = malloc(sizeof *c + room)))
			return NULL;
		c->next = yaml->chunks;
		c->used = 0;
		c->size = room;
		yaml->chunks = c;
	}
	p = c->at + c->used;
	c->used += size;
	return p;
}

static char *take_text(pps_yaml *yaml, const void *text, size_t size)
{
	char *p = take(yaml, size + 1);

	if (p) {
		memcpy(p, text, size);
		p[size] = 0;
	}
	return p;
}

void pps_yaml_free(pps_yaml *yaml)
{
	struct chunk *next;

	if (!yaml)
		return;
	for (size_t i = 0; i < yaml->nindexes; i++)
		pps_map_free(yaml->indexes[i]);
	free(yaml->indexes);
	for (struct chunk *c = yaml->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	free(yaml->name);
	free(yaml);
}

static int fail_mark(struct reader *rd, const yaml_mark_t *mark, pps_error **err, const char *text)
{
	return pps_fail_at(err, PPS_E_CONFIG, rd->yaml->name, (int)mark->line + 1, (int)mark->column + 1, "%s", text);
}

/* Line and column, in characters, of a byte. */
static void place_of(const char *text, size_t offset, int *ret_line, int *ret_column)
{
	int line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	*ret_line = line;
	*ret_column = column;
}

/* libyaml's reader gives no place, so what it would refuse is looked for before. */
static int check_characters(struct reader *rd, pps_error **err)
{
	int line, column;

	for (size_t i = 0, n; i < rd->size; i += n) {
		unsigned char c = (unsigned char)rd->text[i];

		if (!(n = pps_utf8_length(rd->text + i, rd->size - i)) || (c < ' ' && c != '\t' && c != '\n' && c != '\r') ||
		    c == 0x7f || (c == 0xc2 && (unsigned char)rd->text[i + 1] < 0xa0 && (unsigned char)rd->text[i + 1] != 0x85)) {
			place_of(rd->text, i, &line, &column);
			return pps_fail_at(err, PPS_E_CONFIG, rd->yaml->name, line, column,
					   n ? "a control character is not allowed" : "this byte is no UTF-8 text");
		}
	}
	return PPS_OK;
}

static int fail_parser(struct reader *rd, pps_error **err)
{
	const yaml_parser_t *p = &rd->parser;
	int line, column;

	/* libyaml fails without an error in places where memory is out */
	if (p->error == YAML_MEMORY_ERROR || p->error == YAML_NO_ERROR)
		return pps_fail_nomem(err);
	if (p->error == YAML_READER_ERROR) {
		place_of(rd->text, p->problem_offset < rd->size ? p->problem_offset : rd->size, &line, &column);
		return pps_fail_at(err, PPS_E_CONFIG, rd->yaml->name, line, column, "%s", p->problem);
	}
	return pps_fail_at(err, PPS_E_CONFIG, rd->yaml->name, (int)p->problem_mark.line + 1, (int)p->problem_mark.column + 1,
			   "wrong YAML: %s%s%s", p->problem ? p->problem : "cannot be read", p->context ? " " : "",
			   p->context ? p->context : "");
}

static struct frame *top(struct reader *rd)
{
	return rd->depth ? &rd->stack[rd->depth - 1] : NULL;
}

static void frame_free(struct frame *f)
{
	free(f->items);
	free(f->keys);
	memset(f, 0, sizeof *f);
}

static const pps_yaml_node **copy_nodes(struct reader *rd, const pps_yaml_node **nodes, size_t n)
{
	const pps_yaml_node **p = take(rd->yaml, (n ? n : 1) * sizeof *p);

	if (p && n)
		memcpy(p, nodes, n * sizeof *p);
	return p;
}

static int append(const pps_yaml_node ***nodes, size_t *cap, size_t *n, const pps_yaml_node *node)
{
	if (pps_grow(nodes, cap, *n, sizeof **nodes) < 0)
		return -1;
	(*nodes)[(*n)++] = node;
	return 0;
}

/* The number of the key, or -1. */
static ssize_t find_key(const struct frame *f, const char *key)
{
	for (size_t i = 0; i < f->nkeys; i++)
		if (!strcmp(f->keys[i]->text, key))
			return (ssize_t)i;
	return -1;
}

static int is_merge(const pps_yaml_node *key)
{
	return key->is_plain && !key->tag && !strcmp(key->text, "<<");
}

static int add_key(struct reader *rd, struct frame *f, const pps_yaml_node *node, pps_error **err)
{
	if (node->kind != PPS_YAML_SCALAR)
		return pps_yaml_fail(rd->yaml, node, err, "a key must be a plain text, not a list or a map");
	if (is_merge(node)) {
		if (rd->flags & PPS_YAML_REFUSE_ALIASES)
			return pps_yaml_fail(rd->yaml, node, err, "\"<<\" (merging maps) is not allowed in this file");
		f->merges = 1;
	}
	f->key = node;
	return PPS_OK;
}

/* Hands a complete node to what holds it. */
static int place(struct reader *rd, const pps_yaml_node *node, pps_error **err)
{
	struct frame *f = top(rd);
	const pps_yaml_node *key;

	if (!f) {
		rd->root = node;
		return PPS_OK;
	}
	if (f->node->kind == PPS_YAML_LIST)
		return append(&f->items, &f->cap, &f->n, node) < 0 ? pps_fail_nomem(err) : PPS_OK;
	if (!f->key)
		return add_key(rd, f, node, err);
	key = f->key;
	f->key = NULL;
	if (append(&f->keys, &f->keys_cap, &f->nkeys, key) < 0 || append(&f->items, &f->cap, &f->n, node) < 0)
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int keep_anchor(struct reader *rd, const char *name, const pps_yaml_node *node, pps_error **err)
{
	char *copy;

	if (pps_grow(&rd->anchors, &rd->anchors_cap, rd->nanchors, sizeof *rd->anchors) < 0 ||
	    !(copy = take_text(rd->yaml, name, strlen(name))))
		return pps_fail_nomem(err);
	rd->anchors[rd->nanchors++] = (struct anchor){ copy, node };
	return PPS_OK;
}

static int refuse_anchor(struct reader *rd, const yaml_event_t *event, pps_error **err)
{
	if (rd->flags & PPS_YAML_REFUSE_ALIASES)
		return fail_mark(rd, &event->start_mark, err, "anchors and aliases (& and *) are not allowed in this file");
	return PPS_OK;
}

static int new_node(struct reader *rd, const yaml_event_t *event, int kind, const yaml_char_t *tag, const yaml_char_t *anchor,
		    pps_yaml_node **ret, pps_error **err)
{
	pps_yaml_node *node;
	int r;

	if (anchor && (r = refuse_anchor(rd, event, err)) < 0)
		return r;
	if (++rd->nodes > NODES_MAX)
		return fail_mark(rd, &event->start_mark, err, "too large: more than 2000000 values");
	if (!(node = take(rd->yaml, sizeof *node)))
		return pps_fail_nomem(err);
	memset(node, 0, sizeof *node);
	node->kind = kind;
	node->line = (int)event->start_mark.line + 1;
	node->column = (int)event->start_mark.column + 1;
	node->weight = 1;
	if (tag && !(node->tag = take_text(rd->yaml, tag, strlen((const char *)tag))))
		return pps_fail_nomem(err);
	if (anchor && (r = keep_anchor(rd, (const char *)anchor, kind == PPS_YAML_SCALAR ? node : NULL, err)) < 0)
		return r;
	node->anchor = anchor ? rd->nanchors : 0;
	*ret = node;
	return PPS_OK;
}

static int read_scalar(struct reader *rd, const yaml_event_t *event, pps_error **err)
{
	pps_yaml_node *node;
	int r;

	if ((r = new_node(rd, event, PPS_YAML_SCALAR, event->data.scalar.tag, event->data.scalar.anchor, &node, err)) < 0)
		return r;
	if (memchr(event->data.scalar.value, 0, event->data.scalar.length))
		return fail_mark(rd, &event->start_mark, err, "a text must not hold a NUL character");
	node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (!(node->text = take_text(rd->yaml, event->data.scalar.value, event->data.scalar.length)))
		return pps_fail_nomem(err);
	return place(rd, node, err);
}

static int read_alias(struct reader *rd, const yaml_event_t *event, pps_error **err)
{
	const char *name = (const char *)event->data.alias.anchor;
	int r;

	if ((r = refuse_anchor(rd, event, err)) < 0)
		return r;
	for (size_t i = rd->nanchors; i-- > 0;) {
		const pps_yaml_node *node = rd->anchors[i].node;

		if (strcmp(rd->anchors[i].name, name) != 0)
			continue;
		if (!node)
			return fail_mark(rd, &event->start_mark, err, "this alias stands inside what it names");
		if ((rd->aliased += node->weight) > ALIASED_MAX)
			return fail_mark(rd, &event->start_mark, err, "aliases stand for more than 100000 values");
		return place(rd, node, err);
	}
	return fail_mark(rd, &event->start_mark, err, "this alias names no anchor above it");
}

static int begin(struct reader *rd, const yaml_event_t *event, int kind, const yaml_char_t *tag, const yaml_char_t *anchor,
		 pps_error **err)
{
	pps_yaml_node *node;
	int r;

	if (rd->depth == DEPTH_MAX)
		return fail_mark(rd, &event->start_mark, err, "lists and maps are nested deeper than 100");
	if ((r = new_node(rd, event, kind, tag, anchor, &node, err)) < 0)
		return r;
	rd->stack[rd->depth++] = (struct frame){ .node = node };
	return PPS_OK;
}

/* Adds the pairs of @from that @f does not have; they come behind its own. */
static int merge_map(struct reader *rd, struct frame *f, const pps_yaml_node *from, pps_error **err)
{
	if (from->kind != PPS_YAML_MAP)
		return pps_yaml_fail(rd->yaml, from, err, "\"<<\" takes a map, or a list of maps");
	for (size_t i = 0; i < from->size; i++) {
		if (find_key(f, from->keys[i]->text) >= 0)
			continue;
		if (append(&f->keys, &f->keys_cap, &f->nkeys, from->keys[i]) < 0 ||
		    append(&f->items, &f->cap, &f->n, from->items[i]) < 0)
			return pps_fail_nomem(err);
		if ((rd->aliased += from->items[i]->weight) > ALIASED_MAX)
			return pps_yaml_fail(rd->yaml, from, err, "aliases stand for more than 100000 values");
	}
	return PPS_OK;
}

static int merge(struct reader *rd, struct frame *f, pps_error **err)
{
	size_t own = f->nkeys, kept = 0, nfrom = 0;
	_cleanup_free_ const pps_yaml_node **from = calloc(own, sizeof *from);
	int r;

	if (!from)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < own; i++) {
		if (is_merge(f->keys[i])) {
			from[nfrom++] = f->items[i];
			continue;
		}
		f->keys[kept] = f->keys[i];
		f->items[kept++] = f->items[i];
	}
	f->nkeys = f->n = kept;
	for (size_t i = 0; i < nfrom; i++) {
		if (from[i]->kind != PPS_YAML_LIST && (r = merge_map(rd, f, from[i], err)) < 0)
			return r;
		for (size_t k = 0; from[i]->kind == PPS_YAML_LIST && k < from[i]->size; k++)
			if ((r = merge_map(rd, f, from[i]->items[k], err)) < 0)
				return r;
	}
	return PPS_OK;
}

static int fail_twice(struct reader *rd, const pps_yaml_node *first, const pps_yaml_node *second, pps_error **err)
{
	return pps_yaml_fail(rd->yaml, second, err, "\"%s\" is given twice; the first is in line %d", second->text, first->line);
}

static int index_keys(struct reader *rd, pps_yaml_node *node, pps_error **err)
{
	pps_yaml *yaml = rd->yaml;
	void *first;

	if (pps_grow(&yaml->indexes, &yaml->indexes_cap, yaml->nindexes, sizeof *yaml->indexes) < 0 ||
	    !(yaml->indexes[yaml->nindexes] = pps_map_new()))
		return pps_fail_nomem(err);
	node->index = yaml->indexes[yaml->nindexes++];
	for (size_t i = 0; i < node->size; i++) {
		if (pps_map_get_text(node->index, node->keys[i]->text, &first))
			return fail_twice(rd, node->keys[(uintptr_t)first - 1], node->keys[i], err);
		if (pps_map_set_text(node->index, node->keys[i]->text, (void *)(uintptr_t)(i + 1)) < 0)
			return pps_fail_nomem(err);
	}
	return PPS_OK;
}

static int check_twice(struct reader *rd, pps_yaml_node *node, pps_error **err)
{
	if (node->size >= INDEX_FROM)
		return index_keys(rd, node, err);
	for (size_t i = 1; i < node->size; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(node->keys[i]->text, node->keys[k]->text))
				return fail_twice(rd, node->keys[k], node->keys[i], err);
	return PPS_OK;
}

static int end(struct reader *rd, pps_error **err)
{
	struct frame *f = top(rd);
	pps_yaml_node *node = f->node;
	int r;

	if (f->merges && (r = merge(rd, f, err)) < 0)
		return r;
	node->size = f->n;
	if (!(node->items = copy_nodes(rd, f->items, f->n)))
		return pps_fail_nomem(err);
	if (node->kind == PPS_YAML_MAP && !(node->keys = copy_nodes(rd, f->keys, f->nkeys)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < node->size; i++)
		node->weight += node->items[i]->weight;
	if (node->kind == PPS_YAML_MAP && (r = check_twice(rd, node, err)) < 0)
		return r;
	frame_free(f);
	rd->depth--;
	if (node->anchor)
		rd->anchors[node->anchor - 1].node = node;
	return place(rd, node, err);
}

static int read_event(struct reader *rd, const yaml_event_t *event, pps_error **err)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++rd->documents > 1)
			return fail_mark(rd, &event->start_mark, err, "a second document begins here; only one is allowed");
		return PPS_OK;
	case YAML_SCALAR_EVENT:
		return read_scalar(rd, event, err);
	case YAML_ALIAS_EVENT:
		return read_alias(rd, event, err);
	case YAML_SEQUENCE_START_EVENT:
		return begin(rd, event, PPS_YAML_LIST, event->data.sequence_start.tag, event->data.sequence_start.anchor, err);
	case YAML_MAPPING_START_EVENT:
		return begin(rd, event, PPS_YAML_MAP, event->data.mapping_start.tag, event->data.mapping_start.anchor, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return end(rd, err);
	default:
		return PPS_OK;
	}
}

static int read_all(struct reader *rd, pps_error **err)
{
	int r, ended = 0;

	while (!ended) {
		yaml_event_t event;

		if (!yaml_parser_parse(&rd->parser, &event))
			return fail_parser(rd, err);
		ended = event.type == YAML_STREAM_END_EVENT;
		r = read_event(rd, &event, err);
		yaml_event_delete(&event);
		if (r < 0)
			return r;
	}
	return PPS_OK;
}

int pps_yaml_parse(const char *name, const char *text, size_t size, int flags, pps_yaml **ret_yaml, pps_error **err)
{
	_cleanup_(pps_yaml_freep) pps_yaml *yaml = calloc(1, sizeof *yaml);
	_cleanup_free_ struct reader *rd = calloc(1, sizeof *rd);
	int r;

	if (!yaml || !rd || !(yaml->name = strdup(name)))
		return pps_fail_nomem(err);
	*rd = (struct reader){ .yaml = yaml, .text = text, .size = size, .flags = flags };
	if ((r = check_characters(rd, err)) < 0)
		return r;
	if (!yaml_parser_initialize(&rd->parser))
		return pps_fail_nomem(err);
	yaml_parser_set_input_string(&rd->parser, (const unsigned char *)text, size);
	r = read_all(rd, err);
	yaml_parser_delete(&rd->parser);
	while (rd->depth)
		frame_free(&rd->stack[--rd->depth]);
	free(rd->anchors);
	if (r < 0)
		return r;
	yaml->root = rd->root;
	*ret_yaml = TAKE_PTR(yaml);
	return PPS_OK;
}

static int read_file(const char *path, pps_buf *b, pps_error **err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char piece[65536];
	ssize_t n;

	if (fd < 0)
		return pps_fail_errno(err, errno, "open %s", path);
	while ((n = read(fd, piece, sizeof piece)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pps_fail_errno(err, errno, "read %s", path);
		pps_buf_add(b, piece, (size_t)n);
		if (b->failed == PPS_E_FORMAT)
			return pps_fail(err, PPS_E_CONFIG, "%s: larger than %u MiB", path, FILE_MAX >> 20);
		if (b->failed)
			return pps_fail_nomem(err);
	}
	return PPS_OK;
}

int pps_yaml_load(const char *path, int flags, pps_yaml **ret_yaml, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(FILE_MAX);
	int r;

	if ((r = read_file(path, &b, err)) < 0)
		return r;
	return pps_yaml_parse(path, pps_buf_text(&b), b.size, flags, ret_yaml, err);
}
