/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bulk inserts against the bare way of PostgreSQL, in turn in one run: usage: bench-sql [ROWS [PAIRS]], with the URL of a database in
 * PPS_TEST_PG. Tables are shaped as the Butler's: a dataset row, a tags row with its unique key, a file record, a sky-pixel overlap.
 * The reference is a COPY of text that was rendered beforehand, into the same table, on a connection of the same settings; for
 * overlaps, which want ON CONFLICT, INSERT ... SELECT from a staging table that is already full.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "sql/sql-backend.h"

#define SCHEMA "pps_bench"
#define PAIRS_MOST 25

static const char ddl[] =
	"DROP SCHEMA IF EXISTS " SCHEMA " CASCADE;\n"
	"CREATE SCHEMA " SCHEMA ";\n"
	"CREATE TABLE " SCHEMA ".dataset (id uuid PRIMARY KEY, dataset_type_id bigint NOT NULL, ingest_date bigint NOT NULL, "
	"run_id bigint NOT NULL);\n"
	"CREATE INDEX ON " SCHEMA ".dataset (run_id);\n"
	"CREATE TABLE " SCHEMA ".tags (dataset_type_id bigint NOT NULL, dataset_id uuid NOT NULL, collection_id bigint NOT NULL, "
	"instrument varchar(32) NOT NULL, detector bigint NOT NULL, exposure bigint NOT NULL, PRIMARY KEY (dataset_id, collection_id), "
	"UNIQUE (dataset_type_id, collection_id, instrument, detector, exposure));\n"
	"CREATE TABLE " SCHEMA ".records (dataset_id uuid NOT NULL, path varchar(256) NOT NULL, formatter varchar(128) NOT NULL, "
	"storage_class varchar(64) NOT NULL, component varchar(32) NOT NULL, checksum varchar(128), file_size bigint NOT NULL, "
	"PRIMARY KEY (dataset_id, component));\n"
	"CREATE INDEX ON " SCHEMA ".records (path);\n"
	"CREATE TABLE " SCHEMA ".overlap (skypix_system varchar(16) NOT NULL, skypix_level smallint NOT NULL, instrument varchar(32) "
	"NOT NULL, detector bigint NOT NULL, visit bigint NOT NULL, skypix_index bigint NOT NULL, PRIMARY KEY (skypix_system, "
	"skypix_level, instrument, detector, visit, skypix_index));\n"
	"CREATE UNLOGGED TABLE " SCHEMA ".staging (LIKE " SCHEMA ".overlap);\n";

typedef struct workload {
	const char *table;
	pps_sql_column columns[8];
	size_t width;
	void (*row)(int64_t i, pps_sql_value *v);
	const char *conflict; /* of ours; the reference then is INSERT ... SELECT */
} workload;

static char texts[2][64];

static pps_uuid uuid_of(int64_t i)
{
	pps_uuid u = { { 0x01, 0x9a, 0xbc, 0xde } };

	for (int b = 0; b < 8; b++)
		u.bytes[15 - b] = (uint8_t)(i >> 8 * b);
	return u;
}

static void dataset_row(int64_t i, pps_sql_value *v)
{
	v[0] = pps_sql_uuid(uuid_of(i));
	v[1] = pps_sql_int(7);
	v[2] = pps_sql_int(1764720000000000000 + i);
	v[3] = pps_sql_int(3);
}

static void tags_row(int64_t i, pps_sql_value *v)
{
	v[0] = pps_sql_int(7);
	v[1] = pps_sql_uuid(uuid_of(i));
	v[2] = pps_sql_int(3);
	v[3] = pps_sql_text("LSSTCam");
	v[4] = pps_sql_int(i % 205);
	v[5] = pps_sql_int(2025120200000 + i / 205);
}

static void records_row(int64_t i, pps_sql_value *v)
{
	snprintf(texts[0], sizeof texts[0], "file:///sdf/data/MC_O_%08lld.zip#zip-path=%lld.fits", (long long)i / 205, (long long)i);
	v[0] = pps_sql_uuid(uuid_of(i));
	v[1] = pps_sql_text(strdup(texts[0]));
	v[2] = pps_sql_text("lsst.obs.lsst.rawFormatter.LsstCamRawFormatter");
	v[3] = pps_sql_text("Exposure");
	v[4] = pps_sql_text("__NULL_STRING__");
	v[5] = pps_sql_null();
	v[6] = pps_sql_int(18000000 + i);
}

