/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of new datasets, and the messages that tell of them. */
#include "test.h"

#include "publish/batch.h"

#define A "018c1b2e-7d5a-7b6c-8e3f-00000000000a"
#define B "018c1b2e-7d5a-7b6c-8e3f-00000000000b"
#define C "018C1B2E7D5A7B6C8E3F00000000000C"

/* Each dataset as the last digit of its UUID and its origin. */
static void lists(void **state)
{
	static const struct {
		const char *name, *text, *says, *ignored;
	} cases[] = {
		{ "x.json", "{\"batch_id\": \"" A "\", \"datasets\": [\"" A "\", \"" C "\", \"" A "\"]}", "a: c: a:", NULL },
		{ "x.json", "{\"datasets\": [\"" A "\"], \"origin\": \"o\", \"more\": 1}", "a:o", NULL },
		{ "x.json", " [\"" A "\",\n\"" B "\"]", "a: b:", NULL },
		{ "x.json", "[]", "", NULL },
		{ "x.json", "{\"tags\": [\"" A "\"], \"datasets\": [\"" B "\"]}", "b:", NULL },
		{ "x.json", "{\"tags\": [\"" A "\"], \"datasets\": []}", "", NULL },
		{ "x.json", "{\"origin\": \"[\", \"datasets\": [ \"" A "\" , \"" B "\"\t]}", "a:[ b:[", NULL },
		{ "x.json", "{\"origin\": \"\\\"[\", \"datasets\": [\"" A "\"]}", "a:\"[", NULL },
		{ "x.csv", "id\n" A "\n" B, "a: b:", NULL },
		{ "x.csv", "id\r\n" A "\r\n\r\n" B "\r\n", "a: b:", NULL },
		{ "x.csv", "\xef\xbb\xbf\"id\",origin\n" A ",o\n" B ",\n" C ",\"o\"\n" A ",p", "a:o b: c:o a:p", NULL },
		{ "x.csv", "visit,id,\"a, b\",origin\n1," A ",\"x\ny\",o\n,\"" B "\",\"\"\"\",\n", "a:o b:", "visit, a, b" },
		{ "x.csv", "id,\n" A ",\n", "a:", "" },
		{ "x.csv", "id\n", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_batch_freep) pps_batch *batch = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		char says[256] = "", hex[33];

		assert_ok(pps_batch_parse(cases[i].name, cases[i].text, strlen(cases[i].text), &batch, &err), err);
		for (size_t k = 0; k < batch->n; k++) {
			pps_uuid_hex(&batch->ids[k], hex);
			snprintf(says + strlen(says), sizeof says - strlen(says), "%s%c:%s", k ? " " : "", hex[31], batch->origins[batch->origin_of[k]]);
		}
		assert_string_equal(says, cases[i].says);
		assert_int_equal(batch->has_id, i == 0);
		if (!cases[i].ignored != !batch->ignored || (batch->ignored && strcmp(batch->ignored, cases[i].ignored)))
			fail_msg("case %zu: ignored %s", i, batch->ignored);
	}
}

