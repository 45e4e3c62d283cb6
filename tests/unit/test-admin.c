/* SPDX-License-Identifier: BSD-3-Clause */
/* What operators do to datasets, on both databases: what changes, what is next then, and what the ledger says. */
#define SCHEMA "pps_test_admin"
#include "state-place.h"

#include <jansson.h>

#include "publish/publish.h"

#define T0 INT64_C(1764720000000000000) /* 2025-12-03 */
#define HOUR (3600 * PPS_NS_PER_S)
#define DATASETS 12

static const char policies_80[] = "policies:\n  - {types: [difference_image], embargo_hours: 80, public: true, retention_days: 30}\n"
				  "  - {types: ['*_log'], embargo_hours: 0, public: false, retention_days: forever}\n";
static const char policies_10[] = "policies:\n  - {types: [difference_image], embargo_hours: 10, public: true, retention_days: 7}\n"
				  "  - {types: ['*_log'], embargo_hours: 0, public: false, retention_days: forever}\n";

static pps_publish *open_publish(const char *policies)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;
	_cleanup_fclose_ FILE *f = NULL;
	pps_publish *p = NULL;
	char path[128];

	snprintf(path, sizeof path, "%s/pps.yaml", world.folder);
	assert_non_null(f = fopen(path, "we"));
	fprintf(f, "state: \"%s\"\nrepositories:\n  embargo: {butler: /nowhere/a}\n  prompt_prep: {butler: /nowhere/b, from: embargo, transfer: copy}\n"
		"  google: {butler: /nowhere/c, from: prompt_prep, transfer: in_place, audience: public}\n%s", world.url, policies);
	fclose(TAKE_PTR(f));
	assert_ok(pps_conf_load(world.ctx, path, &conf, &err), err);
	assert_ok(pps_publish_open(world.ctx, conf, &p, &err), err);
	unlink(path);
	return p;
}

static void unref_publish(pps_publish **p)
{
	pps_publish_unref(*p);
}

static pps_uuid uuid(int n)
{
	return (pps_uuid){ { [15] = (uint8_t)n } };
}

static const char *text_of(int n)
{
	static char text[37];
	pps_uuid id = uuid(n);

	pps_uuid_format(&id, text);
	return text;
}

/* Even ones are images in embargo, odd ones logs that were published and lie everywhere. */
static void fill(void)
{
	_cleanup_(unref_publish) pps_publish *p = open_publish(policies_80);
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = take_flow(p->state, PPS_PUBLISH_FLOW);
	pps_dataset_row rows[DATASETS];

	p->flow.lock = lock;
	assert_ok(pps_publish_flow_prepare(&p->flow, &err), err);
	for (int i = 0; i < DATASETS; i++) {
		rows[i] = (pps_dataset_row){ .id = uuid(i), .origin = i < 6 ? "prompt_processing" : "", .type = i % 2 ? "isr_log" : "difference_image",
					     .run = i < 4 ? "run/a" : "run/b", .instrument = "LSSTCam", .data_id = "{}", .visit = 100 + i / 2,
					     .day_obs = i < 8 ? 20251202 : 20251203, .end = T0, .registered = T0 };
		memset(rows[i].status.status, '.', sizeof rows[i].status.status);
		memcpy(rows[i].status.status, i % 2 ? "PPP" : "P..", 3);
		for (int k = 0; k < 3; k++)
			rows[i].status.at[k] = i % 2 || !k ? T0 : 0;
		rows[i].status.published[2] = i % 2 ? T0 : 0;
		rows[i].next = pps_publish_flow_next(&p->flow, &rows[i], T0);
	}
	assert_ok(pps_state_datasets_register(p->state, lock, rows, DATASETS, NULL, &err), err);
	p->flow.lock = NULL;
}

static json_t *command(pps_publish *p, const char *action, const char *id)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *text = NULL;
	json_t *json;

	assert_ok(pps_publish_command(p, action, &id, id != NULL, "because", "me@here", &text, &err), err);
	assert_non_null(json = json_loads(text, 0, NULL));
	return json;
}

