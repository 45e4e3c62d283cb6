/* SPDX-License-Identifier: BSD-3-Clause */
/* YAML from anywhere: refused with a place, or a tree that can be walked and whose scalars have one type each. */
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define STEPS_MOST 20000 /* of an aliased tree, which is larger than its text */

static void check_scalar(const pps_yaml *yaml, const pps_yaml_node *node)
{
	const char *text = NULL;
	int64_t i;
	double d;
	int truth, types;

	types = pps_yaml_is_null(node) + (pps_yaml_bool(yaml, node, &truth, NULL) == PPS_OK) +
		(pps_yaml_int(yaml, node, &i, NULL) == PPS_OK) + (pps_yaml_string(yaml, node, &text, NULL) == PPS_OK);
	if (types > 1 || (types && text && text != pps_yaml_text(node)))
		abort();
	/* every integer is a number too */
	if (pps_yaml_int(yaml, node, &i, NULL) == PPS_OK && (pps_yaml_float(yaml, node, &d, NULL) < 0 || d != (double)i))
		abort();
}

static void walk(const pps_yaml *yaml, const pps_yaml_node *node, int *steps)
{
	if (++*steps > STEPS_MOST)
		return;
	if (pps_yaml_line(node) < 1 || pps_yaml_column(node) < 1)
		abort();
	if (pps_yaml_kind(node) == PPS_YAML_SCALAR) {
		check_scalar(yaml, node);
		return;
	}
	for (size_t i = 0; i < pps_yaml_size(node); i++) {
		const pps_yaml_node *value = pps_yaml_kind(node) == PPS_YAML_MAP ? pps_yaml_value(node, i) : pps_yaml_item(node, i);

		if (!value || (pps_yaml_kind(node) == PPS_YAML_MAP && pps_yaml_get(node, pps_yaml_key(node, i)) != value))
			abort();
		walk(yaml, value, steps);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	for (int flags = 0; flags <= PPS_YAML_REFUSE_ALIASES; flags++) {
		_cleanup_(pps_yaml_freep) pps_yaml *yaml = NULL;
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		int steps = 0;

		if (pps_yaml_parse("t", (const char *)bytes, size, flags, &yaml, &err) < 0) {
			if (pps_error_code(err) != PPS_E_CONFIG || pps_error_line(err) < 1 || pps_error_column(err) < 1 || yaml)
				abort();
			continue;
		}
		if (pps_yaml_root(yaml))
			walk(yaml, pps_yaml_root(yaml), &steps);
	}
	return 0;
}