static void bad_lists_are_named(void **state)
{
	static const struct {
		const char *name, *text, *says;
	} cases[] = {
		{ "x.json", "", "x.json: an empty file: expected a list of datasets" },
		{ "x.json", "{\n\"datasets\": [,]}", "x.json:2:14: no JSON" },
		{ "x.json", "{\"datasets\": [], \"datasets\": []}", "x.json:1:" },
		{ "x.json", "3", "x.json:1:1: no JSON" },
		{ "x.json", "{\"dataset\": []}", "x.json:1: expected {\"batch_id\": UUID, \"datasets\": [UUID, ...]}" },
		{ "x.json", "{\"datasets\": \"" A "\"}", "x.json:1: expected {\"batch_id\"" },
		{ "x.json", "[\"" A "\",\n\n\"7\"]", "x.json:3: datasets[1]: expected a UUID, not \"7\"" },
		{ "x.json", "{\"datasets\": [\"" A "\",]}", "x.json:1:54: no JSON" },
		{ "x.json", "{\"datasets\": [\"" A "\" \"" A "\"]}", "x.json:1:91: no JSON" },
		{ "x.json", "{\"datasets\":\n[\"" A "\"]", "x.json:2:40: no JSON" },
		{ "x.json", "[\"" A "\"]]", "x.json:1:41: no JSON" },
		{ "x.json", "{\"datasets\": [\"" A "\"], \"datasets\": [\"" A "\"]}", "x.json:1:" },
		{ "x.json", "{\"origin\": \"[\"" A "\"]\", \"datasets\": []}", "no JSON" },
		{ "x.json", "{\"datasets\": [\"" A "\"],\n\"batch_id\": \"b\"}", "x.json:2: batch_id: expected a UUID, not \"b\"" },
		{ "x.json", "{\"datasets\": [\"" A "\"], \"origin\": 3}", "x.json: origin: expected an origin of 1 to 100 bytes" },
		{ "x.json", "[null]", "x.json: datasets[0]: expected a UUID" },
		{ "x.json", "[7]", "x.json: datasets[0]: expected a UUID" },
		{ "x.json", "[\"" A "0\"]", "x.json:1: datasets[0]: expected a UUID, not \"" A "0\"" },
		{ "x.json", "{\"datasets\": [],\n\"batch_id\": \"b\"}", "x.json:2: batch_id: expected a UUID, not \"b\"" },
		{ "x.json", "{\"datasets\": [], \"batch_id\": null}", "x.json: batch_id: expected a UUID" },
		{ "x.json", "{\"datasets\": [], \"origin\": 3}", "x.json: origin: expected an origin of 1 to 100 bytes" },
		{ "x.json", "{\"datasets\": [], \"origin\": \"a\\nb\"}", "x.json: origin: expected an origin without control characters" },
		{ "x.csv", "", "x.csv: an empty file" },
		{ "x.csv", "\n\n", "x.csv:1: expected a header line with a column \"id\"" },
		{ "x.csv", "\nuuid\n" A "\n", "x.csv:2: expected a header line with a column \"id\"" },
		{ "x.csv", "id,id\n", "x.csv:1: expected one column \"id\"" },
		{ "x.csv", "id\n" A "\n\nabc\n", "x.csv:4: id: expected a UUID, not \"abc\"" },
		{ "x.csv", "id,v\n" A ",\"a\nb\"\n" A "\n", "x.csv:4: expected 2 fields, as the header has, not 1" },
		{ "x.csv", "id\n" A ",1\n", "x.csv:2: expected 1 fields, as the header has, not 2" },
		{ "x.csv", "id\n\"" A "\n\n", "x.csv:2: expected a closing quote" },
		{ "x.csv", "id\n\"" A "\"x\n", "x.csv:2: expected a comma or the end of the line" },
		{ "x.csv", "id,origin\n" A ",a\tb\n", "x.csv:2: origin: expected an origin without control" },
		{ "x.csv", "id\n\xff\n", "x.csv: expected text in UTF-8" },
		{ "x.txt", "id\n", "x.txt: expected a list called *.json or *.csv" },
		{ ".csv", "id\n", ".csv: expected a list called" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_batch *batch = NULL;

		assert_int_equal(pps_batch_parse(cases[i].name, cases[i].text, strlen(cases[i].text), &batch, &err), PPS_E_FORMAT);
		assert_null(batch);
		if (!strstr(pps_error_message(err), cases[i].says))
			fail_msg("case %zu: %s", i, pps_error_message(err));
	}
}

static void too_large_is_refused(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *text = malloc(PPS_BATCH_MOST + 1);
	pps_batch *batch = NULL;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', PPS_BATCH_MOST + 1);
	assert_int_equal(pps_batch_parse("x.csv", text, PPS_BATCH_MOST + 1, &batch, &err), PPS_E_FORMAT);
	assert_string_equal(pps_error_message(err), "x.csv: a list of more than 32 MiB: split it");
}

#define EVENT(type, id, origin, file) "{\"type\":\"" type "\",\"batch_id\":\"" id "\",\"origin\":\"" origin "\",\"batch_file\":\"" file "\"}"

static void events(void **state)
{
	_cleanup_(pps_batch_event_freep) pps_batch_event *e = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const char *text = EVENT("batch-ingested", A, "prompt_processing", "day/2026-11-21T12:00-x..json");
	char id[37];

	(void)state;
	assert_ok(pps_batch_event_parse(text, strlen(text), &e, &err), err);
	pps_uuid_format(&e->batch, id);
	assert_string_equal(id, A);
	assert_string_equal(e->origin, "prompt_processing");
	assert_string_equal(e->file, "day/2026-11-21T12:00-x..json");
}

static void garbage_is_named(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "an empty message" },
		{ "hello", "no JSON" },
		{ "[]", "type: expected \"batch-ingested\"" },
		{ EVENT("batch-lost", A, "o", "f"), "type: expected \"batch-ingested\", not \"batch-lost\"" },
		{ EVENT("batch-ingested", "7", "o", "f"), "batch_id: expected a UUID, not \"7\"" },
		{ "{\"type\":\"batch-ingested\",\"batch_id\":7}", "batch_id: expected a UUID" },
		{ EVENT("batch-ingested", A, "", "f"), "origin: expected an origin" },
		{ "{\"type\":\"batch-ingested\",\"batch_id\":\"" A "\",\"batch_file\":\"f\"}", "origin: expected an origin" },
		{ "{\"type\":\"batch-ingested\",\"batch_id\":\"" A "\",\"origin\":\"o\"}", "batch_file: expected a file" },
		{ EVENT("batch-ingested", A, "o", ""), "batch_file: expected a file" },
		{ EVENT("batch-ingested", A, "o", "/etc/passwd"), "batch_file: expected a file below intake.kafka.batch_root, not \"/etc/passwd\"" },
		{ EVENT("batch-ingested", A, "o", "../f"), "batch_file: expected a file" },
		{ EVENT("batch-ingested", A, "o", "a/.."), "batch_file: expected a file" },
		{ EVENT("batch-ingested", A, "o", "a/../../f"), "batch_file: expected a file" },
		{ EVENT("batch-ingested", A, "o", "s3://b/f"), "batch_file: expected a file" },
		{ EVENT("batch-ingested", A, "o", "a/"), "batch_file: expected a file" },
	};
	char name[PPS_BATCH_FILE_MOST + 2] = { 0 }, text[2048];
	pps_batch_event *longest = NULL;

	(void)state;
	memset(name, 'f', sizeof name - 1);
	snprintf(text, sizeof text, EVENT("batch-ingested", A, "o", "%s"), name);
	assert_int_equal(pps_batch_event_parse(text, strlen(text), &longest, NULL), PPS_E_FORMAT);
	snprintf(text, sizeof text, EVENT("batch-ingested", A, "o", "%s"), name + 1);
	assert_int_equal(pps_batch_event_parse(text, strlen(text), &longest, NULL), PPS_OK);
	pps_batch_event_free(longest);
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_batch_event *e = NULL;

		assert_int_equal(pps_batch_event_parse(cases[i].text, strlen(cases[i].text), &e, &err), PPS_E_FORMAT);
		assert_null(e);
		if (!strstr(pps_error_message(err), cases[i].says))
			fail_msg("case %zu: %s", i, pps_error_message(err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(bad_lists_are_named),
		cmocka_unit_test(too_large_is_refused),
		cmocka_unit_test(events),
		cmocka_unit_test(garbage_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