/* By one choice: "chosen/changed". */
static void expect(const char *action, const char *key, const char *value, int dry, int chosen, int changed)
{
	_cleanup_(unref_publish) pps_publish *p = open_publish(policies_80);
	json_t *json;

	assert_int_equal(pps_publish_set(p, "dry_run", dry ? "1" : "0", NULL), PPS_OK);
	if (key)
		assert_int_equal(pps_publish_set(p, key, value, NULL), PPS_OK);
	json = command(p, action, NULL);
	assert_int_equal(json_integer_value(json_object_get(json, "chosen")), chosen);
	assert_int_equal(json_integer_value(json_object_get(json, "changed")), changed);
	json_decref(json);
}

static pps_dataset_row look(int n)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_uuid id = uuid(n);

	assert_ok(pps_state_datasets_get(s, &id, 1, &rows, &err), err);
	assert_int_equal(pps_dataset_rows_count(rows), 1);
	return *pps_dataset_rows_at(rows, 0); /* its texts are gone */
}

static int64_t ledger(void)
{
	_cleanup_(pps_state_unrefp) pps_state *s = open_state();
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t n = 0;

	assert_ok(pps_state_ledger_verify(s, &n, &err), err);
	assert_int_equal(sql_ask("SELECT count(*) FROM {ledger_open}"), 0);
	return n;
}

static void choices(void **state)
{
	static const struct {
		const char *key, *value;
		int chosen;
	} cases[] = {
		{ "type", "difference_image", 6 }, { "type", "*_log", 6 }, { "type", "[id]*", 12 }, { "type", "[!i]*", 6 }, { "type", "none", 0 },
		{ "run", "run/[b-z]", 8 },	   { "visit", "101", 2 },  { "day_obs", "20251203", 4 }, { "origin", "prompt_processing", 6 },
	};

	(void)state;
	fill();
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		expect("pin", cases[i].key, cases[i].value, 1, cases[i].chosen, cases[i].chosen);
	assert_int_equal(ledger(), 0); /* nothing was done */
	expect("pin", "run", "run/a", 0, 4, 4);
	expect("pin", "type", "[id]*", 0, 12, 8); /* the others are so already */
	expect("unpin", "visit", "100", 0, 2, 2);
	assert_int_equal(ledger(), 6);
}

static void a_hold_and_its_end(void **state)
{
	_cleanup_(unref_publish) pps_publish *p = NULL;
	json_t *json;

	(void)state;
	fill();
	assert_int_equal(look(0).next.task, PPS_TASK_COPY);
	assert_int_equal(look(0).next.due, T0 + 80 * HOUR);
	p = open_publish(policies_80);
	json = command(p, "hold", text_of(0));
	assert_int_equal(json_integer_value(json_object_get(json, "changed")), 1);
	json_decref(json);
	assert_int_equal(look(0).flags, PPS_DATASET_HELD);
	assert_int_equal(look(0).next.task, 0);
	json = command(p, "unhold", text_of(0));
	json_decref(json);
	assert_int_equal(look(0).flags, 0);
	assert_int_equal(look(0).next.task, PPS_TASK_COPY);
	assert_int_equal(look(0).next.due, T0 + 80 * HOUR); /* never sooner than its embargo */
	json = command(p, "hold", text_of(99));
	assert_int_equal(json_array_size(json_object_get(json, "not_found")), 1);
	json_decref(json);
	assert_int_equal(ledger(), 4);
}

static void what_comes_later_too(void **state)
{
	(void)state;
	fill();
	expect("hold", "day_obs", "20251202", 0, 8, 8);
	assert_int_equal(sql_ask("SELECT count(*) FROM {hold} WHERE flow = 'publish' AND day_obs = 20251202"), 1);
	expect("unhold", "day_obs", "20251202", 0, 8, 8);
	expect("hold", NULL, NULL, 1, 0, 0);
	assert_int_equal(sql_ask("SELECT count(*) FROM {hold}"), 0);
	expect("hold", NULL, NULL, 0, 0, 0);
	assert_int_equal(sql_ask("SELECT count(*) FROM {hold} WHERE flow = 'publish' AND day_obs = 0"), 1);
	expect("unhold", NULL, NULL, 0, 0, 0);
	assert_int_equal(sql_ask("SELECT count(*) FROM {hold}"), 0);
}

