/* SPDX-License-Identifier: BSD-3-Clause */
/* Where each destination of notices stands, and trying one again. */
#include <string.h>

#include "base/json.h"
#include "publish/notify.h"
#include "publish/publish.h"
#include "publish/report.h"

static json_t *json_of(const pps_notice_cursor *c, int64_t first, int64_t last)
{
	/* what was swept before a destination that was given up had it */
	int64_t lost = c->given_up && first > c->seq + 1 ? first - c->seq - 1 : 0;

	return json_pack("{s:s, s:I, s:I, s:I, s:o, s:i, s:s, s:o, s:o, s:o}", "destination", c->destination, "seq", (json_int_t)c->seq, "waiting",
			 (json_int_t)(last > c->seq ? last - c->seq : 0), "lost", (json_int_t)lost, "delivered", pps_report_time(c->delivered_at),
			 "attempts", c->attempts, "error", c->error, "failing_since", pps_report_time(c->failing_since), "next_try",
			 c->given_up ? json_null() : pps_report_time(c->next_try), "given_up", pps_report_time(c->given_up));
}

int pps_publish_notices(pps_publish *p, char **ret_json, pps_error **err)
{
	_cleanup_(pps_notify_freep) pps_notify *notify = NULL;
	int64_t first, last;
	json_t *list;
	int r;

	if (!p || !ret_json)
		return pps_fail(err, PPS_E_ARG, "pps_publish_notices: publish and ret_json must not be NULL");
	if ((r = pps_notify_open(p->ctx, p->conf, p->state, &notify, err)) < 0 || (r = pps_state_notice_range(p->state, &first, &last, err)) < 0)
		return r;
	if (!(list = json_array()))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < pps_notify_count(notify) && r == PPS_OK; i++) {
		_cleanup_(pps_notice_cursor_clear) pps_notice_cursor c = { 0 };

		if ((r = pps_state_notice_cursor(p->state, pps_notify_destination(notify, i), &c, err)) == PPS_OK &&
		    json_array_append_new(list, json_of(&c, first, last)) < 0)
			r = pps_fail_nomem(err);
	}
	if (r < 0) {
		json_decref(list);
		return r;
	}
	return pps_report_text(json_pack("{s:i, s:I, s:o}", "schema_version", 1, "last", (json_int_t)last, "destinations", list), ret_json, err);
}

int pps_publish_notices_retry(pps_publish *p, const char *destination, const char *reason, const char *who, pps_error **err)
{
	if (!p || !destination)
		return pps_fail(err, PPS_E_ARG, "pps_publish_notices_retry: publish and destination must not be NULL");
	return pps_state_notice_retry(p->state, destination, reason, who, err);
}
