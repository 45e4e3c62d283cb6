/* SPDX-License-Identifier: BSD-3-Clause */
/* Orders and answers as texts, and who gives orders: what comes late, twice, from elsewhere, or never. */
#include "test.h"

#include <string.h>

#include "publish/dispatch.h"
#include "publish/order.h"

#define N 3
#define T0 INT64_C(1764720000000000000)

static struct {
	pps_ctx *ctx;
	int64_t clock;
	char *sent[8];
	size_t nsent;
	const char *coming; /* the next message */
	int commits;
	int fails;          /* sending does */
} w;

static int wire_send(void *user, const char *key, const char *text, pps_error **err)
{
	(void)user;
	assert_int_equal(strlen(key), 36);
	if (w.fails)
		return pps_fail(err, PPS_E_UNAVAILABLE, "no broker");
	assert_true(w.nsent < 8);
	w.sent[w.nsent++] = strdup(text);
	return PPS_OK;
}

static int wire_next(void *user, int64_t wait_ms, const char **ret_text, size_t *ret_size, pps_error **err)
{
	(void)user;
	(void)wait_ms;
	(void)err;
	if (!w.coming)
		return 0;
	*ret_text = TAKE_PTR(w.coming);
	*ret_size = strlen(*ret_text);
	return 1;
}

static int wire_commit(void *user, pps_error **err)
{
	(void)user;
	(void)err;
	w.commits++;
	return PPS_OK;
}

static void wire_again(void *user)
{
	(void)user;
}

static int wire_now(void *user, int64_t *ret_now, pps_error **err)
{
	(void)user;
	(void)err;
	*ret_now = w.clock;
	return PPS_OK;
}

static const pps_wire_ops wire_ops = { .send = wire_send, .next = wire_next, .commit = wire_commit, .again = wire_again, .now = wire_now };
static const pps_wire wire = { &wire_ops, NULL };

/* A chunk of a flow that has two repositories. */
static pps_publish_flow flow = {
	.graph = { .n = 2, .at = { { .name = "embargo", .from = -1 }, { .name = "prep", .from = 0 } } },
	.ordinal = { 0, 1 },
};
static pps_dataset_row rows[N];
static pps_publish_item items[N];
static pps_publish_chunk chunk = { .flow = &flow, .task = PPS_TASK_COPY, .repository = 1, .source = 0, .items = items, .n = N };

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof w);
	w.clock = T0;
	for (int i = 0; i < N; i++) {
		rows[i].id.bytes[15] = (uint8_t)(i + 1);
		memset(rows[i].status.status, '.', sizeof rows[i].status.status);
		items[i] = (pps_publish_item){ .row = &rows[i] };
	}
	return pps_ctx_new(&w.ctx, NULL);
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < w.nsent; i++)
		free(w.sent[i]);
	for (int i = 0; i < N; i++)
		free(items[i].error);
	pps_ctx_unref(w.ctx);
	return 0;
}

/* ---- texts ---- */

