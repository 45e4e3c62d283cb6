/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/s3-ini.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/map.h"

#define NAME_MOST 4096 /* of a section, a NUL and a key */
#define FILE_MOST (1u << 20)
#define DEFAULTS "DEFAULT"

struct pps_s3_ini {
	pps_map *sections; /* names alone */
	pps_map *values;   /* "SECTION\0KEY" -> text */
};

/* A file while it is read, line by line. */
struct reader {
	const char *file;
	pps_s3_ini *ini;
	int line, column;
	char *section; /* NULL: none yet */
	pps_buf key;   /* "SECTION\0KEY" of the value at hand; empty: none */
	pps_buf value;
	size_t indent; /* of the line that the value began on */
};

static void free_map(pps_map *map)
{
	for (size_t i = 0; map && i < pps_map_size(map); i++) {
		char *value = pps_map_value(map, i);

		if (value)
			explicit_bzero(value, strlen(value));
		free(value);
	}
	pps_map_free(map);
}

void pps_s3_ini_free(pps_s3_ini *ini)
{
	if (!ini)
		return;
	free_map(ini->sections);
	free_map(ini->values);
	free(ini);
}

static void reader_clear(struct reader *rd)
{
	free(rd->section);
	pps_buf_free(&rd->key);
	if (rd->value.at)
		explicit_bzero(rd->value.at, rd->value.cap);
	pps_buf_free(&rd->value);
}
#define _cleanup_reader_ _cleanup_(reader_clear)

static int is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Shortens [*from, *from + *n) by the blanks at both ends. */
static void strip(const char **from, size_t *n)
{
	while (*n && is_space(**from)) {
		++*from;
		--*n;
	}
	while (*n && is_space((*from)[*n - 1]))
		--*n;
}

static int wrong(const struct reader *rd, const char *text, pps_error **err)
{
	return pps_fail_at(err, PPS_E_CONFIG, rd->file, rd->line, rd->column, "%s", text);
}

/* Puts the value that was collected into the map. */
static int finish_value(struct reader *rd, pps_error **err)
{
	char *value;
	int r;

	if (!rd->key.size)
		return PPS_OK;
	while (rd->value.size && is_space(rd->value.at[rd->value.size - 1]))
		pps_buf_truncate(&rd->value, rd->value.size - 1);
	if ((r = pps_buf_check(&rd->key, "name of a key", err)) < 0 || (r = pps_buf_check(&rd->value, "value of a key", err)) < 0)
		return r;
	if (!(value = strdup(pps_buf_text(&rd->value))))
		return pps_fail_nomem(err);
	if (pps_map_set(rd->ini->values, rd->key.at, rd->key.size, value) < 0) {
		explicit_bzero(value, strlen(value));
		free(value);
		return pps_fail_nomem(err);
	}
	explicit_bzero(rd->value.at, rd->value.at ? rd->value.cap : 0);
	pps_buf_truncate(&rd->value, 0);
	pps_buf_truncate(&rd->key, 0);
	return PPS_OK;
}

static int begin_section(struct reader *rd, const char *text, size_t n, pps_error **err)
{
	const char *close = memrchr(text, ']', n);
	char *name;
	int r;

	if (!close || close == text + 1)
		return wrong(rd, "expected [section]", err);
	if ((r = finish_value(rd, err)) < 0)
		return r;
	if (!(name = strndup(text + 1, (size_t)(close - text - 1))))
		return pps_fail_nomem(err);
	free(rd->section);
	rd->section = name;
	if (strcmp(name, DEFAULTS) == 0)
		return PPS_OK;
	if (pps_map_get_text(rd->ini->sections, name, NULL))
		return pps_fail_at(err, PPS_E_CONFIG, rd->file, rd->line, rd->column, "the section [%.80s] is there twice", name);
	return pps_map_set_text(rd->ini->sections, name, NULL) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int begin_value(struct reader *rd, const char *text, size_t n, pps_error **err)
{
	size_t len = 0;
	const char *value;
	int r;

	while (len < n && text[len] != '=' && text[len] != ':')
		len++;
	if (len == 0 || len == n)
		return wrong(rd, "expected key = value", err);
	if ((r = finish_value(rd, err)) < 0)
		return r;
	value = text + len + 1;
	n -= len + 1;
	strip(&text, &len);
	strip(&value, &n);
	pps_buf_add_text(&rd->key, rd->section);
	pps_buf_add_char(&rd->key, 0);
	for (size_t i = 0; i < len; i++)
		pps_buf_add_char(&rd->key, (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]));
	pps_buf_add(&rd->value, value, n);
	if (rd->key.failed == PPS_E_FORMAT)
		return wrong(rd, "the names of section and key are too long", err);
	if ((r = pps_buf_check(&rd->key, "name of a key", err)) < 0)
		return r;
	if (pps_map_get(rd->ini->values, rd->key.at, rd->key.size, NULL))
		return pps_fail_at(err, PPS_E_CONFIG, rd->file, rd->line, rd->column, "[%.80s]: \"%.80s\" is there twice", rd->section,
				   rd->key.at + strlen(rd->section) + 1);
	return PPS_OK;
}

