/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prints what waits in the topics of a Kafka block of the configuration. usage: stream PPS.YAML BLOCK
 *
 * BLOCK is intake.kafka, raw.events.kafka or import.kafka. Shows the one rule of streams: commit only after what the messages
 * said is safe elsewhere. Whoever dies between the two gets them again; nobody ever misses one.
 */
#include <inttypes.h>
#include <stdio.h>

#include <pps/stream.h>

enum { AT_ONCE = 100, WAIT_MS = 1000, EMPTY_WAITS = 30 };

/* Records what was printed, then that it need not come again. Here the record is stdout. */
static int settle(pps_stream *stream, pps_error **err)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("stream: stdout");
		return 1; /* not recorded, hence not committed */
	}
	return pps_stream_commit(stream, err);
}

static void print_message(const pps_stream *stream)
{
	size_t size = 0;
	const char *value = pps_stream_value(stream, &size); /* borrowed until the next message; no NUL at its end */

	printf("%s %" PRId32 " %" PRId64 " ", pps_stream_topic(stream), pps_stream_partition(stream), pps_stream_offset(stream));
	if (value)
		fwrite(value, 1, size, stdout);
	putchar('\n');
}

/* Reads up to the end of all partitions, or until nothing has come for a while. */
static int read_all(pps_stream *stream, pps_error **err)
{
	int r = PPS_OK, pending = 0, empty = 0;

	while (r == PPS_OK && !pps_stream_is_at_end(stream) && empty < EMPTY_WAITS) {
		r = pps_stream_next(stream, WAIT_MS, err);
		if (r == 1) {
			print_message(stream);
			r = ++pending % AT_ONCE ? PPS_OK : settle(stream, err);
			empty = 0;
		} else if (r == PPS_OK)
			empty++;
	}
	if (r == PPS_OK && pending)
		r = settle(stream, err);
	return r;
}

int main(int argc, char **argv)
{
	pps_error *err = NULL;
	pps_ctx *ctx = NULL;
	pps_conf *conf = NULL;
	pps_stream *stream = NULL;
	int r, retriable;

	if (argc != 3) {
		fprintf(stderr, "usage: stream PPS.YAML BLOCK\n");
		return 2;
	}
	r = pps_ctx_new(&ctx, &err);
	if (r == PPS_OK)
		r = pps_conf_load(ctx, argv[1], &conf, &err);
	if (r == PPS_OK)
		r = pps_stream_open(ctx, conf, argv[2], &stream, &err);
	if (r == PPS_OK)
		r = read_all(stream, &err);
	if (r < 0)
		fprintf(stderr, "stream: %s\n", pps_error_message(err));
	retriable = pps_error_is_retriable(err); /* a service may as well call pps_stream_next() again: the stream stays good */
	pps_stream_unref(stream);
	pps_conf_unref(conf);
	pps_ctx_unref(ctx);
	pps_error_free(err);
	return retriable ? 4 : r != 0;
}
