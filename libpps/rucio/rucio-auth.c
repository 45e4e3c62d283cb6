/* SPDX-License-Identifier: BSD-3-Clause */
/* Logging in. A token is kept in memory only, and asked for anew when four fifths of its life are over. */
#include <string.h>

#include "base/retry.h"
#include "base/time.h"
#include "rucio/rucio-private.h"

#define TOKEN_HEADER "X-Rucio-Auth-Token: "
#define TOKEN_MOST 16384
#define LOGIN_MS 30000
#define KEY_MOST (64u << 10)

void pps_rucio_logout(pps_rucio *rucio)
{
	if (rucio->token_header)
		explicit_bzero(rucio->token_header, strlen(rucio->token_header));
	free(rucio->token_header);
	free(rucio->account);
	rucio->token_header = rucio->account = NULL;
	rucio->expires = rucio->renew_at = 0;
}

/* @value may hold blanks inside, as the token of a certificate does. */
static int keep_token(pps_rucio *rucio, const char *value, pps_error **err)
{
	size_t size = sizeof TOKEN_HEADER + strlen(value);

	pps_rucio_logout(rucio);
	if (!(rucio->token_header = malloc(size)))
		return pps_fail_nomem(err);
	snprintf(rucio->token_header, size, TOKEN_HEADER "%s", value);
	return PPS_OK;
}

/* The life of the token by the server's own clock; the local one may be wrong. */
static void keep_expiry(pps_rucio *rucio, const pps_http_response *response)
{
	char text[64];
	int64_t expires, date;

	if (!pps_http_header(response, "X-Rucio-Auth-Token-Expires", text, sizeof text) || pps_rucio_time_parse(text, &expires) < 0)
		return;
	if (pps_tai_of_utc(expires * PPS_NS_PER_S, &rucio->expires, NULL) < 0)
		rucio->expires = 0;
	if (pps_http_header(response, "Date", text, sizeof text) && pps_rucio_time_parse(text, &date) == 0 && expires > date)
		rucio->renew_at = pps_monotonic_now() + (expires - date) * (PPS_NS_PER_S / 5) * 4;
}

