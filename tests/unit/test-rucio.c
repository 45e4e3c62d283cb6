/* SPDX-License-Identifier: BSD-3-Clause */
/* Rucio without a server: what answers mean, rows of streams, bodies of requests, names, comparisons. */
#include "test.h"

#include "rucio/register.h"

/* ---- answers ---- */

static void set_response(pps_http_response *r, int status, const char *headers, const char *body)
{
	*r = (pps_http_response){ .status = status, .headers = PPS_BUF(1 << 20), .body = PPS_BUF(1 << 20) };
	pps_buf_add_text(&r->headers, headers);
	pps_buf_add_text(&r->body, body);
}

#define BODY(class, message) "{\"ExceptionClass\": \"" class "\", \"ExceptionMessage\": \"" message "\"}"

/* As a live server answered. */
static void answers(void **state)
{
	static const struct {
		int status;
		const char *headers, *body;
		int meaning;
		const char *named;
	} cases[] = {
		{ 200, "", "", PPS_RUCIO_FINE, "" },
		{ 201, "", "Created", PPS_RUCIO_FINE, "" },
		{ 401, "", BODY("CannotAuthenticate", "Cannot authenticate with given credentials"), PPS_RUCIO_LOGIN, "" },
		{ 401, "ExceptionClass: CannotAuthenticate\n", "", PPS_RUCIO_LOGIN, "" },
		{ 401, "", BODY("AccessDenied", "Access to the requested resource denied."), PPS_RUCIO_DENIED, "" },
		{ 500, "", BODY("AccessDenied", "Account reader can not set metadata"), PPS_RUCIO_DENIED, "" },
		{ 404, "", BODY("RSENotFound", "RSE 'NO' cannot be found"), PPS_RUCIO_SETTINGS, "" },
		{ 500, "", BODY("ScopeNotFound", "Scope 'no' not found"), PPS_RUCIO_SETTINGS, "" },
		{ 409, "", BODY("DataIdentifierAlreadyExists", "Data Identifier Already Exists."), PPS_RUCIO_EXISTS, "" },
		{ 409, "", BODY("FileAlreadyExists", "A file already exists"), PPS_RUCIO_EXISTS, "" },
		{ 409, "", BODY("FileAlreadyExists", "(psycopg.errors.UniqueViolation) duplicate key value"), PPS_RUCIO_AGAIN, "" },
		{ 500, "", BODY("RucioException", "(psycopg.errors.UniqueViolation) duplicate key value"), PPS_RUCIO_AGAIN, "" },
		{ 500, "", BODY("RucioException", "(psycopg.OperationalError) connection failed: Connection refused"), PPS_RUCIO_AGAIN, "" },
		{ 404, "", BODY("DataIdentifierNotFound", "Data identifier 'raw:Dataset/P/1' not found"), PPS_RUCIO_ABSENT, "Dataset/P/1" },
		{ 409, "", BODY("UnsupportedOperation", "Data identifier 'raw:Dataset/P/1' is closed"), PPS_RUCIO_CLOSED, "Dataset/P/1" },
		{ 409, "", BODY("UnsupportedOperation", "The status of the data identifier 'raw:D' cannot be changed"), PPS_RUCIO_UNCHANGED, "D" },
		{ 409, "", BODY("UnsupportedOperation", "something else"), PPS_RUCIO_REFUSED, "" },
		{ 412, "", BODY("FileConsistencyMismatch", "adler32 mismatch for 'raw:L/1/a.zip': deadbeef!=0cc737eb"), PPS_RUCIO_MISMATCH, "L/1/a.zip" },
		{ 500, "", BODY("FileConsistencyMismatch", "filesize mismatch for 'raw:L/1/a.zip': 1!=2"), PPS_RUCIO_MISMATCH, "L/1/a.zip" },
		{ 500, "", BODY("InvalidObject", "Problem validating attachments"), PPS_RUCIO_REFUSED, "" },
		{ 400, "", BODY("InvalidPath", "pfn"), PPS_RUCIO_REFUSED, "" },
		{ 400, "", BODY("InvalidMetadata", "key"), PPS_RUCIO_REFUSED, "" },
		{ 406, "", BODY("DatabaseException", "connection refused"), PPS_RUCIO_AGAIN, "" },
		{ 500, "", BODY("DatabaseException", "An unknown Database Exception has occurred."), PPS_RUCIO_AGAIN, "" },
		{ 503, "", BODY("ResourceTemporaryUnavailable", "blocked"), PPS_RUCIO_AGAIN, "" },
		{ 503, "", BODY("NobodyKnows", "x"), PPS_RUCIO_AGAIN, "" },
		{ 502, "", "<html>bad gateway</html>", PPS_RUCIO_AGAIN, "" },
		{ 504, "", "", PPS_RUCIO_AGAIN, "" },
		{ 429, "", "", PPS_RUCIO_AGAIN, "" },
		{ 500, "", "'bytes'", PPS_RUCIO_BROKEN, "" },
		{ 404, "", "<html>not here</html>", PPS_RUCIO_BROKEN, "" },
		{ 403, "", "<html>forbidden</html>", PPS_RUCIO_DENIED, "" },
		{ 303, "Location: root\n", "", PPS_RUCIO_BROKEN, "" },
		{ 412, "", BODY("FileConsistencyMismatch", "mismatch for 'other:L/1/a.zip'"), PPS_RUCIO_MISMATCH, "" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_http_response_ pps_http_response r;
		pps_rucio_answer a;

		set_response(&r, cases[i].status, cases[i].headers, cases[i].body);
		assert_ok(pps_rucio_answer_read(&r, "raw", &a, NULL), NULL);
		if (a.meaning != cases[i].meaning || strcmp(a.named, cases[i].named) != 0)
			fail_msg("case %zu: HTTP %d %s: meaning %d, named \"%s\"", i, cases[i].status, cases[i].body, a.meaning, a.named);
	}
}

static void answer_errors(void **state)
{
	static const struct {
		int status, code;
		const char *body, *message;
	} cases[] = {
		{ 401, PPS_E_ACCESS, BODY("AccessDenied", "no"), "close it: AccessDenied: no (HTTP 401)" },
		{ 404, PPS_E_CONFIG, BODY("RSENotFound", "no"), "close it: RSENotFound: no (HTTP 404)" },
		{ 404, PPS_E_NOTFOUND, BODY("DataIdentifierNotFound", "no"), "close it: DataIdentifierNotFound: no (HTTP 404)" },
		{ 412, PPS_E_CONFLICT, BODY("FileConsistencyMismatch", "no"), "close it: FileConsistencyMismatch: no (HTTP 412)" },
		{ 500, PPS_E_UNAVAILABLE, BODY("DatabaseException", "down\\nfor good"), "close it: DatabaseException: down for good (HTTP 500)" },
		{ 500, PPS_E_FAILED, "'bytes'", "close it: HTTP 500 without an ExceptionClass" },
		{ 308, PPS_E_FAILED, "", "close it: the server sends elsewhere (HTTP 308): expected the address of Rucio itself" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_http_response_ pps_http_response r;
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_rucio_answer a;

		set_response(&r, cases[i].status, "", cases[i].body);
		assert_ok(pps_rucio_answer_read(&r, "raw", &a, NULL), NULL);
		assert_int_equal(pps_rucio_answer_fail(&a, &err, "close %s", "it"), cases[i].code);
		assert_string_equal(pps_error_message(err), cases[i].message);
	}
}

/* A message of any length is one line of bounded text. */
static void answer_cut(void **state)
{
	_cleanup_http_response_ pps_http_response r;
	_cleanup_buf_ pps_buf body = PPS_BUF(1 << 20);
	pps_rucio_answer a;

	(void)state;
	pps_buf_add_text(&body, "{\"ExceptionClass\": \"InvalidObject\", \"ExceptionMessage\": \"");
	for (int i = 0; i < 2000; i++)
		pps_buf_add_text(&body, "\xc3\xa9\\n");
	pps_buf_add_text(&body, "\"}");
	set_response(&r, 500, "Retry-After: 7\n", body.at);
	assert_ok(pps_rucio_answer_read(&r, "raw", &a, NULL), NULL);
	assert_in_range(strlen(a.message), PPS_RUCIO_MESSAGE_MOST - 8, PPS_RUCIO_MESSAGE_MOST + 3);
	assert_null(strchr(a.message, '\n'));
	assert_string_equal(a.message + strlen(a.message) - 3, "...");
	assert_int_equal(a.after_ms, 7000);
}

static void dates(void **state)
{
	static const char *const refused[] = { "", "Sat, 21 Nov 2026 12:59:04 CET", "Sat, 21 Nov 2026 12:59:04", "Sat, 21 Foo 2026 12:59:04 UTC",
					       "Sat, 00 Nov 2026 12:59:04 UTC", "Sat, 21 Nov 2026 24:59:04 UTC", "Sat; 21 Nov 2026 12:59:04 UTC",
					       "Sat, 21 Nov 1026 12:59:04 UTC", "Sat, 2a Nov 2026 12:59:04 UTC", "Sat, 21 Nov 2026 12:59:04 UTC " };
	int64_t t;

	(void)state;
	assert_int_equal(pps_rucio_time_parse("Sat, 21 Nov 2026 12:59:04 UTC", &t), 0);
	assert_int_equal(t, 1795265944);
	assert_int_equal(pps_rucio_time_parse("Thu, 01 Jan 1970 00:00:00 GMT", &t), 0);
	assert_int_equal(t, 0);
	assert_int_equal(pps_rucio_time_parse("Thu, 29 Feb 2024 23:59:59 GMT", &t), 0);
	assert_int_equal(t, 1709251199);
	for (size_t i = 0; i < PPS_COUNT(refused); i++)
		assert_int_equal(pps_rucio_time_parse(refused[i], &t), -1);
}

/* ---- rows ---- */

static int add_name(void *user, json_t *row, pps_error **err)
{
	(void)err;
	pps_buf_printf(user, "%s;", json_string_value(json_object_get(row, "name")));
	return PPS_OK;
}

/* Whatever pieces they come in. */
static void rows_in_pieces(void **state)
{
	static const char text[] = "{\"name\": \"a\"}\n\n{\"name\": \"b\\u00e9\"}\r\n{\"name\":\"c\"}\n";

	(void)state;
	for (size_t piece = 1; piece <= sizeof text; piece++) {
		_cleanup_buf_ pps_buf out = PPS_BUF_LINE;
		_cleanup_(pps_rucio_rows_free) pps_rucio_rows rows = { .row = add_name, .user = &out };

		for (size_t at = 0; at < sizeof text - 1; at += piece)
			assert_ok(pps_rucio_rows_feed(&rows, text + at, sizeof text - 1 - at < piece ? sizeof text - 1 - at : piece, NULL), NULL);
		assert_ok(pps_rucio_rows_finish(&rows, NULL), NULL);
		assert_string_equal(out.at, "a;b\xc3\xa9;c;");
		assert_int_equal(rows.n, 3);
	}
}

static void rows_refused(void **state)
{
	static const struct {
		const char *text;
		int feed, finish;
	} cases[] = {
		{ "{\"name\": \"a\"}\n{\"name\": ", PPS_OK, PPS_E_UNAVAILABLE }, /* cut */
		{ "{\"name\": \"a\"", PPS_OK, PPS_E_UNAVAILABLE },
		{ "{\"name\": \"a\"}x\n", PPS_E_FORMAT, 0 },
		{ "[1]\n", PPS_E_FORMAT, 0 },
		{ "<html>\n", PPS_E_FORMAT, 0 },
		{ "", PPS_OK, PPS_OK },
	};
	_cleanup_free_ char *large = malloc(PPS_RUCIO_LINE_MOST + 16);

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_buf_ pps_buf out = PPS_BUF_LINE;
		_cleanup_(pps_rucio_rows_free) pps_rucio_rows rows = { .row = add_name, .user = &out };

		assert_int_equal(pps_rucio_rows_feed(&rows, cases[i].text, strlen(cases[i].text), NULL), cases[i].feed);
		if (cases[i].feed == PPS_OK)
			assert_int_equal(pps_rucio_rows_finish(&rows, NULL), cases[i].finish);
	}
	memset(large, ' ', PPS_RUCIO_LINE_MOST + 15);
	large[PPS_RUCIO_LINE_MOST + 15] = '\n';
	for (size_t piece = 1000; piece <= PPS_RUCIO_LINE_MOST + 16; piece *= 40) {
		_cleanup_buf_ pps_buf out = PPS_BUF_LINE;
		_cleanup_(pps_rucio_rows_free) pps_rucio_rows rows = { .row = add_name, .user = &out };
		int r = PPS_OK;

		for (size_t at = 0; r == PPS_OK && at < PPS_RUCIO_LINE_MOST + 16; at += piece)
			r = pps_rucio_rows_feed(&rows, large + at, PPS_RUCIO_LINE_MOST + 16 - at < piece ? PPS_RUCIO_LINE_MOST + 16 - at : piece, NULL);
		assert_int_equal(r, PPS_E_FORMAT);
	}
}

/* ---- bodies ---- */

static void paths(void **state)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	(void)state;
	pps_rucio_add_path(&b, "raw", "Dataset/LSSTCam/raw/a b%2F+\xc3\xa9~", "/status");
	assert_string_equal(b.at, "/dids/raw/Dataset%2FLSSTCam%2Fraw%2Fa%20b%252F%2B%C3%A9~/status");
}

