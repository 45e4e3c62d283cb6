/* SPDX-License-Identifier: BSD-3-Clause */
/* The XML documents that S3 servers answer with. Pure: bytes in, values out. Documents are bounded by what the HTTP layer keeps, elements
 * in depth and text; a document type is refused, unknown elements are passed over. */
#ifndef PPS_STORE_S3_XML_H
#define PPS_STORE_S3_XML_H

#include "base/error.h"

#define PPS_S3_CODE_MOST 63

/* An <Error> document. What is not in it is empty. */
typedef struct pps_s3_fault {
	char code[PPS_S3_CODE_MOST + 1];
	char message[512];
} pps_s3_fault;

/* 1 when the document is an <Error>, 0 when it is another or none at all. */
int pps_s3_xml_fault(const void *xml, size_t size, pps_s3_fault *ret_fault);

typedef struct pps_s3_item {
	char *key; /* number of a part */
	char *id; /* ETag without quotes of an object or a part; upload id of an upload; NULL when there is none */
	uint64_t size;
	int64_t time; /* UTC ns, whole seconds; when an upload began; 0 when it cannot be read */
} pps_s3_item;

/* A page of objects, of uploads or of an upload's parts. */
typedef struct pps_s3_page {
	pps_s3_item *items;
	size_t n, cap;
	char **prefixes; /* what a delimiter cut off */
	size_t nprefixes, prefixes_cap;
	int is_truncated;
	char *next;	/* continuation token, or the key to go on behind */
	char *next_id; /* the upload to go on behind */
} pps_s3_page;

void pps_s3_page_free(pps_s3_page *page);
#define _cleanup_s3_page_ _cleanup_(pps_s3_page_free)

/* ListBucketResult (version 2), ListMultipartUploadsResult, ListPartsResult. Names are unquoted when the server says that it quoted them. A page that is
 * truncated and does not say where to go on is PPS_E_FORMAT. */
int pps_s3_xml_objects(const void *xml, size_t size, pps_s3_page *ret_page, pps_error **err);
int pps_s3_xml_uploads(const void *xml, size_t size, pps_s3_page *ret_page, pps_error **err);
int pps_s3_xml_parts(const void *xml, size_t size, pps_s3_page *ret_page, pps_error **err);

/* InitiateMultipartUploadResult: the upload's id, owned by the caller. */
int pps_s3_xml_upload_id(const void *xml, size_t size, char **ret_id, pps_error **err);
/* CompleteMultipartUploadResult, CopyObjectResult, CopyPartResult: the ETag without quotes, "" when it is empty or left out. Owned by the
 * caller. */
int pps_s3_xml_etag(const void *xml, size_t size, char **ret_etag, pps_error **err);

/* DeleteResult: how many could not be deleted, and the first of them (key owned by the caller, NULL when there is none). */
int pps_s3_xml_deleted(const void *xml, size_t size, size_t *ret_failed, char **ret_key, pps_s3_fault *ret_fault, pps_error **err);

/* An ETag without the quotes around it, and without a weakness mark. */
void pps_s3_etag_bare(const char *text, char *out, size_t size);

#endif