static int read_line(struct reader *rd, const char *line, size_t n, pps_error **err)
{
	const char *text = line;
	size_t len = n, indent;

	strip(&text, &len);
	indent = (size_t)(text - line);
	rd->column = (int)indent + 1;
	if (len && (*text == '#' || *text == ';'))
		return PPS_OK;
	if (!len || (rd->key.size && indent > rd->indent)) { /* goes on with the value before it */
		if (rd->key.size) {
			pps_buf_add_char(&rd->value, '\n');
			pps_buf_add(&rd->value, text, len);
		}
		return PPS_OK;
	}
	rd->indent = indent;
	if (*text == '[' && memchr(text, ']', len))
		return begin_section(rd, text, len, err);
	if (!rd->section)
		return wrong(rd, "expected a [section] before the first key", err);
	return begin_value(rd, text, len, err);
}

int pps_s3_ini_parse(const char *file, const char *text, size_t size, pps_s3_ini **ret_ini, pps_error **err)
{
	_cleanup_(pps_s3_ini_freep) pps_s3_ini *ini = calloc(1, sizeof *ini);
	_cleanup_reader_ struct reader rd = { .file = file, .ini = ini, .key = PPS_BUF(NAME_MOST), .value = PPS_BUF(FILE_MOST) };
	int r;

	if (!ini || !(ini->sections = pps_map_new()) || !(ini->values = pps_map_new()))
		return pps_fail_nomem(err);
	if (size > FILE_MOST)
		return pps_fail(err, PPS_E_CONFIG, "%s: larger than %u bytes", file, FILE_MOST);
	if (!pps_utf8_is_valid(text, size))
		return pps_fail(err, PPS_E_CONFIG, "%s: is no text in UTF-8", file);
	for (const char *p = text, *end = text + size; p < end;) {
		size_t n = 0, left = (size_t)(end - p);

		while (n < left && p[n] != '\n' && p[n] != '\r')
			n++;
		rd.line++;
		if ((r = read_line(&rd, p, n, err)) < 0)
			return r;
		p += n + (n < left) + (left - n >= 2 && p[n] == '\r' && p[n + 1] == '\n');
	}
	if ((r = finish_value(&rd, err)) < 0)
		return r;
	*ret_ini = TAKE_PTR(ini);
	return PPS_OK;
}

/* The whole content; *@size, 0 before, at most FILE_MOST + 1: what was read, also after an error. */
static int read_all(int fd, const char *path, char *bytes, size_t *size, pps_error **err)
{
	while (*size <= FILE_MOST) {
		ssize_t n = read(fd, bytes + *size, FILE_MOST + 1 - *size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pps_fail_errno(err, errno, "%s", path);
		if (n == 0)
			break;
		*size += (size_t)n;
	}
	return PPS_OK;
}

int pps_s3_ini_load(const char *path, pps_s3_ini **ret_ini, pps_error **err)
{
	/* without waiting, should it be a pipe: that is no such file */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *bytes = NULL;
	struct stat st;
	size_t size = 0;
	int r;

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return pps_fail_errno(err, errno, "%s", path);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		*ret_ini = NULL;
		return PPS_OK;
	}
	if (!(bytes = malloc(FILE_MOST + 1)))
		return pps_fail_nomem(err);
	if ((r = read_all(fd, path, bytes, &size, err)) == PPS_OK)
		r = pps_s3_ini_parse(path, bytes, size, ret_ini, err);
	explicit_bzero(bytes, size);
	return r;
}

const char *pps_s3_ini_section(const pps_s3_ini *ini, size_t n)
{
	return ini && n < pps_map_size(ini->sections) ? pps_map_key(ini->sections, n) : NULL;
}

int pps_s3_ini_has(const pps_s3_ini *ini, const char *section)
{
	return ini && pps_map_get_text(ini->sections, section, NULL);
}

const char *pps_s3_ini_get(const pps_s3_ini *ini, const char *section, const char *key)
{
	const char *const sections[] = { section, DEFAULTS };

	for (size_t i = 0; pps_s3_ini_has(ini, section) && i < PPS_COUNT(sections); i++) {
		char name[NAME_MOST]; /* not allocated: a value must not be missing for the want of memory */
		size_t before = strlen(sections[i]) + 1, n = strlen(key);
		void *value;

		if (before + n > sizeof name)
			continue;
		memcpy(name, sections[i], before);
		memcpy(name + before, key, n);
		if (pps_map_get(ini->values, name, before + n, &value))
			return value;
	}
	return NULL;
}
