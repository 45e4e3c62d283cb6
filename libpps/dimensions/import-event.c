/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <string.h>

#include "base/codec.h"
#include "base/yaml-node.h"
#include "dimensions/import-private.h"
#include "dimensions/region.h"
#include "dimensions/yaml-text.h"

#define TIME_TAG "!butler_time/tai/iso"
#define SPAN_TAG "!lsst.daf.butler.Timespan"
#define REGION_TAG "lsst.sphgeom."
#define TEXT_TAG "tag:yaml.org,2002:str"
#define BINARY_TAG "tag:yaml.org,2002:binary"
#define TEXTS_MAX (16u << 20)

/* A value that has an anchor: a scalar, or a region by its base64 text. */
typedef struct pps_anchor {
	char *tag; /* or NULL */
	char *text;
	int is_plain;
	int is_region;
} pps_anchor;

static void anchor_free(pps_anchor *a)
{
	free(a->tag);
	free(a->text);
	free(a);
}

int pps_importer_init(pps_importer *m, pps_ctx *ctx, const char *name, const char *text, size_t size,
		      pps_error **err)
{
	*m = (pps_importer){ .ctx = ctx, .name = name, .texts = PPS_BUF(TEXTS_MAX) };
	m->anchors = pps_map_new();
	if (!m->anchors || !yaml_parser_initialize(&m->parser))
		return pps_fail_nomem(err);
	m->has_parser = 1;
	yaml_parser_set_encoding(&m->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&m->parser, (const unsigned char *)text, size);
	return PPS_OK;
}

void pps_importer_free(pps_importer *m)
{
	if (m->has_event)
		yaml_event_delete(&m->event);
	if (m->has_parser)
		yaml_parser_delete(&m->parser);
	for (size_t i = 0; m->anchors && i < pps_map_size(m->anchors); i++)
		anchor_free(pps_map_value(m->anchors, i));
	if (m->anchors)
		pps_map_free(m->anchors);
	pps_buf_free(&m->texts);
	pps_universe_unref(m->universe);
	pps_dimensions_free(m->dims);
}

/* ---- events ---- */

int pps_importer_fail(pps_importer *m, int code, pps_error **err, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return pps_fail_at(err, code, m->name, (int)m->event.start_mark.line + 1,
			   (int)m->event.start_mark.column + 1, "%s", text);
}

/* libyaml gives the place of what it cannot parse, but of bytes that are no characters only their offset. */
static int fail_parser(pps_importer *m, pps_error **err)
{
	const yaml_parser_t *p = &m->parser;

	/* libyaml fails without an error in places where memory is out */
	if (p->error == YAML_MEMORY_ERROR || p->error == YAML_NO_ERROR)
		return pps_fail_nomem(err);
	if (p->error == YAML_READER_ERROR)
		return pps_fail_at(err, PPS_E_FORMAT, m->name, (int)p->mark.line + 1, (int)p->mark.column + 1,
				   "%s at byte %zu", p->problem, p->problem_offset);
	return pps_fail_at(err, PPS_E_FORMAT, m->name, (int)p->problem_mark.line + 1,
			   (int)p->problem_mark.column + 1, "%s", p->problem ? p->problem : "no YAML");
}

int pps_importer_next(pps_importer *m, pps_error **err)
{
	void *alias;

	if (m->has_event)
		yaml_event_delete(&m->event);
	m->has_event = 0;
	m->alias = NULL;
	if (!yaml_parser_parse(&m->parser, &m->event))
		return fail_parser(m, err);
	m->has_event = 1;
	if (m->event.type != YAML_ALIAS_EVENT)
		return PPS_OK;
	if (!pps_map_get_text(m->anchors, (const char *)m->event.data.alias.anchor, &alias))
		return pps_importer_fail(m, PPS_E_FORMAT, err,
					 "expected an alias of a time, a text or a region before it");
	m->alias = alias;
	return PPS_OK;
}

int pps_importer_begin(pps_importer *m, pps_error **err)
{
	int r = pps_importer_next(m, err); /* the stream's start */

	if (r == PPS_OK)
		r = pps_importer_next(m, err);
	if (r < 0)
		return r;
	if (m->event.type != YAML_DOCUMENT_START_EVENT)
		return pps_importer_fail(m, PPS_E_FORMAT, err,
					 "expected an export of the Butler; there is nothing");
	return pps_importer_next(m, err);
}

