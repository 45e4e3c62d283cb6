/* SPDX-License-Identifier: BSD-3-Clause */
/* XML from a server: refused, or values that keep what their headers promise. */
#include <stdlib.h>
#include <string.h>

#include "store/s3-xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

typedef int (*page_fn)(const void *xml, size_t size, pps_s3_page *ret_page, pps_error **err);

static void check_page(page_fn fn, const uint8_t *bytes, size_t size)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_s3_page_ pps_s3_page page = { 0 };
	int r = fn(bytes, size, &page, &err);

	if ((r < 0) != (err != NULL) || (r < 0 && (page.items || page.prefixes || page.next)))
		abort();
	for (size_t i = 0; i < page.n; i++)
		if (!page.items[i].key || page.items[i].size > INT64_MAX || page.items[i].time % 1000000000 != 0)
			abort();
	for (size_t i = 0; i < page.nprefixes; i++)
		if (!page.prefixes[i])
			abort();
	if (page.is_truncated && (!page.next || !*page.next))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_free_ char *id = NULL, *etag = NULL, *key = NULL;
	_cleanup_free_ char *text = malloc(size + 1);
	char bare[64];
	pps_s3_fault fault;
	size_t failed = 0;

	if (!text)
		return 0;
	check_page(pps_s3_xml_objects, bytes, size);
	check_page(pps_s3_xml_uploads, bytes, size);
	check_page(pps_s3_xml_parts, bytes, size);
	if (pps_s3_xml_upload_id(bytes, size, &id, NULL) == PPS_OK && (!id || !*id))
		abort();
	if (pps_s3_xml_etag(bytes, size, &etag, NULL) == PPS_OK && !etag)
		abort();
	if (pps_s3_xml_deleted(bytes, size, &failed, &key, &fault, NULL) == PPS_OK && key && !failed)
		abort();
	if (pps_s3_xml_fault(bytes, size, &fault) && (strlen(fault.code) > PPS_S3_CODE_MOST || strpbrk(fault.message, "\n\r")))
		abort();
	memcpy(text, bytes, size);
	text[size] = 0;
	pps_s3_etag_bare(text, bare, sizeof bare);
	return 0;
}
