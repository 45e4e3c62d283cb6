/* SPDX-License-Identifier: BSD-3-Clause */
/* Statement text: one spelling for both databases. Quoted text and comments are left as they are. */
#include <ctype.h>
#include <string.h>

#include "sql/sql-backend.h"

static void add_quoted(pps_buf *b, const char *name)
{
	for (; *name; name++) {
		if (*name == '"')
			pps_buf_add_char(b, '"');
		pps_buf_add_char(b, *name);
	}
}

void pps_sql_quote(pps_buf *b, const char *name, const char *suffix)
{
	pps_buf_add_char(b, '"');
	add_quoted(b, name);
	add_quoted(b, suffix);
	pps_buf_add_char(b, '"');
}

void pps_sql_quote_table(const pps_sql *sql, pps_buf *b, const char *table)
{
	if (sql->url.kind == PPS_SQL_POSTGRES && sql->schema) {
		pps_sql_quote(b, sql->schema, "");
		pps_buf_add_char(b, '.');
	}
	pps_sql_quote(b, table, "");
}

/* The end of a quoted text or comment that starts at @s, or @s when none does. */
static const char *skip_opaque(const char *s)
{
	const char *end;

	if (*s == '\'' || *s == '"') {
		char quote = *s;

		for (s++; *s; s++)
			if (*s == quote && *++s != quote)
				return s;
		return s;
	}
	if (s[0] == '-' && s[1] == '-') {
		end = strchr(s, '\n');
		return end ? end : s + strlen(s);
	}
	return s;
}

static void expand_list(const pps_sql *sql, pps_buf *b, int number, const char *kind)
{
	const char *type = strcmp(kind, "int") == 0 ? "bigint" : kind;

	if (sql->url.kind == PPS_SQL_POSTGRES)
		pps_buf_printf(b, "= ANY($%d::%s[])", number, type);
	else
		pps_buf_printf(b, "IN (SELECT value FROM json_each(?%d))", number);
}

/* PostgreSQL reads a table whole where it thinks that cheaper than looking for each of many, and may be wrong: OFFSET 0 leaves it no choice. */
static void expand_rows(const pps_sql *sql, pps_buf *b, const char *table, const char *column, int number)
{
	const int is_postgres = sql->url.kind == PPS_SQL_POSTGRES;

	if (is_postgres)
		pps_buf_printf(b, "(unnest($%d::uuid[]) AS listed(listed_id) CROSS JOIN LATERAL ", number);
	pps_buf_add_text(b, "(SELECT * FROM ");
	pps_sql_quote_table(sql, b, table);
	pps_buf_add_text(b, " WHERE ");
	pps_sql_quote(b, column, "");
	if (is_postgres)
		pps_buf_add_text(b, " = listed.listed_id OFFSET 0) AS found)");
	else
		pps_buf_printf(b, " IN (SELECT value FROM json_each(?%d)))", number);
}

/* "TABLE by COLUMN $N"? @name is cut after the table then. */
static int is_rows(char *name, char column[64], int *ret_number)
{
	static const char by[] = " by ";
	char *found = NULL;
	int end = 0;

	for (char *s = name; (s = strstr(s, by)); s++)
		found = s;
	if (!found || sscanf(found, " by %63[a-z_] $%3d%n", column, ret_number, &end) != 2 || found[end])
		return 0;
	*found = '\0';
	return 1;
}

/* What stands in braces. */
static int expand_brace(const pps_sql *sql, const char *s, size_t len, pps_buf *b, pps_error **err)
{
	char name[128], kind[8], column[64];
	int number, end = 0;

	if (len == 0 || len >= sizeof name)
		return pps_fail(err, PPS_E_INTERNAL, "statement text: a name in braces has 1 to 127 bytes");
	memcpy(name, s, len);
	name[len] = '\0';
	if (is_rows(name, column, &number)) {
		expand_rows(sql, b, name, column, number);
		return PPS_OK;
	}
	if (strncmp(name, "in $", 4) != 0) {
		pps_sql_quote_table(sql, b, name);
		return PPS_OK;
	}
	if (sscanf(name, "in $%3d %7[a-z]%n", &number, kind, &end) != 2 || name[end] ||
	    (strcmp(kind, "int") != 0 && strcmp(kind, "text") != 0 && strcmp(kind, "uuid") != 0))
		return pps_fail(err, PPS_E_INTERNAL, "statement text: {%s} is no list parameter", name);
	expand_list(sql, b, number, kind);
	return PPS_OK;
}

int pps_sql_expand(const pps_sql *sql, const char *text, pps_buf *b, pps_error **err)
{
	const char *s = text;
	int r;

	while (*s) {
		const char *end = skip_opaque(s);

		if (end != s) {
			pps_buf_add(b, s, (size_t)(end - s));
			s = end;
		} else if (*s == '{') {
			if (!(end = strchr(s, '}')))
				return pps_fail(err, PPS_E_INTERNAL, "statement text: '{' without '}'");
			if ((r = expand_brace(sql, s + 1, (size_t)(end - s - 1), b, err)) < 0)
				return r;
			s = end + 1;
		} else if (*s == '$' && isdigit((unsigned char)s[1]) && sql->url.kind == PPS_SQL_SQLITE) {
			pps_buf_add_char(b, '?');
			s++;
		} else {
			pps_buf_add_char(b, *s++);
		}
	}
	return pps_buf_check(b, "statement", err);
}