int pps_importer_end(pps_importer *m, pps_error **err)
{
	int r = pps_importer_next(m, err); /* the document's end */

	if (r == PPS_OK)
		r = pps_importer_next(m, err);
	if (r == PPS_OK && m->event.type != YAML_STREAM_END_EVENT)
		return pps_importer_fail(m, PPS_E_FORMAT, err,
					 "expected the end of the file, not another document");
	return r;
}

int pps_importer_key(pps_importer *m, char *key, size_t size, pps_error **err)
{
	int r = pps_importer_next(m, err);

	if (r < 0)
		return r;
	if (m->event.type == YAML_MAPPING_END_EVENT)
		return 0;
	if (m->event.type != YAML_SCALAR_EVENT)
		return pps_importer_fail(m, PPS_E_FORMAT, err, "expected a name");
	if (m->event.data.scalar.length >= size)
		return pps_importer_fail(m, PPS_E_FORMAT, err, "expected a name, not one of %zu bytes",
					 m->event.data.scalar.length);
	snprintf(key, size, "%s", (const char *)m->event.data.scalar.value);
	r = pps_importer_next(m, err);
	return r < 0 ? r : 1;
}

int pps_importer_skip(pps_importer *m, pps_error **err)
{
	size_t depth = 0;

	for (;;) {
		int type = m->event.type, r;

		depth += type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT;
		depth -= type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT;
		if (!depth)
			return PPS_OK;
		if (m->has_event)
			yaml_event_delete(&m->event);
		m->has_event = 0;
		m->alias = NULL;
		r = yaml_parser_parse(&m->parser, &m->event) ? PPS_OK : fail_parser(m, err);
		if (r < 0)
			return r;
		m->has_event = 1;
	}
}

/* ---- scalars ---- */

/* The current value as a node, which PyYAML's rules are known for. */
static int scalar(const pps_importer *m, pps_yaml_node *ret)
{
	*ret = (pps_yaml_node){ .kind = PPS_YAML_SCALAR };
	if (m->alias) {
		ret->text = m->alias->text;
		ret->tag = m->alias->tag;
		ret->is_plain = m->alias->is_plain;
		return m->alias->is_region ? -1 : 0;
	}
	if (m->event.type != YAML_SCALAR_EVENT)
		return -1;
	ret->text = (const char *)m->event.data.scalar.value;
	ret->tag = (const char *)m->event.data.scalar.tag;
	ret->is_plain = m->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return 0;
}

const char *pps_importer_text(pps_importer *m)
{
	pps_yaml_node node;

	return scalar(m, &node) < 0 ? NULL : node.text;
}

int pps_importer_is_null(pps_importer *m)
{
	pps_yaml_node node;

	return scalar(m, &node) == 0 && pps_yaml_is_null(&node);
}

static int expected(pps_importer *m, const char *what, pps_error **err)
{
	const char *text = pps_importer_text(m);

	if (!text)
		return pps_importer_fail(m, PPS_E_FORMAT, err, "expected %s", what);
	return pps_importer_fail(m, PPS_E_FORMAT, err, "expected %s, not \"%.60s\"", what, text);
}

static const struct pps_yaml unnamed;

int pps_importer_int(pps_importer *m, int64_t *ret, pps_error **err)
{
	pps_yaml_node node;

	if (scalar(m, &node) < 0 || pps_yaml_int(&unnamed, &node, ret, NULL) < 0)
		return expected(m, "an integer", err);
	return PPS_OK;
}

int pps_importer_float(pps_importer *m, double *ret, pps_error **err)
{
	pps_yaml_node node;

	if (scalar(m, &node) < 0 || pps_yaml_float(&unnamed, &node, ret, NULL) < 0)
		return expected(m, "a number", err);
	return PPS_OK;
}

int pps_importer_bool(pps_importer *m, int *ret, pps_error **err)
{
	pps_yaml_node node;

	if (scalar(m, &node) < 0 || pps_yaml_bool(&unnamed, &node, ret, NULL) < 0)
		return expected(m, "true or false", err);
	return PPS_OK;
}

