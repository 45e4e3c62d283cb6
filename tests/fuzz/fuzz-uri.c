/* SPDX-License-Identifier: BSD-3-Clause */
/* URIs from anywhere: what is accepted says the same after writing and reading it again; what is joined stays below its root. */
#include <stdlib.h>
#include <string.h>

#include "store/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_again(const pps_uri *uri)
{
	_cleanup_(pps_uri_freep) pps_uri *again = NULL;
	_cleanup_free_ char *text = NULL;

	if (pps_uri_format(uri, &text, NULL) < 0)
		abort();
	/* relative paths are written as they are, so one with "%20" in its name, "#" or "x://" reads differently: as in the Butler */
	if (uri->is_relative)
		return;
	if (pps_uri_parse(text, &again, NULL) < 0 || !pps_uri_equal(uri, again) || uri->is_folder != again->is_folder)
		abort();
}

static void check_join(const char *text)
{
	_cleanup_(pps_uri_freep) pps_uri *root = NULL, *joined = NULL, *path = NULL;

	if (pps_uri_parse("/root/folder/", &root, NULL) < 0)
		abort();
	if (pps_uri_join(root, text, &joined, NULL) < 0 || pps_uri_parse(text, &path, NULL) < 0 || !path->is_relative || !*path->path)
		return;
	if (!pps_uri_below(joined, root) || strstr(joined->path, "/../"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)bytes, size);
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL, *parent = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	if (!text)
		return 0;
	if (pps_uri_parse(text, &uri, &err) < 0) {
		if (!*pps_error_message(err))
			abort();
		return 0;
	}
	check_again(uri);
	check_join(text);
	if (pps_uri_parent(uri, &parent, NULL) < 0)
		abort();
	return 0;
}