static const pps_rucio_file files[] = {
	{ .name = "L/1/A.zip", .bytes = 9, .adler32 = "0000abce", .md5 = "d41d8cd98f00b204e9800998ecf84273", .rubin_butler = "zip_file" },
	{ .name = "L/1/A_dimensions.yaml", .bytes = 5, .adler32 = "00000001" },
	{ .name = "L/1/B.zip", .bytes = 7, .adler32 = "00000002", .pfn = "davs://x/y" },
};

/* Whatever registers a file comes before what only names it; shared datasets are grouped; what is whole or failed is not there. */
static void attach_body(void **state)
{
	static const char *const tracts[] = { "T1", "T2", "T1" };
	static const pps_rucio_exposure exposures[] = {
		{ .obs_id = "A", .files = files, .nfiles = 2, .datasets = tracts, .ndatasets = 3, .obs_dataset = "Obs/A" },
		{ .obs_id = "B", .files = files + 2, .nfiles = 1, .datasets = tracts, .ndatasets = 1, .obs_dataset = "Obs/B" },
		{ .obs_id = "C", .files = files + 2, .nfiles = 1, .datasets = tracts, .ndatasets = 1, .obs_dataset = "Obs/C" },
		{ .obs_id = "D", .files = files + 2, .nfiles = 1, .datasets = tracts, .ndatasets = 1, .obs_dataset = "Obs/D" },
	};
	pps_rucio rucio = { .settings = { .scope = (char *)"raw", .rse = (char *)"R" } };
	pps_rucio_item items[] = { { .exposure = &exposures[0] },
				   { .exposure = &exposures[1], .state = PPS_ITEM_TRACTS },
				   { .exposure = &exposures[2], .state = PPS_ITEM_WHOLE },
				   { .exposure = &exposures[3], .state = PPS_ITEM_FAILED } };
	const pps_rucio_chunk chunk = { .rucio = &rucio, .items = items, .n = PPS_COUNT(items) };
	_cleanup_buf_ pps_buf b = PPS_BUF(1 << 20);

	(void)state;
	assert_ok(pps_rucio_attach_body(&chunk, &b, NULL), NULL);
	assert_string_equal(
		b.at,
		"{\"ignore_duplicate\":true,\"attachments\":["
		"{\"scope\":\"raw\",\"name\":\"Obs/A\",\"rse\":\"R\",\"dids\":["
		"{\"scope\":\"raw\",\"name\":\"L/1/A.zip\",\"bytes\":9,\"adler32\":\"0000abce\",\"md5\":\"d41d8cd98f00b204e9800998ecf84273\","
		"\"meta\":{\"rubin_butler\":\"zip_file\"}},"
		"{\"scope\":\"raw\",\"name\":\"L/1/A_dimensions.yaml\",\"bytes\":5,\"adler32\":\"00000001\"}]},"
		"{\"scope\":\"raw\",\"name\":\"T1\",\"rse\":\"R\",\"dids\":[{\"scope\":\"raw\",\"name\":\"L/1/B.zip\",\"bytes\":7,\"adler32\":\"00000002\","
		"\"pfn\":\"davs://x/y\"}]},"
		"{\"scope\":\"raw\",\"name\":\"T1\",\"dids\":[{\"scope\":\"raw\",\"name\":\"L/1/A.zip\"},"
		"{\"scope\":\"raw\",\"name\":\"L/1/A_dimensions.yaml\"},{\"scope\":\"raw\",\"name\":\"L/1/B.zip\"}]},"
		"{\"scope\":\"raw\",\"name\":\"T2\",\"dids\":[{\"scope\":\"raw\",\"name\":\"L/1/A.zip\"},{\"scope\":\"raw\",\"name\":\"L/1/A_dimensions.yaml\"}]}"
		"]}");
}

