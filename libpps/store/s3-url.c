/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/s3-url.h"

#include <string.h>

#include "base/codec.h"
#include "base/error.h"

#define URL_MOST (256u << 10) /* a key has at most 1024 bytes, a list's continuation token some thousand */
#define QUERY_MOST 1024

void pps_s3_url_clear(pps_s3_url *url)
{
	free(url->text);
	free(url->host);
	free(url->path);
	free(url->query);
	*url = (pps_s3_url){ 0 };
}

/* ---- the query ---- */

struct pair {
	pps_buf name, value; /* encoded */
};

static void free_pairs(struct pair **pairs, size_t n)
{
	for (size_t i = 0; *pairs && i < n; i++) {
		pps_buf_free(&(*pairs)[i].name);
		pps_buf_free(&(*pairs)[i].value);
	}
	free(*pairs);
}

static int by_name_and_value(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int c = strcmp(pps_buf_text(&x->name), pps_buf_text(&y->name));

	return c ? c : strcmp(pps_buf_text(&x->value), pps_buf_text(&y->value));
}

void pps_s3_query_add(pps_buf *b, const pps_s3_pair *query, size_t nquery)
{
	struct pair *pairs = NULL;

	if (!nquery || b->failed)
		return;
	if (nquery > QUERY_MOST || !(pairs = calloc(nquery, sizeof *pairs))) {
		b->failed = nquery > QUERY_MOST ? PPS_E_FORMAT : PPS_E_NOMEM;
		return;
	}
	for (size_t i = 0; i < nquery; i++) {
		const char *value = query[i].value ? query[i].value : "";

		pairs[i].name = (pps_buf)PPS_BUF(URL_MOST);
		pairs[i].value = (pps_buf)PPS_BUF(URL_MOST);
		pps_percent_encode(&pairs[i].name, query[i].name, strlen(query[i].name), NULL);
		pps_percent_encode(&pairs[i].value, value, strlen(value), NULL);
		if (pairs[i].name.failed || pairs[i].value.failed)
			b->failed = pairs[i].name.failed ? pairs[i].name.failed : pairs[i].value.failed;
	}
	if (!b->failed)
		qsort(pairs, nquery, sizeof *pairs, by_name_and_value);
	for (size_t i = 0; i < nquery; i++)
		pps_buf_printf(b, "%s%s=%s", i ? "&" : "", pps_buf_text(&pairs[i].name), pps_buf_text(&pairs[i].value));
	free_pairs(&pairs, nquery);
}

/* ---- the host ---- */

