/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/s3-xml.h"

#include <expat.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/time.h"

#define DEPTH_MOST 12
#define NAME_MOST 48
#define TEXT_MOST (64u << 10)
#define ITEMS_MOST 100000

typedef struct reader reader;

/* What one kind of document does with an element that has ended: its path below the root, its text. */
typedef int (*element_fn)(reader *x, const char *path, const char *text);

struct reader {
	XML_Parser parser;
	const char *root; /* the root's name that is wanted; NULL: any */
	element_fn ended;
	void *into;
	char names[DEPTH_MOST][NAME_MOST];
	int depth;
	pps_buf text;
	int is_fault; /* the root is <Error> */
	int failed;   /* PPS_E_NOMEM or PPS_E_FORMAT */
	char why[128];
};

static void fail_format(reader *x, const char *why)
{
	if (!x->failed) {
		x->failed = PPS_E_FORMAT;
		snprintf(x->why, sizeof x->why, "%s", why);
	}
	XML_StopParser(x->parser, XML_FALSE);
}

static int fail_nomem(reader *x)
{
	x->failed = PPS_E_NOMEM;
	XML_StopParser(x->parser, XML_FALSE);
	return -1;
}

static void on_doctype(void *user, const XML_Char *name _unused_, const XML_Char *system_id _unused_, const XML_Char *public_id _unused_,
		       int has_internal _unused_)
{
	fail_format(user, "a document type is not accepted");
}

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes _unused_)
{
	reader *x = user;
	const char *colon = strrchr(name, ':'), *bare = colon ? colon + 1 : name;

	if (x->depth == DEPTH_MOST) {
		fail_format(x, "elements nest too deeply");
		return;
	}
	if (x->depth == 0) {
		x->is_fault = !strcmp(bare, "Error");
		if (x->root && strcmp(bare, x->root) != 0 && !x->is_fault) {
			fail_format(x, "another document was expected");
			return;
		}
	}
	/* a name that is too long is none that is known */
	snprintf(x->names[x->depth++], NAME_MOST, "%s", strlen(bare) < NAME_MOST ? bare : "?");
	pps_buf_truncate(&x->text, 0);
}

static void on_text(void *user, const XML_Char *text, int size)
{
	reader *x = user;

	pps_buf_add(&x->text, text, (size_t)size);
}

static void on_end(void *user, const XML_Char *name _unused_)
{
	reader *x = user;
	char path[DEPTH_MOST * NAME_MOST];
	size_t n = 0;

	if (x->failed || !x->depth)
		return;
	if (x->text.failed) {
		if (x->text.failed == PPS_E_NOMEM)
			fail_nomem(x);
		else
			fail_format(x, "a text is too long");
		return;
	}
	path[0] = 0;
	for (int i = 1; i < x->depth; i++)
		n += (size_t)snprintf(path + n, sizeof path - n, "%s%s", n ? "/" : "", x->names[i]);
	if (x->ended && x->ended(x, path, pps_buf_text(&x->text)) < 0 && !x->failed)
		fail_format(x, "a value cannot be read");
	x->depth--;
	pps_buf_truncate(&x->text, 0);
}

/* A server that works for long sends blanks meanwhile, so that the connection is not given up. */
static int parse(reader *x, const void *xml, size_t size, pps_error **err)
{
	enum XML_Status status;
	const char *p = xml;
	int r = PPS_OK;

	for (; size && strchr(" \t\r\n", *p) && *p; size--)
		p++;

	x->text = (pps_buf)PPS_BUF(TEXT_MOST);
	if (!(x->parser = XML_ParserCreate(NULL)))
		return pps_fail_nomem(err);
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_start, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	status = size > INT32_MAX ? XML_STATUS_ERROR : XML_Parse(x->parser, p, (int)size, 1);
	if (x->failed == PPS_E_NOMEM || (status != XML_STATUS_OK && XML_GetErrorCode(x->parser) == XML_ERROR_NO_MEMORY))
		r = pps_fail_nomem(err);
	else if (x->failed)
		r = pps_fail(err, PPS_E_FORMAT, "an XML answer that cannot be read: line %lu: %s",
			     (unsigned long)XML_GetCurrentLineNumber(x->parser), x->why);
	else if (status != XML_STATUS_OK)
		r = pps_fail(err, PPS_E_FORMAT, "an XML answer that cannot be read: line %lu: %s",
			     (unsigned long)XML_GetCurrentLineNumber(x->parser),
			     size > INT32_MAX ? "it is too large" : XML_ErrorString(XML_GetErrorCode(x->parser)));
	XML_ParserFree(x->parser);
	pps_buf_free(&x->text);
	return r;
}