/* No list is longer than the server takes. */
static void attach_many(void **state)
{
	static const char *const tracts[] = { "T" };
	enum { EACH = 600 };
	static pps_rucio_file many[4][EACH];
	static char names[4][EACH][16];
	pps_rucio_exposure exposures[4];
	pps_rucio_item items[4];
	pps_rucio rucio = { .settings = { .scope = (char *)"raw", .rse = (char *)"R" } };
	const pps_rucio_chunk chunk = { .rucio = &rucio, .items = items, .n = 4 };
	_cleanup_buf_ pps_buf b = PPS_BUF(4 << 20);
	json_t *json, *list;
	size_t total = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		for (int f = 0; f < EACH; f++) {
			snprintf(names[i][f], sizeof names[i][f], "%d/%d.zip", i, f);
			many[i][f] = (pps_rucio_file){ .name = names[i][f], .adler32 = "00000001" };
		}
		exposures[i] = (pps_rucio_exposure){ .obs_id = "X", .files = many[i], .nfiles = EACH, .datasets = tracts, .ndatasets = 1, .obs_dataset = "O" };
		items[i] = (pps_rucio_item){ .exposure = &exposures[i] };
	}
	assert_ok(pps_rucio_attach_body(&chunk, &b, NULL), NULL);
	json = json_loadb(b.at, b.size, 0, NULL);
	list = json_object_get(json, "attachments");
	assert_int_equal(json_array_size(list), 4 + 3);
	for (size_t i = 0; i < json_array_size(list); i++) {
		size_t n = json_array_size(json_object_get(json_array_get(list, i), "dids"));

		assert_in_range(n, 1, PPS_RUCIO_LIST_MOST);
		total += n;
	}
	assert_int_equal(total, 2 * 4 * EACH);
	json_decref(json);
}

