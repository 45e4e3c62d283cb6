/* SPDX-License-Identifier: BSD-3-Clause */
#include "rucio/ini.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

#define DEPTH_MOST 10
#define VALUE_MOST (1u << 20)

struct entry {
	size_t section; /* number of its name */
	char *key;      /* lowercase */
	pps_buf value;
	int line;
};

struct pps_ini {
	char *name;
	char **sections;
	size_t nsections, sections_cap;
	struct entry *entries;
	size_t n, cap;
};

void pps_ini_free(pps_ini *ini)
{
	if (!ini)
		return;
	for (size_t i = 0; i < ini->n; i++) {
		free(ini->entries[i].key);
		if (ini->entries[i].value.at)
			explicit_bzero(ini->entries[i].value.at, ini->entries[i].value.size);
		pps_buf_free(&ini->entries[i].value);
	}
	for (size_t i = 0; i < ini->nsections; i++)
		free(ini->sections[i]);
	free(ini->entries);
	free(ini->sections);
	free(ini->name);
	free(ini);
}

static size_t find_section(const pps_ini *ini, const char *name, size_t len)
{
	for (size_t i = 0; i < ini->nsections; i++)
		if (strlen(ini->sections[i]) == len && !memcmp(ini->sections[i], name, len))
			return i;
	return SIZE_MAX;
}

static const struct entry *find_entry(const pps_ini *ini, size_t section, const char *key, size_t len)
{
	for (size_t i = 0; section != SIZE_MAX && i < ini->n; i++)
		if (ini->entries[i].section == section && strlen(ini->entries[i].key) == len && !strncasecmp(ini->entries[i].key, key, len))
			return &ini->entries[i];
	return NULL;
}

static int add_section(pps_ini *ini, const char *line, size_t len, int number, size_t *ret_section, pps_error **err)
{
	const char *end = memchr(line, ']', len);
	size_t n = end ? (size_t)(end - line) - 1 : 0;

	if (!n)
		return pps_fail_at(err, PPS_E_CONFIG, ini->name, number, 1, "expected [section]");
	if (find_section(ini, line + 1, n) != SIZE_MAX)
		return pps_fail_at(err, PPS_E_CONFIG, ini->name, number, 1, "section [%.*s] is there twice", (int)n, line + 1);
	if (pps_grow(&ini->sections, &ini->sections_cap, ini->nsections, sizeof *ini->sections) < 0 ||
	    !(ini->sections[ini->nsections] = strndup(line + 1, n)))
		return pps_fail_nomem(err);
	*ret_section = ini->nsections++;
	return PPS_OK;
}

static size_t trimmed(const char *text, size_t len)
{
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	return len;
}

