/* SPDX-License-Identifier: BSD-3-Clause */
/* Errors of both databases as PPS_E_* codes: one action each. The tables are tested and shown in docs/errors.md. */
#include <sqlite3.h>
#include <string.h>

#include "sql/sql-backend.h"

/* The longest matching beginning wins, so whole states stand before their class. */
static const struct {
	const char *state;
	int code;
} states[] = {
	{ "08P01", PPS_E_INTERNAL },
	{ "25006", PPS_E_ACCESS },
	{ "25P03", PPS_E_UNAVAILABLE },
	{ "3D000", PPS_E_NOTFOUND },
	{ "3F000", PPS_E_NOTFOUND },
	{ "42501", PPS_E_ACCESS },
	{ "42P01", PPS_E_NOTFOUND },
	{ "53100", PPS_E_NOSPACE },
	{ "55006", PPS_E_UNAVAILABLE },
	{ "55P03", PPS_E_UNAVAILABLE },
	{ "57014", PPS_E_TIMEOUT },
	{ "58030", PPS_E_IO },
	{ "08", PPS_E_UNAVAILABLE },
	{ "0A", PPS_E_UNSUPPORTED },
	{ "22", PPS_E_FORMAT },
	{ "23", PPS_E_CONFLICT },
	{ "28", PPS_E_ACCESS },
	{ "40", PPS_E_UNAVAILABLE },
	{ "42", PPS_E_INTERNAL },
	{ "53", PPS_E_UNAVAILABLE },
	{ "57", PPS_E_UNAVAILABLE },
	{ "58", PPS_E_UNAVAILABLE },
};

const char *pps_sql_known_state(size_t n)
{
	return n < PPS_COUNT(states) ? states[n].state : NULL;
}

int pps_sql_code_of_sqlstate(const char *sqlstate)
{
	for (size_t i = 0; i < PPS_COUNT(states); i++)
		if (strncmp(sqlstate, states[i].state, strlen(states[i].state)) == 0)
			return states[i].code;
	return PPS_E_FAILED;
}

int pps_sql_sqlstate_is_transient(const char *sqlstate)
{
	return strcmp(sqlstate, "40001") == 0 || strcmp(sqlstate, "40P01") == 0 || strcmp(sqlstate, "55P03") == 0;
}

int pps_sql_code_of_sqlite(int extended)
{
	switch (extended & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_SCHEMA:
	case SQLITE_PROTOCOL:
		return PPS_E_UNAVAILABLE;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		return PPS_E_ACCESS;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
	case SQLITE_TOOBIG:
	case SQLITE_MISMATCH:
		return PPS_E_FORMAT;
	case SQLITE_FULL:
		return PPS_E_NOSPACE;
	case SQLITE_IOERR:
		return extended == SQLITE_IOERR_NOMEM ? PPS_E_NOMEM : PPS_E_IO;
	case SQLITE_NOMEM:
		return PPS_E_NOMEM;
	case SQLITE_CONSTRAINT:
		return PPS_E_CONFLICT;
	case SQLITE_INTERRUPT:
		return PPS_E_TIMEOUT;
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
		return PPS_E_INTERNAL;
	default:
		return PPS_E_FAILED;
	}
}

const char *pps_sql_sqlstate_of_sqlite(int extended)
{
	switch (extended) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return "23505";
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return "23503";
	case SQLITE_CONSTRAINT_NOTNULL:
		return "23502";
	case SQLITE_CONSTRAINT_CHECK:
		return "23514";
	}
	switch (extended & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "55P03";
	case SQLITE_CONSTRAINT:
		return "23000";
	case SQLITE_READONLY:
		return "25006";
	case SQLITE_FULL:
		return "53100";
	case SQLITE_INTERRUPT:
		return "57014";
	default:
		return "";
	}
}
