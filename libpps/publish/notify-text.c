/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/notify-text.h"

#include <string.h>

#include "archive/json-text.h"

static void add_string(pps_buf *b, const char *text)
{
	pps_json_add_string(b, text, strlen(text), PPS_JSON_UTF8);
}

void pps_notify_add_time(pps_buf *b, int64_t tai)
{
	char text[40];

	if (pps_time_format(tai, PPS_SCALE_UTC, 3, 'T', text, NULL) < 0)
		pps_buf_add_text(b, "null");
	else
		pps_buf_printf(b, "\"%sZ\"", text);
}

static const pps_dataset_row *find(const pps_dataset_rows *rows, const pps_uuid *id)
{
	size_t low = 0, high = pps_dataset_rows_count(rows);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const pps_dataset_row *row = pps_dataset_rows_at(rows, middle);
		int c = pps_uuid_compare(id, &row->id);

		if (!c)
			return row;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* "id": ..., without braces. */
static void add_dataset(pps_buf *b, const pps_notify_batch *batch, const pps_uuid *id)
{
	const pps_dataset_row *row = find(batch->rows, id);
	char text[37];

	pps_uuid_format(id, text);
	pps_buf_printf(b, "\"id\":\"%s\"", text);
	if (!row)
		return;
	pps_buf_add_text(b, ",\"type\":");
	add_string(b, row->type);
	pps_buf_add_text(b, ",\"run\":");
	add_string(b, row->run);
	pps_buf_printf(b, ",\"data_id\":%s", row->data_id);
}

/* What a notice is, without braces. */
static void add_head(pps_buf *b, const pps_notice *n)
{
	pps_buf_printf(b, "\"seq\":%lld,\"event\":\"%s\"", (long long)n->seq, pps_notice_name(n->kind));
	if (n->kind == PPS_NOTICE_LEDGER) {
		pps_buf_printf(b, ",\"ledger_seq\":%lld,\"ledger_hash\":", (long long)n->ledger_seq);
		add_string(b, n->ledger_hash);
	} else {
		pps_buf_add_text(b, ",\"repository\":");
		add_string(b, n->repository);
	}
	pps_buf_add_text(b, ",\"at\":");
	pps_notify_add_time(b, n->as_of);
}

void pps_notify_add_notice(pps_buf *b, const pps_notify_batch *batch, const pps_notice *n)
{
	pps_buf_add_char(b, '{');
	add_head(b, n);
	pps_buf_printf(b, ",\"count\":%zu,\"datasets\":[", n->n);
	for (size_t i = 0; i < n->n; i++) {
		pps_buf_add_text(b, i ? ",{" : "{");
		add_dataset(b, batch, &n->ids[i]);
		pps_buf_add_char(b, '}');
	}
	pps_buf_add_text(b, "]}");
}

void pps_notify_add_lines(pps_buf *b, const pps_notify_batch *batch, const pps_notice *n)
{
	for (size_t i = 0; i < n->n || (!n->n && !i); i++) {
		pps_buf_add_char(b, '{');
		add_head(b, n);
		if (n->n) {
			pps_buf_add_char(b, ',');
			add_dataset(b, batch, &n->ids[i]);
		}
		pps_buf_add_text(b, "}\n");
	}
}

void pps_notify_add_call(pps_buf *b, const pps_notify_batch *batch, const pps_notice *const *notices, size_t n)
{
	pps_buf_printf(b, "{\"schema_version\":1,\"first\":%lld,\"last\":%lld,\"notices\":[", (long long)notices[0]->seq, (long long)notices[n - 1]->seq);
	for (size_t i = 0; i < n; i++) {
		if (i)
			pps_buf_add_char(b, ',');
		pps_notify_add_notice(b, batch, notices[i]);
	}
	pps_buf_add_text(b, "]}");
}
