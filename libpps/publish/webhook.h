/* SPDX-License-Identifier: BSD-3-Clause */
/* Signed calls of HTTP addresses. */
#ifndef PPS_PUBLISH_WEBHOOK_H
#define PPS_PUBLISH_WEBHOOK_H

#include "base/conf.h"
#include "base/http.h"
#include "publish/notify-text.h"

/* The address as it is shown and remembered: without user, password and query; where one of these was there, with a digest of the whole. */
int pps_webhook_name(const char *url, char **ret_name, pps_error **err);

/* Hexadecimal HMAC-SHA256 of "TIMESTAMP.BODY". */
int pps_webhook_sign(const void *secret, size_t secret_size, const char *timestamp, const void *body, size_t size, char hex[65], pps_error **err);

/* Posts @body once. PPS_OK when the address took it (2xx). Redirects are refused. *ret_after: ns that the server asked to wait, 0: not. */
int pps_webhook_call(pps_ctx *ctx, pps_http *http, const pps_conf_webhook *hook, const pps_buf *body, int64_t *ret_after, pps_error **err);

#endif
