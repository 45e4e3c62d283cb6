/* SPDX-License-Identifier: BSD-3-Clause */
/* What libcurl's results mean here: one code each, and a message that names the address without what is secret in it. */
#include <string.h>

#include "base/http-private.h"

/* The address as messages show it: no user, no password, no query (it may hold a signature). */
static void shown(const char *url, char *text, size_t size)
{
	const char *host = strstr(url, "://"), *end, *at;
	int n;

	host = host ? host + 3 : url;
	end = host + strcspn(host, "/?");
	for (at = end; at > host && at[-1] != '@';)
		at--;
	n = snprintf(text, size, "%.*s", (int)(host - url), url);
	if (n >= 0 && (size_t)n < size)
		snprintf(text + n, size - (size_t)n, "%.*s", (int)strcspn(at, "?"), at);
}

static int tls_refused(const pps_http_transfer *t, CURLcode result)
{
	switch (result) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return 1;
	case CURLE_SSL_CONNECT_ERROR: /* refused, or the connection was lost while it was agreed on */
		return !strstr(t->message, "SYSCALL") && !strstr(t->message, "reset");
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR: /* TLS 1.3: the server says what it thinks of our certificate with its first bytes */
		return strstr(t->message, "alert") != NULL;
	default:
		return 0;
	}
}

static int code_of(const pps_http_transfer *t, CURLcode result)
{
	if (tls_refused(t, result))
		return PPS_E_ACCESS;
	switch (result) {
	case CURLE_OK:
		return PPS_OK;
	case CURLE_OUT_OF_MEMORY:
		return PPS_E_NOMEM;
	case CURLE_URL_MALFORMAT:
		return PPS_E_ARG;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9: no status line */
		return PPS_E_FORMAT;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_PROXY:
	case CURLE_OPERATION_TIMEDOUT: /* of the connection: the other limits are ours */
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_SSL_CONNECT_ERROR:
		return PPS_E_UNAVAILABLE;
	default:
		return PPS_E_FAILED;
	}
}

void pps_http_transfer_fail(pps_http_transfer *t, int code, const char *text)
{
	char url[512];

	if (t->code)
		return;
	shown(t->request->url, url, sizeof url);
	t->code = pps_fail(&t->failure, code, "%s %s: %s", t->request->method, url, text);
}

void pps_http_transfer_wrap(pps_http_transfer *t, int code)
{
	char url[512];

	shown(t->request->url, url, sizeof url);
	t->code = pps_wrap(&t->failure, code, "%s %s", t->request->method, url);
}

void pps_http_transfer_judge(pps_http_transfer *t, CURLcode result)
{
	const char *text = t->message[0] ? t->message : curl_easy_strerror(result);

	if (t->code || result == CURLE_OK) /* a callback ended it, and said why */
		return;
	if (code_of(t, result) == PPS_E_NOMEM)
		t->code = pps_fail_nomem(&t->failure);
	else
		pps_http_transfer_fail(t, code_of(t, result), text);
}
