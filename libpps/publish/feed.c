/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/feed.h"

#include <string.h>

#include "store/store.h"

#define HOUR_LENGTH 13 /* "2025-12-02T23" */
#define PAGE_MOST ((size_t)64 << 20)
#define INDEX_MOST ((size_t)16 << 20)
#define ENTRIES 50 /* of the Atom feed */

struct pps_feed {
	pps_ctx *ctx;
	pps_state *state;
	pps_store *store;
	pps_uuid id;
};

/* A page by its name, "FIRST-LAST.ndjson", twelve digits each. */
typedef struct page {
	int64_t first, last;
	uint64_t size;
} page;

typedef struct pages {
	page *at;
	size_t n, cap;
} pages;

static void clear_pages(pages *p)
{
	free(p->at);
}

int pps_feed_open(pps_ctx *ctx, const char *place, pps_state *state, pps_feed **ret_feed, pps_error **err)
{
	/* the namespace of URLs (RFC 9562) */
	static const pps_uuid urls = { { 0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 } };
	_cleanup_(pps_feed_freep) pps_feed *f = calloc(1, sizeof *f);
	int r;

	if (!f)
		return pps_fail_nomem(err);
	f->ctx = pps_ctx_ref(ctx);
	f->state = pps_state_ref(state);
	if ((r = pps_store_open(ctx, place, &f->store, err)) < 0)
		return pps_wrap(err, r, "feed");
	pps_uuid_v5(&urls, pps_store_uri(f->store), &f->id);
	*ret_feed = TAKE_PTR(f);
	return PPS_OK;
}

void pps_feed_free(pps_feed *feed)
{
	if (!feed)
		return;
	pps_store_unref(feed->store);
	pps_state_unref(feed->state);
	pps_ctx_unref(feed->ctx);
	free(feed);
}

static int hour_of(int64_t tai, char hour[40], pps_error **err)
{
	int r = pps_time_format(tai, PPS_SCALE_UTC, 0, 'T', hour, err);

	if (r == PPS_OK)
		hour[HOUR_LENGTH] = 0;
	return r;
}

static int take_number(const char **text, char behind, int64_t *ret)
{
	char *end;

	if (strspn(*text, "0123456789") < 12)
		return 0;
	*ret = strtoll(*text, &end, 10);
	if (*end != behind)
		return 0;
	*text = end + 1;
	return 1;
}

static int parse_page(const char *name, page *ret)
{
	return take_number(&name, '-', &ret->first) && take_number(&name, '.', &ret->last) && !strcmp(name, "ndjson");
}

static void page_name(pps_buf *b, const char *hour, const page *p)
{
	pps_buf_printf(b, "%s/%012lld-%012lld.ndjson", hour, (long long)p->first, (long long)p->last);
}

static int add_page(pages *list, page one, pps_error **err)
{
	if (pps_grow(&list->at, &list->cap, list->n, sizeof *list->at) < 0)
		return pps_fail_nomem(err);
	list->at[list->n++] = one;
	return PPS_OK;
}

/* The pages of an hour, in their order. */
static int list_pages(pps_feed *f, const char *hour, pages *list, pps_error **err)
{
	_cleanup_(pps_store_listing_freep) pps_store_listing *listing = NULL;
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	int r = pps_store_list(f->store, hour, 0, &listing, &e);

	if (r == PPS_E_NOTFOUND)
		return PPS_OK;
	if (r < 0) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	for (size_t i = 0; i < pps_store_listing_count(listing) && r >= 0; i++) {
		page one = { .size = pps_store_listing_size(listing, i) };

		if (parse_page(pps_store_listing_name(listing, i), &one))
			r = add_page(list, one, err);
	}
	return r;
}

/* ---- what leads to the pages ---- */

/* "HOUR/index.json", or null. */
static void add_previous(pps_buf *b, const char *previous)
{
	if (*previous)
		pps_buf_printf(b, ",\"previous\":\"%s/index.json\"", previous);
	else
		pps_buf_add_text(b, ",\"previous\":null");
}

static void add_pages(pps_buf *b, const char *hour, const pages *list)
{
	pps_buf_printf(b, ",\"hour\":\"%s\",\"pages\":[", hour);
	for (size_t i = 0; i < list->n; i++) {
		const page *p = &list->at[i];

		pps_buf_add_text(b, i ? ",\n{\"path\":\"" : "\n{\"path\":\"");
		page_name(b, hour, p);
		pps_buf_printf(b, "\",\"first\":%lld,\"last\":%lld,\"size\":%llu}", (long long)p->first, (long long)p->last,
			       (unsigned long long)p->size);
	}
	pps_buf_add_char(b, ']');
}

