/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/s3-sign.h"

#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/codec.h"
#include "base/error.h"
#include "base/time.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define DIGEST 32
#define CANONICAL_MOST (1u << 20)

/* Sent, but of no part in the signature: proxies change them. */
static const char *const unsigned_headers[] = { "expect", "transfer-encoding", "user-agent" };
/* Set by the signature itself, or by who sends. */
static const char *const own_headers[] = { "authorization", "content-length",	"host", "x-amz-content-sha256",
					   "x-amz-date",    "x-amz-security-token" };

struct header {
	char *name;  /* lower case */
	char *value; /* without blanks around it, and one between words */
};

/* A request on its way to its signature. */
struct signing {
	char stamp[17]; /* 20260102T030405Z */
	const char *region, *service;
	pps_buf scope; /* 20260102/REGION/SERVICE/aws4_request */
	struct header *headers;
	size_t nheaders, cap;
	pps_buf names; /* a;b;c */
};

static void signing_clear(struct signing *s)
{
	pps_buf_free(&s->scope);
	pps_buf_free(&s->names);
	for (size_t i = 0; i < s->nheaders; i++) {
		free(s->headers[i].name);
		free(s->headers[i].value);
	}
	free(s->headers);
}
#define _cleanup_signing_ _cleanup_(signing_clear)

void pps_s3_signed_clear(pps_s3_signed *s)
{
	pps_s3_url_clear(&s->url);
	for (size_t i = 0; i < s->nheaders; i++)
		free((char *)s->headers[i]);
	free(s->headers);
	*s = (pps_s3_signed){ 0 };
}

/* ---- digests ---- */

/* What is offered fails only for the want of memory. */
static int fail_openssl(const char *what, pps_error **err)
{
	int reason = ERR_GET_REASON(ERR_peek_last_error());

	ERR_clear_error();
	if (reason == ERR_R_UNSUPPORTED || reason == EVP_R_UNSUPPORTED_ALGORITHM)
		return pps_fail(err, PPS_E_UNSUPPORTED, "S3: the system's OpenSSL does not offer %s", what);
	return pps_fail_nomem(err);
}

static int sha256_hex(const void *bytes, size_t size, char hex[65], pps_error **err)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	ERR_clear_error();
	if (!EVP_Digest(size ? bytes : "", size, digest, NULL, EVP_sha256(), NULL))
		return fail_openssl("SHA-256", err);
	pps_hex_encode(digest, DIGEST, hex);
	return PPS_OK;
}

int pps_s3_payload(const void *body, size_t size, char ret_hex[65], pps_error **err)
{
	return sha256_hex(body, size, ret_hex, err);
}

static int hmac(const void *key, size_t key_size, const char *text, uint8_t out[DIGEST], pps_error **err)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	ERR_clear_error();
	if (!HMAC(EVP_sha256(), key, (int)key_size, (const uint8_t *)text, strlen(text), digest, NULL))
		return fail_openssl("HMAC with SHA-256", err);
	memcpy(out, digest, DIGEST);
	explicit_bzero(digest, sizeof digest);
	return PPS_OK;
}

/* The key of one day, region and service; then the signature of @text with it. */
static int sign_text(const struct signing *s, const char *secret, const char *text, char hex[65], pps_error **err)
{
	const char *parts[] = { NULL, s->region, s->service, "aws4_request", text };
	uint8_t key[DIGEST];
	char day[9];
	char *first;
	int r, n = asprintf(&first, "AWS4%s", secret);

	if (n < 0)
		return pps_fail_nomem(err);
	snprintf(day, sizeof day, "%.8s", s->stamp);
	r = hmac(first, (size_t)n, day, key, err);
	explicit_bzero(first, (size_t)n);
	free(first);
	for (size_t i = 1; r == PPS_OK && i < PPS_COUNT(parts); i++)
		r = hmac(key, sizeof key, parts[i], key, err);
	if (r == PPS_OK)
		pps_hex_encode(key, sizeof key, hex);
	explicit_bzero(key, sizeof key);
	return r;
}

/* ---- headers ---- */

static int is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(name, names[i]) == 0)
			return 1;
	return 0;
}