/* ---- what can be refused without asking ---- */

static void refused(void **state)
{
	static const char *const tract[] = { "T" }, *const zip[] = { "L/1/A.zip" };
	static const pps_rucio_file upper[] = { { .name = "L/1/U.zip", .adler32 = "0000ABCE" } }, no_name[] = { { .name = "", .adler32 = "00000001" } };
	static const pps_rucio_exposure exposures[] = {
		{ .obs_id = "a", .files = files, .nfiles = 1, .datasets = zip, .ndatasets = 1, .obs_dataset = "O/a" },
		{ .obs_id = "b", .files = files, .nfiles = 1, .datasets = tract, .ndatasets = 1, .obs_dataset = "L/1/A.zip" },
		{ .obs_id = "c", .files = files, .nfiles = 0, .datasets = tract, .ndatasets = 1, .obs_dataset = "O/c" },
		{ .obs_id = "d", .files = upper, .nfiles = 1, .datasets = tract, .ndatasets = 1, .obs_dataset = "O/d" },
		{ .obs_id = "e", .files = no_name, .nfiles = 1, .datasets = tract, .ndatasets = 1, .obs_dataset = "O/e" },
		{ .obs_id = "f", .files = files, .nfiles = 1, .datasets = tract, .ndatasets = 1, .obs_dataset = "" },
		{ .obs_id = "g", .files = files, .nfiles = 1, .datasets = tract, .ndatasets = 1, .obs_dataset = NULL },
	};
	static const char *const says[] = { "dataset L/1/A.zip: that is the name of a file", "dataset L/1/A.zip: that is the name of a file",
					    "0 files for 2 datasets", "L/1/U.zip: expected an adler32", "file has no name", "dataset has no name",
					    "dataset has no name" };
	pps_rucio rucio = { .settings = { .scope = (char *)"raw", .rse = (char *)"R" } };
	pps_rucio_result results[PPS_COUNT(exposures)] = { { 0 } };

	(void)state;
	assert_ok(pps_rucio_register_exposures(&rucio, exposures, PPS_COUNT(exposures), results, NULL), NULL);
	for (size_t i = 0; i < PPS_COUNT(exposures); i++) {
		assert_int_equal(results[i].code, PPS_E_ARG);
		if (!strstr(pps_error_message(results[i].error), says[i]))
			fail_msg("exposure %zu: %s", i, pps_error_message(results[i].error));
		pps_rucio_result_clear(&results[i]);
	}
	rucio.settings.rse = (char *)"";
	assert_int_equal(pps_rucio_register_exposures(&rucio, exposures, 1, results, NULL), PPS_E_CONFIG);
	assert_int_equal(results[0].code, PPS_E_CONFIG);
	pps_rucio_result_clear(&results[0]);
}