static void overlap_row(int64_t i, pps_sql_value *v)
{
	v[0] = pps_sql_text("htm");
	v[1] = pps_sql_int(7);
	v[2] = pps_sql_text("LSSTCam");
	v[3] = pps_sql_int(i / 8 % 189);
	v[4] = pps_sql_int(2025120200000 + i / 8 / 189);
	v[5] = pps_sql_int(140000 + i % 8);
}

static const workload workloads[] = {
	{ "dataset", { { "id", PPS_SQL_UUID }, { "dataset_type_id", PPS_SQL_INT }, { "ingest_date", PPS_SQL_INT }, { "run_id", PPS_SQL_INT } },
	  4, dataset_row, NULL },
	{ "tags", { { "dataset_type_id", PPS_SQL_INT }, { "dataset_id", PPS_SQL_UUID }, { "collection_id", PPS_SQL_INT },
		    { "instrument", PPS_SQL_TEXT }, { "detector", PPS_SQL_INT }, { "exposure", PPS_SQL_INT } },
	  6, tags_row, NULL },
	{ "records", { { "dataset_id", PPS_SQL_UUID }, { "path", PPS_SQL_TEXT }, { "formatter", PPS_SQL_TEXT },
		       { "storage_class", PPS_SQL_TEXT }, { "component", PPS_SQL_TEXT }, { "checksum", PPS_SQL_TEXT },
		       { "file_size", PPS_SQL_INT } },
	  7, records_row, NULL },
	{ "overlap", { { "skypix_system", PPS_SQL_TEXT }, { "skypix_level", PPS_SQL_INT }, { "instrument", PPS_SQL_TEXT },
		       { "detector", PPS_SQL_INT }, { "visit", PPS_SQL_INT }, { "skypix_index", PPS_SQL_INT } },
	  6, overlap_row, NULL },
	{ "dataset", { { "id", PPS_SQL_UUID }, { "dataset_type_id", PPS_SQL_INT }, { "ingest_date", PPS_SQL_INT }, { "run_id", PPS_SQL_INT } },
	  4, dataset_row, "ON CONFLICT DO NOTHING" },
	{ "overlap", { { "skypix_system", PPS_SQL_TEXT }, { "skypix_level", PPS_SQL_INT }, { "instrument", PPS_SQL_TEXT },
		       { "detector", PPS_SQL_INT }, { "visit", PPS_SQL_INT }, { "skypix_index", PPS_SQL_INT } },
	  6, overlap_row, "ON CONFLICT DO NOTHING" },
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench-sql: %s: %s\n", what, why);
	exit(1);
}

static void bare(PGconn *conn, const char *text)
{
	PGresult *res = PQexec(conn, text);

	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		die(text, PQerrorMessage(conn));
	PQclear(res);
}

/* The rows as COPY's text. */
static void render(const workload *w, const pps_sql_value *values, size_t rows, pps_buf *b)
{
	char uuid[37];

	for (size_t i = 0; i < rows * w->width; i++) {
		const pps_sql_value *v = &values[i];

		if (v->type == PPS_SQL_INT) {
			pps_buf_printf(b, "%lld", (long long)v->i);
		} else if (v->type == PPS_SQL_UUID) {
			pps_uuid_format(&v->uuid, uuid);
			pps_buf_add_text(b, uuid);
		} else {
			pps_buf_add_text(b, v->type == PPS_SQL_NULL ? "\\N" : v->s);
		}
		pps_buf_add_char(b, i % w->width + 1 == w->width ? '\n' : '\t');
	}
}

static void copy_bare(PGconn *conn, const char *table, const pps_buf *b)
{
	char text[128];
	PGresult *res;

	snprintf(text, sizeof text, "COPY " SCHEMA ".%s FROM STDIN", table);
	PQclear(PQexec(conn, text));
	if (PQputCopyData(conn, b->at, (int)b->size) != 1 || PQputCopyEnd(conn, NULL) != 1)
		die("COPY", PQerrorMessage(conn));
	while ((res = PQgetResult(conn))) {
		if (PQresultStatus(res) != PGRES_COMMAND_OK)
			die("COPY", PQerrorMessage(conn));
		PQclear(res);
	}
}

