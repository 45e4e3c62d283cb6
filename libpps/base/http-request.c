/* SPDX-License-Identifier: BSD-3-Clause */
/* One exchange as libcurl is told about it, and what it hands back while it runs. */
#include <string.h>
#include <strings.h>

#include "base/http-private.h"
#include "base/time.h"

#define HEADERS_MOST ((size_t)256 << 10)
#define BODY_MOST (UINT64_C(16) << 20)
#define RECEIVE_BYTES (256l << 10)
#define SEND_BYTES (256l << 10)

int pps_http_request_check(const pps_http_request *q, pps_error **err)
{
	static const char *const methods[] = { "GET", "HEAD", "PUT", "POST", "DELETE" };
	int known = 0;

	for (size_t i = 0; i < PPS_COUNT(methods); i++)
		known |= q->method && strcmp(q->method, methods[i]) == 0;
	if (!known)
		return pps_fail(err, PPS_E_ARG, "HTTP: no method %s", q->method ? q->method : "(none)");
	if (!q->url || (strncmp(q->url, "http://", 7) != 0 && strncmp(q->url, "https://", 8) != 0))
		return pps_fail(err, PPS_E_ARG, "%s: the address must begin with http:// or https://", q->method);
	for (const char *p = q->url; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || *p == '#')
			return pps_fail(err, PPS_E_ARG, "%s: the address holds a character that must be percent-encoded", q->method);
	for (size_t i = 0; i < q->nheaders; i++) {
		size_t n = strcspn(q->headers[i], ":");

		if (!n || !q->headers[i][n] || strpbrk(q->headers[i], "\r\n") || strcspn(q->headers[i], " \t") < n)
			return pps_fail(err, PPS_E_ARG, "%s: a header is not \"Name: value\" on one line", q->method);
	}
	return PPS_OK;
}

static int is_safe(const pps_http_request *q)
{
	return strcmp(q->method, "GET") == 0 || strcmp(q->method, "HEAD") == 0;
}

/* Just before the request goes out on a connection. libcurl sends a request again by itself when a kept connection turns out
 * to be closed; what changes something is not sent twice: the server may have acted on the first. */
static int on_send(void *user, char *there, char *here, int port_there, int port_here)
{
	pps_http_transfer *t = user;

	(void)there, (void)here, (void)port_there, (void)port_here;
	if (++t->sends > 1 && !is_safe(t->request)) {
		pps_http_transfer_fail(t, PPS_E_UNAVAILABLE, "the connection was closed before an answer came");
		return CURL_PREREQFUNC_ABORT;
	}
	t->moved_ns = pps_monotonic_now();
	return CURL_PREREQFUNC_OK;
}

static int on_progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	pps_http_transfer *t = user;

	(void)down_total, (void)down, (void)up_total;
	if (up != t->sent) {
		t->sent = up;
		t->moved_ns = pps_monotonic_now();
	}
	return 0;
}

/* "HTTP/1.1 200 OK": 200; 0 for any other line. */
static int status_of(const char *line, size_t size)
{
	const char *p = memchr(line, ' ', size);

	if (size < 12 || memcmp(line, "HTTP/", 5) != 0 || !p || line + size - p < 4)
		return 0;
	for (int i = 1; i <= 3; i++)
		if (p[i] < '0' || p[i] > '9')
			return 0;
	return (p[1] - '0') * 100 + (p[2] - '0') * 10 + p[3] - '0';
}

static size_t on_header(char *line, size_t one, size_t size, void *user)
{
	pps_http_transfer *t = user;
	pps_http_response *response = t->response;
	int status = status_of(line, size), r;
	size_t n = size;

	(void)one;
	t->moved_ns = pps_monotonic_now();
	if (status) { /* an interim answer (100 Continue) is followed by another */
		response->status = status;
		pps_buf_truncate(&response->headers, 0);
		return size;
	}
	while (n && (line[n - 1] == '\r' || line[n - 1] == '\n'))
		n--;
	if (!n)
		return size;
	pps_buf_add(&response->headers, line, n);
	pps_buf_add_char(&response->headers, '\n');
	if ((r = pps_buf_check(&response->headers, "the answer's headers", &t->failure)) < 0) {
		pps_http_transfer_wrap(t, r);
		return 0;
	}
	return size;
}

static size_t on_body(char *bytes, size_t one, size_t size, void *user)
{
	pps_http_transfer *t = user;
	pps_http_response *response = t->response;
	int r;

	(void)one;
	t->moved_ns = pps_monotonic_now();
	response->received += size;
	if (t->request->sink && response->status >= 200 && response->status < 300) {
		r = t->request->sink(t->request->user, bytes, size, &t->failure);
	} else {
		pps_buf_add(&response->body, bytes, size);
		r = pps_buf_check(&response->body, "the answer", &t->failure);
	}
	if (r < 0) {
		pps_http_transfer_wrap(t, r);
		return 0;
	}
	return size;
}

