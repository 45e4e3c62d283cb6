/* SPDX-License-Identifier: BSD-3-Clause */
/* Values as PyYAML's default dumper writes them: yaml.dump() of version 6, width 80, ASCII only. */
#ifndef PPS_DIMENSIONS_YAML_TEXT_H
#define PPS_DIMENSIONS_YAML_TEXT_H

#include "base/buf.h"

/* A value in a block mapping, after its key. */
typedef struct pps_yaml_place {
	size_t column; /* characters on the line so far */
	size_t indent; /* of continuation lines */
} pps_yaml_place;

/* Appends " value" for UTF-8 text: plain, in single or in double quotes, folded after column 80. */
void pps_yaml_write_text(pps_buf *b, pps_yaml_place place, const char *text);
/* The same in quotes whatever it looks like, as text with a tag is written. */
void pps_yaml_write_quoted(pps_buf *b, pps_yaml_place place, const char *text);
/* What YAML 1.1 reads as a date or a time when it is written plainly. */
int pps_yaml_is_timestamp(const char *text);
/* Appends " value": "30.0", "1.0e-07", ".nan", "-.inf". */
void pps_yaml_write_float(pps_buf *b, double value);

#endif
