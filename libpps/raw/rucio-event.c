/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/rucio-event.h"

#include <string.h>

#include "base/json.h"
#include "store/uri.h"

#define MESSAGE_MOST (1u << 20)
#define TAIL "_dimensions."

void pps_rucio_event_free(pps_rucio_event *event)
{
	if (!event)
		return;
	free(event->name);
	free(event->url);
	free(event->what);
	free(event);
}

char *pps_rucio_event_zip_of(const char *yaml)
{
	const char *tail = NULL, *p;
	char *zip;

	for (p = yaml; (p = strstr(p, TAIL)); p++)
		tail = p;
	if (!tail || tail == yaml || tail[-1] == '/')
		return NULL;
	p = tail + sizeof TAIL - 1;
	if (strcmp(p, "yaml")) {
		size_t digits = strspn(p, "0123456789");

		if (!digits || strcmp(p + digits, ".yaml"))
			return NULL;
	}
	return asprintf(&zip, "%.*s.zip", (int)(tail - yaml), yaml) < 0 ? NULL : zip;
}

static int is_yaml(const char *name)
{
	_cleanup_free_ char *zip = name ? pps_rucio_event_zip_of(name) : NULL;

	return zip != NULL;
}

/* Events that tell of something else than a file that has come. What is not known here is looked at: the file decides. */
static int tells_of_nothing(const char *type)
{
	static const char *const others[] = { "deletion-", "dataset-", "rule-", "transfer-submi", "transfer-queued", "transfer-failed", "lost",
					      "close", "erase", "create_", "ack", NULL };

	for (size_t i = 0; others[i]; i++)
		if (!strncmp(type, others[i], strlen(others[i])))
			return 1;
	return strlen(type) > 7 && !strcmp(type + strlen(type) - 7, "-failed");
}

static int classify(pps_rucio_event *e, const char *type, const char *butler, const char *name, pps_error **err)
{
	int r = 0;

	if (tells_of_nothing(type)) {
		e->kind = PPS_RUCIO_OTHER;
		r = asprintf(&e->what, "an event %s", type);
	} else if (butler && !strcmp(butler, "zip_file")) {
		e->kind = PPS_RUCIO_ZIP;
	} else if ((butler && !strcmp(butler, "dim_file")) || (!butler && is_yaml(name))) {
		e->kind = PPS_RUCIO_YAML;
	} else {
		e->kind = PPS_RUCIO_OTHER;
		r = asprintf(&e->what, butler ? "rubin_butler is %s" : "%s", butler ? butler : "it has no rubin_butler");
	}
	if (r < 0) {
		e->what = NULL;
		return pps_fail_nomem(err);
	}
	return PPS_OK;
}

int pps_rucio_event_parse(const void *text, size_t size, pps_rucio_event **ret_event, pps_error **err)
{
	_cleanup_(json_decrefp) json_t *root = NULL;
	_cleanup_(pps_rucio_event_freep) pps_rucio_event *e = NULL;
	const char *type, *name, *scope, *url;
	const json_t *payload;
	json_error_t where;
	int r;

	if (!text || !size || size > MESSAGE_MOST)
		return pps_fail(err, PPS_E_FORMAT, size ? "an event of more than %u bytes" : "an empty message", MESSAGE_MOST);
	if ((r = pps_json_parse(text, size, 0, &root, &where)) == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0)
		return pps_fail(err, PPS_E_FORMAT, "no JSON: %s", where.text);
	payload = json_object_get(root, "payload");
	if (!json_is_object(payload))
		return pps_fail(err, PPS_E_FORMAT, "expected {\"event_type\": ..., \"payload\": {...}}");
	type = json_string_value(json_object_get(root, "event_type"));
	name = json_string_value(json_object_get(payload, "name"));
	scope = json_string_value(json_object_get(payload, "scope"));
	url = json_string_value(json_object_get(payload, "dst-url"));
	if (!(e = calloc(1, sizeof *e)))
		return pps_fail_nomem(err);
	if (asprintf(&e->name, "%s%s%s", scope ? scope : "", scope && name ? ":" : "", name ? name : "") < 0) {
		e->name = NULL;
		return pps_fail_nomem(err);
	}
	if ((r = classify(e, type ? type : "", json_string_value(json_object_get(payload, "rubin_butler")), name ? name : url, err)) < 0)
		return r;
	if (e->kind != PPS_RUCIO_OTHER) {
		if (!url || !*url)
			return pps_fail(err, PPS_E_FORMAT, "%s: expected payload.dst-url", e->name);
		if (!(e->url = strdup(url)))
			return pps_fail_nomem(err);
		if (e->kind == PPS_RUCIO_YAML && !is_yaml(url))
			return pps_fail(err, PPS_E_FORMAT, "%s: a dim_file is called ..._dimensions.yaml, not %s", e->name, url);
	}
	*ret_event = TAKE_PTR(e);
	return PPS_OK;
}

int pps_rucio_event_place(const char *url, const char *rucio_prefix, const char *local_prefix, char **ret_uri, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *root = NULL, *uri = NULL;
	_cleanup_free_ char *folder = NULL;
	size_t n = strlen(rucio_prefix);
	const char *rest = url + n;
	int r;

	if (strncmp(url, rucio_prefix, n) || !*rest || (*rest != '/' && (!n || rucio_prefix[n - 1] != '/')))
		return pps_fail(err, PPS_E_FORMAT, "dst-url %s does not begin with %s (import.topics: rucio_prefix)", url, rucio_prefix);
	rest += strspn(rest, "/");
	if (!*rest || strchr(rest, '#') || strstr(rest, "://"))
		return pps_fail(err, PPS_E_FORMAT, "dst-url %s names no file", url);
	if (asprintf(&folder, "%s/", local_prefix) < 0) {
		folder = NULL;
		return pps_fail_nomem(err);
	}
	if ((r = pps_uri_parse(folder, &root, err)) < 0 || (r = pps_uri_make_absolute(root, err)) < 0 ||
	    (r = pps_uri_join(root, rest, &uri, err)) < 0)
		return r;
	if (!pps_uri_below(uri, root) || uri->is_folder)
		return pps_fail(err, PPS_E_FORMAT, "dst-url %s leads out of %s", url, rucio_prefix);
	return pps_uri_format(uri, ret_uri, err);
}
