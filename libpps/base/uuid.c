/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/uuid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <uuid/uuid.h>

#include "base/codec.h"
#include "base/util.h"

int pps_uuid_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(pps_uuid));
}

size_t pps_uuid_sort(pps_uuid *uuids, size_t n)
{
	size_t kept = 0;

	pps_sort(uuids, n, sizeof *uuids, pps_uuid_compare);
	for (size_t i = 0; i < n; i++)
		if (!kept || pps_uuid_compare(&uuids[kept - 1], &uuids[i]) != 0)
			uuids[kept++] = uuids[i];
	return kept;
}

static int bad(const char *text, pps_error **err)
{
	return pps_fail(err, PPS_E_FORMAT, "\"%.60s\" is no UUID: expected 32 hexadecimal digits, with dashes or without", text);
}

int pps_uuids_parse(const char *const *texts, size_t n, pps_uuid **ret_uuids, pps_error **err)
{
	_cleanup_free_ pps_uuid *list = NULL;

	if (n && !texts)
		return pps_fail(err, PPS_E_ARG, "ids must not be NULL");
	if (!(list = calloc(n + 1, sizeof *list)))
		return pps_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		if (!texts[i] || pps_uuid_parse(texts[i], &list[i], NULL) < 0)
			return pps_fail(err, PPS_E_ARG, "\"%s\" is no UUID", texts[i] ? texts[i] : "");
	*ret_uuids = TAKE_PTR(list);
	return PPS_OK;
}

/* Without memory of its own: it is called for every dataset that is read. */
int pps_uuid_parse(const char *text, pps_uuid *ret_uuid, pps_error **err)
{
	const size_t len = strlen(text);
	const char *at = text;
	pps_uuid uuid;

	if (len != 36 && len != 32)
		return bad(text, err);
	for (size_t i = 0; i < sizeof uuid.bytes; i++, at += 2) {
		int high, low;

		if (len == 36 && (i == 4 || i == 6 || i == 8 || i == 10) && *at++ != '-')
			return bad(text, err);
		if ((high = pps_hex_value(at[0])) < 0 || (low = pps_hex_value(at[1])) < 0)
			return bad(text, err);
		uuid.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret_uuid = uuid;
	return PPS_OK;
}

void pps_uuid_format(const pps_uuid *uuid, char out[37])
{
	uuid_unparse_lower(uuid->bytes, out);
}

void pps_uuid_hex(const pps_uuid *uuid, char out[33])
{
	pps_hex_encode(uuid->bytes, sizeof uuid->bytes, out);
}

void pps_uuid_v5(const pps_uuid *space, const char *name, pps_uuid *ret_uuid)
{
	uuid_t out;

	uuid_generate_sha1(out, space->bytes, name, strlen(name));
	memcpy(ret_uuid->bytes, out, sizeof ret_uuid->bytes);
}

static int random_bytes(void *bytes, size_t size, pps_error **err)
{
	uint8_t *p = bytes;

	while (size) {
		ssize_t n = getrandom(p, size, 0);

		if (n < 0 && errno != EINTR)
			return pps_fail_errno(err, errno, "random bytes for a UUID");
		if (n > 0) {
			p += n;
			size -= (size_t)n;
		}
	}
	return PPS_OK;
}

int pps_uuid_v4(pps_uuid *ret_uuid, pps_error **err)
{
	pps_uuid uuid;
	int r;

	if ((r = random_bytes(uuid.bytes, sizeof uuid.bytes, err)) < 0)
		return r;
	uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x40); /* version 4 of RFC 9562 */
	uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80);
	*ret_uuid = uuid;
	return PPS_OK;
}
