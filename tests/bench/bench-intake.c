/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads messages of the Butler writer from Kafka, in one of four ways, and says how fast:
 *   bench-intake plain BROKERS TOPIC GROUP N  librdkafka's own loop without a commit: what there is at most
 *   bench-intake bare BROKERS TOPIC GROUP N   the same, with a commit every 20,000 messages as the intake has it
 *   bench-intake stream CONF N                the loop of <pps/stream.h>, with those commits
 *   bench-intake parse CONF N                 the same, and what each message says
 * Prints messages a second from the first to the Nth, peak memory in KiB and CPU seconds. tests/bench/intake.py runs them in turn.
 */
#include <librdkafka/rdkafka.h>
#include <string.h>
#include <sys/resource.h>

#include "base/codec.h"
#include "base/conf.h"
#include "base/ctx.h"
#include "base/time.h"
#include "publish/batch.h"
#include "stream/stream.h"

#define COMMIT_EVERY 20000

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench-intake: %s: %s\n", what, why);
	exit(1);
}

/* KiB. What getrusage() says of it begins with the process that forked this one. */
static long peak_memory(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long peak = 0;

	while (f && !peak && fgets(line, sizeof line, f))
		if (!strncmp(line, "VmHWM:", 6))
			peak = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return peak;
}

static int say(int64_t first, int64_t n)
{
	struct rusage used;
	double seconds = (double)(pps_monotonic_now() - first) / 1e9;

	getrusage(RUSAGE_SELF, &used);
	printf("%.0f %ld %.2f\n", (double)n / seconds, peak_memory(),
	       (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
	return 0;
}

static int bare(const char *brokers, const char *topic, const char *group, int commits, int64_t n)
{
	static const char *const properties[][2] = { { "isolation.level", "read_committed" }, { "auto.offset.reset", "earliest" },
						     { "enable.auto.commit", "false" } };
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
	rd_kafka_t *rk;
	int64_t first = 0;
	char why[256];

	rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why);
	rd_kafka_conf_set(conf, "group.id", group, why, sizeof why);
	for (size_t i = 0; i < PPS_COUNT(properties); i++)
		if (rd_kafka_conf_set(conf, properties[i][0], properties[i][1], why, sizeof why))
			die(properties[i][0], why);
	if (!(rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why)))
		die(brokers, why);
	rd_kafka_poll_set_consumer(rk);
	rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
	rd_kafka_subscribe(rk, topics);
	for (int64_t got = 0; got < n;) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 30000);

		if (!m || m->err)
			die(topic, m ? rd_kafka_err2str(m->err) : "no message for 30 s");
		if (!got++)
			first = pps_monotonic_now();
		rd_kafka_message_destroy(m);
		if (commits && got % COMMIT_EVERY == 0 && rd_kafka_commit(rk, NULL, 0))
			die(topic, "offsets were not committed");
	}
	say(first, n);
	rd_kafka_consumer_close(rk);
	rd_kafka_topic_partition_list_destroy(topics);
	rd_kafka_destroy(rk);
	return 0;
}

static int ours(const char *path, int parse, int64_t n)
{
	_cleanup_(pps_ctx_unrefp) pps_ctx *ctx = NULL;
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_stream *stream = NULL;
	int64_t first = 0;
	int r;

	if (pps_ctx_new(&ctx, &err) < 0 || pps_conf_load(ctx, path, &conf, &err) < 0 || pps_stream_open(ctx, conf, "intake.kafka", &stream, &err) < 0)
		die(path, pps_error_message(err));
	for (int64_t got = 0; got < n;) {
		_cleanup_(pps_batch_event_freep) pps_batch_event *event = NULL;
		size_t size;

		if ((r = pps_stream_next(stream, 30000, &err)) != 1)
			die("next", r ? pps_error_message(err) : "no message for 30 s");
		if (!got++)
			first = pps_monotonic_now();
		if (parse) {
			const void *value = pps_stream_value(stream, &size);

			if (pps_batch_event_parse(value, size, &event, &err) < 0)
				die("message", pps_error_message(err));
		}
		if (got % COMMIT_EVERY == 0 && pps_stream_commit(stream, &err) < 0)
			die("commit", pps_error_message(err));
	}
	say(first, n);
	pps_stream_unref(stream);
	return 0;
}

int main(int argc, char **argv)
{
	int64_t n = 0;

	if (argc > 3)
		(void)!pps_int_parse(argv[argc - 1], &n, NULL);
	if (argc == 6 && n && (!strcmp(argv[1], "bare") || !strcmp(argv[1], "plain")))
		return bare(argv[2], argv[3], argv[4], *argv[1] == 'b', n);
	if (argc == 4 && n && (!strcmp(argv[1], "stream") || !strcmp(argv[1], "parse")))
		return ours(argv[2], *argv[1] == 'p', n);
	fprintf(stderr, "usage: bench-intake plain|bare BROKERS TOPIC GROUP N | stream CONF N | parse CONF N\n");
	return 2;
}
