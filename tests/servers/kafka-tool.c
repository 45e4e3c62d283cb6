/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests do with Kafka beside libpps:
 *   kafka-tool create BROKERS TOPIC PARTITIONS
 *   kafka-tool produce BROKERS TOPIC       each line of standard input is a message; prints "PARTITION OFFSET" when it is stored
 *   kafka-tool bulk BROKERS TOPIC          the same for many lines; prints how many when all are stored
 *   kafka-tool commit BROKERS TOPIC        the lines in one transaction
 *   kafka-tool abort BROKERS TOPIC         the same, but then it is undone
 *   kafka-tool committed BROKERS TOPIC GROUP   "PARTITION OFFSET END" a line; OFFSET -1: never committed
 *   kafka-tool mock TOPIC PARTITIONS       prints the BROKERS of librdkafka's own mock cluster, which is there until standard input ends
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#define WAIT_MS 30000
#define PAUSE_MS 200

static struct {
	int done;
	rd_kafka_resp_err_t code;
	int32_t partition;
	int64_t offset;
} last;
static long stored, lost;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "kafka-tool: %s: %s\n", what, why);
	exit(1);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	(void)rk;
	(void)opaque;
	last.done = 1;
	last.code = m->err;
	last.partition = m->partition;
	last.offset = m->offset;
	stored += !m->err;
	lost += m->err != 0;
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *brokers, const char *key, const char *value)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *rk;
	char why[256];

	if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why) || (key && rd_kafka_conf_set(conf, key, value, why, sizeof why)) ||
	    (type == RD_KAFKA_PRODUCER && rd_kafka_conf_set(conf, "linger.ms", "1", why, sizeof why)))
		die("configuration", why);
	if (type == RD_KAFKA_PRODUCER)
		rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	rk = rd_kafka_new(type, conf, why, sizeof why);
	if (!rk)
		die(brokers, why);
	return rk;
}

/* Asking first saves the second that a producer's first message waits for an unknown topic. */
static void know_topic(rd_kafka_t *rk, const char *topic)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);

	if (rkt && !rd_kafka_metadata(rk, 0, rkt, &metadata, WAIT_MS))
		rd_kafka_metadata_destroy(metadata);
	if (rkt)
		rd_kafka_topic_destroy(rkt);
}

static void send_line(rd_kafka_t *rk, const char *topic, const char *line, size_t size)
{
	rd_kafka_resp_err_t code;

	while ((code = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_VALUE((void *)(size_t)line, size),
					 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		rd_kafka_poll(rk, 100);
	if (code)
		die(topic, rd_kafka_err2str(code));
}

static int produce(const char *brokers, const char *topic, int each)
{
	rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, brokers, NULL, NULL);
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	know_topic(rk, topic);
	while ((n = getline(&line, &cap, stdin)) > 0) {
		last.done = 0;
		send_line(rk, topic, line, (size_t)n - (line[n - 1] == '\n'));
		while (each && !last.done)
			rd_kafka_poll(rk, 1000);
		if (each && last.code)
			die(topic, rd_kafka_err2str(last.code));
		if (each) {
			printf("%d %lld\n", last.partition, (long long)last.offset);
			fflush(stdout);
		} else {
			rd_kafka_poll(rk, 0);
		}
	}
	free(line);
	rd_kafka_flush(rk, WAIT_MS);
	rd_kafka_destroy(rk);
	if (!each)
		printf("%ld\n", stored);
	return lost ? 1 : 0;
}

static void transact(const char *what, rd_kafka_error_t *error)
{
	if (error)
		die(what, rd_kafka_error_string(error));
}

static int produce_in_transaction(const char *brokers, const char *topic, int commits)
{
	rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, brokers, "transactional.id", "kafka-tool");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	know_topic(rk, topic);
	transact("init", rd_kafka_init_transactions(rk, WAIT_MS));
	transact("begin", rd_kafka_begin_transaction(rk));
	while ((n = getline(&line, &cap, stdin)) > 0)
		send_line(rk, topic, line, (size_t)n - (line[n - 1] == '\n'));
	rd_kafka_flush(rk, WAIT_MS);
	if (commits)
		transact("commit", rd_kafka_commit_transaction(rk, WAIT_MS));
	else
		transact("abort", rd_kafka_abort_transaction(rk, WAIT_MS));
	free(line);
	rd_kafka_destroy(rk);
	return 0;
}