static int has_header(const pps_http_request *q, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < q->nheaders; i++)
		if (strncasecmp(q->headers[i], name, n) == 0 && q->headers[i][n] == ':')
			return 1;
	return 0;
}

static int add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *more = curl_slist_append(*list, line);

	if (more)
		*list = more;
	return more ? 0 : -1;
}

/* A header without a value is written "Name;" for libcurl, which takes "Name:" as an order to leave it out. */
static int add_given(struct curl_slist **list, const char *line)
{
	size_t n = strcspn(line, ":"), blanks = strspn(line + n + 1, " \t");
	_cleanup_free_ char *bare = NULL;

	if (line[n + 1 + blanks])
		return add_header(list, line);
	if (!(bare = strndup(line, n + 1)))
		return -1;
	bare[n] = ';';
	return add_header(list, bare);
}

static int set_headers(pps_http_transfer *t, pps_error **err)
{
	const pps_http_request *q = t->request;
	int bad = 0;

	for (size_t i = 0; i < q->nheaders; i++)
		bad |= add_given(&t->headers, q->headers[i]);
	/* the round trip before a body costs more than a body that is refused; and a form is what we never send */
	if (!has_header(q, "Expect"))
		bad |= add_header(&t->headers, "Expect:");
	if (!has_header(q, "Content-Type"))
		bad |= add_header(&t->headers, "Content-Type:");
	return bad || curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) ? pps_fail_nomem(err) : PPS_OK;
}

static int set_method(pps_http_transfer *t)
{
	const pps_http_request *q = t->request;
	int bad = 0, sends_body = q->body || strcmp(q->method, "PUT") == 0 || strcmp(q->method, "POST") == 0;

	if (sends_body) { /* also an empty one: with Content-Length: 0 */
		bad |= curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(q->body ? q->body_size : 0));
		bad |= curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, q->body ? (const char *)q->body : "");
		bad |= curl_easy_setopt(t->easy, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BYTES);
		bad |= curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
		bad |= curl_easy_setopt(t->easy, CURLOPT_XFERINFODATA, t);
		bad |= curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 0l);
	} else if (strcmp(q->method, "HEAD") == 0) {
		bad |= curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1l);
	} else {
		bad |= curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1l);
	}
	return bad | curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, strcmp(q->method, "HEAD") == 0 ? NULL : q->method);
}

static int set_tls(pps_http_transfer *t)
{
	const pps_http *h = t->http;
	int bad = 0;

	bad |= curl_easy_setopt(t->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (h->ca_file)
		bad |= curl_easy_setopt(t->easy, CURLOPT_CAINFO, h->ca_file);
	if (h->ca_folder) {
		bad |= curl_easy_setopt(t->easy, CURLOPT_CAINFO, NULL);
		bad |= curl_easy_setopt(t->easy, CURLOPT_CAPATH, h->ca_folder);
	}
	if (h->cert_file) {
		bad |= curl_easy_setopt(t->easy, CURLOPT_SSLCERT, h->cert_file);
		bad |= curl_easy_setopt(t->easy, CURLOPT_SSLKEY, h->key_file ? h->key_file : h->cert_file);
	}
	return bad;
}

static int set_callbacks(pps_http_transfer *t)
{
	int bad = 0;

	bad |= curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	bad |= curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->message);
	bad |= curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
	bad |= curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	bad |= curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	bad |= curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	bad |= curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_send);
	bad |= curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, t);
	return bad;
}

int pps_http_transfer_setup(pps_http_transfer *t, pps_error **err)
{
	const pps_http_request *q = t->request;
	int bad = 0, r;

	*t->response = (pps_http_response){ .headers = PPS_BUF(HEADERS_MOST),
					    .body = PPS_BUF((size_t)(q->max_body ? q->max_body : BODY_MOST)) };
	bad |= curl_easy_setopt(t->easy, CURLOPT_URL, q->url);
	bad |= curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(t->easy, CURLOPT_PATH_AS_IS, 1l);
	bad |= curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	bad |= curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1l);
	/* an abandoned name look-up must not hold up the caller */
	bad |= curl_easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1l);
	bad |= curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPALIVE, 1l);
	bad |= curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)t->http->connect_ms);
	bad |= curl_easy_setopt(t->easy, CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
	bad |= curl_easy_setopt(t->easy, CURLOPT_USERAGENT, "libpps/" PPS_VERSION);
	bad |= set_callbacks(t);
	bad |= set_method(t);
	bad |= set_tls(t);
	if (bad)
		return pps_fail_nomem(err);
	if ((r = set_headers(t, err)) < 0)
		return r;
	return PPS_OK;
}
