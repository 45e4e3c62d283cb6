/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests: what is sent, when it is sent again, and what comes back. */
#include <string.h>

#include "base/retry.h"
#include "base/time.h"
#include "rucio/rucio-private.h"

#define CALL_MS 60000
/* Nobody knows what became of a call that took too long; it is sent once more, for all of them may be repeated, but not for minutes on end. */
#define TIMEOUTS_MOST 2
#define HEADERS_MOST 8
#define ANSWER_MOST (16u << 20)

/* The texts of one request. */
struct request {
	char *url;
	char *own[2]; /* headers made for it */
	const char *headers[HEADERS_MOST];
	pps_http_request http;
};

static void clear_request(struct request *q)
{
	free(q->url);
	for (size_t i = 0; i < PPS_COUNT(q->own); i++)
		free(q->own[i]);
}

static int own_header(struct request *q, size_t which, const char *name, const char *value, pps_error **err)
{
	if (!value || !*value)
		return PPS_OK;
	if (asprintf(&q->own[which], "%s: %s", name, value) < 0) {
		q->own[which] = NULL;
		return pps_fail_nomem(err);
	}
	q->headers[q->http.nheaders++] = q->own[which];
	return PPS_OK;
}

/* @headers: further ones; @token: the login's, NULL for none. No Accept: streams are refused with that of JSON. */
static int make_request(const pps_rucio *rucio, const pps_rucio_call *call, const char *base, const char *const *headers, size_t nheaders,
			const char *token, struct request *q, pps_error **err)
{
	int r;

	if (asprintf(&q->url, "%s%s", base, call->path) < 0) {
		q->url = NULL;
		return pps_fail_nomem(err);
	}
	q->http = (pps_http_request){ .method = call->method,
				      .url = q->url,
				      .headers = q->headers,
				      .body = call->body,
				      .body_size = call->body_size,
				      .deadline_ms = call->deadline_ms ? call->deadline_ms : CALL_MS,
				      .max_body = ANSWER_MOST };
	if ((r = own_header(q, 0, "X-Rucio-Account", rucio->settings.account, err)) < 0 ||
	    (r = own_header(q, 1, "X-Rucio-VO", rucio->settings.vo, err)) < 0)
		return r;
	q->headers[q->http.nheaders++] = "X-Rucio-AppID: libpps";
	if (call->body)
		q->headers[q->http.nheaders++] = "Content-Type: application/json";
	if (token)
		q->headers[q->http.nheaders++] = token;
	for (size_t i = 0; i < nheaders && q->http.nheaders < HEADERS_MOST; i++)
		q->headers[q->http.nheaders++] = headers[i];
	return PPS_OK;
}

int pps_rucio_exchange(pps_rucio *rucio, const pps_rucio_call *call, int to_auth, const char *const *headers, size_t nheaders,
		       pps_http_response *response, pps_error **err)
{
	_cleanup_(clear_request) struct request q = { 0 };
	int r = make_request(rucio, call, to_auth ? rucio->settings.auth_url : rucio->settings.url, headers, nheaders, NULL, &q, err);

	if (r < 0)
		return r;
	rucio->asked++;
	return pps_http_exchange(rucio->http, &q.http, response, err);
}

static int feed(void *user, const void *bytes, size_t size, pps_error **err)
{
	return pps_rucio_rows_feed(user, bytes, size, err);
}

/* One try with the token at hand. */
static int try_once(pps_rucio *rucio, const pps_rucio_call *call, pps_rucio_answer *answer, pps_http_response *response, pps_error **err)
{
	_cleanup_(clear_request) struct request q = { 0 };
	_cleanup_(pps_rucio_rows_free) pps_rucio_rows rows = { .row = call->row, .user = call->user };
	int r = make_request(rucio, call, rucio->settings.url, NULL, 0, rucio->token_header, &q, err);

	if (r < 0)
		return r;
	if (call->row) {
		q.http.sink = feed;
		q.http.user = &rows;
		if (call->restart)
			call->restart(call->user);
	}
	rucio->asked++;
	if ((r = pps_http_exchange(rucio->http, &q.http, response, err)) < 0 ||
	    (r = pps_rucio_answer_read(response, rucio->settings.scope, answer, err)) < 0)
		return r;
	return call->row && answer->meaning == PPS_RUCIO_FINE ? pps_rucio_rows_finish(&rows, err) : PPS_OK;
}

/* What a race of two writers is for this call. */
static void judge_race(const pps_rucio_call *call, pps_rucio_answer *answer)
{
	if (call->race_is_again && answer->meaning == PPS_RUCIO_EXISTS)
		answer->meaning = PPS_RUCIO_AGAIN;
}

/* What was tried so far. */
struct tries {
	pps_retry retry;
	int logins, timeouts;
};

/* After one try: *ret_again 1 when it shall be sent again, the wait being over; else @failure is the caller's. */
static int decide(pps_rucio *rucio, struct tries *t, const pps_rucio_answer *answer, int r, int *ret_again, pps_error **err)
{
	*ret_again = 0;
	if (r == PPS_OK && answer->meaning == PPS_RUCIO_LOGIN && !t->logins++) {
		*ret_again = 1;
		return pps_rucio_login(rucio, 1, err);
	}
	if (r == PPS_E_TIMEOUT && ++t->timeouts >= TIMEOUTS_MOST)
		return PPS_OK;
	if (r == PPS_E_UNAVAILABLE || r == PPS_E_TIMEOUT || (r == PPS_OK && answer->meaning == PPS_RUCIO_AGAIN))
		return pps_retry_wait(rucio->ctx, &t->retry, answer->after_ms, ret_again, err);
	return PPS_OK;
}

