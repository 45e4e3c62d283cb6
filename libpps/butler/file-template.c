/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/file-template.h"

#include <string.h>

#include "butler/butler-private.h"

#define NAME_MOST 256

/* ---- which ---- */

static const char *text_of(const json_t *map, const char *key)
{
	const char *s = json_string_value(json_object_get(map, key));

	return s && *s && strcmp(s, "false") != 0 && strcmp(s, "False") != 0 ? s : NULL;
}

/* Of several keys that mean the same dimensions the last one counts, as in Python, where each replaces the one before. */
static const char *of_dimensions(const json_t *map, const pps_universe *universe, const pps_dimension_group *dimensions)
{
	const char *key, *found = NULL;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)map, key, value) {
		if (json_is_string(value) && strchr(key, '+') && pps_butler_dimensions_match(universe, dimensions, key))
			found = json_string_value(value);
	}
	return found;
}

static const char *find_in(const json_t *map, const pps_universe *universe, const pps_template_key *key)
{
	char name[NAME_MOST];
	const char *s = NULL;

	if (key->component && snprintf(name, sizeof name, "%s.%s", key->type, key->component) < (int)sizeof name)
		s = text_of(map, name);
	if (!s)
		s = text_of(map, key->type);
	if (!s && key->dimensions->n)
		s = of_dimensions(map, universe, key->dimensions);
	if (!s)
		s = text_of(map, key->storage_class);
	if (!s && key->composite_storage_class)
		s = text_of(map, key->composite_storage_class);
	return s;
}

const char *pps_template_find(const json_t *templates, const pps_universe *universe, const pps_template_key *key)
{
	char name[NAME_MOST];
	const char *s = NULL;

	if (key->instrument && snprintf(name, sizeof name, "instrument<%s>", key->instrument) < (int)sizeof name)
		s = find_in(json_object_get(templates, name), universe, key);
	if (!s)
		s = find_in(templates, universe, key);
	return s ? s : text_of(templates, "default");
}

const char *pps_file_extension(const char *path)
{
	static const char *const compressed[] = { ".gz", ".bz2", ".xz", ".fz" };
	const char *name = strrchr(path, '/'), *dot, *end = path + strlen(path);

	name = name ? name + 1 : path;
	if (!(dot = strrchr(name, '.')))
		return end;
	for (size_t i = 0; i < PPS_COUNT(compressed); i++)
		if (strcmp(dot, compressed[i]) == 0)
			for (const char *s = dot; s > name; s--)
				if (s[-1] == '.')
					return s - 1;
	return dot;
}

/* ---- into a path ---- */

/* One part of a template: text, and the field after it. */
struct part {
	pps_buf literal;
	char field[NAME_MOST]; /* "" at the end of a template, or after a doubled brace */
	char format[32];       /* without '?' and '/' */
	int optional, keep_slashes;
};

struct writer {
	const char *template;
	pps_field_fn fn;
	void *user;
	pps_buf *out;
	size_t start;
	int used_component;
};

static int bad(const struct writer *w, int code, const char *what, pps_error **err)
{
	return pps_fail(err, code, "file template %s: %s", w->template, what);
}

/* "name:format" between braces. */
static int read_field(const struct writer *w, const char *text, size_t n, struct part *p, pps_error **err)
{
	const char *colon = memchr(text, ':', n);
	size_t name = colon ? (size_t)(colon - text) : n, k = 0;

	if (!name || name >= sizeof p->field || memchr(text, '!', name) || memchr(text, '[', name))
		return bad(w, PPS_E_UNSUPPORTED, "a field that is not known", err);
	memcpy(p->field, text, name);
	p->field[name] = 0;
	for (const char *s = colon ? colon + 1 : text + n; s < text + n; s++) {
		if (*s == '?')
			p->optional = 1;
		else if (*s == '/')
			p->keep_slashes = 1;
		else if (k + 1 < sizeof p->format)
			p->format[k++] = *s;
		else
			return bad(w, PPS_E_UNSUPPORTED, "a format that is not known", err);
	}
	p->format[k] = 0;
	return PPS_OK;
}

