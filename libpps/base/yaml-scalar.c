/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading a YAML tree. Plain scalars are what PyYAML's safe loader makes of them: YAML 1.1 with its own float
 * rule; only dates stay texts. */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/yaml-node.h"

enum { IS_STRING, IS_NULL, IS_BOOL, IS_INT, IS_FLOAT };

const pps_yaml_node *pps_yaml_root(const pps_yaml *yaml)
{
	return yaml->root;
}

const char *pps_yaml_name(const pps_yaml *yaml)
{
	return yaml->name;
}

int pps_yaml_kind(const pps_yaml_node *node)
{
	return node->kind;
}

int pps_yaml_line(const pps_yaml_node *node)
{
	return node->line;
}

int pps_yaml_column(const pps_yaml_node *node)
{
	return node->column;
}

const char *pps_yaml_tag(const pps_yaml_node *node)
{
	return node->tag;
}

size_t pps_yaml_size(const pps_yaml_node *node)
{
	return node->size;
}

const pps_yaml_node *pps_yaml_item(const pps_yaml_node *list, size_t n)
{
	return list->kind == PPS_YAML_LIST && n < list->size ? list->items[n] : NULL;
}

const pps_yaml_node *pps_yaml_key_node(const pps_yaml_node *map, size_t n)
{
	return map->kind == PPS_YAML_MAP && n < map->size ? map->keys[n] : NULL;
}

const char *pps_yaml_key(const pps_yaml_node *map, size_t n)
{
	const pps_yaml_node *key = pps_yaml_key_node(map, n);

	return key ? key->text : NULL;
}

const pps_yaml_node *pps_yaml_value(const pps_yaml_node *map, size_t n)
{
	return map->kind == PPS_YAML_MAP && n < map->size ? map->items[n] : NULL;
}

static const pps_yaml_node *get(const pps_yaml_node *map, const char *key, size_t len)
{
	void *n;

	if (!map || map->kind != PPS_YAML_MAP)
		return NULL;
	if (map->index)
		return pps_map_get(map->index, key, len, &n) ? map->items[(uintptr_t)n - 1] : NULL;
	for (size_t i = 0; i < map->size; i++)
		if (!strncmp(map->keys[i]->text, key, len) && !map->keys[i]->text[len])
			return map->items[i];
	return NULL;
}

const pps_yaml_node *pps_yaml_get(const pps_yaml_node *map, const char *key)
{
	return get(map, key, strlen(key));
}

const pps_yaml_node *pps_yaml_path(const pps_yaml_node *map, const char *dotted)
{
	while (map) {
		size_t len = strcspn(dotted, ".");

		map = get(map, dotted, len);
		if (!dotted[len])
			break;
		dotted += len + 1;
	}
	return map;
}

const char *pps_yaml_text(const pps_yaml_node *node)
{
	return node && node->kind == PPS_YAML_SCALAR ? node->text : NULL;
}

int pps_yaml_fail(const pps_yaml *yaml, const pps_yaml_node *node, pps_error **err, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	if (!err || *err)
		return PPS_E_CONFIG;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text)
		return pps_fail_nomem(err);
	return pps_fail_at(err, PPS_E_CONFIG, yaml->name, node ? node->line : 1, node ? node->column : 1, "%s", text);
}

static int is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(text, *words))
			return 1;
	return 0;
}

/* Characters of @set from *@p on; moves on. */
static size_t run(const char **p, const char *set)
{
	size_t n = strspn(*p, set);

	*p += n;
	return n;
}

/* (:[0-5]?[0-9])+ up to @end. */
static int is_sexagesimal_tail(const char *p, const char *end)
{
	if (p == end)
		return 0;
	while (p < end) {
		if (*p++ != ':')
			return 0;
		if (end - p >= 2 && p[0] >= '0' && p[0] <= '5' && p[1] >= '0' && p[1] <= '9')
			p += 2;
		else if (p < end && *p >= '0' && *p <= '9')
			p++;
		else
			return 0;
	}
	return 1;
}

static int is_int(const char *text)
{
	const char *p = text + (*text == '-' || *text == '+');
	const char *end = p + strlen(p);

	if (p[0] == '0' && p[1] == 'b')
		return p[2] && !p[2 + strspn(p + 2, "01_")];
	if (p[0] == '0' && p[1] == 'x')
		return p[2] && !p[2 + strspn(p + 2, "0123456789abcdefABCDEF_")];
	if (p[0] == '0')
		return !p[1 + strspn(p + 1, "01234567_")];
	if (*p < '1' || *p > '9')
		return 0;
	run(&p, "0123456789_");
	return p == end || is_sexagesimal_tail(p, end);
}