int pps_rucio_call_one(pps_rucio *rucio, const pps_rucio_call *call, pps_rucio_answer *ret_answer, pps_http_response *response, pps_error **err)
{
	struct tries tries = { .retry = { .most = 7 } };
	int again = 1, r = PPS_OK, waited;

	while (again) {
		_cleanup_(pps_error_freep) pps_error *failure = NULL;
		_cleanup_http_response_ pps_http_response got = { 0 };
		pps_rucio_answer answer = { 0 };

		if ((r = pps_ctx_check(rucio->ctx, err)) < 0 || (r = pps_rucio_login(rucio, 0, err)) < 0)
			return r;
		r = try_once(rucio, call, &answer, &got, &failure);
		judge_race(call, &answer);
		if ((waited = decide(rucio, &tries, &answer, r, &again, err)) < 0)
			return waited;
		if (again)
			continue;
		if (r == PPS_OK && (answer.meaning == PPS_RUCIO_AGAIN || answer.meaning == PPS_RUCIO_LOGIN))
			r = pps_rucio_answer_fail(&answer, &failure, "%s %s", call->method, call->path);
		if (r < 0) {
			pps_error_move(err, TAKE_PTR(failure));
			return pps_wrap(err, r, "Rucio at %s", rucio->settings.url);
		}
		*ret_answer = answer;
		if (response) {
			*response = got;
			got = (pps_http_response){ 0 };
		}
	}
	return PPS_OK;
}

/* ---- many ---- */

struct slot {
	struct request request;
	pps_http_response response;
	pps_http_transfer *transfer; /* NULL: free */
	size_t number;
};

/* Takes the end of a transfer: a whole answer that is not to be repeated is kept, all else is for call_one(). */
static int settle(pps_rucio *rucio, const pps_rucio_call *calls, struct slot *s, pps_rucio_answer *answers, pps_http_response *responses,
		  char *done, pps_error **err)
{
	pps_rucio_answer answer = { 0 };
	int r = pps_http_end(s->transfer, NULL);

	s->transfer = NULL;
	clear_request(&s->request);
	s->request = (struct request){ 0 };
	if (r == PPS_OK)
		r = pps_rucio_answer_read(&s->response, rucio->settings.scope, &answer, err);
	if (r == PPS_OK) {
		judge_race(&calls[s->number], &answer);
		if (answer.meaning != PPS_RUCIO_AGAIN && answer.meaning != PPS_RUCIO_LOGIN) {
			answers[s->number] = answer;
			done[s->number] = 1;
			if (responses) {
				responses[s->number] = s->response;
				s->response = (pps_http_response){ 0 };
			}
		}
	}
	pps_http_response_free(&s->response);
	s->response = (pps_http_response){ 0 };
	return r == PPS_E_NOMEM || r == PPS_E_CANCELLED ? pps_fail(err, r, "%s", r == PPS_E_NOMEM ? "out of memory" : "cancelled") : PPS_OK;
}

static int start(pps_rucio *rucio, const pps_rucio_call *call, struct slot *s, size_t number, pps_error **err)
{
	int r;

	s->number = number;
	if ((r = make_request(rucio, call, rucio->settings.url, NULL, 0, rucio->token_header, &s->request, err)) < 0)
		return r;
	rucio->asked++;
	return pps_http_start(rucio->http, &s->request.http, &s->response, &s->transfer, err);
}

static int run_together(pps_rucio *rucio, const pps_rucio_call *calls, size_t n, struct slot *slots, pps_rucio_answer *answers,
			pps_http_response *responses, char *done, pps_error **err)
{
	size_t next = 0, running = 0;
	int r;

	while (next < n || running) {
		pps_http_transfer *ended = NULL;

		for (size_t i = 0; i < PPS_RUCIO_CONNECTIONS && next < n; i++) {
			if (slots[i].transfer)
				continue;
			if ((r = start(rucio, &calls[next], &slots[i], next, err)) < 0)
				return r;
			next++;
			running++;
		}
		if ((r = pps_http_wait(rucio->http, 1000, &ended, err)) < 0)
			return r;
		for (size_t i = 0; ended && i < PPS_RUCIO_CONNECTIONS; i++) {
			if (slots[i].transfer != ended)
				continue;
			running--;
			if ((r = settle(rucio, calls, &slots[i], answers, responses, done, err)) < 0)
				return r;
			break;
		}
	}
	return PPS_OK;
}

int pps_rucio_call_many(pps_rucio *rucio, const pps_rucio_call *calls, size_t n, pps_rucio_answer *answers, pps_http_response *responses,
			pps_error **err)
{
	struct slot slots[PPS_RUCIO_CONNECTIONS] = { 0 };
	_cleanup_free_ char *done = calloc(n ? n : 1, 1);
	int r = PPS_OK;

	if (!done)
		return pps_fail_nomem(err);
	if (n > 1 && (r = pps_rucio_login(rucio, 0, err)) == PPS_OK)
		r = run_together(rucio, calls, n, slots, answers, responses, done, err);
	for (size_t i = 0; i < PPS_RUCIO_CONNECTIONS; i++) {
		if (slots[i].transfer)
			(void)!pps_http_end(slots[i].transfer, NULL);
		clear_request(&slots[i].request);
		pps_http_response_free(&slots[i].response);
	}
	for (size_t i = 0; r == PPS_OK && i < n; i++)
		if (!done[i])
			r = pps_rucio_call_one(rucio, &calls[i], &answers[i], responses ? &responses[i] : NULL, err);
	return r;
}