/* One line: a message goes into ours. */
static void copy_line(char *out, size_t size, const char *text)
{
	size_t n = strlen(text);

	if (n >= size)
		for (n = size - 1; n > 0 && (text[n] & 0xc0) == 0x80; n--)
			;
	memcpy(out, text, n);
	out[n] = 0;
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
}

static int fault_element(reader *x, const char *path, const char *text)
{
	pps_s3_fault *f = x->into;

	if (!x->is_fault)
		return 0;
	if (!strcmp(path, "Code"))
		copy_line(f->code, sizeof f->code, text);
	else if (!strcmp(path, "Message"))
		copy_line(f->message, sizeof f->message, text);
	return 0;
}

int pps_s3_xml_fault(const void *xml, size_t size, pps_s3_fault *ret_fault)
{
	reader x = { .ended = fault_element, .into = ret_fault };

	*ret_fault = (pps_s3_fault){ .code = "" };
	if (size)
		(void)parse(&x, xml, size, NULL);
	return x.is_fault;
}

void pps_s3_etag_bare(const char *text, char *out, size_t size)
{
	size_t n;

	if (!strncmp(text, "W/", 2))
		text += 2;
	if (*text == '"')
		text++;
	n = strlen(text);
	if (n && text[n - 1] == '"')
		n--;
	if (n >= size)
		n = size - 1;
	memmove(out, text, n); /* it may be the text itself */
	out[n] = 0;
}

void pps_s3_page_free(pps_s3_page *page)
{
	for (size_t i = 0; i < page->n; i++) {
		free(page->items[i].key);
		free(page->items[i].id);
	}
	for (size_t i = 0; i < page->nprefixes; i++)
		free(page->prefixes[i]);
	free(page->items);
	free(page->prefixes);
	free(page->next);
	free(page->next_id);
	*page = (pps_s3_page){ 0 };
}

/* A page while it is read. The encoding may be named behind the keys, so they are unquoted at the end. */
typedef struct page_reader {
	pps_s3_page *page;
	const char *item; /* the element of an item: "Contents", "Upload" */
	pps_s3_item now;
	int is_quoted;
} page_reader;

static int set_text(reader *x, char **to, const char *text)
{
	free(*to);
	return (*to = strdup(text)) ? 0 : fail_nomem(x);
}

static int64_t time_of(const char *text)
{
	int64_t tai, utc;

	if (pps_time_parse(text, PPS_SCALE_UTC, &tai, NULL) < 0 || pps_utc_of_tai(tai, &utc, NULL) < 0)
		return 0;
	return utc - utc % PPS_NS_PER_S;
}

static int item_ended(reader *x, page_reader *p)
{
	pps_s3_page *page = p->page;

	if (!p->now.key || page->n == ITEMS_MOST)
		return -1;
	if (pps_grow(&page->items, &page->cap, page->n, sizeof *page->items) < 0)
		return fail_nomem(x);
	page->items[page->n++] = p->now;
	p->now = (pps_s3_item){ 0 };
	return 0;
}

