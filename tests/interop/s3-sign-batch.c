/* SPDX-License-Identifier: BSD-3-Clause */
/* Signs the requests of standard input, a JSON object a line, and answers a line each: {"url", "headers"}, {"presigned"} where "expires"
 * is given, or {"error"}. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/error.h"
#include "store/s3-sign.h"

#define PAIRS_MOST 64

static void decref(json_t **json)
{
	json_decref(*json);
}
#define _cleanup_json_ _cleanup_(decref)

static const char *text(const json_t *line, const char *name)
{
	return json_string_value(json_object_get(line, name));
}

static size_t pairs_of(const json_t *list, pps_s3_pair pairs[PAIRS_MOST])
{
	size_t n = json_array_size(list);

	for (size_t i = 0; i < n && i < PAIRS_MOST; i++) {
		const json_t *pair = json_array_get(list, i);

		pairs[i].name = json_string_value(json_array_get(pair, 0));
		pairs[i].value = json_string_value(json_array_get(pair, 1));
	}
	return n < PAIRS_MOST ? n : PAIRS_MOST;
}

static json_t *signed_answer(const pps_s3_request *request, const pps_s3_credentials *credentials, int64_t now, pps_error **err)
{
	_cleanup_s3_signed_ pps_s3_signed s = { 0 };
	json_t *headers = json_array();

	if (pps_s3_sign(request, credentials, now, &s, err) < 0) {
		json_decref(headers);
		return NULL;
	}
	for (size_t i = 0; i < s.nheaders; i++)
		json_array_append_new(headers, json_string(s.headers[i]));
	return json_pack("{s:s, s:s, s:o}", "url", s.url.text, "host", s.url.host, "headers", headers);
}

static json_t *answer(const json_t *line)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *url = NULL;
	pps_s3_pair query[PAIRS_MOST], headers[PAIRS_MOST];
	pps_s3_credentials credentials = { text(line, "access"), text(line, "secret"), text(line, "token") };
	pps_s3_request request = {
		.target = { .service = text(line, "service"), .endpoint = text(line, "endpoint"), .region = text(line, "region"),
			    .bucket = text(line, "bucket"), .key = text(line, "key"), .query = query },
		.method = text(line, "method"),
		.headers = headers,
		.payload = text(line, "payload"),
	};
	int64_t now = json_integer_value(json_object_get(line, "now")) * INT64_C(1000000000);
	json_t *expires = json_object_get(line, "expires"), *out;

	request.target.nquery = pairs_of(json_object_get(line, "query"), query);
	request.nheaders = pairs_of(json_object_get(line, "headers"), headers);
	if (!expires)
		out = signed_answer(&request, &credentials, now, &err);
	else if (pps_s3_presign(&request, &credentials, now, json_integer_value(expires), &url, &err) < 0)
		out = NULL;
	else
		out = json_pack("{s:s}", "presigned", url);
	return out ? out : json_pack("{s:s}", "error", err ? pps_error_message(err) : "out of memory");
}

int main(void)
{
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, stdin) > 0) {
		_cleanup_json_ json_t *request = json_loads(line, 0, NULL), *out = NULL;
		_cleanup_free_ char *shown = NULL;

		if (!request || !(out = answer(request)) || !(shown = json_dumps(out, JSON_COMPACT)))
			return 1;
		puts(shown);
		fflush(stdout); /* whoever asks may wait for it */
	}
	return 0;
}