static int is_float(const char *text)
{
	static const char *const infinite[] = { ".inf", ".Inf", ".INF", NULL }, *const nan_words[] = { ".nan", ".NaN", ".NAN", NULL };
	int sign = *text == '-' || *text == '+';
	const char *p = text + sign, *point;

	if (is_one_of(p, infinite))
		return 1;
	if (is_one_of(text, nan_words))
		return 1;
	if (*p == '.' && sign)
		return 0;
	if (*p != '.' && (*p < '0' || *p > '9'))
		return 0;
	run(&p, "0123456789_");
	if (*p == ':') {
		point = strchr(p, '.');
		return point && is_sexagesimal_tail(p, point) && !point[1 + strspn(point + 1, "0123456789_")];
	}
	if (*p++ != '.')
		return 0;
	if (p == text + 1 && (*p < '0' || *p > '9'))
		return 0;
	run(&p, "0123456789_");
	if (*p == 'e' || *p == 'E') {
		p++;
		if ((*p != '-' && *p != '+') || !(p++, run(&p, "0123456789")))
			return 0;
	}
	return !*p;
}

static int resolve_plain(const char *text)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const bools[] = { "yes", "Yes", "YES", "no",	   "No",    "NO",    "true", "True", "TRUE", "false", "False",
					     "FALSE", "on",  "On",  "ON",   "off",   "Off",   "OFF",  NULL };

	if (is_one_of(text, nulls))
		return IS_NULL;
	if (is_one_of(text, bools))
		return IS_BOOL;
	if (is_int(text))
		return IS_INT;
	return is_float(text) ? IS_FLOAT : IS_STRING;
}

static int resolve(const pps_yaml_node *node)
{
	static const struct {
		const char *tag;
		int type;
	} tags[] = {
		{ "tag:yaml.org,2002:str", IS_STRING }, { "tag:yaml.org,2002:null", IS_NULL },	 { "tag:yaml.org,2002:bool", IS_BOOL },
		{ "tag:yaml.org,2002:int", IS_INT },	{ "tag:yaml.org,2002:float", IS_FLOAT },
	};

	if (!node->tag || !strcmp(node->tag, "!"))
		return node->is_plain ? resolve_plain(node->text) : IS_STRING;
	for (size_t i = 0; i < PPS_COUNT(tags); i++)
		if (!strcmp(tags[i].tag, node->tag))
			return tags[i].type;
	return IS_STRING;
}

int pps_yaml_is_null(const pps_yaml_node *node)
{
	return !node || (node->kind == PPS_YAML_SCALAR && resolve(node) == IS_NULL);
}

/* "expected an integer, not ..." */
static int fail_type(const pps_yaml *yaml, const pps_yaml_node *node, const char *expected, pps_error **err)
{
	if (!node)
		return pps_yaml_fail(yaml, node, err, "expected %s", expected);
	if (node->kind != PPS_YAML_SCALAR)
		return pps_yaml_fail(yaml, node, err, "expected %s, not a %s", expected, node->kind == PPS_YAML_LIST ? "list" : "map");
	if (!*node->text)
		return pps_yaml_fail(yaml, node, err, "expected %s, not %s", expected, node->is_plain ? "nothing" : "an empty text");
	return pps_yaml_fail(yaml, node, err, "expected %s, not \"%.60s\"", expected, node->text);
}

#define NUMBER_LONG 128 /* with more characters a number needs memory */

/* The text without underscores, in @room where it fits, else in *ret_own; NULL when memory is out. */
static const char *without_underscores(const char *text, char room[NUMBER_LONG], char **ret_own)
{
	size_t len = strlen(text);
	char *out = len < NUMBER_LONG ? room : (*ret_own = malloc(len + 1)), *q = out;

	if (!out)
		return NULL;
	for (; *text; text++)
		if (*text != '_')
			*q++ = *text;
	*q = 0;
	return out;
}

/* Digits in a base; -1 when it does not fit. Downwards, as INT64_MIN has no counterpart. */
static int digits(const char *p, int base, int64_t *ret)
{
	int64_t value = 0;

	for (; *p; p++) {
		int digit = *p <= '9' ? *p - '0' : (*p | 32) - 'a' + 10;

		if (__builtin_mul_overflow(value, base, &value) || __builtin_sub_overflow(value, digit, &value))
			return -1;
	}
	*ret = value;
	return 0;
}

static int sexagesimal(const char *p, int64_t *ret)
{
	int64_t value = 0, part = 0;

	for (;; p++) {
		if (*p == ':' || !*p) {
			if (__builtin_mul_overflow(value, 60, &value) || __builtin_add_overflow(value, part, &value))
				return -1;
			part = 0;
			if (!*p)
				break;
		} else if (__builtin_mul_overflow(part, 10, &part) || __builtin_sub_overflow(part, *p - '0', &part)) {
			return -1;
		}
	}
	*ret = value;
	return 0;
}

