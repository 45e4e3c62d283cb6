/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists for people and programs: what a pattern selects, with the files of each dataset counted. */
#include <string.h>

#include "rucio/rucio-list.h"
#include "rucio/rucio-private.h"

#define NAMES_A_CALL 200
#define BODY_MOST (4u << 20)

struct total {
	uint64_t files, size;
};

struct pps_rucio_list {
	pps_rucio_dids *dids;
	struct total *totals; /* one for each row */
};

void pps_rucio_list_free(pps_rucio_list *list)
{
	if (!list)
		return;
	pps_rucio_dids_free(list->dids);
	free(list->totals);
	free(list);
}
PPS_DEFINE_CLEANUP(pps_rucio_list, pps_rucio_list_free)

/* Counts the rows of a piece of the list as they come; they are not kept. */
struct counting {
	pps_rucio_list *list;
	size_t from, n;
};

static void count_restart(void *user)
{
	struct counting *c = user;

	memset(c->list->totals + c->from, 0, c->n * sizeof *c->list->totals);
}

static int count_row(void *user, json_t *row, pps_error **err)
{
	struct counting *c = user;
	const char *parent = json_string_value(json_object_get(row, "parent_name"));
	const pps_rucio_did *did = parent ? pps_rucio_dids_find(c->list->dids, parent) : NULL;
	json_int_t bytes = json_integer_value(json_object_get(row, "bytes"));
	struct total *total;

	if (!parent)
		return pps_fail(err, PPS_E_FORMAT, "a row without parent_name");
	if (!did)
		return PPS_OK;
	total = &c->list->totals[did - pps_rucio_dids_at(c->list->dids, 0)];
	total->files++;
	total->size += bytes > 0 ? (uint64_t)bytes : 0;
	return PPS_OK;
}

static int count_piece(pps_rucio *rucio, pps_rucio_list *list, size_t from, size_t n, pps_error **err)
{
	_cleanup_buf_ pps_buf body = PPS_BUF(BODY_MOST);
	const char *names[NAMES_A_CALL];
	struct counting user = { list, from, n };
	pps_rucio_call call = { .method = "POST", .path = "/dids/bulkfiles", .deadline_ms = 300000, .row = count_row, .restart = count_restart,
				.user = &user };
	pps_rucio_answer answer;
	int r;

	for (size_t i = 0; i < n; i++)
		names[i] = pps_rucio_dids_at(list->dids, from + i)->name;
	pps_rucio_add_dids(&body, rucio->settings.scope, names, n, "");
	if ((r = pps_buf_check(&body, "names", err)) < 0)
		return r;
	call.body = body.at;
	call.body_size = body.size;
	if ((r = pps_rucio_call_one(rucio, &call, &answer, NULL, err)) < 0)
		return pps_wrap(err, r, "count files of datasets");
	return answer.meaning == PPS_RUCIO_FINE ? PPS_OK : pps_rucio_answer_fail(&answer, err, "count files of datasets");
}

int pps_rucio_query(pps_rucio *rucio, const char *pattern, int kind, pps_rucio_list **ret_list, pps_error **err)
{
	_cleanup_(pps_rucio_list_freep) pps_rucio_list *list = NULL;
	size_t n;
	int r;

	if (!rucio || !ret_list || (kind != PPS_RUCIO_FILE && kind != PPS_RUCIO_DATASET))
		return pps_fail(err, PPS_E_ARG, "pps_rucio_query: an argument is NULL, or the kind is neither files nor datasets");
	if (!(list = calloc(1, sizeof *list)))
		return pps_fail_nomem(err);
	if ((r = pps_rucio_search(rucio, pattern ? pattern : "*", kind, &list->dids, err)) < 0)
		return r;
	n = pps_rucio_dids_count(list->dids);
	if (!(list->totals = calloc(n + 1, sizeof *list->totals)))
		return pps_fail_nomem(err);
	for (size_t from = 0; kind == PPS_RUCIO_DATASET && from < n; from += NAMES_A_CALL)
		if ((r = count_piece(rucio, list, from, n - from < NAMES_A_CALL ? n - from : NAMES_A_CALL, err)) < 0)
			return r;
	for (size_t i = 0; kind == PPS_RUCIO_FILE && i < n; i++) {
		int64_t bytes = pps_rucio_dids_at(list->dids, i)->bytes;

		list->totals[i] = (struct total){ 1, bytes > 0 ? (uint64_t)bytes : 0 };
	}
	*ret_list = TAKE_PTR(list);
	return PPS_OK;
}

static const pps_rucio_did *row_at(const pps_rucio_list *list, size_t n)
{
	return list ? pps_rucio_dids_at(list->dids, n) : NULL;
}

size_t pps_rucio_list_count(const pps_rucio_list *list)
{
	return list ? pps_rucio_dids_count(list->dids) : 0;
}

const char *pps_rucio_list_name(const pps_rucio_list *list, size_t n)
{
	return row_at(list, n) ? row_at(list, n)->name : NULL;
}

int pps_rucio_list_kind(const pps_rucio_list *list, size_t n)
{
	return row_at(list, n) ? row_at(list, n)->kind : PPS_RUCIO_NONE;
}

int pps_rucio_list_is_open(const pps_rucio_list *list, size_t n)
{
	return row_at(list, n) ? row_at(list, n)->is_open : -1;
}

uint64_t pps_rucio_list_files(const pps_rucio_list *list, size_t n)
{
	return row_at(list, n) ? list->totals[n].files : 0;
}

uint64_t pps_rucio_list_size(const pps_rucio_list *list, size_t n)
{
	return row_at(list, n) ? list->totals[n].size : 0;
}

const char *pps_rucio_list_adler32(const pps_rucio_list *list, size_t n)
{
	return row_at(list, n) ? row_at(list, n)->adler32 : NULL;
}

const char *pps_rucio_list_md5(const pps_rucio_list *list, size_t n)
{
	return row_at(list, n) ? row_at(list, n)->md5 : NULL;
}
