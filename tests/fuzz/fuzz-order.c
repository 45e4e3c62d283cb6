/* SPDX-License-Identifier: BSD-3-Clause */
/* Orders and answers from anywhere: what is accepted is whole, and says the same when it is said again. */
#include <stdlib.h>
#include <string.h>

#include "publish/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void order(const char *text, size_t size)
{
	_cleanup_(pps_order_freep) pps_order *o = NULL, *again = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *said = NULL;

	if (pps_order_parse(text, size, &o, &err) < 0) {
		if (!*pps_error_message(err))
			abort();
		return;
	}
	if (!o->n || strlen(o->statuses) != o->n || o->task < PPS_TASK_COPY || o->task > PPS_TASK_DELETE || pps_order_format(o, &said, NULL) < 0 ||
	    pps_order_parse(said, strlen(said), &again, NULL) < 0 || again->n != o->n || strcmp(again->repository, o->repository) != 0 ||
	    again->deadline != o->deadline || memcmp(again->datasets, o->datasets, o->n * sizeof *o->datasets) != 0 ||
	    memcmp(again->flags, o->flags, o->n * sizeof *o->flags) != 0)
		abort();
}

static void answer(const char *text, size_t size)
{
	_cleanup_(pps_answer_freep) pps_answer *a = NULL, *again = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *said = NULL;

	if (pps_answer_parse(text, size, &a, &err) < 0) {
		if (!*pps_error_message(err))
			abort();
		return;
	}
	for (size_t i = 0; i < a->nremarks; i++)
		if (a->remarks[i].n >= a->n)
			abort();
	if (strlen(a->results) != a->n || pps_answer_format(a, &said, NULL) < 0 || pps_answer_parse(said, strlen(said), &again, NULL) < 0 ||
	    again->nremarks != a->nremarks || strcmp(again->results, a->results) != 0 || again->code != a->code)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	order((const char *)bytes, size);
	answer((const char *)bytes, size);
	return 0;
}
