/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/http.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/http-private.h"
#include "base/time.h"

#define NS_PER_MS INT64_C(1000000)
#define CONNECT_MS 10000
#define STALL_MS 60000
#define DEADLINE_MS 300000
#define CONNECTIONS 16
/* A cancel may come from a signal handler, which can wake nobody: those who wait look again this often. */
#define LOOK_MS 50

/* libcurl counts its users itself, but asks that they come one by one. */
static pthread_mutex_t global_lock = PTHREAD_MUTEX_INITIALIZER;

int pps_http_global_init(pps_error **err)
{
	CURLcode code;

	pthread_mutex_lock(&global_lock);
	code = curl_global_init(CURL_GLOBAL_DEFAULT);
	pthread_mutex_unlock(&global_lock);
	return code ? pps_fail(err, code == CURLE_OUT_OF_MEMORY ? PPS_E_NOMEM : PPS_E_FAILED, "libcurl: %s",
			       curl_easy_strerror(code))
		    : PPS_OK;
}

void pps_http_global_cleanup(void)
{
	pthread_mutex_lock(&global_lock);
	curl_global_cleanup();
	pthread_mutex_unlock(&global_lock);
}

static int copy_text(char **to, const char *text, pps_error **err)
{
	return !text || (*to = strdup(text)) ? PPS_OK : pps_fail_nomem(err);
}

static int copy_options(pps_http *h, const pps_http_options *o, pps_error **err)
{
	struct stat st;
	int r;

	h->connect_ms = o->connect_ms > 0 ? o->connect_ms : CONNECT_MS;
	h->stall_ms = o->stall_ms > 0 ? o->stall_ms : STALL_MS;
	h->connections = o->connections ? (long)o->connections : CONNECTIONS;
	if (o->ca_path) {
		if (stat(o->ca_path, &st) < 0)
			return pps_fail_errno(err, errno, "certificates to trust: %s", o->ca_path);
		if ((r = copy_text(S_ISDIR(st.st_mode) ? &h->ca_folder : &h->ca_file, o->ca_path, err)) < 0)
			return r;
	}
	if ((r = copy_text(&h->cert_file, o->cert_file, err)) < 0 || (r = copy_text(&h->key_file, o->key_file, err)) < 0)
		return r;
	return (h->idle = calloc((size_t)h->connections, sizeof *h->idle)) ? PPS_OK : pps_fail_nomem(err);
}

int pps_http_new(pps_ctx *ctx, const pps_http_options *options, pps_http **ret_http, pps_error **err)
{
	_cleanup_(pps_http_freep) pps_http *h = NULL;
	static const pps_http_options defaults;
	int r;

	if ((r = pps_ctx_check(ctx, err)) < 0)
		return r;
	if (!(h = calloc(1, sizeof *h)))
		return pps_fail_nomem(err);
	h->ended_end = &h->ended;
	h->ctx = pps_ctx_ref(ctx);
	if ((r = copy_options(h, options ? options : &defaults, err)) < 0 || (r = pps_http_global_init(err)) < 0)
		return r;
	h->is_global = 1;
	if (!(h->multi = curl_multi_init()) || curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) ||
	    curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, h->connections) ||
	    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, h->connections))
		return pps_fail_nomem(err);
	*ret_http = TAKE_PTR(h);
	return PPS_OK;
}

static void link_into(pps_http_transfer **at, pps_http_transfer *t)
{
	t->next = *at;
	t->at = at;
	if (t->next)
		t->next->at = &t->next;
	*at = t;
}

static void unlink_transfer(pps_http_transfer *t)
{
	if (!t->at)
		return;
	if (t->http->ended_end == &t->next)
		t->http->ended_end = t->at;
	if ((*t->at = t->next))
		t->next->at = t->at;
	t->at = NULL;
	t->next = NULL;
}

static void give_back(pps_http *h, CURL *easy)
{
	if (h->nidle == (size_t)h->connections) {
		curl_easy_cleanup(easy);
		return;
	}
	curl_easy_reset(easy);
	h->idle[h->nidle++] = easy;
}

/* Takes a transfer out of libcurl; a connection in the middle of an exchange is closed. */
static void detach(pps_http_transfer *t)
{
	if (!t->easy)
		return;
	if (t->is_added)
		curl_multi_remove_handle(t->http->multi, t->easy);
	give_back(t->http, TAKE_PTR(t->easy));
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	t->is_added = 0;
}

static void transfer_free(pps_http_transfer *t)
{
	unlink_transfer(t);
	detach(t);
	curl_slist_free_all(t->headers);
	pps_error_free(t->failure);
	free(t);
}
PPS_DEFINE_CLEANUP(pps_http_transfer, transfer_free)

void pps_http_free(pps_http *http)
{
	if (!http)
		return;
	while (http->running)
		transfer_free(http->running);
	while (http->ended)
		transfer_free(http->ended);
	for (size_t i = 0; i < http->nidle; i++)
		curl_easy_cleanup(http->idle[i]);
	curl_multi_cleanup(http->multi);
	if (http->is_global)
		pps_http_global_cleanup();
	pps_ctx_unref(http->ctx);
	free(http->idle);
	free(http->ca_file);
	free(http->ca_folder);
	free(http->cert_file);
	free(http->key_file);
	free(http);
}