/* Moves *at behind the part. */
static int read_part(const struct writer *w, const char **at, struct part *p, pps_error **err)
{
	const char *s = *at, *end;

	p->field[0] = p->format[0] = 0;
	p->optional = p->keep_slashes = 0;
	pps_buf_truncate(&p->literal, 0);
	for (; *s; s++) {
		if ((*s == '{' || *s == '}') && s[1] == *s) {
			pps_buf_add_char(&p->literal, *s);
			*at = s + 2;
			return PPS_OK;
		}
		if (*s == '{') {
			if (!(end = strchr(s, '}')))
				return bad(w, PPS_E_CONFIG, "a brace is not closed", err);
			*at = end + 1;
			return read_field(w, s + 1, (size_t)(end - s - 1), p, err);
		}
		pps_buf_add_char(&p->literal, *s);
	}
	*at = s;
	return PPS_OK;
}

/* Whether the field's primary name ("exposure" of "exposure.obs_id") has a value. */
static int is_there(const struct writer *w, const char *field, pps_error **err)
{
	char name[NAME_MOST];
	pps_field value;
	char *dot;

	snprintf(name, sizeof name, "%s", field);
	if ((dot = strchr(name, '.')))
		*dot = 0;
	return w->fn(w->user, name, NULL, &value, err);
}

/* Of "a|b|c" the first that is there, else the first. */
static int choose(const struct writer *w, char field[NAME_MOST], pps_error **err)
{
	char all[NAME_MOST], *state = NULL, *first = NULL;
	int r;

	if (!strchr(field, '|'))
		return PPS_OK;
	snprintf(all, sizeof all, "%s", field);
	for (char *name = strtok_r(all, "|", &state); name; name = strtok_r(NULL, "|", &state)) {
		first = first ? first : name;
		if ((r = is_there(w, name, err)) < 0)
			return r;
		if (r) {
			first = name;
			break;
		}
	}
	if (!first)
		return bad(w, PPS_E_CONFIG, "a field without a name", err);
	memmove(field, first, strlen(first) + 1);
	return PPS_OK;
}

static int value_of(struct writer *w, const char *field, pps_field *ret, pps_error **err)
{
	char name[NAME_MOST];
	char *dot;
	int r;

	snprintf(name, sizeof name, "%s", field);
	if (!(dot = strchr(name, '.')))
		return w->fn(w->user, name, NULL, ret, err);
	*dot = 0;
	if ((r = w->fn(w->user, name, NULL, ret, err)) <= 0)
		return r;
	return w->fn(w->user, name, dot + 1, ret, err);
}

/* Characters that cause trouble in names of files, and slashes unless they are kept. */
static void add_text(struct writer *w, const char *s, int keep_slashes)
{
	for (; *s; s++)
		pps_buf_add_char(w->out, strchr(" <>:\"\\|?*", *s) || (*s == '/' && !keep_slashes) ? '_' : *s);
}

/* "", "d", "08d", "8": what Python's format() takes for integers. */
static int add_number(struct writer *w, const char *format, int64_t i, pps_error **err)
{
	const int zeros = format[0] == '0';
	char *end;
	long width = strtol(format, &end, 10);

	if (strcmp(end, "d") == 0)
		end++;
	if (*end || width < 0 || width > 100)
		return bad(w, PPS_E_UNSUPPORTED, "a format that is not known", err);
	pps_buf_printf(w->out, zeros ? "%0*lld" : "%*lld", (int)width, (long long)i);
	return PPS_OK;
}