/* ---- names, comparisons, lists ---- */

static void names(void **state)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;

	(void)state;
	pps_rucio_name_obs(&b, "LSSTCam", 20251231, "MC_O_20251231_000010");
	pps_buf_add_char(&b, ' ');
	pps_rucio_name_tract(&b, "LSSTCam", 20251231, 42);
	pps_buf_add_char(&b, ' ');
	pps_rucio_name_tract(&b, "LSSTCam", 20251231, -1);
	assert_string_equal(b.at, "Dataset/LSSTCam/raw/Obs/20251231/MC_O_20251231_000010 Dataset/LSSTCam/raw/Tract42/20251231 "
				  "Dataset/LSSTCam/raw/NoTract/20251231");
}

static void compare(void **state)
{
	static const pps_rucio_file file = { .name = "a", .bytes = 9, .adler32 = "0000abce", .md5 = "d41d8cd98f00b204e9800998ecf84273" };
	static const struct {
		pps_rucio_did did;
		int status;
		const char *why;
	} cases[] = {
		{ { .kind = PPS_RUCIO_FILE, .bytes = 9, .adler32 = "0000abce", .md5 = "d41d8cd98f00b204e9800998ecf84273" }, PPS_RUCIO_OK, "" },
		{ { .kind = PPS_RUCIO_FILE, .bytes = 9, .adler32 = "0000abce" }, PPS_RUCIO_OK, "" },
		{ { .kind = PPS_RUCIO_FILE, .bytes = 9, .md5 = "d41d8cd98f00b204e9800998ecf84273" }, PPS_RUCIO_OK, "" },
		{ { .kind = PPS_RUCIO_FILE, .bytes = 9 }, PPS_RUCIO_DIFFERENT, "Rucio has no checksum of it" },
		{ { .kind = PPS_RUCIO_FILE, .bytes = 8, .adler32 = "0000abce" }, PPS_RUCIO_DIFFERENT, "Rucio has 8 bytes, the file 9" },
		{ { .kind = PPS_RUCIO_FILE, .bytes = -1, .adler32 = "0000abce" }, PPS_RUCIO_DIFFERENT, "Rucio has -1 bytes, the file 9" },
		{ { .kind = PPS_RUCIO_FILE, .bytes = 9, .adler32 = "0000abcf" }, PPS_RUCIO_DIFFERENT, "Rucio has adler32 0000abcf, the file 0000abce" },
		{ { .kind = PPS_RUCIO_FILE, .bytes = 9, .adler32 = "0000abce", .md5 = "d41d8cd98f00b204e9800998ecf84274" }, PPS_RUCIO_DIFFERENT,
		  "Rucio has md5 d41d8cd98f00b204e9800998ecf84274, the file d41d8cd98f00b204e9800998ecf84273" },
		{ { .kind = PPS_RUCIO_DATASET }, PPS_RUCIO_DIFFERENT, "in Rucio the name is that of a dataset" },
		{ { .kind = PPS_RUCIO_NONE }, PPS_RUCIO_MISSING, "Rucio does not know it" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_buf_ pps_buf why = PPS_BUF_LINE;

		assert_int_equal(pps_rucio_compare(&file, &cases[i].did, &why), cases[i].status);
		assert_string_equal(pps_buf_text(&why), cases[i].why);
	}
}

static void safe_copies(void **state)
{
	static const struct {
		const char *value, *site;
		int has;
	} cases[] = {
		{ NULL, "USDF", 0 },       { "", "USDF", 0 },          { "USDF", "USDF", 1 },       { "TRSE,USDF", "USDF", 1 }, { "TRSE, USDF ,FrDF", "USDF", 1 },
		{ "USDF2", "USDF", 0 },    { "XUSDF,TRSE", "USDF", 0 }, { "USDF,", "USDF", 1 },      { ",,USDF", "USDF", 1 },    { "usdf", "USDF", 0 },
		{ "USDF TRSE", "USDF", 0 }, { "USDF", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		assert_int_equal(pps_rucio_has_safe_copy(cases[i].value, cases[i].site), cases[i].has);
}

static void lists(void **state)
{
	static const char *const rows[][2] = { { "b", "y" }, { "a", "z" }, { "b", "x" }, { "b", "y" }, { "aa", "q" } };
	_cleanup_(pps_rucio_pairs_freep) pps_rucio_pairs *pairs = NULL;
	size_t first;

	(void)state;
	assert_ok(pps_rucio_pairs_new(&pairs, NULL), NULL);
	for (size_t i = 0; i < PPS_COUNT(rows); i++)
		assert_ok(pps_rucio_pairs_add(pairs, &(pps_rucio_pair){ .name = rows[i][0], .other = rows[i][1] }, NULL), NULL);
	pps_rucio_pairs_sort(pairs);
	assert_int_equal(pps_rucio_pairs_count(pairs), 4);
	assert_int_equal(pps_rucio_pairs_of(pairs, "b", &first), 2);
	assert_string_equal(pps_rucio_pairs_at(pairs, first)->other, "x");
	assert_int_equal(pps_rucio_pairs_of(pairs, "c", &first), 0);
	assert_non_null(pps_rucio_pairs_find(pairs, "aa", "q"));
	assert_null(pps_rucio_pairs_find(pairs, "aa", "r"));
	assert_null(pps_rucio_pairs_at(pairs, 4));
	assert_null(pps_rucio_pairs_find(NULL, "a", "b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),      cmocka_unit_test(answer_errors), cmocka_unit_test(answer_cut), cmocka_unit_test(dates),
		cmocka_unit_test(rows_in_pieces), cmocka_unit_test(rows_refused), cmocka_unit_test(paths),     cmocka_unit_test(attach_body),
		cmocka_unit_test(attach_many),  cmocka_unit_test(refused),       cmocka_unit_test(names),      cmocka_unit_test(compare),
		cmocka_unit_test(safe_copies),  cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
