/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading JSON with jansson, in the face of little memory. */
#ifndef PPS_BASE_JSON_H
#define PPS_BASE_JSON_H

#include <jansson.h>

#include "base/error.h"

/*
 * Both return PPS_OK; PPS_E_FORMAT: @where says what and at which place; or PPS_E_NOMEM. They make no error object: the
 * caller knows what to call the text. @flags are jansson's JSON_*.
 */
int pps_json_parse(const char *text, size_t size, size_t flags, json_t **ret_json, json_error_t *where);
/* Whether it is JSON at all. */
int pps_json_check(const char *text, size_t size, size_t flags, json_error_t *where);

#endif
