/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects below a prefix: a folder's own with a delimiter, all without. */
#include <string.h>

#include "store/store-s3.h"

#define PAGE_MOST "1000"

static int get_page(pps_store *store, const char *prefix, int flags, const char *token, pps_s3_page *page, pps_error **err)
{
	_cleanup_http_response_ pps_http_response response = { 0 };
	pps_s3_call call = { .doing = "list", .method = "GET" };
	int r;

	pps_s3_call_query(&call, "list-type", "2");
	pps_s3_call_query(&call, "encoding-type", "url");
	pps_s3_call_query(&call, "max-keys", PAGE_MOST);
	pps_s3_call_query(&call, "prefix", prefix);
	if (!(flags & PPS_STORE_RECURSIVE))
		pps_s3_call_query(&call, "delimiter", "/");
	if (token)
		pps_s3_call_query(&call, "continuation-token", token);
	if ((r = pps_s3_exchange(store, &call, &response, err)) < 0)
		return r;
	return pps_s3_xml_objects(pps_buf_text(&response.body), response.body.size, page, err);
}

/* The folder itself may be an object without content, and others below it: marks that some tools make. */
static int is_mark(const pps_s3_item *item, size_t prefix)
{
	size_t n = strlen(item->key);

	return n <= prefix || (item->key[n - 1] == '/' && item->size == 0);
}

static int add_page(const pps_s3_page *page, const char *prefix, pps_store_listing *listing, pps_error **err)
{
	size_t n = strlen(prefix);
	int r;

	for (size_t i = 0; i < page->n; i++) {
		const pps_s3_item *item = &page->items[i];

		if (strncmp(item->key, prefix, n) != 0)
			return pps_fail(err, PPS_E_FORMAT, "the server listed \"%s\", which is not below \"%s\"", item->key, prefix);
		if (!is_mark(item, n) &&
		    (r = pps_store_listing_add(listing, item->key + n, item->size, item->time, item->id, err)) < 0)
			return r;
	}
	return PPS_OK;
}

int pps_s3_list(pps_store *store, const char *folder, int flags, pps_store_listing *listing, pps_error **err)
{
	_cleanup_free_ char *prefix = NULL, *token = NULL;
	int there, r;

	if ((r = pps_s3_folder_key(store, folder, &prefix, err)) < 0)
		return r;
	there = !*prefix;
	do {
		_cleanup_s3_page_ pps_s3_page page = { 0 };

		if ((r = pps_ctx_check(store->ctx, err)) < 0 || (r = get_page(store, prefix, flags, token, &page, err)) < 0 ||
		    (r = add_page(&page, prefix, listing, err)) < 0)
			return r;
		there |= page.n || page.nprefixes;
		if (page.is_truncated && token && !strcmp(token, page.next))
			return pps_fail(err, PPS_E_FORMAT, "the server's listing does not come to an end");
		free(token);
		token = page.is_truncated ? TAKE_PTR(page.next) : NULL;
	} while (token);
	if (!there)
		return pps_fail(err, PPS_E_NOTFOUND, "nothing is there");
	return PPS_OK;
}