/* Each hold ends by itself. */
static void holds_of_days_and_of_datasets(void **state)
{
	(void)state;
	fill();
	expect("hold", "visit", "100", 0, 2, 2);
	expect("hold", "day_obs", "20251202", 0, 8, 8);
	expect("pin", "held", "1", 1, 8, 8);
	assert_int_equal(look(2).next.task, 0);
	expect("unhold", "day_obs", "20251202", 0, 8, 8);
	expect("pin", "held", "1", 1, 2, 2);
	assert_int_equal(look(0).flags, PPS_DATASET_HELD);
	assert_int_equal(look(0).next.task, 0);
	assert_int_equal(look(2).flags, 0);
	assert_int_equal(look(2).next.task, PPS_TASK_COPY);
	/* and the other way round */
	expect("hold", "day_obs", "20251202", 0, 8, 8);
	expect("unhold", "visit", "100", 0, 2, 2);
	assert_int_equal(look(0).next.task, 0);
}

static void withdrawn_now(void **state)
{
	(void)state;
	fill();
	assert_int_equal(look(1).next.task, PPS_TASK_DELETE); /* from embargo; elsewhere it is kept for ever */
	expect("expire", "type", "isr_log", 0, 6, 6);
	assert_int_equal(look(1).next.task, PPS_TASK_EXPIRE);
	assert_int_equal(look(1).next.due, 0);
	assert_int_equal(look(0).next.task, PPS_TASK_COPY);
}

/* A remark on what went well delays no withdrawal, nor does what failed. */
static void withdrawn_after_a_remark(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const pps_dataset_change remark = { .id = uuid(1), .code = PPS_E_CONFLICT, .error = "no tag", .ordinal = 2, .has_next = 1,
					    .next = { PPS_TASK_EXPIRE, 2, INT64_MAX / 2 } };
	pps_state *s;

	(void)state;
	fill();
	s = open_state();
	assert_ok(pps_state_datasets_apply(s, NULL, T0, T0, &remark, 1, NULL, 0, NULL, &err), err);
	pps_state_unref(s);
	expect("expire", "type", "isr_log", 0, 6, 6);
	assert_int_equal(look(1).next.task, PPS_TASK_EXPIRE);
	assert_int_equal(look(1).next.due, 0);
}

static void tried_again(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const pps_dataset_change failure = { .id = uuid(1), .code = PPS_E_UNAVAILABLE, .error = "down", .has_next = 1, .next = { PPS_TASK_COPY, 1, T0 + HOUR } };
	const pps_dataset_change missing = { .id = uuid(2), .status = 'M', .ordinal = 0, .at = T0, .has_next = 1 };
	const pps_dataset_change lost = { .id = uuid(3), .status = 'M', .ordinal = 1, .at = T0, .has_next = 1 };
	const pps_dataset_change changes[] = { failure, missing, lost };
	pps_state *s;

	(void)state;
	fill();
	s = open_state();
	assert_ok(pps_state_datasets_apply(s, NULL, T0, T0, changes, PPS_COUNT(changes), NULL, 0, NULL, &err), err);
	pps_state_unref(s);
	expect("hold", "visit", "100", 0, 2, 2);
	assert_int_equal(look(1).attempts, 1); /* a hold is no new try */
	expect("unhold", "visit", "100", 0, 2, 2);
	expect("retry", "type", "*", 0, 12, 1);
	assert_int_equal(look(1).attempts, 0);
	expect("retry", "type", "*", 0, 12, 0);
	assert_int_equal(look(2).next.task, 0);
	expect("reverify", "type", "*", 0, 12, 2);
	assert_memory_equal(look(2).status.status, "P..", 3);
	assert_int_equal(look(2).next.task, PPS_TASK_COPY);
	assert_memory_equal(look(3).status.status, "P.P", 3); /* comes anew from embargo; until then nothing goes */
	expect("reverify", "type", "*", 0, 12, 0);
}

