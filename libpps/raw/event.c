/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/event.h"

#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/time.h"

void pps_events_free(pps_events *events)
{
	if (!events)
		return;
	for (size_t i = 0; i < events->n; i++) {
		free(events->at[i].bucket);
		free(events->at[i].key);
	}
	free(events->at);
	free(events);
}

static int kind_of(const char *name)
{
	static const char prefix[] = "s3:";

	if (!strncmp(name, prefix, sizeof prefix - 1))
		name += sizeof prefix - 1;
	if (!strncmp(name, "ObjectCreated:", 14))
		return PPS_EVENT_CREATED;
	if (!strncmp(name, "ObjectRemoved:", 14) || !strncmp(name, "ObjectLifecycle:Expiration", 26) || !strncmp(name, "LifecycleExpiration:", 20))
		return PPS_EVENT_REMOVED;
	return PPS_EVENT_OTHER;
}

/* Amazon's keys: "+" for a space, the rest percent-encoded. */
static int decode_key(const char *key, char **ret, pps_error **err)
{
	_cleanup_buf_ pps_buf spaced = PPS_BUF_LINE, plain = PPS_BUF_LINE;
	int r;

	for (; *key; key++)
		pps_buf_add_char(&spaced, *key == '+' ? ' ' : *key);
	if ((r = pps_percent_decode(&plain, pps_buf_text(&spaced), spaced.size, err)) < 0)
		return r;
	if (spaced.failed || plain.failed)
		return pps_buf_check(spaced.failed ? &spaced : &plain, "key", err);
	if (!pps_utf8_is_valid(pps_buf_text(&plain), plain.size))
		return pps_fail(err, PPS_E_FORMAT, "the key is not UTF-8");
	return (*ret = pps_buf_take(&plain)) ? PPS_OK : pps_fail_nomem(err);
}

static int parse_record(const json_t *record, pps_event *event, pps_error **err)
{
	const json_t *s3 = json_object_get(record, "s3"), *object = json_object_get(s3, "object"), *size = json_object_get(object, "size");
	const char *name = json_string_value(json_object_get(record, "eventName"));
	const char *time = json_string_value(json_object_get(record, "eventTime"));
	const char *source = json_string_value(json_object_get(record, "eventSource"));
	const char *bucket = json_string_value(json_object_get(json_object_get(s3, "bucket"), "name"));
	const char *key = json_string_value(json_object_get(object, "key"));
	int r;

	if (!name || !time || !bucket || !key || !*key)
		return pps_fail(err, PPS_E_FORMAT, "expected %s", !name ? "eventName" : !time ? "eventTime" : !bucket ? "s3.bucket.name" : "s3.object.key");
	if (size && (!json_is_integer(size) || json_integer_value(size) < 0))
		return pps_fail(err, PPS_E_FORMAT, "s3.object.size: expected a number of bytes");
	event->kind = kind_of(name);
	event->size = (uint64_t)json_integer_value(size);
	if ((r = pps_time_parse(time, PPS_SCALE_UTC, &event->at, err)) < 0) {
		pps_wrap(err, r, "eventTime");
		return r == PPS_E_NOMEM ? r : pps_recode(err, PPS_E_FORMAT);
	}
	if (!(event->bucket = strdup(bucket)))
		return pps_fail_nomem(err);
	if (source && !strcmp(source, "aws:s3"))
		return decode_key(key, &event->key, err);
	return (event->key = strdup(key)) ? PPS_OK : pps_fail_nomem(err);
}

int pps_events_parse(const void *text, size_t size, pps_events **ret_events, pps_error **err)
{
	_cleanup_(json_decrefp) json_t *root = NULL;
	_cleanup_(pps_events_freep) pps_events *events = NULL;
	const json_t *records;
	json_error_t e;
	int r;

	if (!text || !size || size > PPS_EVENT_MOST)
		return pps_fail(err, PPS_E_FORMAT, size ? "an event of more than %u bytes" : "an empty message", PPS_EVENT_MOST);
	if ((r = pps_json_parse(text, size, 0, &root, &e)) == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0)
		return pps_fail(err, PPS_E_FORMAT, "no JSON: %s", e.text);
	records = json_object_get(root, "Records");
	if (!json_is_array(records))
		return pps_fail(err, PPS_E_FORMAT, "expected {\"Records\": [...]}");
	if (!(events = calloc(1, sizeof *events)) || !(events->at = calloc(json_array_size(records) + 1, sizeof *events->at)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < json_array_size(records); i++) {
		events->n++;
		if ((r = parse_record(json_array_get(records, i), &events->at[i], err)) < 0)
			return pps_wrap(err, r, "record %zu", i + 1);
	}
	*ret_events = TAKE_PTR(events);
	return PPS_OK;
}