/* A file that never changes: what is there already must be the same. */
static int write_once(pps_feed *f, const char *name, const pps_buf *content, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	_cleanup_free_ void *there = NULL;
	size_t size;
	int r;

	if ((r = pps_buf_check(content, name, err)) < 0)
		return r;
	if ((r = pps_store_write(f->store, name, pps_buf_text(content), content->size, &e)) == PPS_OK)
		return r;
	if (r != PPS_E_EXISTS) {
		pps_error_move(err, TAKE_PTR(e));
		return r;
	}
	if ((r = pps_store_read(f->store, name, PAGE_MOST, &there, &size, err)) < 0)
		return r;
	if (size == content->size && memcmp(there, pps_buf_text(content), size) == 0)
		return PPS_OK;
	return pps_fail(err, PPS_E_CONFLICT, "%s%s: is there with other content: was the state replaced, or does another one write there? Choose an "
			"empty folder", pps_store_uri(f->store), name);
}

/* An hour that is over: its pages, for ever. */
static int write_index(pps_feed *f, const char *hour, const char *previous, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(INDEX_MOST), name = PPS_BUF_LINE;
	_cleanup_(clear_pages) pages list = { 0 };
	int r;

	if ((r = list_pages(f, hour, &list, err)) < 0)
		return r;
	pps_buf_add_text(&b, "{\"schema_version\":1");
	add_pages(&b, hour, &list);
	add_previous(&b, previous);
	pps_buf_add_text(&b, "}\n");
	pps_buf_printf(&name, "%s/index.json", hour);
	return write_once(f, pps_buf_text(&name), &b, err);
}

static int add_ledger(pps_feed *f, pps_buf *b, pps_error **err)
{
	_cleanup_free_ char *hash = NULL;
	int64_t at, seq;
	int r = pps_state_notice_last_ledger(f->state, &at, &seq, &hash, err);

	if (r < 0)
		return r;
	if (!at) {
		pps_buf_add_text(b, ",\"ledger\":null");
		return PPS_OK;
	}
	pps_buf_printf(b, ",\"ledger\":{\"seq\":%lld,\"hash\":\"%s\",\"at\":", (long long)seq, hash);
	pps_notify_add_time(b, at);
	pps_buf_add_char(b, '}');
	return PPS_OK;
}

static int write_latest(pps_feed *f, const char *hour, const char *previous, const pages *list, const pps_notice *last, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(INDEX_MOST);
	int r;

	pps_buf_printf(&b, "{\"schema_version\":1,\"seq\":%lld,\"updated\":", (long long)last->seq);
	pps_notify_add_time(&b, last->at);
	if ((r = add_ledger(f, &b, err)) < 0)
		return r;
	add_pages(&b, hour, list);
	add_previous(&b, previous);
	pps_buf_add_text(&b, "}\n");
	if ((r = pps_buf_check(&b, "latest.json", err)) < 0)
		return r;
	return pps_store_replace(f->store, "latest.json", pps_buf_text(&b), b.size, err);
}

/* ---- Atom ---- */

static void add_atom_time(pps_buf *b, int64_t tai)
{
	char text[40] = "";

	if (pps_time_format(tai, PPS_SCALE_UTC, 3, 'T', text, NULL) == PPS_OK)
		pps_buf_printf(b, "<updated>%sZ</updated>", text);
}

static void add_urn(pps_buf *b, const pps_uuid *id)
{
	char text[37];

	pps_uuid_format(id, text);
	pps_buf_printf(b, "<id>urn:uuid:%s</id>", text);
}

/* Names of repositories are letters, digits, '_', '-' and '.': nothing has to be escaped. */
static int add_entry(pps_feed *f, pps_buf *b, const pps_notice *n, const char *hour, const pages *list, pps_error **err)
{
	char own[40], name[32];
	pps_uuid id;
	int r, linked = 0;

	if ((r = hour_of(n->at, own, err)) < 0)
		return r;
	snprintf(name, sizeof name, "%lld", (long long)n->seq);
	pps_uuid_v5(&f->id, name, &id);
	pps_buf_add_text(b, "<entry>");
	add_urn(b, &id);
	if (n->kind == PPS_NOTICE_LEDGER)
		pps_buf_printf(b, "<title>ledger: entry %lld</title><content>%s</content>", (long long)n->ledger_seq, n->ledger_hash);
	else
		pps_buf_printf(b, "<title>%s: %zu dataset%s in %s</title>", pps_notice_name(n->kind), n->n, n->n == 1 ? "" : "s", n->repository);
	add_atom_time(b, n->at);
	for (size_t i = 0; i < list->n && !linked; i++) {
		if (n->seq < list->at[i].first || n->seq > list->at[i].last)
			continue;
		linked = 1;
		pps_buf_add_text(b, "<link type=\"application/x-ndjson\" href=\"");
		page_name(b, hour, &list->at[i]);
		pps_buf_add_text(b, "\"/>");
	}
	if (!linked)
		pps_buf_printf(b, "<link type=\"application/json\" href=\"%s/index.json\"/>", own);
	pps_buf_add_text(b, "</entry>\n");
	return PPS_OK;
}