static int item_element(reader *x, page_reader *p, const char *name, const char *text)
{
	char etag[256];
	int64_t size;

	if (!strcmp(name, "Key") || !strcmp(name, "PartNumber"))
		return set_text(x, &p->now.key, text);
	if (!strcmp(name, "UploadId"))
		return set_text(x, &p->now.id, text);
	if (!strcmp(name, "ETag")) {
		pps_s3_etag_bare(text, etag, sizeof etag);
		return set_text(x, &p->now.id, etag);
	}
	if (!strcmp(name, "Size")) {
		if (pps_int_parse(text, &size, NULL) < 0 || size < 0)
			return -1;
		p->now.size = (uint64_t)size;
	} else if (!strcmp(name, "LastModified") || !strcmp(name, "Initiated")) {
		p->now.time = time_of(text);
	}
	return 0;
}

static int page_element(reader *x, const char *path, const char *text)
{
	page_reader *p = x->into;
	pps_s3_page *page = p->page;
	size_t n = strlen(p->item);

	if (x->is_fault)
		return 0;
	if (!strncmp(path, p->item, n) && (!path[n] || path[n] == '/'))
		return path[n] ? item_element(x, p, path + n + 1, text) : item_ended(x, p);
	if (!strcmp(path, "CommonPrefixes/Prefix")) {
		if (page->nprefixes == ITEMS_MOST)
			return -1;
		if (pps_grow(&page->prefixes, &page->prefixes_cap, page->nprefixes, sizeof *page->prefixes) < 0 ||
		    !(page->prefixes[page->nprefixes] = strdup(text)))
			return fail_nomem(x);
		page->nprefixes++;
	} else if (!strcmp(path, "IsTruncated")) {
		page->is_truncated = !strcmp(text, "true");
	} else if (!strcmp(path, "EncodingType")) {
		p->is_quoted = !strcmp(text, "url");
	} else if (!strcmp(path, "NextContinuationToken") || !strcmp(path, "NextKeyMarker") || !strcmp(path, "NextPartNumberMarker")) {
		return set_text(x, &page->next, text);
	} else if (!strcmp(path, "NextUploadIdMarker")) {
		return set_text(x, &page->next_id, text);
	}
	return 0;
}

/* As forms are quoted: '+' is a blank. */
static int unquote(char **text, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(TEXT_MOST);
	int r;

	for (char *p = *text; *p; p++)
		if (*p == '+')
			*p = ' ';
	if ((r = pps_percent_decode(&b, *text, strlen(*text), err)) < 0 || (r = pps_buf_check(&b, "key", err)) < 0)
		return r;
	if (memchr(pps_buf_text(&b), 0, b.size))
		return pps_fail(err, PPS_E_FORMAT, "an XML answer that cannot be read: a key with a NUL byte");
	free(*text);
	return (*text = pps_buf_take(&b)) ? PPS_OK : pps_fail_nomem(err);
}

static int unquote_page(pps_s3_page *page, int next_too, pps_error **err)
{
	int r;

	for (size_t i = 0; i < page->n; i++)
		if ((r = unquote(&page->items[i].key, err)) < 0)
			return r;
	for (size_t i = 0; i < page->nprefixes; i++)
		if ((r = unquote(&page->prefixes[i], err)) < 0)
			return r;
	/* a continuation token is not quoted, a key marker is */
	return next_too && page->next ? unquote(&page->next, err) : PPS_OK;
}

static int fail_fault(const void *xml, size_t size, pps_error **err)
{
	pps_s3_fault fault;

	(void)pps_s3_xml_fault(xml, size, &fault);
	return pps_fail(err, PPS_E_FAILED, "the server answered with an error, %s%s%s", *fault.code ? fault.code : "unnamed",
			*fault.message ? ": " : "", fault.message);
}

static int parse_page(const char *root, const char *item, const void *xml, size_t size, pps_s3_page *ret_page, pps_error **err)
{
	_cleanup_s3_page_ pps_s3_page page = { 0 };
	page_reader p = { .page = &page, .item = item };
	reader x = { .root = root, .ended = page_element, .into = &p };
	int r = parse(&x, xml, size, err);

	free(p.now.key);
	free(p.now.id);
	if (r < 0)
		return r;
	if (x.is_fault)
		return fail_fault(xml, size, err);
	if (p.is_quoted && (r = unquote_page(&page, !strcmp(item, "Upload"), err)) < 0)
		return r;
	if (page.is_truncated && (!page.next || !*page.next))
		return pps_fail(err, PPS_E_FORMAT, "an XML answer that cannot be read: a listing that goes on does not say where");
	*ret_page = page;
	page = (pps_s3_page){ 0 };
	return PPS_OK;
}

