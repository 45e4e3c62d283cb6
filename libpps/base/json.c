/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where memory is out, jansson 2.14 may call a token wrong, and it silently leaves out characters of a text whose buffer
 * cannot grow; errno is lost on the way. Two readings that agree are proof that nothing of this happened.
 */
#include "base/json.h"

#include <errno.h>
#include <string.h>

static int parse_once(const char *text, size_t size, size_t flags, json_t **ret_json, json_error_t *where)
{
	errno = 0;
	if (!(*ret_json = json_loadb(text, size, flags, where)))
		return errno == ENOMEM ? PPS_E_NOMEM : PPS_E_FORMAT;
	return PPS_OK;
}

/* What a text that could not be read is: PPS_E_FORMAT, when it fails again at the same place, else PPS_E_NOMEM. */
static int confirm(const char *text, size_t size, size_t flags, const json_error_t *where)
{
	json_error_t again;
	json_t *json;
	int r = parse_once(text, size, flags, &json, &again);

	json_decref(json);
	return r == PPS_E_FORMAT && again.position == where->position && !strcmp(again.text, where->text) ? PPS_E_FORMAT : PPS_E_NOMEM;
}

int pps_json_parse(const char *text, size_t size, size_t flags, json_t **ret_json, json_error_t *where)
{
	json_t *json, *again;
	json_error_t ignored;
	int r = parse_once(text, size, flags, &json, where);

	if (r == PPS_E_FORMAT)
		return confirm(text, size, flags, where);
	if (r < 0)
		return r;
	r = parse_once(text, size, flags, &again, &ignored);
	if (r < 0 || !json_equal(json, again)) {
		json_decref(again);
		json_decref(json);
		return PPS_E_NOMEM;
	}
	json_decref(again);
	*ret_json = json;
	return PPS_OK;
}

int pps_json_check(const char *text, size_t size, size_t flags, json_error_t *where)
{
	json_t *json;
	int r = parse_once(text, size, flags, &json, where);

	json_decref(json);
	return r == PPS_E_FORMAT ? confirm(text, size, flags, where) : r;
}
