/* SPDX-License-Identifier: BSD-3-Clause */
#include "raw/sensors.h"

#include <string.h>

#include "base/json.h"

struct pps_sensors {
	char **names; /* sorted */
	size_t n, cap;
};

void pps_sensors_free(pps_sensors *sensors)
{
	if (!sensors)
		return;
	for (size_t i = 0; i < sensors->n; i++)
		free(sensors->names[i]);
	free(sensors->names);
	free(sensors);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add(pps_sensors *sensors, const char *name)
{
	if (pps_grow(&sensors->names, &sensors->cap, sensors->n, sizeof *sensors->names) < 0 ||
	    !(sensors->names[sensors->n] = strdup(name)))
		return -1;
	sensors->n++;
	return 0;
}

int pps_sensors_parse(const char *name, const char *text, size_t size, pps_sensors **ret_sensors, pps_error **err)
{
	_cleanup_(pps_sensors_freep) pps_sensors *sensors = NULL;
	_cleanup_(json_decrefp) json_t *root = NULL;
	json_t *expected, *value;
	json_error_t e;
	const char *key;
	int r;

	if ((r = pps_json_parse(text, size, JSON_REJECT_DUPLICATES, &root, &e)) == PPS_E_NOMEM)
		return pps_fail_nomem(err);
	if (r < 0)
		return pps_fail_at(err, PPS_E_FORMAT, name, e.line, e.column, "no JSON: %s", e.text);
	expected = json_object_get(root, "expectedSensors");
	if (!json_is_object(expected))
		return pps_fail_at(err, PPS_E_FORMAT, name, 0, 0, "expected {\"expectedSensors\": {\"R22_S11\": \"SCIENCE\", ...}}");
	if (!(sensors = calloc(1, sizeof *sensors)))
		return pps_fail_nomem(err);
	json_object_foreach(expected, key, value) {
		const char *kind = json_string_value(value);

		if (!kind)
			return pps_fail_at(err, PPS_E_FORMAT, name, 0, 0, "sensor %s: expected its kind as text, such as \"SCIENCE\"", key);
		if ((!strcmp(kind, "SCIENCE") || !strcmp(kind, "GUIDER")) && add(sensors, key) < 0)
			return pps_fail_nomem(err);
	}
	if (sensors->n)
		qsort(sensors->names, sensors->n, sizeof *sensors->names, compare_names);
	*ret_sensors = TAKE_PTR(sensors);
	return PPS_OK;
}

size_t pps_sensors_count(const pps_sensors *sensors)
{
	return sensors->n;
}

static int contains(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return 1;
	return 0;
}

size_t pps_sensors_missing(const pps_sensors *sensors, const char *const *present, size_t npresent, size_t most, pps_buf *b)
{
	size_t missing = 0;

	for (size_t i = 0; i < sensors->n; i++) {
		if (contains(present, npresent, sensors->names[i]))
			continue;
		if (missing < most)
			pps_buf_printf(b, "%s%s", missing ? ", " : "", sensors->names[i]);
		missing++;
	}
	if (missing > most)
		pps_buf_printf(b, " and %zu more", missing - most);
	return missing;
}
