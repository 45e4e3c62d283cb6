/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/order.h"

#include <string.h>

#include "base/json.h"

#define VERSION 1
#define TEXTS_MOST 400000 /* bytes of all errors in an answer */
#define TEXT_LEAST 40
#define TEXT_MOST 2000

void pps_order_free(pps_order *order)
{
	if (!order)
		return;
	free(order->repository);
	free(order->source);
	free(order->datasets);
	free(order->statuses);
	free(order->flags);
	free(order);
}

void pps_answer_free(pps_answer *answer)
{
	if (!answer)
		return;
	for (size_t i = 0; i < answer->nremarks; i++) {
		free(answer->remarks[i].error);
		free(answer->remarks[i].missing_in);
	}
	free(answer->remarks);
	free(answer->results);
	free(answer->error);
	free(answer);
}

static void json_freep(json_t **json)
{
	json_decref(*json);
}

static int dump(json_t *json, char **ret_text, pps_error **err)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	return (*ret_text = text) ? PPS_OK : pps_fail_nomem(err);
}

/* jansson refuses what is no UTF-8, and a cut may make it so. */
static json_t *text_json(const char *text, size_t most)
{
	size_t len = strnlen(text, most);

	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	json_t *json = json_stringn(text, len);
	return json ? json : json_string("(its message is no text)");
}

/* ---- reading ---- */

static int refuse(pps_error **err, const char *what)
{
	return pps_fail(err, PPS_E_FORMAT, "%s", what);
}

static int parse(const char *text, size_t size, const char *kind, json_t **ret, pps_error **err)
{
	_cleanup_(json_freep) json_t *json = NULL;
	const char *said = NULL;
	json_error_t where;
	int version = 0, r = pps_json_parse(text, size, JSON_REJECT_DUPLICATES, &json, &where);

	if (r == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0)
		return pps_fail(err, r, "line %d, column %d: %s", where.line, where.column, where.text);
	if (json_unpack(json, "{s:i, s:s}", "version", &version, "kind", &said) < 0)
		return refuse(err, "expected an object with version and kind");
	if (version != VERSION)
		return pps_fail(err, PPS_E_FORMAT, "version %d, expected %d", version, VERSION);
	if (strcmp(said, kind) != 0)
		return pps_fail(err, PPS_E_FORMAT, "expected kind %s", kind);
	*ret = TAKE_PTR(json);
	return PPS_OK;
}

static int task_of(const char *name)
{
	for (int task = PPS_TASK_COPY; task <= PPS_TASK_DELETE; task++)
		if (!strcmp(name, pps_task_name(task)))
			return task;
	return 0;
}

static int read_datasets(pps_order *order, const json_t *datasets, const char *statuses, const json_t *flags, pps_error **err)
{
	const size_t n = json_array_size(datasets);
	const json_t *one;
	size_t i;

	if (!n || n > PPS_ORDER_MOST || n != strlen(statuses) || n != json_array_size(flags))
		return refuse(err, "datasets: expected an array of UUIDs, and statuses and flags as long");
	if (!(order->datasets = calloc(n, sizeof *order->datasets)) || !(order->statuses = strdup(statuses)) ||
	    !(order->flags = calloc(n, sizeof *order->flags)))
		return pps_fail_nomem(err);
	json_array_foreach((json_t *)flags, i, one) {
		if (!json_is_integer(one))
			return refuse(err, "flags: no number");
		order->flags[i] = (int)json_integer_value(one);
	}
	json_array_foreach((json_t *)datasets, i, one) {
		if (!json_is_string(one) || pps_uuid_parse(json_string_value(one), &order->datasets[i], NULL) < 0)
			return refuse(err, "datasets: no UUID");
		if (i && pps_uuid_compare(&order->datasets[i - 1], &order->datasets[i]) >= 0)
			return refuse(err, "datasets: not in their order");
		order->n++;
	}
	return PPS_OK;
}

int pps_order_parse(const char *text, size_t size, pps_order **ret_order, pps_error **err)
{
	_cleanup_(json_freep) json_t *json = NULL;
	_cleanup_(pps_order_freep) pps_order *order = calloc(1, sizeof *order);
	const char *id, *task, *repository, *source = NULL, *statuses;
	json_int_t epoch, deadline;
	json_t *datasets, *flags;
	int r;

	if (!order)
		return pps_fail_nomem(err);
	if ((r = parse(text, size, "order", &json, err)) < 0)
		return r;
	if (json_unpack(json, "{s:s, s:I, s:I, s:s, s:s, s?s, s:o, s:s, s:o}", "id", &id, "epoch", &epoch, "deadline", &deadline, "task", &task, "repository",
			&repository, "source", &source, "datasets", &datasets, "statuses", &statuses, "flags", &flags) < 0)
		return refuse(err, "expected id, epoch, deadline, task, repository, datasets, statuses and flags");
	if (pps_uuid_parse(id, &order->id, NULL) < 0 || !(order->task = task_of(task)))
		return refuse(err, "id is no UUID, or there is no such task");
	order->epoch = epoch;
	order->deadline = deadline;
	if (!(order->repository = strdup(repository)) || (source && !(order->source = strdup(source))))
		return pps_fail_nomem(err);
	if ((r = read_datasets(order, datasets, statuses, flags, err)) < 0)
		return r;
	*ret_order = TAKE_PTR(order);
	return PPS_OK;
}