static void refused(void **state)
{
	_cleanup_(unref_publish) pps_publish *p = NULL;
	_cleanup_free_ char *text = NULL;
	const char *id = "no-uuid";

	(void)state;
	fill();
	p = open_publish(policies_80);
	assert_int_equal(pps_publish_command(p, "pin", NULL, 0, "because", "me", &text, NULL), PPS_E_ARG); /* which? */
	assert_int_equal(pps_publish_command(p, "pin", &id, 1, "because", "me", &text, NULL), PPS_E_ARG);
	assert_int_equal(pps_publish_set(p, "type", "*", NULL), PPS_OK);
	assert_int_equal(pps_publish_command(p, "pin", NULL, 0, "", "me", &text, NULL), PPS_E_ARG);
	assert_int_equal(pps_publish_command(p, "pin", NULL, 0, "because", NULL, &text, NULL), PPS_E_ARG);
	assert_int_equal(pps_publish_command(p, "melt", NULL, 0, "because", "me", &text, NULL), PPS_E_ARG);
	id = text_of(0);
	assert_int_equal(pps_publish_command(p, "pin", &id, 1, "because", "me", &text, NULL), PPS_E_ARG); /* both */
	assert_int_equal(ledger(), 0);
}

/* "waits accepted sooner:copy now:copy" */
static void accept(const char *policies, int dry, const char *expected)
{
	_cleanup_(unref_publish) pps_publish *p = open_publish(policies);
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *text = NULL;
	char said[64];
	json_t *json;

	assert_int_equal(pps_publish_set(p, "dry_run", dry ? "1" : "0", NULL), PPS_OK);
	assert_ok(pps_publish_policy_accept(p, "because", "me", &text, &err), err);
	json = json_loads(text, 0, NULL);
	snprintf(said, sizeof said, "%d %d %d %d", json_is_true(json_object_get(json, "waits")), json_is_true(json_object_get(json, "accepted")),
		 (int)json_integer_value(json_object_get(json_object_get(json, "sooner"), "copy")),
		 (int)json_integer_value(json_object_get(json_object_get(json, "now"), "copy")));
	json_decref(json);
	assert_string_equal(said, expected);
}

static void policies_that_act_sooner(void **state)
{
	(void)state;
	fill();
	accept(policies_80, 0, "0 0 0 0");
	accept(policies_10, 1, "1 0 6 0"); /* both times have passed long ago */
	accept(policies_10, 1, "1 0 6 0");
	accept(policies_10, 0, "1 1 6 0");
	accept(policies_10, 0, "0 0 0 0");
	assert_int_equal(sql_ask("SELECT count(*) FROM {operator_event} WHERE action = 'policy' AND who = 'me'"), 1);
}

static int is_held(pps_publish *p, const char *origin)
{
	return !pps_publish_flow_rule(&p->flow, origin, "difference_image").policy;
}

/* Naming an origin lets go of what was held for it. */
static void an_origin_that_is_new(void **state)
{
	static const char more[] = "intake: {folder: /nowhere, origins: [prompt_processing, daytime_ap_catchup, other]}\npolicies:\n"
				   "  - {types: [difference_image], embargo_hours: 80, public: true, retention_days: 30}\n"
				   "  - {types: ['*_log'], embargo_hours: 0, public: false, retention_days: forever}\n";
	_cleanup_(unref_publish) pps_publish *p = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	fill();
	p = open_publish(more);
	assert_ok(pps_publish_read(p, &err), err);
	assert_true(is_held(p, "other"));
	assert_true(is_held(p, "unheard_of"));
	assert_false(is_held(p, "prompt_processing"));
	assert_false(is_held(p, ""));
	accept(more, 0, "1 1 0 0");
	assert_ok(pps_publish_read(p, &err), err);
	assert_false(is_held(p, "other"));
	assert_true(is_held(p, "unheard_of"));
	accept(policies_80, 0, "0 0 0 0"); /* fewer are no sooner */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(choices, setup, teardown),
		cmocka_unit_test_setup_teardown(a_hold_and_its_end, setup, teardown),
		cmocka_unit_test_setup_teardown(what_comes_later_too, setup, teardown),
		cmocka_unit_test_setup_teardown(holds_of_days_and_of_datasets, setup, teardown),
		cmocka_unit_test_setup_teardown(withdrawn_now, setup, teardown),
		cmocka_unit_test_setup_teardown(withdrawn_after_a_remark, setup, teardown),
		cmocka_unit_test_setup_teardown(tried_again, setup, teardown),
		cmocka_unit_test_setup_teardown(refused, setup, teardown),
		cmocka_unit_test_setup_teardown(policies_that_act_sooner, setup, teardown),
		cmocka_unit_test_setup_teardown(an_origin_that_is_new, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