/* Keeps a scalar that has an anchor. */
static int keep(pps_importer *m, const unsigned char *name, const char *tag, const char *text, int is_plain,
		int is_region, pps_error **err)
{
	pps_anchor *a;
	void *old = NULL;

	if (!name)
		return PPS_OK;
	a = calloc(1, sizeof(*a));
	if (!a || !(a->text = strdup(text)) || (tag && !(a->tag = strdup(tag)))) {
		if (a)
			anchor_free(a);
		return pps_fail_nomem(err);
	}
	a->is_plain = is_plain;
	a->is_region = is_region;
	pps_map_get_text(m->anchors, (const char *)name, &old);
	if (pps_map_set_text(m->anchors, (const char *)name, a) < 0) {
		anchor_free(a);
		return pps_fail_nomem(err);
	}
	if (old)
		anchor_free(old);
	return PPS_OK;
}

static int keep_scalar(pps_importer *m, const pps_yaml_node *node, pps_error **err)
{
	return m->alias ? PPS_OK
			: keep(m, m->event.data.scalar.anchor, node->tag, node->text, node->is_plain, 0, err);
}

static size_t add_text(pps_importer *m, const char *text, size_t size)
{
	size_t offset = m->texts.size;

	pps_buf_add(&m->texts, text, size);
	pps_buf_add_char(&m->texts, 0);
	return offset;
}

int pps_importer_string(pps_importer *m, size_t *ret_offset, pps_error **err)
{
	pps_yaml_node node;
	const char *text;

	if (scalar(m, &node) < 0 ||
	    (node.tag && strcmp(node.tag, "!") != 0 && strcmp(node.tag, TEXT_TAG) != 0))
		return expected(m, "a text", err);
	if (pps_yaml_string(&unnamed, &node, &text, NULL) < 0 ||
	    (node.is_plain && !node.tag && pps_yaml_is_timestamp(text)))
		return expected(m, "a text in quotes", err);
	if (!m->alias && strlen(text) != m->event.data.scalar.length)
		return expected(m, "a text without NUL characters", err);
	*ret_offset = add_text(m, text, strlen(text));
	return keep_scalar(m, &node, err);
}

int pps_importer_hash(pps_importer *m, size_t *ret_offset, pps_error **err)
{
	_cleanup_buf_ pps_buf packed = PPS_BUF(1u << 20);
	_cleanup_free_ uint8_t *bytes = NULL;
	pps_yaml_node node;
	size_t size;
	int r;

	if (scalar(m, &node) < 0 || !node.tag || strcmp(node.tag, BINARY_TAG) != 0)
		return expected(m, "bytes with the tag !!binary", err);
	for (const char *p = node.text; *p; p++)
		if (*p != '\n' && *p != ' ')
			pps_buf_add_char(&packed, *p);
	if ((r = pps_buf_check(&packed, "hash", err)) < 0)
		return r;
	if (pps_base64_decode(pps_buf_text(&packed), packed.size, &bytes, &size, NULL) < 0)
		return expected(m, "bytes in base64", err);
	*ret_offset = add_text(m, pps_buf_text(&packed), packed.size);
	return keep_scalar(m, &node, err);
}

/* ---- regions ---- */

static int add_region(pps_importer *m, const char *hex, size_t *ret_offset, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	_cleanup_(pps_region_freep) pps_region *region = NULL;
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size;
	int r = pps_hex_decode(hex, strlen(hex), &bytes, &size, &why);

	if (r == PPS_OK)
		r = pps_region_decode(bytes, size, &region, &why);
	if (r == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0)
		return pps_importer_fail(m, PPS_E_FORMAT, err, "expected a region: %s",
					 pps_error_message(why));
	*ret_offset = m->texts.size;
	pps_base64_encode(&m->texts, bytes, size);
	pps_buf_add_char(&m->texts, 0);
	return pps_buf_check(&m->texts, "record", err);
}

static int is_region_tag(const char *tag)
{
	static const char *const classes[] = { "ConvexPolygon", "Box",	       "Circle",
					       "Ellipse",	"UnionRegion", "IntersectionRegion" };

	if (!tag || strncmp(tag, REGION_TAG, strlen(REGION_TAG)) != 0)
		return 0;
	for (size_t i = 0; i < PPS_COUNT(classes); i++)
		if (!strcmp(tag + strlen(REGION_TAG), classes[i]))
			return 1;
	return 0;
}