int pps_s3_xml_objects(const void *xml, size_t size, pps_s3_page *ret_page, pps_error **err)
{
	return parse_page("ListBucketResult", "Contents", xml, size, ret_page, err);
}

int pps_s3_xml_uploads(const void *xml, size_t size, pps_s3_page *ret_page, pps_error **err)
{
	return parse_page("ListMultipartUploadsResult", "Upload", xml, size, ret_page, err);
}

int pps_s3_xml_parts(const void *xml, size_t size, pps_s3_page *ret_page, pps_error **err)
{
	return parse_page("ListPartsResult", "Part", xml, size, ret_page, err);
}

/* The first element of one name. */
typedef struct one {
	const char *name;
	char *text;
} one;

static int one_element(reader *x, const char *path, const char *text)
{
	one *o = x->into;

	return !x->is_fault && !strcmp(path, o->name) && !o->text ? set_text(x, &o->text, text) : 0;
}

static int parse_one(const char *root, const char *name, const void *xml, size_t size, char **ret_text, pps_error **err)
{
	one o = { .name = name };
	reader x = { .root = root, .ended = one_element, .into = &o };
	int r = parse(&x, xml, size, err);

	if (r == PPS_OK && x.is_fault)
		r = fail_fault(xml, size, err);
	if (r < 0) {
		free(o.text);
		return r;
	}
	*ret_text = o.text;
	return PPS_OK;
}

int pps_s3_xml_upload_id(const void *xml, size_t size, char **ret_id, pps_error **err)
{
	_cleanup_free_ char *id = NULL;
	int r;

	if ((r = parse_one("InitiateMultipartUploadResult", "UploadId", xml, size, &id, err)) < 0)
		return r;
	if (!id || !*id)
		return pps_fail(err, PPS_E_FORMAT, "an XML answer that cannot be read: an upload without an id");
	*ret_id = TAKE_PTR(id);
	return PPS_OK;
}

int pps_s3_xml_etag(const void *xml, size_t size, char **ret_etag, pps_error **err)
{
	_cleanup_free_ char *etag = NULL;
	int r;

	if ((r = parse_one(NULL, "ETag", xml, size, &etag, err)) < 0)
		return r;
	if (!etag && !(etag = strdup("")))
		return pps_fail_nomem(err);
	pps_s3_etag_bare(etag, etag, strlen(etag) + 1);
	*ret_etag = TAKE_PTR(etag);
	return PPS_OK;
}

typedef struct deleted {
	size_t failed;
	char *key;
	pps_s3_fault fault;
} deleted;

static int deleted_element(reader *x, const char *path, const char *text)
{
	deleted *d = x->into;

	if (x->is_fault)
		return 0;
	if (!strcmp(path, "Error"))
		d->failed++;
	if (d->failed)
		return 0;
	if (!strcmp(path, "Error/Key"))
		return set_text(x, &d->key, text);
	if (!strcmp(path, "Error/Code"))
		copy_line(d->fault.code, sizeof d->fault.code, text);
	else if (!strcmp(path, "Error/Message"))
		copy_line(d->fault.message, sizeof d->fault.message, text);
	return 0;
}

int pps_s3_xml_deleted(const void *xml, size_t size, size_t *ret_failed, char **ret_key, pps_s3_fault *ret_fault, pps_error **err)
{
	deleted d = { 0 };
	reader x = { .root = "DeleteResult", .ended = deleted_element, .into = &d };
	int r = parse(&x, xml, size, err);

	if (r == PPS_OK && x.is_fault)
		r = fail_fault(xml, size, err);
	if (r < 0) {
		free(d.key);
		return r;
	}
	*ret_failed = d.failed;
	*ret_key = d.key;
	*ret_fault = d.fault;
	return PPS_OK;
}