/* Whether AWS takes it as the first part of a host's name, under a certificate for one part. */
static int is_host_part(const char *bucket)
{
	size_t n = strlen(bucket);

	if (n < 3 || n > 63 || bucket[0] == '-' || bucket[n - 1] == '-')
		return 0;
	return strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static int is_region(const char *region)
{
	size_t n = strlen(region);

	return n && n <= 63 && strspn(region, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

/* Parts of the address as they are found. */
struct address {
	const char *scheme; /* "http" or "https" */
	pps_buf host;
	pps_buf path;
	int bucket_in_host;
};

/* AWS's own address. */
static int address_of_aws(const pps_s3_target *target, const char *region, struct address *a, pps_error **err)
{
	const char *service = target->service ? target->service : "s3";
	const char *suffix = strncmp(region, "cn-", 3) == 0 ? ".amazonaws.com.cn" : ".amazonaws.com";
	int is_s3 = strcmp(service, "s3") == 0;

	if (!is_region(region))
		return pps_fail(err, PPS_E_ARG, "S3: \"%.80s\" is no name of a region", region);
	a->scheme = "https";
	if (is_s3 && target->bucket && is_host_part(target->bucket)) {
		pps_buf_printf(&a->host, "%s.", target->bucket);
		a->bucket_in_host = 1;
	}
	pps_buf_add_text(&a->host, service);
	/* the oldest region also answers under the name without a region, which is what other tools use */
	if (!is_s3 || strcmp(region, "us-east-1") != 0)
		pps_buf_printf(&a->host, ".%s", region);
	pps_buf_add_text(&a->host, suffix);
	return PPS_OK;
}

/* "https://host[:port][/path]" */
static int address_of_endpoint(const char *endpoint, struct address *a, pps_error **err)
{
	int is_tls = strncmp(endpoint, "https://", 8) == 0;
	const char *host = endpoint + (is_tls ? 8 : 7), *standard = is_tls ? ":443" : ":80";
	size_t n, len;

	if (!is_tls && strncmp(endpoint, "http://", 7) != 0)
		return pps_fail(err, PPS_E_ARG, "S3: an endpoint begins with https:// or http://");
	n = strcspn(host, "/");
	if (!n || strpbrk(endpoint, "@?# \t\r\n"))
		return pps_fail(err, PPS_E_ARG, "S3: an endpoint is https://host[:port][/path], without user, query or fragment");
	a->scheme = is_tls ? "https" : "http";
	len = strlen(standard);
	if (n > len && strncmp(host + n - len, standard, len) == 0)
		pps_buf_add(&a->host, host, n - len);
	else
		pps_buf_add(&a->host, host, n);
	for (len = strlen(host + n); len && host[n + len - 1] == '/';)
		len--;
	pps_buf_add(&a->path, host + n, len);
	return PPS_OK;
}

static int check_target(const pps_s3_target *target, pps_error **err)
{
	int has_key = target->key && *target->key;

	if (target->bucket && (!*target->bucket || strchr(target->bucket, '/')))
		return pps_fail(err, PPS_E_ARG, "S3: \"%.80s\" is no name of a bucket", target->bucket);
	if (has_key && !target->bucket)
		return pps_fail(err, PPS_E_ARG, "S3: the key \"%.80s\" is without a bucket", target->key);
	if (target->bucket && target->service && strcmp(target->service, "s3") != 0)
		return pps_fail(err, PPS_E_ARG, "%s: has no buckets", target->service);
	return PPS_OK;
}

static int finish(struct address *a, pps_buf *query, pps_s3_url *ret_url, pps_error **err)
{
	_cleanup_buf_ pps_buf text = PPS_BUF(2 * URL_MOST);
	_cleanup_s3_url_ pps_s3_url url = { 0 };
	int r;

	pps_buf_printf(&text, "%s://%s%s%s%s", a->scheme, pps_buf_text(&a->host), pps_buf_text(&a->path), query->size ? "?" : "",
		       pps_buf_text(query));
	if ((r = pps_buf_check(query, "S3: the query", err)) < 0 || (r = pps_buf_check(&a->path, "S3: the path", err)) < 0 ||
	    (r = pps_buf_check(&a->host, "S3: the host", err)) < 0 || (r = pps_buf_check(&text, "S3: the URL", err)) < 0)
		return r;
	url.text = pps_buf_take(&text);
	url.host = pps_buf_take(&a->host);
	url.path = pps_buf_take(&a->path);
	url.query = pps_buf_take(query);
	if (!url.text || !url.host || !url.path || !url.query)
		return pps_fail_nomem(err);
	*ret_url = url;
	url = (pps_s3_url){ 0 };
	return PPS_OK;
}

int pps_s3_url_make(const pps_s3_target *target, pps_s3_url *ret_url, pps_error **err)
{
	struct address a = { .host = PPS_BUF_LINE, .path = PPS_BUF(URL_MOST) };
	_cleanup_buf_ pps_buf query = PPS_BUF(URL_MOST);
	int r;

	if ((r = check_target(target, err)) < 0)
		return r;
	if (target->endpoint)
		r = address_of_endpoint(target->endpoint, &a, err);
	else
		r = address_of_aws(target, target->region ? target->region : "us-east-1", &a, err);
	if (r == PPS_OK && target->bucket && !a.bucket_in_host) {
		pps_buf_add_char(&a.path, '/');
		pps_percent_encode(&a.path, target->bucket, strlen(target->bucket), NULL);
	}
	if (r == PPS_OK && target->key && *target->key) {
		pps_buf_add_char(&a.path, '/');
		pps_percent_encode(&a.path, target->key, strlen(target->key), "/");
	}
	if (r == PPS_OK && (!a.path.size || !target->bucket))
		pps_buf_add_char(&a.path, '/');
	if (r == PPS_OK) {
		pps_s3_query_add(&query, target->query, target->nquery);
		r = finish(&a, &query, ret_url, err);
	}
	pps_buf_free(&a.host);
	pps_buf_free(&a.path);
	return r;
}