int pps_importer_region(pps_importer *m, size_t *ret_offset, pps_error **err)
{
	_cleanup_free_ char *anchor = NULL;
	char key[64];
	int r, seen = 0;

	if (m->alias && m->alias->is_region) {
		*ret_offset = add_text(m, m->alias->text, strlen(m->alias->text));
		return PPS_OK;
	}
	if (m->alias || m->event.type != YAML_MAPPING_START_EVENT ||
	    !is_region_tag((const char *)m->event.data.mapping_start.tag))
		return expected(m, "a region: a map with a tag such as !<lsst.sphgeom.ConvexPolygon>", err);
	if (m->event.data.mapping_start.anchor &&
	    !(anchor = strdup((const char *)m->event.data.mapping_start.anchor)))
		return pps_fail_nomem(err);
	while ((r = pps_importer_key(m, key, sizeof(key), err)) == 1) {
		pps_yaml_node node;
		const char *hex;

		if (strcmp(key, "encoded") != 0 || seen++)
			return pps_importer_fail(m, PPS_E_FORMAT, err,
						 "expected only one value, encoded, in a region");
		if (scalar(m, &node) < 0 || pps_yaml_string(&unnamed, &node, &hex, NULL) < 0)
			return expected(m, "the region's bytes in hexadecimal, quoted if only digits", err);
		if ((r = add_region(m, hex, ret_offset, err)) < 0)
			return r;
	}
	if (r == 0 && !seen)
		return expected(m, "a region's value, encoded", err);
	return r < 0 ? r : keep(m, (const unsigned char *)anchor, NULL, m->texts.at + *ret_offset, 0, 1, err);
}

/* ---- times ---- */

int pps_importer_time(pps_importer *m, int64_t unbounded, int64_t *ret_tai, pps_error **err)
{
	pps_yaml_node node;
	int64_t tai;

	if (pps_importer_is_null(m)) {
		*ret_tai = unbounded;
		return PPS_OK;
	}
	if (scalar(m, &node) < 0 || !node.tag || strcmp(node.tag, TIME_TAG) != 0)
		return expected(m, "a time with the tag " TIME_TAG, err);
	if (pps_time_parse(node.text, PPS_SCALE_TAI, &tai, NULL) < 0)
		return expected(m, "a time such as 2025-12-02 23:59:00.425363958", err);
	*ret_tai = tai < PPS_TAI_MIN ? PPS_TAI_MIN : tai > PPS_TAI_MAX ? PPS_TAI_MAX : tai;
	return keep_scalar(m, &node, err);
}

int pps_importer_normalise(pps_timespan *span)
{
	if (span->begin == span->end) {
		if (span->begin >= PPS_TAI_MAX - 1 || span->end <= PPS_TAI_MIN)
			return -1;
		span->end++;
	}
	span->is_empty = span->begin > span->end;
	return 0;
}

int pps_importer_span(pps_importer *m, pps_timespan *ret_span, pps_error **err)
{
	char key[64];
	const void *tag = NULL;
	int has_begin = 0, has_end = 0, r;

	if (m->event.type == YAML_SCALAR_EVENT)
		tag = m->event.data.scalar.tag;
	else if (m->event.type == YAML_MAPPING_START_EVENT)
		tag = m->event.data.mapping_start.tag;
	if (!tag || strcmp(tag, SPAN_TAG) != 0)
		return expected(m, "a timespan with the tag " SPAN_TAG, err);
	*ret_span = (pps_timespan){ 0 };
	if (m->event.type == YAML_SCALAR_EVENT) {
		if (strcmp(pps_importer_text(m), "EMPTY") != 0)
			return expected(m, "EMPTY, or begin and end", err);
		ret_span->is_empty = 1;
		return PPS_OK;
	}
	while ((r = pps_importer_key(m, key, sizeof(key), err)) == 1) {
		if (!strcmp(key, "begin") && !has_begin++)
			r = pps_importer_time(m, PPS_TAI_MIN, &ret_span->begin, err);
		else if (!strcmp(key, "end") && !has_end++)
			r = pps_importer_time(m, PPS_TAI_MAX, &ret_span->end, err);
		else
			r = pps_importer_fail(m, PPS_E_FORMAT, err,
					      "expected begin and end once each, not %s", key);
		if (r < 0)
			return r;
	}
	if (r == 0 && (!has_begin || !has_end || pps_importer_normalise(ret_span) < 0))
		return expected(m, "begin and end of a timespan", err);
	return r;
}