static int add_value(struct writer *w, const struct part *p, const pps_field *v, pps_error **err)
{
	if (v->kind == PPS_FIELD_INT)
		return add_number(w, p->format, v->i, err);
	if (p->format[0] && (v->kind != PPS_FIELD_TEXT || strcmp(p->format, "s") != 0))
		return bad(w, PPS_E_UNSUPPORTED, "a format that is not known", err);
	if (v->kind == PPS_FIELD_TEXT)
		add_text(w, v->s, p->keep_slashes);
	else
		pps_buf_add_text(w->out, v->kind == PPS_FIELD_NULL ? "None" : v->i ? "True" : "False"); /* as Python has it */
	return PPS_OK;
}

static int add_part(struct writer *w, struct part *p, pps_error **err)
{
	pps_field value = { .kind = PPS_FIELD_NULL };
	int r;

	if (!p->field[0]) {
		pps_buf_add_text(w->out, pps_buf_text(&p->literal));
		return PPS_OK;
	}
	if ((r = choose(w, p->field, err)) < 0)
		return r;
	w->used_component |= strcmp(p->field, "component") == 0;
	if ((r = value_of(w, p->field, &value, err)) < 0)
		return r;
	if (!r && !p->optional)
		return pps_fail(err, PPS_E_NOTFOUND, "file template %s: there is no %s", w->template, p->field);
	if (r || strchr(pps_buf_text(&p->literal), '/'))
		pps_buf_add_text(w->out, pps_buf_text(&p->literal));
	return r ? add_value(w, p, &value, err) : PPS_OK;
}

/* In the last part of the path dots and hashes would be taken for an extension and a fragment. */
static int add_tail(pps_buf *out, const char *tail, pps_error **err)
{
	_cleanup_free_ char *copy = strdup(tail);

	if (!copy)
		return pps_fail_nomem(err);
	pps_buf_truncate(out, (size_t)(tail - out->at));
	for (const char *s = copy; *s; s++) {
		if (*s == '#')
			pps_buf_add_text(out, "HASH");
		else
			pps_buf_add_char(out, *s == '.' ? '_' : *s);
	}
	return PPS_OK;
}

/* As os.path.normpath() does, and relative: no empty parts, no "." and "..". */
static int normalize(struct writer *w, pps_error **err)
{
	_cleanup_free_ char *text = strdup(pps_buf_text(w->out) + w->start);
	char *state = NULL;

	if (!text)
		return pps_fail_nomem(err);
	pps_buf_truncate(w->out, w->start);
	for (char *part = strtok_r(text, "/", &state); part; part = strtok_r(NULL, "/", &state)) {
		if (strcmp(part, "..") == 0)
			return bad(w, PPS_E_UNSUPPORTED, "it climbs out of its folder", err);
		if (strcmp(part, ".") != 0)
			pps_buf_printf(w->out, "%s%s", w->out->size > w->start ? "/" : "", part);
	}
	return PPS_OK;
}

int pps_template_format(const char *template, int has_component, pps_field_fn fn, void *user, pps_buf *out, pps_error **err)
{
	struct writer w = { .template = template, .fn = fn, .user = user, .out = out, .start = out->size };
	struct part p = { .literal = PPS_BUF_LINE };
	const char *at = template, *tail;
	int r = PPS_OK;

	while (r >= 0 && *at)
		if ((r = read_part(&w, &at, &p, err)) >= 0)
			r = add_part(&w, &p, err);
	if (r >= 0)
		r = pps_buf_check(&p.literal, "file template", err);
	pps_buf_free(&p.literal);
	if (r < 0)
		return r;
	if (has_component && !w.used_component)
		return bad(&w, PPS_E_CONFIG, "it does not say where the component goes", err);
	if ((r = pps_buf_check(out, "path of a file", err)) < 0)
		return r;
	tail = strrchr(pps_buf_text(out) + w.start, '/');
	if (out->at && (r = add_tail(out, tail ? tail + 1 : out->at + w.start, err)) < 0)
		return r;
	if ((r = normalize(&w, err)) < 0)
		return r;
	return pps_buf_check(out, "path of a file", err);
}