static void texts_come_back(void **state)
{
	pps_uuid ids[2] = { { { 1 } }, { { 2 } } };
	int flags[2] = { 0, PPS_DATASET_PINNED };
	pps_order order = { .id = { { 9 } }, .epoch = 7, .deadline = T0, .task = PPS_TASK_DELETE, .repository = (char *)"embargo", .datasets = ids,
			    .statuses = (char *)"P.", .flags = flags, .n = 2 };
	pps_answer_remark remarks[] = { { .n = 1, .code = PPS_E_IO, .error = (char *)"grün \xff", .missing_in = (char *)"embargo" } };
	pps_answer answer = { .id = { { 9 } }, .epoch = 7, .code = PPS_E_TIMEOUT, .error = (char *)"why", .results = (char *)"dm", .n = 2, .remarks = remarks,
			      .nremarks = 1 };
	_cleanup_(pps_order_freep) pps_order *o = NULL;
	_cleanup_(pps_answer_freep) pps_answer *a = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *said = NULL, *answered = NULL;

	(void)state;
	assert_ok(pps_order_format(&order, &said, &err), err);
	assert_ok(pps_order_parse(said, strlen(said), &o, &err), err);
	assert_int_equal(o->epoch, 7);
	assert_int_equal(o->deadline, T0);
	assert_int_equal(o->task, PPS_TASK_DELETE);
	assert_string_equal(o->repository, "embargo");
	assert_null(o->source);
	assert_string_equal(o->statuses, "P.");
	assert_memory_equal(o->datasets, ids, sizeof ids);
	assert_memory_equal(o->flags, flags, sizeof flags);
	assert_ok(pps_answer_format(&answer, &answered, &err), err);
	assert_ok(pps_answer_parse(answered, strlen(answered), &a, &err), err);
	assert_int_equal(a->code, PPS_E_TIMEOUT);
	assert_string_equal(a->error, "why");
	assert_string_equal(a->results, "dm");
	assert_int_equal(a->remarks[0].code, PPS_E_IO);
	assert_string_equal(a->remarks[0].error, "(its message is no text)");
	assert_string_equal(a->remarks[0].missing_in, "embargo");
}

/* A message that servers refuse would come back for ever. */
static void long_texts_are_cut(void **state)
{
	static char text[100000], results[PPS_ORDER_MOST + 1];
	pps_answer_remark *remarks = calloc(PPS_ORDER_MOST, sizeof *remarks);
	pps_answer answer = { .results = results, .n = PPS_ORDER_MOST, .remarks = remarks, .nremarks = PPS_ORDER_MOST, .error = text,
			      .code = PPS_E_IO };
	_cleanup_free_ char *said = NULL;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	memset(results, 'f', PPS_ORDER_MOST);
	for (size_t i = 0; i < PPS_ORDER_MOST; i++)
		remarks[i] = (pps_answer_remark){ .n = i, .code = PPS_E_IO, .error = text };
	assert_ok(pps_answer_format(&answer, &said, NULL), NULL);
	assert_in_range(strlen(said), PPS_ORDER_MOST, 990000);
	free(remarks);
}

#define HEAD "{\"version\":1,\"kind\":\"order\",\"id\":\"00000000-0000-4000-8000-000000000001\",\"epoch\":1,\"deadline\":2,"
#define FIRST "\"00000000-0000-4000-8000-000000000001\""
#define ANSWER "{\"version\":1,\"kind\":\"answer\",\"id\":\"00000000-0000-4000-8000-000000000001\",\"epoch\":1,"