static int is_token(const char *name)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";

	return *name && strspn(name, token) == strlen(name);
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *lower(const char *text)
{
	char *s = strdup(text);

	for (char *p = s; p && *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return s;
}

static char *trimmed(const char *text)
{
	char *s = strdup(text), *to = s;

	if (!s)
		return NULL;
	for (const char *p = text; *p; p++)
		if (!is_blank(*p))
			*to++ = *p;
		else if (to > s && !is_blank(to[-1]))
			*to++ = ' ';
	if (to > s && is_blank(to[-1]))
		to--;
	*to = 0;
	return s;
}

static int add_header(struct signing *s, const char *name, const char *value, pps_error **err)
{
	struct header *h;

	if (is_one_of(name, unsigned_headers, PPS_COUNT(unsigned_headers)))
		return PPS_OK;
	if (pps_grow(&s->headers, &s->cap, s->nheaders, sizeof *h) < 0)
		return pps_fail_nomem(err);
	h = &s->headers[s->nheaders++];
	h->name = lower(name);
	h->value = trimmed(value);
	return h->name && h->value ? PPS_OK : pps_fail_nomem(err);
}

/* Those of the request. */
static int add_given(struct signing *s, const pps_s3_request *request, pps_error **err)
{
	int r;

	for (size_t i = 0; i < request->nheaders; i++) {
		const pps_s3_pair *h = &request->headers[i];
		const char *value = h->value ? h->value : "";

		if (!is_token(h->name) || strpbrk(value, "\r\n"))
			return pps_fail(err, PPS_E_ARG, "S3: \"%.80s\" is no header that can be sent", h->name);
		if (is_one_of(h->name, own_headers, PPS_COUNT(own_headers)))
			return pps_fail(err, PPS_E_ARG, "S3: the header %s is not the caller's to set", h->name);
		if ((r = add_header(s, h->name, value, err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* By name; equal ones stay as they came. Requests have few. */
static void sort_headers(struct signing *s)
{
	for (size_t i = 1; i < s->nheaders; i++) {
		struct header h = s->headers[i];
		size_t k = i;

		for (; k > 0 && strcmp(s->headers[k - 1].name, h.name) > 0; k--)
			s->headers[k] = s->headers[k - 1];
		s->headers[k] = h;
	}
}

/* Sorts the headers and lists their names. */
static int name_headers(struct signing *s, pps_error **err)
{
	sort_headers(s);
	for (size_t i = 0; i < s->nheaders; i++)
		if (i == 0 || strcmp(s->headers[i].name, s->headers[i - 1].name) != 0)
			pps_buf_printf(&s->names, "%s%s", i ? ";" : "", s->headers[i].name);
	return pps_buf_check(&s->names, "S3: names of headers", err);
}

/* ---- the signature ---- */

/* 1 when it can stand in a header and in the scope. */
static int is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return 0;
	return 1;
}

static int start(struct signing *s, const pps_s3_request *request, const pps_s3_credentials *credentials, int64_t now, pps_error **err)
{
	time_t t = (time_t)(now / PPS_NS_PER_S);
	struct tm tm;

	if (!request->method || !is_token(request->method) || !credentials || !credentials->key || !credentials->secret)
		return pps_fail(err, PPS_E_ARG, "S3: a method and credentials are needed to sign");
	s->region = request->target.region ? request->target.region : "us-east-1";
	s->service = request->target.service ? request->target.service : "s3";
	if (!is_plain(credentials->key) || !is_plain(s->region) || !is_plain(s->service))
		return pps_fail(err, PPS_E_ARG, "S3: an access key, region or service with blanks or line ends in it cannot be sent");
	if (now < 0 || !gmtime_r(&t, &tm) || strftime(s->stamp, sizeof s->stamp, "%Y%m%dT%H%M%SZ", &tm) != sizeof s->stamp - 1)
		return pps_fail(err, PPS_E_ARG, "S3: the clock says no time of this era");
	pps_buf_printf(&s->scope, "%.8s/%s/%s/aws4_request", s->stamp, s->region, s->service);
	return pps_buf_check(&s->scope, "S3: the scope of the signature", err);
}

static int canonical_hash(const struct signing *s, const char *method, const pps_s3_url *url, const char *payload, char hex[65],
			  pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(CANONICAL_MOST);
	int r;

	pps_buf_printf(&b, "%s\n%s\n%s\n", method, url->path, url->query);
	for (size_t i = 0; i < s->nheaders; i++) {
		int again = i && strcmp(s->headers[i].name, s->headers[i - 1].name) == 0;

		if (again)
			pps_buf_truncate(&b, b.size - 1); /* the line end: its values make one line */
		pps_buf_printf(&b, "%s%s%s\n", again ? "," : s->headers[i].name, again ? "" : ":", s->headers[i].value);
	}
	pps_buf_printf(&b, "\n%s\n%s", pps_buf_text(&s->names), payload);
	if ((r = pps_buf_check(&b, "S3: the request to sign", err)) < 0)
		return r;
	return sha256_hex(b.at, b.size, hex, err);
}

static int signature(const struct signing *s, const pps_s3_request *request, const pps_s3_credentials *credentials,
		     const pps_s3_url *url, const char *payload, char hex[65], pps_error **err)
{
	_cleanup_free_ char *text = NULL;
	char hash[65];
	int r;

	if ((r = canonical_hash(s, request->method, url, payload, hash, err)) < 0)
		return r;
	if (asprintf(&text, ALGORITHM "\n%s\n%s\n%s", s->stamp, pps_buf_text(&s->scope), hash) < 0) {
		text = NULL;
		return pps_fail_nomem(err);
	}
	return sign_text(s, credentials->secret, text, hex, err);
}

/* ---- in headers ---- */

static int add_line(pps_s3_signed *out, const char *name, const char *value, pps_error **err)
{
	char *line;

	if (pps_grow(&out->headers, &out->cap, out->nheaders, sizeof *out->headers) < 0 || asprintf(&line, "%s: %s", name, value) < 0)
		return pps_fail_nomem(err);
	out->headers[out->nheaders++] = line;
	return PPS_OK;
}

/* A header that is both sent and signed. */
static int add_own(struct signing *s, pps_s3_signed *out, const char *name, const char *value, pps_error **err)
{
	int r = add_line(out, name, value, err);

	return r < 0 ? r : add_header(s, name, value, err);
}

static int add_all(struct signing *s, pps_s3_signed *out, const pps_s3_request *request, const pps_s3_credentials *credentials,
		   const char *payload, pps_error **err)
{
	int r;

	if (strpbrk(payload, "\r\n") || (credentials->token && strpbrk(credentials->token, "\r\n")))
		return pps_fail(err, PPS_E_ARG, "S3: a token or payload with a line end in it cannot be sent");
	for (size_t i = 0; i < request->nheaders; i++)
		if ((r = add_line(out, request->headers[i].name, request->headers[i].value ? request->headers[i].value : "", err)) < 0)
			return r;
	if ((r = add_given(s, request, err)) < 0 || (r = add_header(s, "host", out->url.host, err)) < 0 ||
	    (r = add_own(s, out, "x-amz-content-sha256", payload, err)) < 0 ||
	    (r = add_own(s, out, "x-amz-date", s->stamp, err)) < 0)
		return r;
	if (credentials->token && (r = add_own(s, out, "x-amz-security-token", credentials->token, err)) < 0)
		return r;
	return name_headers(s, err);
}

int pps_s3_sign(const pps_s3_request *request, const pps_s3_credentials *credentials, int64_t now, pps_s3_signed *ret, pps_error **err)
{
	_cleanup_signing_ struct signing s = { .scope = PPS_BUF_LINE, .names = PPS_BUF_LINE };
	_cleanup_s3_signed_ pps_s3_signed out = { 0 };
	_cleanup_free_ char *value = NULL;
	const char *payload = request->payload ? request->payload : PPS_S3_EMPTY;
	char hex[65];
	int r;

	if ((r = start(&s, request, credentials, now, err)) < 0 || (r = pps_s3_url_make(&request->target, &out.url, err)) < 0 ||
	    (r = add_all(&s, &out, request, credentials, payload, err)) < 0 ||
	    (r = signature(&s, request, credentials, &out.url, payload, hex, err)) < 0)
		return r;
	if (asprintf(&value, ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s", credentials->key, pps_buf_text(&s.scope),
		     pps_buf_text(&s.names), hex) < 0) {
		value = NULL;
		return pps_fail_nomem(err);
	}
	if ((r = add_line(&out, "Authorization", value, err)) < 0)
		return r;
	*ret = out;
	out = (pps_s3_signed){ 0 };
	return PPS_OK;
}

/* ---- in the URL ---- */

/* The query of the request with what the signature adds to it; owned is the array, not its texts. */
static int presigned_query(const struct signing *s, const pps_s3_request *request, const pps_s3_credentials *credentials,
			   const char *credential, const char *expires, pps_s3_pair **ret_query, size_t *ret_n, pps_error **err)
{
	const pps_s3_pair own[] = {
		{ "X-Amz-Algorithm", ALGORITHM },	 { "X-Amz-Credential", credential },
		{ "X-Amz-Date", s->stamp },		 { "X-Amz-Expires", expires },
		{ "X-Amz-SignedHeaders", s->names.at },	 { "X-Amz-Security-Token", credentials->token },
	};
	size_t n = PPS_COUNT(own) - (credentials->token ? 0 : 1), given = request->target.nquery;
	pps_s3_pair *query;

	for (size_t i = 0; i < given; i++)
		if (strncasecmp(request->target.query[i].name, "X-Amz-", 6) == 0)
			return pps_fail(err, PPS_E_ARG, "S3: the parameter %s is not the caller's to set", request->target.query[i].name);
	if (!(query = calloc(given + n, sizeof *query)))
		return pps_fail_nomem(err);
	if (given)
		memcpy(query, request->target.query, given * sizeof *query);
	memcpy(query + given, own, n * sizeof *query);
	*ret_query = query;
	*ret_n = given + n;
	return PPS_OK;
}

static int presigned_url(struct signing *s, const pps_s3_request *request, const pps_s3_credentials *credentials, int64_t seconds,
			 pps_s3_url *url, pps_error **err)
{
	_cleanup_free_ pps_s3_pair *query = NULL;
	_cleanup_free_ char *credential = NULL;
	pps_s3_target target = request->target;
	char expires[24];
	int r;

	snprintf(expires, sizeof expires, "%lld", (long long)seconds);
	if (asprintf(&credential, "%s/%s", credentials->key, pps_buf_text(&s->scope)) < 0) {
		credential = NULL;
		return pps_fail_nomem(err);
	}
	if ((r = presigned_query(s, request, credentials, credential, expires, &query, &target.nquery, err)) < 0)
		return r;
	target.query = query;
	return pps_s3_url_make(&target, url, err);
}

int pps_s3_presign(const pps_s3_request *request, const pps_s3_credentials *credentials, int64_t now, int64_t seconds, char **ret_url,
		   pps_error **err)
{
	_cleanup_signing_ struct signing s = { .scope = PPS_BUF_LINE, .names = PPS_BUF_LINE };
	_cleanup_s3_url_ pps_s3_url plain = { 0 }, url = { 0 };
	char hex[65];
	int r;

	if (seconds < 1 || seconds > PPS_S3_PRESIGN_MOST)
		return pps_fail(err, PPS_E_ARG, "S3: a presigned URL is good for 1 to %d seconds, not %lld", PPS_S3_PRESIGN_MOST,
				(long long)seconds);
	if ((r = start(&s, request, credentials, now, err)) < 0 || (r = pps_s3_url_make(&request->target, &plain, err)) < 0 ||
	    (r = add_given(&s, request, err)) < 0 || (r = add_header(&s, "host", plain.host, err)) < 0 ||
	    (r = name_headers(&s, err)) < 0 || (r = presigned_url(&s, request, credentials, seconds, &url, err)) < 0 ||
	    (r = signature(&s, request, credentials, &url, PPS_S3_UNSIGNED, hex, err)) < 0)
		return r;
	if (asprintf(ret_url, "%s&X-Amz-Signature=%s", url.text, hex) < 0) {
		*ret_url = NULL;
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}
