/* SPDX-License-Identifier: BSD-3-Clause */
/* Endpoints with keys in them, and credentials files: 'u' and a URL, or the file. What is accepted can be used and says the same again;
 * what is refused says why without repeating it. */
#include <stdlib.h>
#include <string.h>

#include "store/s3-ini.h"
#include "store/s3-profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_endpoint(const char *text)
{
	_cleanup_free_ char *endpoint = NULL, *key = NULL, *secret = NULL, *again = NULL, *no_key = NULL, *no_secret = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_s3_url_ pps_s3_url url = { 0 };
	const pps_s3_target target = { .bucket = "b", .key = "k" };
	pps_s3_target t = target;

	if (pps_s3_endpoint_parse("$X", text, &endpoint, &key, &secret, &err) < 0) {
		_cleanup_(pps_error_freep) pps_error *of_nothing = NULL;

		pps_s3_endpoint_parse("$X", "", &again, &no_key, &no_secret, &of_nothing);
		if (strcmp(pps_error_message(err), pps_error_message(of_nothing)) != 0)
			abort();
		return;
	}
	if (!key != !secret || (key && (!*key || !*secret)) || strchr(endpoint, '@'))
		abort();
	if (pps_s3_endpoint_parse("$X", endpoint, &again, &no_key, &no_secret, NULL) < 0 || strcmp(endpoint, again) != 0 || no_key)
		abort();
	t.endpoint = endpoint;
	if (pps_s3_url_make(&t, &url, NULL) < 0 || strpbrk(url.text, " \r\n"))
		abort();
}

static int is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void check_file(const char *text, size_t size)
{
	static const char *const keys[] = { "aws_access_key_id", "aws_secret_access_key", "region", "k", "" };
	_cleanup_(pps_s3_ini_freep) pps_s3_ini *ini = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const char *section;

	if (pps_s3_ini_parse("FILE", text, size, &ini, &err) < 0) {
		if (strncmp(pps_error_message(err), "FILE:", 5) != 0)
			abort();
		return;
	}
	for (size_t i = 0; (section = pps_s3_ini_section(ini, i)); i++) {
		if (!*section || !pps_s3_ini_has(ini, section))
			abort();
		for (size_t k = 0; k < PPS_COUNT(keys); k++) {
			const char *value = pps_s3_ini_get(ini, section, keys[k]);

			if (value && *value && (is_space(value[strlen(value) - 1]) || (is_space(*value) && *value != '\n')))
				abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_free_ char *text = NULL;

	if (!size || *bytes != 'u') {
		check_file((const char *)bytes, size);
		return 0;
	}
	if ((text = strndup((const char *)bytes + 1, size - 1)))
		check_endpoint(text);
	return 0;
}
