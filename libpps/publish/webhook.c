/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/webhook.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/codec.h"
#include "base/digest.h"

#define SECRET_MOST 4096
#define DEADLINE_MS 30000
#define ANSWER_MOST ((uint64_t)64 << 10)

static int digest_text(const char *text, char hex[65], pps_error **err)
{
	_cleanup_(pps_digest_freep) pps_digest *digest = NULL;
	pps_digests d;
	int r;

	if ((r = pps_digest_new(PPS_DIGEST_SHA256, &digest, err)) < 0 || (r = pps_digest_update(digest, text, strlen(text), err)) < 0 ||
	    (r = pps_digest_finish(digest, &d, err)) < 0)
		return r;
	pps_hex_encode(d.sha256, sizeof d.sha256, hex);
	return PPS_OK;
}

int pps_webhook_name(const char *url, char **ret_name, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	const char *host = strstr(url, "://"), *end, *at;
	char hex[65];
	int r;

	host = host ? host + 3 : url;
	end = host + strcspn(host, "/?");
	for (at = end; at > host && at[-1] != '@';)
		at--;
	pps_buf_add(&b, url, (size_t)(host - url));
	pps_buf_add(&b, at, strcspn(at, "?"));
	if (strcmp(pps_buf_text(&b), url) != 0) {
		if ((r = digest_text(url, hex, err)) < 0)
			return r;
		pps_buf_printf(&b, "#%.8s", hex);
	}
	if ((r = pps_buf_check(&b, "address", err)) < 0)
		return r;
	*ret_name = pps_buf_take(&b);
	return *ret_name ? PPS_OK : pps_fail_nomem(err);
}

int pps_webhook_sign(const void *secret, size_t secret_size, const char *timestamp, const void *body, size_t size, char hex[65], pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(SIZE_MAX / 2);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int r;

	pps_buf_printf(&b, "%s.", timestamp);
	pps_buf_add(&b, body, size);
	if ((r = pps_buf_check(&b, "call", err)) < 0)
		return r;
	if (!HMAC(EVP_sha256(), secret, (int)secret_size, (const unsigned char *)b.at, b.size, mac, &n))
		return pps_fail(err, PPS_E_INTERNAL, "OpenSSL cannot compute an HMAC");
	pps_hex_encode(mac, n, hex);
	return PPS_OK;
}

typedef struct secret {
	char bytes[SECRET_MOST];
	size_t size;
} secret;

static void wipe(secret *s)
{
	explicit_bzero(s, sizeof *s);
}

/* Without the line's end. */
static int read_secret(const pps_conf_webhook *hook, secret *s, pps_error **err)
{
	const pps_conf_place *p = &hook->place;
	_cleanup_fclose_ FILE *f = fopen(hook->secret_file, "re");

	if (!f) {
		int r = pps_fail_errno(err, errno, "secret of a webhook: %s", hook->secret_file);

		return r == PPS_E_NOMEM ? r : pps_recode(err, PPS_E_CONFIG);
	}
	s->size = fread(s->bytes, 1, sizeof s->bytes, f);
	if (ferror(f) || s->size == sizeof s->bytes)
		return pps_fail_at(err, PPS_E_CONFIG, p->file, p->line, p->column, "%s: cannot be read, or holds %d bytes or more", hook->secret_file,
				   SECRET_MOST);
	while (s->size && (s->bytes[s->size - 1] == '\n' || s->bytes[s->size - 1] == '\r'))
		s->size--;
	if (!s->size)
		return pps_fail_at(err, PPS_E_CONFIG, p->file, p->line, p->column, "%s: is empty", hook->secret_file);
	return PPS_OK;
}

static int judge(const pps_http_response *response, const char *name, int64_t now, int64_t *ret_after, pps_error **err)
{
	int status = response->status;

	if (status >= 200 && status < 300)
		return PPS_OK;
	*ret_after = pps_http_retry_after(response, now) * 1000000;
	if (status >= 300 && status < 400)
		return pps_fail(err, PPS_E_FAILED, "%s: answers with a redirect (%d), which is not followed: configure the address itself", name, status);
	if (status == 401 || status == 403)
		return pps_fail(err, PPS_E_ACCESS, "%s: answers %d", name, status);
	return pps_fail(err, status >= 500 || status == 429 || status == 408 ? PPS_E_UNAVAILABLE : PPS_E_FAILED, "%s: answers %d", name, status);
}

int pps_webhook_call(pps_ctx *ctx, pps_http *http, const pps_conf_webhook *hook, const pps_buf *body, int64_t *ret_after, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	_cleanup_(wipe) secret s = { .size = 0 };
	_cleanup_free_ char *name = NULL;
	char timestamp[64], signature[128], hex[65];
	const char *headers[] = { "Content-Type: application/json", timestamp, signature };
	static const char prefix[] = "X-PPS-Timestamp: ";
	pps_http_request request = { .method = "POST", .url = hook->url, .headers = headers, .nheaders = 2, .body = body->at, .body_size = body->size,
				     .deadline_ms = DEADLINE_MS, .max_body = ANSWER_MOST };
	int64_t now, utc;
	int r;

	*ret_after = 0;
	if ((r = pps_ctx_check(ctx, err)) < 0 || (r = pps_webhook_name(hook->url, &name, err)) < 0 || (r = pps_tai_now(&now, err)) < 0 ||
	    (r = pps_utc_of_tai(now, &utc, err)) < 0)
		return r;
	snprintf(timestamp, sizeof timestamp, "%s%lld", prefix, (long long)(utc / PPS_NS_PER_S));
	if (hook->secret_file) {
		if ((r = read_secret(hook, &s, err)) < 0 ||
		    (r = pps_webhook_sign(s.bytes, s.size, timestamp + sizeof prefix - 1, body->at, body->size, hex, err)) < 0)
			return r;
		snprintf(signature, sizeof signature, "X-PPS-Signature: sha256=%s", hex);
		request.nheaders = 3;
	}
	if ((r = pps_http_exchange(http, &request, &response, err)) < 0)
		return r;
	return judge(&response, name, now, ret_after, err);
}
