/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/uri.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"

#define PATH_MOST 65536

void pps_uri_free(pps_uri *uri)
{
	if (!uri)
		return;
	free(uri->profile);
	free(uri->bucket);
	free(uri->path);
	free(uri->fragment);
	free(uri);
}

/* As Python's urllib: a scheme is a letter, then letters, digits, "+-.". */
static size_t scheme_length(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	return n && !(text[0] >= '0' && text[0] <= '9') && strncmp(text + n, "://", 3) == 0 ? n : 0;
}

/* A plain path with "%2F" and the like in it is taken as quoted already: what the Butler does with such paths. */
static int has_escape(const char *text, size_t len)
{
	for (size_t i = 0; i + 2 < len; i++)
		if (text[i] == '%' && strchr("0123456789ABCDEF", text[i + 1]) && strchr("0123456789ABCDEF", text[i + 2]))
			return 1;
	return 0;
}

/* Removes empty and "." parts and resolves "..", as os.path.normpath. */
static int normalize(const char *path, char **ret_path, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(PATH_MOST);
	int absolute = path[0] == '/', r;
	size_t depth = 0; /* parts in b that ".." can take back */
	const char *p = path;

	if (absolute)
		pps_buf_add_char(&b, '/');
	while (*p) {
		size_t n = strcspn(p, "/");
		int up = n == 2 && p[0] == '.' && p[1] == '.';

		if (up && depth > 0) {
			const char *slash = strrchr(pps_buf_text(&b), '/');
			size_t keep = slash ? (size_t)(slash - b.at) : 0;

			pps_buf_truncate(&b, keep || !absolute ? keep : 1);
			depth--;
		} else if (n && !(n == 1 && p[0] == '.') && !(up && absolute)) {
			if (b.size && b.at[b.size - 1] != '/')
				pps_buf_add_char(&b, '/');
			pps_buf_add(&b, p, n);
			depth += !up;
		}
		p += n + (p[n] == '/');
	}
	if ((r = pps_buf_check(&b, "path", err)) < 0)
		return r;
	if (!(*ret_path = pps_buf_take(&b)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

/* As Python's unquote: a '%' that no two hexadecimal digits follow stands for itself. */
static void unquote(pps_buf *b, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high = i + 2 < len ? pps_hex_value(text[i + 1]) : -1;
		int low = i + 2 < len ? pps_hex_value(text[i + 2]) : -1;

		if (text[i] == '%' && high >= 0 && low >= 0) {
			pps_buf_add_char(b, (char)(high << 4 | low));
			i += 2;
		} else {
			pps_buf_add_char(b, text[i]);
		}
	}
}

static int set_path(pps_uri *uri, const char *text, size_t len, int is_quoted, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(PATH_MOST);
	int r;

	if (is_quoted)
		unquote(&b, text, len);
	else
		pps_buf_add(&b, text, len);
	if ((r = pps_buf_check(&b, "path", err)) < 0)
		return r;
	if (memchr(pps_buf_text(&b), 0, b.size))
		return pps_fail(err, PPS_E_FORMAT, "%.*s: a path cannot hold a NUL byte", (int)len, text);
	if ((r = normalize(pps_buf_text(&b), &uri->path, err)) < 0)
		return r;
	uri->is_folder = (b.size && b.at[b.size - 1] == '/') || strcmp(uri->path, "/") == 0;
	return PPS_OK;
}

static int set_fragment(pps_uri *uri, const char *hash, pps_error **err)
{
	if (hash && hash[1] && !(uri->fragment = strdup(hash + 1)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

static int parse_plain(pps_uri *uri, const char *text, pps_error **err)
{
	const char *slash = strrchr(text, '/'), *last = slash ? slash + 1 : text;
	const char *hash = strrchr(last, '#');
	size_t len = strlen(text);
	int is_quoted = has_escape(text, len), r;

	if (!*text)
		return pps_fail(err, PPS_E_FORMAT, "an empty text is no path");
	if (is_quoted)
		hash = strchr(text, '#');
	if (hash)
		len = (size_t)(hash - text);
	uri->scheme = PPS_URI_FILE;
	uri->is_relative = text[0] != '/';
	if ((r = set_path(uri, text, len, is_quoted, err)) < 0)
		return r;
	return set_fragment(uri, hash, err);
}

/* file:///path, file://localhost/path, file:/path */
static int parse_file(pps_uri *uri, const char *text, pps_error **err)
{
	const char *p = text + strlen("file:"), *hash = strchr(text, '#');
	size_t len;
	int r;

	if (strncmp(p, "//", 2) == 0) {
		p += 2;
		if (strncmp(p, "localhost/", 10) == 0)
			p += strlen("localhost");
	}
	if (*p != '/')
		return pps_fail(err, PPS_E_FORMAT, "%s: a file URI needs an absolute path, as in file:///path", text);
	len = hash ? (size_t)(hash - p) : strlen(p);
	if (memchr(p, '?', len))
		return pps_fail(err, PPS_E_FORMAT, "%s: in a file URI a '?' of the name is written %%3F", text);
	uri->scheme = PPS_URI_FILE;
	if ((r = set_path(uri, p, len, 1, err)) < 0)
		return r;
	return set_fragment(uri, hash, err);
}

/* The key; slashes at its end say that it is a folder's. */
static int set_key(pps_uri *uri, const char *text, size_t len, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(PATH_MOST);
	int r;

	unquote(&b, text, len);
	if ((r = pps_buf_check(&b, "key", err)) < 0)
		return r;
	if (b.size && memchr(b.at, 0, b.size))
		return pps_fail(err, PPS_E_FORMAT, "%.*s: a key cannot hold a NUL byte", (int)len, text);
	uri->is_folder = b.size == 0 || b.at[b.size - 1] == '/';
	while (b.size && b.at[b.size - 1] == '/')
		pps_buf_truncate(&b, b.size - 1);
	return (uri->path = pps_buf_take(&b)) ? PPS_OK : pps_fail_nomem(err);
}

/* s3://[profile@]bucket[/key]; Ceph puts "tenant:" before a bucket's name. */
static int parse_s3(pps_uri *uri, const char *text, pps_error **err)
{
	const char *p = text + strlen("s3://"), *slash, *at, *hash;
	size_t n = strcspn(p, "/#");
	int r;

	uri->scheme = PPS_URI_S3;
	at = memchr(p, '@', n);
	if (at) {
		if (at == p || !(uri->profile = strndup(p, (size_t)(at - p))))
			return at == p ? pps_fail(err, PPS_E_FORMAT, "%s: the profile before '@' is empty", text) :
					 pps_fail_nomem(err);
		n -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	if (!n)
		return pps_fail(err, PPS_E_FORMAT, "%s: no bucket, expected s3://[profile@]bucket/key", text);
	if (!(uri->bucket = strndup(p, n)))
		return pps_fail_nomem(err);
	slash = p + n;
	hash = strchr(slash, '#');
	n = hash ? (size_t)(hash - slash) : strlen(slash);
	if (n) {
		slash++;
		n--;
	}
	if ((r = set_key(uri, slash, n, err)) < 0)
		return r;
	return set_fragment(uri, hash, err);
}

int pps_uri_parse(const char *text, pps_uri **ret_uri, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	size_t n;
	int r;

	if (!text || !ret_uri)
		return pps_fail(err, PPS_E_ARG, "pps_uri_parse: text must not be NULL");
	if (strlen(text) >= PATH_MOST)
		return pps_fail(err, PPS_E_FORMAT, "a path of %zu bytes is too long", strlen(text));
	if (!(uri = calloc(1, sizeof *uri)))
		return pps_fail_nomem(err);
	n = scheme_length(text);
	if (strncmp(text, "file:", 5) == 0)
		r = parse_file(uri, text, err);
	else if (n == 2 && strncmp(text, "s3", 2) == 0)
		r = parse_s3(uri, text, err);
	else if (n)
		r = pps_fail(err, PPS_E_UNSUPPORTED, "%s: \"%.*s\" is not supported, use file or s3", text, (int)n, text);
	else
		r = parse_plain(uri, text, err);
	if (r < 0)
		return r;
	*ret_uri = TAKE_PTR(uri);
	return PPS_OK;
}

int pps_uri_make_absolute(pps_uri *uri, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(2 * PATH_MOST);
	_cleanup_free_ char *here = NULL;
	char *path;
	int r;

	if (!uri->is_relative)
		return PPS_OK;
	if (!(here = get_current_dir_name()))
		return pps_fail_errno(err, errno, "%s: the current folder", uri->path);
	pps_buf_printf(&b, "%s/%s", here, uri->path);
	if ((r = pps_buf_check(&b, "path", err)) < 0 || (r = normalize(pps_buf_text(&b), &path, err)) < 0)
		return r;
	free(uri->path);
	uri->path = path;
	uri->is_relative = 0;
	return PPS_OK;
}

/* Of a key only what would be read as something else is quoted. */
static void add_s3(pps_buf *b, const pps_uri *uri)
{
	pps_buf_add_text(b, "s3://");
	if (uri->profile)
		pps_buf_printf(b, "%s@", uri->profile);
	pps_buf_printf(b, "%s/", uri->bucket);
	for (const char *p = uri->path; *p; p++)
		if (strchr("%#?", *p))
			pps_percent_encode(b, p, 1, NULL);
		else
			pps_buf_add_char(b, *p);
}

static void add_folder_slash(pps_buf *b, const pps_uri *uri)
{
	if (uri->is_folder && b->size && b->at[b->size - 1] != '/')
		pps_buf_add_char(b, '/');
}

static int take(pps_buf *b, char **ret_text, pps_error **err)
{
	int r = pps_buf_check(b, "URI", err);

	if (r < 0)
		return r;
	if (!(*ret_text = pps_buf_take(b)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

int pps_uri_format(const pps_uri *uri, char **ret_text, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(4 * PATH_MOST);

	if (uri->scheme == PPS_URI_S3) {
		add_s3(&b, uri);
	} else if (uri->is_relative) {
		pps_buf_add_text(&b, uri->path);
	} else {
		pps_buf_add_text(&b, "file://");
		pps_percent_encode(&b, uri->path, strlen(uri->path), "/");
	}
	add_folder_slash(&b, uri);
	if (uri->fragment)
		pps_buf_printf(&b, "#%s", uri->fragment);
	return take(&b, ret_text, err);
}

int pps_uri_plain(const pps_uri *uri, char **ret_text, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(2 * PATH_MOST);

	if (uri->scheme == PPS_URI_S3)
		add_s3(&b, uri);
	else
		pps_buf_add_text(&b, *uri->path ? uri->path : ".");
	return take(&b, ret_text, err);
}

static int set_text(char **to, const char *from, pps_error **err)
{
	if (from && !(*to = strdup(from)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

/* A copy of scheme, profile and bucket. */
static int copy_place(const pps_uri *uri, pps_uri **ret_uri, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *u = calloc(1, sizeof *u);
	int r;

	if (!u)
		return pps_fail_nomem(err);
	u->scheme = uri->scheme;
	u->is_relative = uri->is_relative;
	if ((r = set_text(&u->profile, uri->profile, err)) < 0 || (r = set_text(&u->bucket, uri->bucket, err)) < 0)
		return r;
	*ret_uri = TAKE_PTR(u);
	return PPS_OK;
}

int pps_uri_join(const pps_uri *root, const char *path, pps_uri **ret_uri, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *below = NULL, *u = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF(2 * PATH_MOST);
	int r;

	if ((r = pps_uri_parse(path, &below, err)) < 0)
		return r;
	if (!below->is_relative) {
		*ret_uri = TAKE_PTR(below);
		return PPS_OK;
	}
	if (strcmp(below->path, "..") == 0 || strncmp(below->path, "../", 3) == 0)
		return pps_fail(err, PPS_E_FORMAT, "%s: the path leads out of its root", path);
	if ((r = copy_place(root, &u, err)) < 0)
		return r;
	pps_buf_add_text(&b, root->path);
	if (b.size && b.at[b.size - 1] != '/' && *below->path)
		pps_buf_add_char(&b, '/');
	pps_buf_add_text(&b, below->path);
	if ((r = take(&b, &u->path, err)) < 0)
		return r;
	u->is_folder = below->is_folder || !*below->path;
	u->fragment = TAKE_PTR(below->fragment);
	*ret_uri = TAKE_PTR(u);
	return PPS_OK;
}

int pps_uri_parent(const pps_uri *uri, pps_uri **ret_uri, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *u = NULL;
	const char *slash = strrchr(uri->path, '/');
	size_t n = slash ? (size_t)(slash - uri->path) : 0;
	int r;

	if ((r = copy_place(uri, &u, err)) < 0)
		return r;
	if (slash == uri->path)
		n = 1;
	if (!(u->path = strndup(uri->path, n)))
		return pps_fail_nomem(err);
	u->is_folder = 1;
	*ret_uri = TAKE_PTR(u);
	return PPS_OK;
}

const char *pps_uri_basename(const pps_uri *uri)
{
	const char *slash = strrchr(uri->path, '/');

	return slash ? slash + 1 : uri->path;
}

static int same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static int same_place(const pps_uri *a, const pps_uri *b)
{
	return a->scheme == b->scheme && a->is_relative == b->is_relative && same_text(a->profile, b->profile) &&
	       same_text(a->bucket, b->bucket);
}

const char *pps_uri_below(const pps_uri *uri, const pps_uri *root)
{
	size_t n = strlen(root->path);

	if (!same_place(uri, root) || strncmp(uri->path, root->path, n) != 0)
		return NULL;
	if (n == 0 || root->path[n - 1] == '/')
		return uri->path[n] ? uri->path + n : NULL;
	return uri->path[n] == '/' && uri->path[n + 1] ? uri->path + n + 1 : NULL;
}

int pps_uri_equal(const pps_uri *a, const pps_uri *b)
{
	return same_place(a, b) && strcmp(a->path, b->path) == 0 && same_text(a->fragment, b->fragment);
}