static double reference(PGconn *conn, const workload *w, const pps_buf *b)
{
	char text[256];
	int64_t start;

	snprintf(text, sizeof text, "TRUNCATE " SCHEMA ".%s", w->table);
	bare(conn, text);
	if (w->conflict) {
		snprintf(text, sizeof text, "DROP TABLE " SCHEMA ".staging; CREATE UNLOGGED TABLE " SCHEMA ".staging (LIKE " SCHEMA ".%s)", w->table);
		bare(conn, text);
		copy_bare(conn, "staging", b);
	}
	start = pps_monotonic_now();
	bare(conn, "BEGIN");
	if (w->conflict) {
		snprintf(text, sizeof text, "INSERT INTO " SCHEMA ".%s SELECT * FROM " SCHEMA ".staging %s", w->table, w->conflict);
		bare(conn, text);
	} else {
		copy_bare(conn, w->table, b);
	}
	bare(conn, "COMMIT");
	return (double)(pps_monotonic_now() - start) / 1e9;
}

static double ours(pps_sql *sql, const workload *w, const pps_sql_value *values, size_t rows)
{
	pps_error *err = NULL;
	char text[64];
	int64_t start, n = 0;

	snprintf(text, sizeof text, "TRUNCATE {%s}", w->table);
	if (pps_sql_exec(sql, text, NULL, 0, NULL, &err) < 0)
		die(w->table, pps_error_message(err));
	start = pps_monotonic_now();
	if (pps_sql_insert(sql, w->table, w->columns, w->width, values, rows, w->conflict, &n, &err) < 0 || n != (int64_t)rows)
		die(w->table, pps_error_message(err));
	return (double)(pps_monotonic_now() - start) / 1e9;
}

static int compare(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static void run(pps_sql *sql, PGconn *conn, const workload *w, size_t rows, size_t pairs)
{
	pps_sql_value *values = calloc(rows * w->width, sizeof *values);
	double a[PAIRS_MOST], b[PAIRS_MOST], ratio[PAIRS_MOST];
	pps_buf text = PPS_BUF(1u << 30);

	if (!values)
		die("values", "out of memory");
	for (size_t i = 0; i < rows; i++)
		w->row((int64_t)i, values + i * w->width);
	render(w, values, rows, &text);
	for (size_t i = 0; i < pairs; i++) {
		a[i] = ours(sql, w, values, rows);
		b[i] = reference(conn, w, &text);
		ratio[i] = b[i] / a[i];
	}
	qsort(a, pairs, sizeof *a, compare);
	qsort(b, pairs, sizeof *b, compare);
	qsort(ratio, pairs, sizeof *ratio, compare);
	printf("{\"table\": \"%s\", \"conflict\": %s, \"rows\": %zu, \"pps_sql_insert_per_s\": %.0f, \"reference\": \"%s\", "
	       "\"reference_per_s\": %.0f, \"ratio\": %.2f}\n", w->table, w->conflict ? "true" : "false", rows,
	       (double)rows / a[pairs / 2], w->conflict ? "INSERT ... SELECT" : "COPY", (double)rows / b[pairs / 2], ratio[pairs / 2]);
	fflush(stdout);
	for (size_t i = 0; w->row == records_row && i < rows; i++)
		free((char *)values[i * w->width + 1].s);
	pps_buf_free(&text);
	free(values);
}

int main(int argc, char **argv)
{
	size_t rows = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000, pairs = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;
	pps_sql_options options = { .schema = SCHEMA };
	const char *url = getenv("PPS_TEST_PG");
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_sql *sql = NULL;
	PGconn *conn;

	if (!url || !*url || rows == 0 || pairs == 0 || pairs > PAIRS_MOST)
		die("usage", "bench-sql [ROWS [PAIRS, at most 25]], with PPS_TEST_PG=postgresql://...");
	if (pps_ctx_new(&ctx, &err) < 0 || pps_sql_open(ctx, url, &options, &sql, &err) < 0 || pps_sql_script(sql, ddl, &err) < 0)
		die(url, pps_error_message(err));
	conn = PQconnectdb(url);
	if (PQstatus(conn) != CONNECTION_OK)
		die(url, PQerrorMessage(conn));
	for (size_t i = 0; i < PPS_COUNT(workloads); i++)
		run(sql, conn, &workloads[i], rows, pairs);
	bare(conn, "DROP SCHEMA " SCHEMA " CASCADE");
	PQfinish(conn);
	pps_sql_close(sql);
	pps_ctx_unref(ctx);
	return 0;
}
