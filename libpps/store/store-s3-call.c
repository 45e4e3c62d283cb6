/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests: signed, sent on a kept connection, repeated with growing waits where that is safe, their failures named. */
#include <string.h>

#include "base/retry.h"
#include "base/time.h"
#include "store/store-s3.h"

#define DEADLINE_MS INT64_C(300000)  /* of one try, and for what it sends: */
#define MS_PER_MIB 1000
#define CLEANUP_MS INT64_C(10000)
#define TRYING_NS (INT64_C(600) * PPS_NS_PER_S) /* after so long no new try begins */
#define SKEW_NS (INT64_C(900) * PPS_NS_PER_S)   /* where servers begin to refuse */

void pps_s3_call_query(pps_s3_call *call, const char *name, const char *value)
{
	call->query[call->nquery++] = (pps_s3_pair){ name, value };
}

void pps_s3_call_header(pps_s3_call *call, const char *name, const char *value)
{
	call->headers[call->nheaders++] = (pps_s3_pair){ name, value };
}

int pps_s3_key(const pps_store *store, const char *name, char **ret_key, pps_error **err)
{
	const pps_s3_store *s = pps_s3_of(store);

	if (asprintf(ret_key, "%s%s%s", s->prefix, *s->prefix ? "/" : "", name) < 0) {
		*ret_key = NULL;
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}

int pps_s3_folder_key(const pps_store *store, const char *folder, char **ret_key, pps_error **err)
{
	const pps_s3_store *s = pps_s3_of(store);
	size_t n = strlen(folder);

	while (n && folder[n - 1] == '/')
		n--;
	if (asprintf(ret_key, "%s%s%.*s%s", s->prefix, *s->prefix ? "/" : "", (int)n, folder, n ? "/" : "") < 0) {
		*ret_key = NULL;
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}

/* A handle that nobody uses; it goes back when the exchange is done, with its connection. One for cleaning up is not kept. */
static int take_http(pps_store *store, int is_cleanup, pps_http **ret_http, pps_error **err)
{
	pps_s3_store *s = pps_s3_of(store);
	_cleanup_free_ char *ca = NULL;
	pps_http_options options = { 0 };

	pthread_mutex_lock(&s->lock);
	*ret_http = s->nidle && !is_cleanup ? s->idle[--s->nidle] : NULL;
	if (s->profile && s->profile->ca_path && !*ret_http && !(ca = strdup(s->profile->ca_path))) {
		pthread_mutex_unlock(&s->lock);
		return pps_fail_nomem(err);
	}
	pthread_mutex_unlock(&s->lock);
	options.ca_path = ca;
	return *ret_http ? PPS_OK : pps_http_new(is_cleanup ? s->after : store->ctx, &options, ret_http, err);
}

static void give_http(pps_store *store, int is_cleanup, pps_http *http)
{
	pps_s3_store *s = pps_s3_of(store);

	pthread_mutex_lock(&s->lock);
	if (!is_cleanup && s->nidle < PPS_S3_IDLE_MOST)
		s->idle[s->nidle++] = TAKE_PTR(http);
	pthread_mutex_unlock(&s->lock);
	pps_http_free(http);
}

static int load_profile(pps_store *store, int again, pps_error **err)
{
	pps_s3_store *s = pps_s3_of(store);
	_cleanup_(pps_s3_profile_freep) pps_s3_profile *profile = NULL;
	int r;

	pthread_mutex_lock(&s->lock);
	r = s->profile && !again;
	pthread_mutex_unlock(&s->lock);
	if (r)
		return PPS_OK;
	if ((r = pps_s3_profile_load(store->ctx, store->root->profile, &profile, err)) < 0)
		return r;
	pthread_mutex_lock(&s->lock);
	if (!s->profile || again) {
		pps_s3_profile *old = s->profile;

		s->profile = profile;
		profile = old;
	}
	pthread_mutex_unlock(&s->lock);
	return PPS_OK;
}

/* Under the lock: credentials may be renewed meanwhile. */
static int sign(pps_store *store, const pps_s3_call *call, const char *key, const char *payload, pps_s3_signed *ret, pps_error **err)
{
	pps_s3_store *s = pps_s3_of(store);
	pps_s3_request request = { .method = call->method, .headers = call->headers, .nheaders = call->nheaders, .payload = payload };
	int64_t tai, now;
	int r;

	if ((r = pps_tai_now(&tai, err)) < 0 || (r = pps_utc_of_tai(tai, &now, err)) < 0)
		return r;
	pthread_mutex_lock(&s->lock);
	request.target = (pps_s3_target){ .endpoint = s->profile->endpoint, .region = s->profile->region, .bucket = s->bucket, .key = key,
					  .query = call->query, .nquery = call->nquery };
	r = pps_s3_sign(&request, &s->profile->credentials, now, ret, err);
	pthread_mutex_unlock(&s->lock);
	return r;
}

/* The clock of the server beside ours. */
static void note_clock(pps_store *store, const pps_http_response *response)
{
	pps_s3_store *s = pps_s3_of(store);
	int64_t server = pps_http_date(response), local;

	if (!server || pps_tai_now(&local, NULL) < 0)
		return;
	pthread_mutex_lock(&s->lock);
	s->server = server;
	s->beside = local;
	pthread_mutex_unlock(&s->lock);
}

static int send_once(pps_store *store, const pps_s3_call *call, const char *key, const char *payload, pps_http_response *response,
		     pps_error **err)
{
	_cleanup_s3_signed_ pps_s3_signed sealed = { 0 };
	pps_http_request request = { .method = call->method, .body = call->body, .body_size = call->body_size, .deadline_ms = call->is_cleanup ? CLEANUP_MS : DEADLINE_MS + (int64_t)(call->body_size >> 20) * MS_PER_MIB,
				     .max_body = call->max_body, .sink = call->sink, .user = call->user };
	pps_http *http;
	int r;

	if ((r = sign(store, call, key, payload, &sealed, err)) < 0 || (r = take_http(store, call->is_cleanup, &http, err)) < 0)
		return r;
	request.url = sealed.url.text;
	request.headers = sealed.headers;
	request.nheaders = sealed.nheaders;
	r = pps_http_exchange(http, &request, response, err);
	give_http(store, call->is_cleanup, http);
	if (response->status)
		note_clock(store, response);
	return r;
}

/* "do s3://profile@bucket/key: HTTP 403 AccessDenied: text; advice". */
static int fail_answer(const pps_store *store, const pps_s3_call *call, const pps_http_response *response, const pps_s3_fault *fault,
		       const pps_s3_verdict *v, int tries, pps_error **err)
{
	_cleanup_free_ char *place = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	const char *advice = v->advice;
	int64_t server = pps_http_date(response), local;
	int code = v->code, r;

	if (response->status == 412 && call->is_conditional) {
		code = PPS_E_EXISTS;
		advice = "there is an object of that name already; nothing was changed";
	} else if (call->wants_etag_match && (response->status == 412 || response->status == 404 || response->status == 416)) {
		code = PPS_E_CONFLICT;
		advice = response->status == 404 ? "it has gone since it was listed or opened" : "it changed since it was listed or opened";
	}
	if (code == PPS_E_NOTFOUND && !*advice)
		advice = call->name ? "there is no such object" : "there is no such bucket: check its name and the profile's endpoint";
	if ((r = pps_store_name_plain(store, call->name ? call->name : "", &place, err)) < 0)
		return r;
	pps_buf_printf(&b, "%s %s: HTTP %d", call->doing, place, response->status);
	if (*fault->code)
		pps_buf_printf(&b, " %s", fault->code);
	if (*fault->message)
		pps_buf_printf(&b, ": %s", fault->message);
	if (tries > 1)
		pps_buf_printf(&b, " (%d tries)", tries);
	/* an answer to HEAD has no body that would name it */
	if (code == PPS_E_ACCESS && server && pps_tai_now(&local, NULL) == PPS_OK && (local - server > SKEW_NS || server - local > SKEW_NS))
		pps_buf_printf(&b, "; this machine's clock is %lld s %s the server's: set it right",
			       (long long)((local > server ? local - server : server - local) / PPS_NS_PER_S), local > server ? "ahead of" : "behind");
	else if (*advice)
		pps_buf_printf(&b, "; %s", advice);
	if ((r = pps_buf_check(&b, "message", err)) < 0)
		return r;
	r = pps_fail(err, code, "%s", pps_buf_text(&b));
	pps_error_set_retriable(err, code == PPS_E_UNAVAILABLE);
	return r;
}

/* The failure of one try: of the network, or an answer. */
typedef struct outcome {
	int code; /* PPS_OK: it is done */
	pps_s3_verdict verdict;
	pps_s3_fault fault;
	int answered;
	int64_t after_ms;
} outcome;

static void judge(const pps_http_response *response, int r, outcome *o)
{
	int64_t now;

	*o = (outcome){ .code = r, .answered = r == PPS_OK };
	if (r < 0) {
		o->verdict = (pps_s3_verdict){ .code = r, .is_retriable = r == PPS_E_UNAVAILABLE || r == PPS_E_TIMEOUT, .advice = "" };
		return;
	}
	if (response->status >= 200 && response->status < 300) {
		if (!pps_s3_xml_fault(pps_buf_text(&response->body), response->body.size, &o->fault))
			return;
	} else {
		(void)pps_s3_xml_fault(pps_buf_text(&response->body), response->body.size, &o->fault);
	}
	o->verdict = pps_s3_judge(response->status, &o->fault);
	o->code = o->verdict.code;
	if (pps_tai_now(&now, NULL) == PPS_OK)
		o->after_ms = pps_http_retry_after(response, now);
}

static void log_again(const pps_store *store, const pps_s3_call *call, const pps_http_response *response, const outcome *o, const pps_error *e)
{
	char status[16];

	snprintf(status, sizeof status, "%d", response->status);
	pps_log(store->ctx, PPS_LOG_DEBUG, "S3 request is repeated", "doing", call->doing, "store", store->uri, "name", call->name ? call->name : "",
		"status", o->answered ? status : "", "code", o->fault.code, "why", e ? pps_error_message(e) : "", NULL);
}

static int exchange(pps_store *store, pps_s3_call *call, const char *key, const char *payload, pps_http_response *response, pps_error **err)
{
	pps_retry retry = { .most = call->tries, .deadline_ns = pps_monotonic_now() + TRYING_NS };
	int renewed = 0, tries = 0;

	for (;;) {
		_cleanup_(pps_error_freep) pps_error *e = NULL;
		outcome o;
		int r, again = 0;

		if ((!call->is_cleanup && (r = pps_ctx_check(store->ctx, err)) < 0) || (tries && call->again && (r = call->again(call, err)) < 0))
			return r;
		pps_http_response_free(response);
		tries++;
		judge(response, send_once(store, call, key, payload, response, &e), &o);
		if (o.code == PPS_OK)
			return PPS_OK;
		if (o.verdict.is_stale && !renewed) {
			renewed = again = 1;
			if ((r = load_profile(store, 1, err)) < 0)
				return r;
		} else if (o.verdict.is_retriable && !call->is_cleanup) {
			call->unanswered += !o.answered || response->status >= 500 || response->status < 300;
			if ((r = pps_retry_wait(store->ctx, &retry, o.after_ms, &again, err)) < 0)
				return r;
		}
		if (again) {
			log_again(store, call, response, &o, e);
			continue;
		}
		if (o.answered)
			return fail_answer(store, call, response, &o.fault, &o.verdict, tries, err);
		if (tries > 1)
			pps_wrap(&e, o.code, "after %d tries", tries);
		pps_wrap(&e, o.code, "%s %s%s", call->doing, store->uri, call->name ? call->name : "");
		pps_error_move(err, TAKE_PTR(e));
		return o.code;
	}
}

int pps_s3_exchange(pps_store *store, pps_s3_call *call, pps_http_response *response, pps_error **err)
{
	_cleanup_free_ char *key = NULL;
	char hash[65];
	const char *payload = call->payload;
	int r;

	if ((r = load_profile(store, 0, err)) < 0)
		return pps_wrap(err, r, "%s %s", call->doing, store->uri);
	if (call->name && (r = pps_s3_key(store, call->name, &key, err)) < 0)
		return r;
	if (!payload && call->body_size) {
		if ((r = pps_s3_payload(call->body, call->body_size, hash, err)) < 0)
			return r;
		payload = hash;
	}
	return exchange(store, call, key, payload, response, err);
}
