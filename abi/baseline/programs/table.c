/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prints the datasets of prompt products as tab-separated values, times in UTC. usage: table PPS.YAML [TYPE]
 *
 * TYPE is a glob. A program with a library for Arrow hands it the two structures; this one reads their buffers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <pps/publish.h>
#include <pps/table.h>

static int bit(const void *bits, int64_t n)
{
	return ((const unsigned char *)bits)[n / 8] >> n % 8 & 1;
}

static void print_cell(const char *format, const struct ArrowArray *column, int64_t row)
{
	const int64_t *numbers = column->buffers[1];

	if (column->buffers[0] && !bit(column->buffers[0], row))
		return; /* null */
	if (!strcmp(format, "U")) {
		fwrite((const char *)column->buffers[2] + numbers[row], 1, (size_t)(numbers[row + 1] - numbers[row]), stdout);
	} else if (!strcmp(format, "b")) {
		fputs(bit(column->buffers[1], row) ? "true" : "false", stdout);
	} else if (!strcmp(format, "tsn:UTC")) {
		const time_t seconds = (time_t)(numbers[row] / 1000000000);
		struct tm *utc = gmtime(&seconds);
		char text[32];

		if (utc && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", utc))
			printf("%s.%09" PRId64 "Z", text, numbers[row] % 1000000000);
	} else {
		printf("%" PRId64, numbers[row]);
	}
}

static int print_table(pps_table *table, pps_error **err)
{
	struct ArrowSchema schema;
	struct ArrowArray array;
	int r = pps_table_schema(table, &schema, err);

	if (r < 0)
		return r;
	r = pps_table_array(table, &array, err);
	for (int64_t i = 0; r == PPS_OK && i < schema.n_children; i++)
		printf("%s%c", schema.children[i]->name, i + 1 < schema.n_children ? '\t' : '\n');
	for (int64_t row = 0; r == PPS_OK && row < array.length; row++)
		for (int64_t i = 0; i < array.n_children; i++) {
			print_cell(schema.children[i]->format, array.children[i], row);
			putchar(i + 1 < array.n_children ? '\t' : '\n');
		}
	if (r == PPS_OK)
		array.release(&array);
	schema.release(&schema);
	return r;
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_conf *conf = NULL;
	pps_publish *publish = NULL;
	pps_table *table = NULL;
	int r;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: table PPS.YAML [TYPE]\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = pps_conf_load(ctx, argv[1], &conf, &err);
	if (r == PPS_OK)
		r = pps_publish_open(ctx, conf, &publish, &err);
	if (r == PPS_OK && argc == 3)
		r = pps_publish_set(publish, "type", argv[2], &err);
	if (r == PPS_OK)
		r = pps_publish_datasets_table(publish, PPS_TABLE_UTC, &table, &err);
	pps_publish_unref(publish); /* a table needs nothing of what it came from */
	if (r == PPS_OK)
		r = print_table(table, &err);
	if (r < 0)
		fprintf(stderr, "table: %s\n", pps_error_message(err));
	pps_table_free(table);
	pps_conf_unref(conf);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return r < 0;
}