static int take_token(pps_rucio *rucio, const pps_http_response *response, pps_error **err)
{
	_cleanup_free_ char *value = malloc(TOKEN_MOST + 1);
	char account[128];
	int r;

	if (!value)
		return pps_fail_nomem(err);
	if (!pps_http_header(response, "X-Rucio-Auth-Token", value, TOKEN_MOST + 1) || !*value || strlen(value) >= TOKEN_MOST)
		return pps_fail(err, PPS_E_FORMAT, "%s: the login was accepted, but no token came with it", rucio->settings.auth_url);
	r = keep_token(rucio, value, err);
	explicit_bzero(value, TOKEN_MOST);
	if (r < 0)
		return r;
	keep_expiry(rucio, response);
	if (pps_http_header(response, "X-Rucio-Auth-Account", account, sizeof account) && *account && !(rucio->account = strdup(account)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

/* One login exchange, repeated while the server or its database are down. @accept: NULL, or set to 1 when the answer was fine, else to 0 when
 * the login was refused; without it a refusal is an error. */
static int ask(pps_rucio *rucio, const char *path, const char *const *headers, size_t nheaders, pps_http_response *response, int *accept,
	       pps_error **err)
{
	const pps_rucio_call call = { .method = "GET", .path = path, .deadline_ms = LOGIN_MS };
	pps_retry retry = { 0 };
	pps_rucio_answer answer;
	int again = 1, waited, r = PPS_OK;

	while (again) {
		_cleanup_(pps_error_freep) pps_error *failure = NULL;

		pps_http_response_free(response);
		*response = (pps_http_response){ 0 };
		answer = (pps_rucio_answer){ 0 };
		r = pps_rucio_exchange(rucio, &call, 1, headers, nheaders, response, &failure);
		if (r == PPS_OK)
			r = pps_rucio_answer_read(response, rucio->settings.scope, &answer, &failure);
		if (r == PPS_OK && answer.meaning == PPS_RUCIO_AGAIN)
			r = pps_rucio_answer_fail(&answer, &failure, "log in at %s", rucio->settings.auth_url);
		again = 0;
		if (r == PPS_E_UNAVAILABLE || r == PPS_E_TIMEOUT) {
			waited = pps_retry_wait(rucio->ctx, &retry, answer.after_ms, &again, err);
			if (waited < 0)
				return waited;
		}
		if (!again)
			pps_error_move(err, TAKE_PTR(failure));
	}
	if (r < 0)
		return r;
	if (accept)
		*accept = answer.meaning == PPS_RUCIO_FINE;
	if (answer.meaning == PPS_RUCIO_FINE || (accept && answer.meaning == PPS_RUCIO_LOGIN))
		return PPS_OK;
	return pps_rucio_answer_fail(&answer, err, "log in at %s by %s%s%s", rucio->settings.auth_url, pps_rucio_auth_name(rucio->settings.auth),
				     rucio->settings.account ? " as " : "", rucio->settings.account ? rucio->settings.account : "");
}

static int by_userpass(pps_rucio *rucio, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	char *headers[2] = { NULL, NULL };
	int r;

	if (asprintf(&headers[0], "X-Rucio-Username: %s", rucio->settings.username) < 0)
		return pps_fail_nomem(err);
	if (asprintf(&headers[1], "X-Rucio-Password: %s", rucio->settings.password) < 0) {
		free(headers[0]);
		return pps_fail_nomem(err);
	}
	if (strpbrk(headers[0], "\r\n") || strpbrk(headers[1], "\r\n"))
		r = pps_fail(err, PPS_E_CONFIG, "log in at %s: user name and password must be one line each", rucio->settings.auth_url);
	else
		r = ask(rucio, "/auth/userpass", (const char *const *)headers, 2, &response, NULL, err);
	explicit_bzero(headers[1], strlen(headers[1]));
	free(headers[0]);
	free(headers[1]);
	return r < 0 ? r : take_token(rucio, &response, err);
}

static int by_certificate(pps_rucio *rucio, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	const char *path = rucio->settings.auth == PPS_RUCIO_AUTH_X509 ? "/auth/x509" : "/auth/x509_proxy";
	int r = ask(rucio, path, NULL, 0, &response, NULL, err);

	return r < 0 ? r : take_token(rucio, &response, err);
}

static int load_key(pps_rucio *rucio, pps_ssh_key **ret_key, pps_error **err)
{
	const char *path = rucio->settings.private_key;
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	if ((r = pps_rucio_read_file(path, "private key", KEY_MOST, &text, &size, err)) < 0)
		return r == PPS_E_NOMEM ? r : pps_recode(err, PPS_E_CONFIG);
	r = pps_ssh_key_parse(path, text, size, ret_key, err);
	explicit_bzero(text, size);
	return r == PPS_OK || r == PPS_E_NOMEM ? r : pps_recode(err, PPS_E_CONFIG);
}

/* The server gives a text, valid for seconds, which the key signs. */
static int by_signature(pps_rucio *rucio, const pps_ssh_key *key, int algorithm, pps_http_response *response, int *accept, pps_error **err)
{
	_cleanup_http_response_ pps_http_response first = { 0 };
	_cleanup_buf_ pps_buf header = PPS_BUF_LINE;
	char challenge[4096];
	const char *headers[1];
	int r;

	if ((r = ask(rucio, "/auth/ssh_challenge_token", NULL, 0, &first, NULL, err)) < 0)
		return r;
	if (!pps_http_header(&first, "X-Rucio-SSH-Challenge-Token", challenge, sizeof challenge) || !*challenge)
		return pps_fail(err, PPS_E_FORMAT, "%s: no challenge came to be signed", rucio->settings.auth_url);
	pps_buf_add_text(&header, "X-Rucio-SSH-Signature: ");
	if ((r = pps_ssh_sign(key, algorithm, challenge, strlen(challenge), &header, err)) < 0)
		return r;
	headers[0] = header.at;
	return ask(rucio, "/auth/ssh", headers, 1, response, accept, err);
}

/* With the strongest algorithm that the server has taken; the first time it is tried from the strongest down. */
static int by_ssh(pps_rucio *rucio, pps_error **err)
{
	_cleanup_(pps_ssh_key_freep) pps_ssh_key *key = NULL;
	int accept = 0, r;

	if ((r = load_key(rucio, &key, err)) < 0)
		return r;
	for (int a = rucio->algorithm; a < PPS_SSH_ALGORITHMS; a++) {
		_cleanup_http_response_ pps_http_response response = { 0 };

		r = by_signature(rucio, key, a, &response, a + 1 < PPS_SSH_ALGORITHMS ? &accept : NULL, err);
		if (r < 0)
			break;
		if (accept || a + 1 == PPS_SSH_ALGORITHMS) {
			rucio->algorithm = a;
			return take_token(rucio, &response, err);
		}
	}
	rucio->algorithm = 0;
	return r;
}

/* Another program keeps the token in the file fresh. */
static int by_file(pps_rucio *rucio, int refused, pps_error **err)
{
	const char *path = rucio->settings.token_file;
	_cleanup_free_ char *text = NULL;
	size_t size, n;
	int r;

	if ((r = pps_rucio_read_file(path, "token", TOKEN_MOST, &text, &size, err)) < 0)
		return r == PPS_E_NOMEM ? r : pps_recode(err, PPS_E_CONFIG);
	for (n = strlen(text); n && (unsigned char)text[n - 1] <= ' '; n--)
		text[n - 1] = 0;
	if (!n || strpbrk(text, "\r\n")) {
		r = pps_fail(err, PPS_E_CONFIG, "token %s: expected one line", path);
	} else if (refused && rucio->token_header && !strcmp(rucio->token_header + strlen(TOKEN_HEADER), text)) {
		r = pps_fail(err, PPS_E_ACCESS, "the server refuses the token of %s, which has not been renewed: whatever keeps it fresh must run", path);
	} else {
		r = keep_token(rucio, text, err);
	}
	explicit_bzero(text, size);
	return r;
}

int pps_rucio_login(pps_rucio *rucio, int refused, pps_error **err)
{
	if (rucio->token_header && !refused && (!rucio->renew_at || pps_monotonic_now() < rucio->renew_at))
		return PPS_OK;
	if (rucio->settings.auth == PPS_RUCIO_AUTH_OIDC)
		return by_file(rucio, refused, err);
	pps_rucio_logout(rucio);
	pps_log(rucio->ctx, PPS_LOG_DEBUG, "log in to Rucio", "server", rucio->settings.auth_url, "by", pps_rucio_auth_name(rucio->settings.auth), NULL);
	switch (rucio->settings.auth) {
	case PPS_RUCIO_AUTH_SSH:
		return by_ssh(rucio, err);
	case PPS_RUCIO_AUTH_USERPASS:
		return by_userpass(rucio, err);
	default:
		return by_certificate(rucio, err);
	}
}