static int write_atom(pps_feed *f, const char *hour, const pages *list, const pps_notice *last, pps_error **err)
{
	_cleanup_(pps_notices_freep) pps_notices *notices = NULL;
	_cleanup_buf_ pps_buf b = PPS_BUF(INDEX_MOST);
	int r = pps_state_notices(f->state, last->seq > ENTRIES ? last->seq - ENTRIES : 0, ENTRIES, ENTRIES * PPS_NOTICE_MOST, &notices, err);

	pps_buf_add_text(&b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">");
	add_urn(&b, &f->id);
	pps_buf_add_text(&b, "<title>Prompt products: what is new</title><author><name>pps</name></author>");
	add_atom_time(&b, last->at);
	pps_buf_add_text(&b, "<link rel=\"self\" href=\"atom.xml\"/>\n");
	for (size_t i = r < 0 ? 0 : pps_notices_count(notices); i-- > 0 && r >= 0;)
		if (pps_notices_at(notices, i)->seq <= last->seq)
			r = add_entry(f, &b, pps_notices_at(notices, i), hour, list, err);
	pps_buf_add_text(&b, "</feed>\n");
	if (r < 0 || (r = pps_buf_check(&b, "atom.xml", err)) < 0)
		return r;
	return pps_store_replace(f->store, "atom.xml", pps_buf_text(&b), b.size, err);
}

/* ---- pages ---- */

/* The notices from the first on that are of its hour; up to @until where that is not 0. */
static int fill_page(const pps_notify_batch *batch, const char *hour, int64_t until, pps_buf *b, const pps_notice **ret_last, pps_error **err)
{
	char own[40];
	int r;

	for (size_t i = 0; i < pps_notices_count(batch->notices); i++) {
		const pps_notice *n = pps_notices_at(batch->notices, i);

		if ((r = hour_of(n->at, own, err)) < 0)
			return r;
		if (strcmp(own, hour) != 0 || (until && n->seq > until))
			break;
		pps_notify_add_lines(b, batch, n);
		*ret_last = n;
	}
	return pps_buf_check(b, "page of the feed", err);
}

static int write_page(pps_feed *f, const pps_notify_batch *batch, const char *hour, pages *list, const pps_notice **ret_last, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF(PAGE_MOST), name = PPS_BUF_LINE;
	page one = { .first = pps_notices_at(batch->notices, 0)->seq };
	int is_there = 0, r;

	/* what was written before a crash keeps its end */
	for (size_t i = 0; i < list->n && !is_there; i++)
		if (list->at[i].first == one.first) {
			one = list->at[i];
			is_there = 1;
		}
	if ((r = fill_page(batch, hour, one.last, &b, ret_last, err)) < 0)
		return r;
	if (is_there && (*ret_last)->seq != one.last)
		return pps_fail(err, PPS_E_CONFLICT, "%s%s: a page ends with notice %lld, which the state does not have", pps_store_uri(f->store), hour,
				(long long)one.last);
	one.last = (*ret_last)->seq;
	one.size = b.size;
	page_name(&name, hour, &one);
	if ((r = write_once(f, pps_buf_text(&name), &b, err)) < 0 || is_there)
		return r;
	return add_page(list, one, err);
}

/* "HOUR PREVIOUS", either may be missing. */
static void parse_detail(const char *detail, char hour[HOUR_LENGTH + 1], char previous[HOUR_LENGTH + 1])
{
	*hour = *previous = 0;
	if (strlen(detail) >= HOUR_LENGTH)
		snprintf(hour, HOUR_LENGTH + 1, "%s", detail);
	if (strlen(detail) == 2 * HOUR_LENGTH + 1)
		snprintf(previous, HOUR_LENGTH + 1, "%s", detail + HOUR_LENGTH + 1);
}

int pps_feed_write(pps_feed *f, const pps_notify_batch *batch, const char *detail, int64_t *ret_seq, char **ret_detail, pps_error **err)
{
	char hour[40], last_hour[HOUR_LENGTH + 1], previous[HOUR_LENGTH + 1], text[64];
	_cleanup_(clear_pages) pages list = { 0 };
	const pps_notice *last = NULL;
	int r;

	if ((r = hour_of(pps_notices_at(batch->notices, 0)->at, hour, err)) < 0)
		return r;
	parse_detail(detail, last_hour, previous);
	if (*last_hour && strcmp(last_hour, hour) != 0) {
		if ((r = write_index(f, last_hour, previous, err)) < 0)
			return pps_wrap(err, r, "feed");
		memcpy(previous, last_hour, sizeof previous);
	}
	if ((r = list_pages(f, hour, &list, err)) < 0 || (r = write_page(f, batch, hour, &list, &last, err)) < 0 ||
	    (r = write_latest(f, hour, previous, &list, last, err)) < 0 || (r = write_atom(f, hour, &list, last, err)) < 0)
		return pps_wrap(err, r, "feed");
	snprintf(text, sizeof text, "%s%s%s", hour, *previous ? " " : "", previous);
	if (!(*ret_detail = strdup(text)))
		return pps_fail_nomem(err);
	*ret_seq = last->seq;
	return PPS_OK;
}