/* Its result stands: it waits to be handed out. */
static void end(pps_http_transfer *t, CURLcode result)
{
	pps_http *h = t->http;

	pps_http_transfer_judge(t, result);
	unlink_transfer(t);
	detach(t);
	t->has_ended = 1;
	link_into(h->ended_end, t);
	h->ended_end = &t->next;
}

static void collect(pps_http *h)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(h->multi, &left))) {
		pps_http_transfer *t = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		end(t, message->data.result);
	}
}

/* Ends what has taken too long, as a whole or without a byte. */
static void enforce(pps_http *h)
{
	int64_t now = pps_monotonic_now();
	pps_http_transfer *next;

	for (pps_http_transfer *t = h->running; t; t = next) {
		next = t->next;
		if (now >= t->deadline_ns)
			pps_http_transfer_fail(t, PPS_E_TIMEOUT, "not finished within its time limit");
		else if (t->moved_ns && now - t->moved_ns >= h->stall_ms * NS_PER_MS)
			pps_http_transfer_fail(t, PPS_E_TIMEOUT, "the server is silent");
		else
			continue;
		end(t, CURLE_OK);
	}
}

static int multi_fail(CURLMcode code, pps_error **err)
{
	return code == CURLM_OUT_OF_MEMORY ? pps_fail_nomem(err)
					   : pps_fail(err, PPS_E_INTERNAL, "libcurl: %s", curl_multi_strerror(code));
}

int pps_http_start(pps_http *http, const pps_http_request *request, pps_http_response *response, pps_http_transfer **ret_transfer,
		   pps_error **err)
{
	_cleanup_(transfer_freep) pps_http_transfer *t = NULL;
	CURLMcode code;
	int r;

	*response = (pps_http_response){ 0 };
	if ((r = pps_ctx_check(http->ctx, err)) < 0 || (r = pps_http_request_check(request, err)) < 0)
		return r;
	if (!(t = calloc(1, sizeof *t)))
		return pps_fail_nomem(err);
	t->http = http;
	t->request = request;
	t->response = response;
	t->deadline_ns = pps_monotonic_now() + (request->deadline_ms > 0 ? request->deadline_ms : DEADLINE_MS) * NS_PER_MS;
	if (!(t->easy = http->nidle ? http->idle[--http->nidle] : curl_easy_init()))
		return pps_fail_nomem(err);
	if ((r = pps_http_transfer_setup(t, err)) < 0)
		return r;
	if ((code = curl_multi_add_handle(http->multi, t->easy)))
		return multi_fail(code, err);
	t->is_added = 1;
	link_into(&http->running, t);
	*ret_transfer = TAKE_PTR(t);
	return PPS_OK;
}

/* One round: moves what can be moved, then waits for more, at most @wait_ms. */
static int turn(pps_http *h, int64_t wait_ms, pps_error **err)
{
	CURLMcode code;
	int running, r;

	if ((r = pps_ctx_check(h->ctx, err)) < 0)
		return r;
	if ((code = curl_multi_perform(h->multi, &running)))
		return multi_fail(code, err);
	collect(h);
	enforce(h);
	if (h->ended || wait_ms <= 0)
		return PPS_OK;
	code = curl_multi_poll(h->multi, NULL, 0, (int)(wait_ms < LOOK_MS ? wait_ms : LOOK_MS), NULL);
	return code ? multi_fail(code, err) : PPS_OK;
}

int pps_http_wait(pps_http *http, int64_t wait_ms, pps_http_transfer **ret_ended, pps_error **err)
{
	int64_t until = pps_monotonic_now() + wait_ms * NS_PER_MS, left = wait_ms;
	int r;

	while (!http->ended && http->running) {
		if ((r = turn(http, left, err)) < 0)
			return r;
		if (http->ended || left <= 0)
			break;
		left = (until - pps_monotonic_now() + NS_PER_MS - 1) / NS_PER_MS;
	}
	if ((*ret_ended = http->ended))
		unlink_transfer(http->ended);
	return PPS_OK;
}

int pps_http_end(pps_http_transfer *transfer, pps_error **err)
{
	int r;

	if (!transfer->has_ended)
		pps_http_transfer_fail(transfer, PPS_E_CANCELLED, "ended before it was done");
	r = transfer->code;
	if (r < 0)
		pps_error_move(err, TAKE_PTR(transfer->failure));
	transfer_free(transfer);
	return r;
}

int pps_http_exchange(pps_http *http, const pps_http_request *request, pps_http_response *response, pps_error **err)
{
	pps_http_transfer *t;
	int r;

	if ((r = pps_http_start(http, request, response, &t, err)) < 0)
		return r;
	while (!t->has_ended) {
		if ((r = turn(http, LOOK_MS, err)) < 0) {
			pps_http_end(t, NULL);
			return r;
		}
	}
	return pps_http_end(t, err);
}