static int add_entry(pps_ini *ini, size_t section, const char *line, size_t len, int number, pps_error **err)
{
	size_t n = 0, value;
	struct entry *e;

	while (n < len && line[n] != '=' && line[n] != ':')
		n++;
	value = n < len ? n + 1 : len; /* a key alone has no value */
	n = trimmed(line, n);
	if (!n || section == SIZE_MAX)
		return pps_fail_at(err, PPS_E_CONFIG, ini->name, number, 1, "expected %s", n ? "a [section] before the first key" : "key = value");
	if (find_entry(ini, section, line, n))
		return pps_fail_at(err, PPS_E_CONFIG, ini->name, number, 1, "\"%.*s\" is there twice", (int)n, line);
	if (pps_grow(&ini->entries, &ini->cap, ini->n, sizeof *ini->entries) < 0)
		return pps_fail_nomem(err);
	e = &ini->entries[ini->n];
	*e = (struct entry){ .section = section, .key = strndup(line, n), .value = PPS_BUF(VALUE_MOST), .line = number };
	if (!e->key)
		return pps_fail_nomem(err);
	ini->n++;
	for (char *c = e->key; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	while (value < len && isspace((unsigned char)line[value]))
		value++;
	pps_buf_add(&e->value, line + value, len - value);
	return pps_buf_check(&e->value, ini->name, err);
}

/* One line without its end. */
static int add_line(pps_ini *ini, const char *line, size_t len, int number, size_t *section, int *in_value, pps_error **err)
{
	size_t indent = 0;

	len = trimmed(line, len);
	while (indent < len && isspace((unsigned char)line[indent]))
		indent++;
	if (indent == len)
		return PPS_OK;
	if (line[indent] == '#' || line[indent] == ';')
		return PPS_OK;
	if (indent && *in_value) {
		pps_buf *value = &ini->entries[ini->n - 1].value;

		pps_buf_add_char(value, '\n');
		pps_buf_add(value, line + indent, len - indent);
		return pps_buf_check(value, ini->name, err);
	}
	*in_value = line[indent] != '[';
	return *in_value ? add_entry(ini, *section, line + indent, len - indent, number, err) :
			   add_section(ini, line + indent, len - indent, number, section, err);
}

int pps_ini_parse(const char *name, const char *text, size_t size, pps_ini **ret_ini, pps_error **err)
{
	_cleanup_(pps_ini_freep) pps_ini *ini = calloc(1, sizeof *ini);
	size_t section = SIZE_MAX, at = size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	int in_value = 0, r;

	if (!ini || !(ini->name = strdup(name)))
		return pps_fail_nomem(err);
	for (int number = 1; at < size; number++) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t len = end ? (size_t)(end - text) - at : size - at;

		if (memchr(text + at, 0, len))
			return pps_fail_at(err, PPS_E_CONFIG, name, number, 1, "a NUL byte: this is no text");
		if ((r = add_line(ini, text + at, len, number, &section, &in_value, err)) < 0)
			return r;
		at += len + 1;
	}
	*ret_ini = TAKE_PTR(ini);
	return PPS_OK;
}

static const struct entry *look_up(const pps_ini *ini, size_t section, const char *key, size_t len)
{
	const struct entry *e = find_entry(ini, section, key, len);

	return e ? e : find_entry(ini, find_section(ini, "DEFAULT", 7), key, len);
}

/* Appends the value of @e with its interpolations; @depth bounds those that go round. */
static int interpolate(const pps_ini *ini, size_t section, const struct entry *e, int depth, pps_buf *out, pps_error **err)
{
	const char *p = pps_buf_text(&e->value);
	int r = PPS_OK;

	while (*p && r == PPS_OK) {
		const struct entry *other;
		const char *close;
		size_t plain = strcspn(p, "%");

		pps_buf_add(out, p, plain);
		p += plain;
		if (!*p)
			break;
		if (p[1] == '%') {
			pps_buf_add_char(out, '%');
			p += 2;
			continue;
		}
		close = p[1] == '(' ? strstr(p, ")s") : NULL;
		other = close && depth < DEPTH_MOST ? look_up(ini, section, p + 2, (size_t)(close - p) - 2) : NULL;
		if (!other)
			return pps_fail_at(err, PPS_E_CONFIG, ini->name, e->line, 1,
					   "%s: %% must be followed by %% or (the name of another key)s", e->key);
		r = interpolate(ini, section, other, depth + 1, out, err);
		p = close + 2;
	}
	return r;
}

int pps_ini_get(const pps_ini *ini, const char *section, const char *key, char **ret_value, pps_error **err)
{
	_cleanup_buf_ pps_buf out = PPS_BUF(VALUE_MOST);
	size_t number = find_section(ini, section, strlen(section));
	const struct entry *e = number == SIZE_MAX ? NULL : look_up(ini, number, key, strlen(key));
	int r;

	if (!e) {
		*ret_value = NULL;
		return PPS_OK;
	}
	if ((r = interpolate(ini, number, e, 0, &out, err)) < 0 || (r = pps_buf_check(&out, ini->name, err)) < 0)
		return r;
	return (*ret_value = pps_buf_take(&out)) ? PPS_OK : pps_fail_nomem(err);
}