static int read_remark(pps_answer *answer, const json_t *json, pps_error **err)
{
	pps_answer_remark *remark = &answer->remarks[answer->nremarks];
	const char *error = NULL, *missing_in = NULL;
	json_int_t n;
	int code;

	if (json_unpack((json_t *)json, "{s:I, s:i, s?s, s?s}", "n", &n, "code", &code, "error", &error, "missing_in", &missing_in) < 0 || n < 0 ||
	    (size_t)n >= answer->n || code > 0)
		return refuse(err, "remarks: expected n, code, error and missing_in");
	*remark = (pps_answer_remark){ .n = (size_t)n, .code = code };
	answer->nremarks++;
	if ((error && !(remark->error = strdup(error))) || (missing_in && !(remark->missing_in = strdup(missing_in))))
		return pps_fail_nomem(err);
	return PPS_OK;
}

int pps_answer_parse(const char *text, size_t size, pps_answer **ret_answer, pps_error **err)
{
	_cleanup_(json_freep) json_t *json = NULL;
	_cleanup_(pps_answer_freep) pps_answer *answer = calloc(1, sizeof *answer);
	const char *id, *error = NULL, *results;
	const json_t *one;
	json_t *remarks;
	json_int_t epoch;
	size_t i;
	int r;

	if (!answer)
		return pps_fail_nomem(err);
	if ((r = parse(text, size, "answer", &json, err)) < 0)
		return r;
	if (json_unpack(json, "{s:s, s:I, s:i, s?s, s:s, s:o}", "id", &id, "epoch", &epoch, "code", &answer->code, "error", &error, "results", &results,
			"remarks", &remarks) < 0 || pps_uuid_parse(id, &answer->id, NULL) < 0 || answer->code > 0 || !json_is_array(remarks))
		return refuse(err, "expected id, epoch, code, results and remarks");
	answer->epoch = epoch;
	answer->n = strlen(results);
	if (!answer->n || answer->n > PPS_ORDER_MOST || strspn(results, "-dfm") != answer->n || json_array_size(remarks) > answer->n)
		return refuse(err, "results: expected -, d, f or m for each dataset");
	if (!(answer->results = strdup(results)) || (error && !(answer->error = strdup(error))) ||
	    !(answer->remarks = calloc(json_array_size(remarks) + 1, sizeof *answer->remarks)))
		return pps_fail_nomem(err);
	json_array_foreach(remarks, i, one)
		if ((r = read_remark(answer, one, err)) < 0)
			return r;
	*ret_answer = TAKE_PTR(answer);
	return PPS_OK;
}

/* ---- writing ---- */

int pps_order_format(const pps_order *order, char **ret_text, pps_error **err)
{
	json_t *datasets = json_array(), *flags = json_array();
	char id[37];

	for (size_t i = 0; i < order->n; i++) {
		pps_uuid_format(&order->datasets[i], id);
		if (json_array_append_new(datasets, json_string(id)) < 0 || json_array_append_new(flags, json_integer(order->flags[i])) < 0) {
			json_decref(datasets);
			json_decref(flags);
			return pps_fail_nomem(err);
		}
	}
	pps_uuid_format(&order->id, id);
	return dump(json_pack("{s:i, s:s, s:s, s:I, s:I, s:s, s:s, s:s*, s:o, s:s, s:o}", "version", VERSION, "kind", "order", "id", id, "epoch",
			      (json_int_t)order->epoch, "deadline", (json_int_t)order->deadline, "task", pps_task_name(order->task), "repository",
			      order->repository, "source", order->source, "datasets", datasets, "statuses", order->statuses, "flags", flags),
		    ret_text, err);
}

int pps_answer_format(const pps_answer *answer, char **ret_text, pps_error **err)
{
	size_t most = answer->nremarks ? TEXTS_MOST / answer->nremarks : TEXT_MOST;
	json_t *remarks = json_array();
	char id[37];
	int r = remarks ? 0 : -1;

	most = most < TEXT_LEAST ? TEXT_LEAST : most > TEXT_MOST ? TEXT_MOST : most;
	for (size_t i = 0; i < answer->nremarks && r == 0; i++) {
		const pps_answer_remark *one = &answer->remarks[i];

		r = json_array_append_new(remarks, json_pack("{s:I, s:i, s:o*, s:s*}", "n", (json_int_t)one->n, "code", one->code, "error",
							     one->error ? text_json(one->error, most) : NULL, "missing_in", one->missing_in));
	}
	if (r < 0) {
		json_decref(remarks);
		return pps_fail_nomem(err);
	}
	pps_uuid_format(&answer->id, id);
	return dump(json_pack("{s:i, s:s, s:s, s:I, s:i, s:o*, s:s, s:o}", "version", VERSION, "kind", "answer", "id", id, "epoch",
			      (json_int_t)answer->epoch, "code", answer->code, "error", answer->error ? text_json(answer->error, TEXT_MOST) : NULL,
			      "results", answer->results, "remarks", remarks), ret_text, err);
}