static int create(const char *brokers, const char *topic, int partitions)
{
	rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, brokers, NULL, NULL);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	char why[256];
	rd_kafka_NewTopic_t *one = rd_kafka_NewTopic_new(topic, partitions, 1, why, sizeof why);
	rd_kafka_event_t *event;
	const rd_kafka_topic_result_t **results;
	size_t n;

	if (!one)
		die(topic, why);
	rd_kafka_CreateTopics(rk, &one, 1, NULL, queue);
	if (!(event = rd_kafka_queue_poll(queue, WAIT_MS)) || rd_kafka_event_error(event))
		die(topic, event ? rd_kafka_event_error_string(event) : "no answer");
	results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
	if (n && rd_kafka_topic_result_error(results[0]) && rd_kafka_topic_result_error(results[0]) != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		die(topic, rd_kafka_topic_result_error_string(results[0]));
	rd_kafka_event_destroy(event);
	rd_kafka_NewTopic_destroy(one);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(rk);
	return 0;
}

static rd_kafka_resp_err_t find_partitions(rd_kafka_t *rk, rd_kafka_topic_t *rkt, rd_kafka_topic_partition_list_t *list)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 0, rkt, &metadata, WAIT_MS);

	if (code)
		return code;
	if (!metadata->topic_cnt || !metadata->topics[0].partition_cnt)
		code = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
	for (int i = 0; !code && i < metadata->topics[0].partition_cnt; i++)
		rd_kafka_topic_partition_list_add(list, rd_kafka_topic_name(rkt), metadata->topics[0].partitions[i].id);
	rd_kafka_metadata_destroy(metadata);
	return code;
}

static int committed(const char *brokers, const char *topic, const char *group)
{
	rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, brokers, "group.id", group);
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;

	/* a broker that has just started knows neither its topics nor its groups yet */
	for (time_t end = time(NULL) + 2 * WAIT_MS / 1000; code && time(NULL) < end;) {
		code = list->cnt ? RD_KAFKA_RESP_ERR_NO_ERROR : find_partitions(rk, rkt, list);
		if (code || (code = rd_kafka_committed(rk, list, WAIT_MS)))
			usleep(PAUSE_MS * 1000);
	}
	if (code)
		die(topic, rd_kafka_err2str(code));
	for (int i = 0; i < list->cnt; i++) {
		int64_t low, high = -1;

		rd_kafka_query_watermark_offsets(rk, topic, list->elems[i].partition, &low, &high, WAIT_MS);
		printf("%d %lld %lld\n", list->elems[i].partition, (long long)(list->elems[i].offset < 0 ? -1 : list->elems[i].offset),
		       (long long)high);
	}
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_topic_destroy(rkt);
	rd_kafka_destroy(rk);
	return 0;
}

static int mock(const char *topic, int partitions)
{
	rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, "127.0.0.1:1", "log_level", "0");
	rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(rk, 1);

	if (!cluster || rd_kafka_mock_topic_create(cluster, topic, partitions, 1))
		die(topic, "no mock cluster");
	printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
	fflush(stdout);
	while (getchar() != EOF)
		;
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(rk);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "mock"))
		return mock(argv[2], (int)strtol(argv[3], NULL, 10));
	if (argc == 5 && !strcmp(argv[1], "create"))
		return create(argv[2], argv[3], (int)strtol(argv[4], NULL, 10));
	if (argc == 4 && (!strcmp(argv[1], "produce") || !strcmp(argv[1], "bulk")))
		return produce(argv[2], argv[3], argv[1][0] == 'p');
	if (argc == 4 && (!strcmp(argv[1], "abort") || !strcmp(argv[1], "commit")))
		return produce_in_transaction(argv[2], argv[3], argv[1][0] == 'c');
	if (argc == 5 && !strcmp(argv[1], "committed"))
		return committed(argv[2], argv[3], argv[4]);
	fprintf(stderr, "usage: kafka-tool create|produce|bulk|commit|abort|committed BROKERS TOPIC [PARTITIONS|GROUP]\n");
	return 2;
}