int pps_yaml_int(const pps_yaml *yaml, const pps_yaml_node *node, int64_t *ret, pps_error **err)
{
	_cleanup_free_ char *own = NULL;
	char room[NUMBER_LONG];
	const char *text, *p;
	int64_t value;
	int r;

	if (!node || node->kind != PPS_YAML_SCALAR || resolve(node) != IS_INT || !is_int(node->text))
		return fail_type(yaml, node, "an integer", err);
	if (!(text = without_underscores(node->text, room, &own)))
		return pps_fail_nomem(err);
	p = text + (*text == '-' || *text == '+');
	if (p[0] == '0' && (p[1] == 'b' || p[1] == 'x'))
		/* "0x_" is an integer by PyYAML's pattern, but not by its reading */
		r = p[2] ? digits(p + 2, p[1] == 'b' ? 2 : 16, &value) : -2;
	else if (*p == '0')
		r = digits(p, 8, &value);
	else
		r = strchr(p, ':') ? sexagesimal(p, &value) : digits(p, 10, &value);
	if (r == -2)
		return fail_type(yaml, node, "an integer", err);
	if (r < 0 || (*text != '-' && value == INT64_MIN))
		return pps_yaml_fail(yaml, node, err, "expected an integer of 64 bits, not %.60s", node->text);
	*ret = *text == '-' ? value : -value;
	return PPS_OK;
}

static int float_of_text(const char *text, double *ret, pps_error **err)
{
	_cleanup_free_ char *own = NULL;
	char room[NUMBER_LONG];
	const char *plain = without_underscores(text, room, &own), *p = plain, *colon;
	double value = 0, part, sign = 1;
	int r;

	if (!plain)
		return pps_fail_nomem(err);
	if (*p == '-' || *p == '+')
		sign = *p++ == '-' ? -1 : 1;
	if (*p == '.' && (p[1] | 32) == 'i') {
		*ret = sign * INFINITY;
		return PPS_OK;
	}
	if (*p == '.' && (p[1] | 32) == 'n') {
		*ret = NAN;
		return PPS_OK;
	}
	for (; (colon = strchr(p, ':')); p = colon + 1)
		value = (value + strtod(p, NULL)) * 60; /* whole numbers: no decimal point that a locale could change */
	if ((r = pps_double_parse(p, &part, err)) < 0)
		return r;
	*ret = sign * (value + part);
	return PPS_OK;
}

int pps_yaml_float(const pps_yaml *yaml, const pps_yaml_node *node, double *ret, pps_error **err)
{
	int64_t whole;
	int type, r;

	if (!node || node->kind != PPS_YAML_SCALAR)
		return fail_type(yaml, node, "a number", err);
	type = resolve(node);
	if (type == IS_INT || (type == IS_FLOAT && is_int(node->text))) {
		pps_yaml_node plain = *node;

		plain.tag = NULL;
		plain.is_plain = 1;
		if ((r = pps_yaml_int(yaml, &plain, &whole, err)) < 0)
			return r;
		*ret = (double)whole;
		return PPS_OK;
	}
	if (type != IS_FLOAT || !is_float(node->text))
		return fail_type(yaml, node, "a number", err);
	r = float_of_text(node->text, ret, NULL);
	if (r == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	return r < 0 ? fail_type(yaml, node, "a number", err) : PPS_OK;
}

int pps_yaml_bool(const pps_yaml *yaml, const pps_yaml_node *node, int *ret, pps_error **err)
{
	static const char *const yes[] = { "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", NULL };

	if (!node || node->kind != PPS_YAML_SCALAR || resolve(node) != IS_BOOL || resolve_plain(node->text) != IS_BOOL)
		return fail_type(yaml, node, "true or false", err);
	*ret = is_one_of(node->text, yes);
	return PPS_OK;
}

int pps_yaml_string(const pps_yaml *yaml, const pps_yaml_node *node, const char **ret, pps_error **err)
{
	int type;

	if (!node || node->kind != PPS_YAML_SCALAR)
		return fail_type(yaml, node, "a text", err);
	type = resolve(node);
	if (type == IS_NULL)
		return fail_type(yaml, node, "a text", err);
	if (type != IS_STRING)
		return pps_yaml_fail(yaml, node, err, "expected a text, not the %s %.60s: put it in quotes",
				     type == IS_BOOL ? "truth value" : "number", node->text);
	*ret = node->text;
	return PPS_OK;
}