static void what_is_no_order(void **state)
{
	static const char *const orders[] = {
		"", "{", "[]", "{\"version\":2,\"kind\":\"order\"}", "{\"version\":1,\"kind\":\"answer\"}",
		HEAD "\"task\":\"copy\",\"repository\":\"a\",\"datasets\":[],\"statuses\":\"\",\"flags\":[]}",
		HEAD "\"task\":\"sweep\",\"repository\":\"a\",\"datasets\":[" FIRST "],\"statuses\":\".\",\"flags\":[0]}",
		HEAD "\"task\":\"copy\",\"repository\":\"a\",\"datasets\":[" FIRST "],\"statuses\":\"..\",\"flags\":[0,0]}",
		HEAD "\"task\":\"copy\",\"repository\":\"a\",\"datasets\":[" FIRST "," FIRST "],\"statuses\":\"..\",\"flags\":[0,0]}",
		HEAD "\"task\":\"copy\",\"repository\":\"a\",\"datasets\":[7],\"statuses\":\".\",\"flags\":[0]}",
		HEAD "\"task\":\"copy\",\"repository\":\"a\",\"datasets\":[" FIRST "],\"statuses\":\".\"}",
		HEAD "\"task\":\"copy\",\"repository\":\"a\",\"datasets\":[" FIRST "],\"statuses\":\".\",\"flags\":[0,0]}",
		HEAD "\"task\":\"copy\",\"repository\":\"a\",\"datasets\":[" FIRST "],\"statuses\":\".\",\"flags\":[\"0\"]}",
		HEAD "\"task\":\"copy\",\"datasets\":[" FIRST "],\"statuses\":\".\",\"flags\":[0]}",
	};
	static const char *const answers[] = {
		ANSWER "\"code\":0,\"results\":\"\",\"remarks\":[]}", ANSWER "\"code\":1,\"results\":\"d\",\"remarks\":[]}",
		ANSWER "\"code\":0,\"results\":\"x\",\"remarks\":[]}", ANSWER "\"code\":0,\"results\":\"d\",\"remarks\":[{\"n\":1,\"code\":0}]}",
		ANSWER "\"code\":0,\"results\":\"d\",\"remarks\":[{\"n\":0,\"code\":0},{\"n\":0,\"code\":0}]}",
		ANSWER "\"code\":0,\"results\":\"d\",\"remarks\":[{\"n\":-1,\"code\":0}]}", ANSWER "\"code\":0,\"results\":\"d\"}",
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(orders); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		pps_order *o;

		assert_int_equal(pps_order_parse(orders[i], strlen(orders[i]), &o, &err), PPS_E_FORMAT);
		assert_true(*pps_error_message(err));
	}
	for (size_t i = 0; i < PPS_COUNT(answers); i++) {
		pps_answer *a;

		assert_int_equal(pps_answer_parse(answers[i], strlen(answers[i]), &a, NULL), PPS_E_FORMAT);
	}
}

/* ---- who gives orders ---- */

static pps_dispatch *begin(void)
{
	pps_dispatch *d;

	assert_ok(pps_dispatch_new(w.ctx, 2, &wire, &d, NULL), NULL);
	assert_ok(pps_dispatch_crew.begin(d, &chunk, NULL), NULL);
	assert_int_equal(w.nsent, 1);
	return d;
}

static pps_order *said(size_t n)
{
	pps_order *order;

	assert_ok(pps_order_parse(w.sent[n], strlen(w.sent[n]), &order, NULL), NULL);
	return order;
}

/* 1: the chunk came back. */
static int answer(pps_dispatch *d, const pps_uuid *id, int64_t epoch, const char *results, int code)
{
	pps_answer_remark remark = { .n = 1, .code = PPS_E_IO, .error = (char *)"it broke", .missing_in = (char *)"embargo" };
	pps_answer a = { .id = *id, .epoch = epoch, .code = code, .results = (char *)results, .n = strlen(results), .remarks = &remark, .nremarks = 1 };
	_cleanup_free_ char *text = NULL;
	_cleanup_(pps_error_freep) pps_error *why = NULL;
	pps_publish_chunk *back = NULL;
	int found = 1;

	assert_ok(pps_answer_format(&a, &text, NULL), NULL);
	w.coming = text;
	assert_ok(pps_dispatch_crew.finish(d, &back, &found, &why, NULL), NULL);
	assert_true(!back || (back == &chunk && found == code));
	return back != NULL;
}

static void an_answer_and_another(void **state)
{
	_cleanup_(pps_dispatch_freep) pps_dispatch *d = begin();
	_cleanup_(pps_order_freep) pps_order *order = said(0);

	(void)state;
	assert_string_equal(order->repository, "prep");
	assert_string_equal(order->source, "embargo");
	assert_string_equal(order->statuses, "...");
	assert_int_equal(order->deadline, T0 + PPS_ORDER_LASTS);
	/* of an earlier epoch, of an order of somebody else, of another number of datasets */
	assert_int_equal(answer(d, &order->id, order->epoch - 1, "ddd", PPS_OK), 0);
	assert_int_equal(answer(d, &rows[0].id, order->epoch, "ddd", PPS_OK), 0);
	assert_int_equal(answer(d, &order->id, order->epoch, "dd", PPS_OK), 0);
	assert_int_equal(w.commits, 0);
	assert_int_equal(items[0].result, PPS_RESULT_NONE);
	assert_int_equal(answer(d, &order->id, order->epoch, "dm-", PPS_OK), 1);
	assert_int_equal(items[0].result, PPS_RESULT_DONE);
	assert_int_equal(items[1].result, PPS_RESULT_MISSING);
	assert_int_equal(items[1].missing_in, 0);
	assert_string_equal(items[1].error, "it broke");
	assert_int_equal(items[2].result, PPS_RESULT_NONE);
	assert_int_equal(w.commits, 1);
	/* the second one says otherwise, and is not heard */
	assert_int_equal(answer(d, &order->id, order->epoch, "fff", PPS_OK), 0);
	assert_int_equal(items[0].result, PPS_RESULT_DONE);
}

static void one_that_never_comes(void **state)
{
	_cleanup_(pps_dispatch_freep) pps_dispatch *d = begin();
	_cleanup_(pps_order_freep) pps_order *first = said(0), *second = NULL;
	pps_publish_chunk *back = NULL;
	pps_error *why = NULL;
	int code;

	(void)state;
	w.clock = first->deadline + PPS_ORDER_GRACE;
	assert_ok(pps_dispatch_crew.finish(d, &back, &code, &why, NULL), NULL);
	assert_int_equal(w.nsent, 1);
	w.clock++;
	assert_ok(pps_dispatch_crew.finish(d, &back, &code, &why, NULL), NULL);
	assert_int_equal(w.nsent, 2);
	assert_null(back);
	second = said(1);
	assert_memory_equal(&second->id, &first->id, sizeof first->id);
	assert_int_equal(second->deadline, w.clock + PPS_ORDER_LASTS);
	assert_memory_equal(second->datasets, first->datasets, N * sizeof *first->datasets);
	/* the first was only slow */
	assert_int_equal(answer(d, &first->id, first->epoch, "ddd", PPS_OK), 1);
	assert_int_equal(answer(d, &second->id, second->epoch, "ddd", PPS_OK), 0);
}

static void one_that_nobody_waits_for(void **state)
{
	_cleanup_(pps_dispatch_freep) pps_dispatch *d = begin();
	_cleanup_(pps_order_freep) pps_order *order = said(0);

	(void)state;
	pps_dispatch_crew.forget(d);
	assert_int_equal(answer(d, &order->id, order->epoch, "ddd", PPS_OK), 0);
	w.clock += 2 * PPS_ORDER_LASTS;
	assert_int_equal(answer(d, &order->id, order->epoch, "ddd", PPS_OK), 0);
	assert_int_equal(w.nsent, 1);
	assert_int_equal(items[0].result, PPS_RESULT_NONE);
}

static void no_broker(void **state)
{
	_cleanup_(pps_dispatch_freep) pps_dispatch *d = begin();
	_cleanup_(pps_order_freep) pps_order *order = said(0);

	(void)state;
	w.fails = 1;
	assert_int_equal(pps_dispatch_crew.begin(d, &chunk, NULL), PPS_E_UNAVAILABLE);
	w.fails = 0;
	assert_ok(pps_dispatch_crew.begin(d, &chunk, NULL), NULL);
	assert_int_equal(answer(d, &order->id, order->epoch, "dfd", PPS_E_TIMEOUT), 1);
	assert_int_equal(items[1].code, PPS_E_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(texts_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(long_texts_are_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_order, setup, teardown),
		cmocka_unit_test_setup_teardown(an_answer_and_another, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_never_comes, setup, teardown),
		cmocka_unit_test_setup_teardown(one_that_nobody_waits_for, setup, teardown),
		cmocka_unit_test_setup_teardown(no_broker, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
