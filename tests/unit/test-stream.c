/* SPDX-License-Identifier: BSD-3-Clause */
/* Kafka: properties, codes, and the way of messages and errors against librdkafka's own mock brokers. */
#include "test.h"

#include <pthread.h>
#include <time.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "stream/producer.h"
#include "stream/stream-private.h"

#define TOPIC "topic"

static struct {
	pps_ctx *ctx;
	rd_kafka_t *handle; /* that the mock brokers live in */
	rd_kafka_mock_cluster_t *cluster;
} world;

static int setup(void **state)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[128];

	(void)state;
	rd_kafka_conf_set_log_cb(conf, NULL);
	if (pps_ctx_new(&world.ctx, NULL) < 0 || !(world.handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why)) ||
	    !(world.cluster = rd_kafka_mock_cluster_new(world.handle, 1)))
		return -1;
	rd_kafka_mock_topic_create(world.cluster, TOPIC, 2, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rd_kafka_mock_cluster_destroy(world.cluster);
	rd_kafka_destroy(world.handle);
	pps_ctx_unref(world.ctx);
	return 0;
}

static void produce(int n)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *rk;
	char why[128];

	rd_kafka_conf_set_log_cb(conf, NULL);
	assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(world.cluster), why, sizeof why), RD_KAFKA_CONF_OK);
	assert_non_null(rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why));
	for (int i = 0; i < n; i++) {
		char value[16];
		int len = snprintf(value, sizeof value, "message %d", i);

		assert_int_equal(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(TOPIC), RD_KAFKA_V_PARTITION(i % 2), RD_KAFKA_V_VALUE(value, (size_t)len),
						   RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END), RD_KAFKA_RESP_ERR_NO_ERROR);
	}
	assert_int_equal(rd_kafka_flush(rk, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
	rd_kafka_destroy(rk);
}

static pps_stream *open_stream(pps_ctx *ctx, const char *brokers, const char *group, const char *topic)
{
	static const char *names[] = { "session.timeout.ms", "socket.timeout.ms", "reconnect.backoff.ms" }, *values[] = { "6000", "2000", "50" };
	pps_conf_kafka kafka = { .brokers = brokers, .group = group, .property_names = { names, 3 }, .property_values = { values, 3 } };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_stream *s = NULL;

	assert_ok(pps_stream_open_topics(ctx, &kafka, &topic, 1, &s, &err), err);
	return s;
}

/* Messages until the end, as a consumer of this group sees them. */
static int read_all(pps_stream *s)
{
	int n = 0;

	for (int i = 0; i < 200 && !pps_stream_is_at_end(s); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		int r = pps_stream_next(s, 200, &err);

		assert_ok(r, err);
		n += r;
	}
	assert_int_equal(pps_stream_is_at_end(s), 1);
	return n;
}

static void codes(void **state)
{
	static const struct {
		rd_kafka_resp_err_t code;
		int becomes;
	} cases[] = {
		{ RD_KAFKA_RESP_ERR__PARTITION_EOF, PPS_OK },
		{ RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, PPS_OK },
		{ RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, PPS_E_UNAVAILABLE },
		{ RD_KAFKA_RESP_ERR__TRANSPORT, PPS_E_UNAVAILABLE },
		{ RD_KAFKA_RESP_ERR__TIMED_OUT, PPS_E_UNAVAILABLE },
		{ RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, PPS_E_UNAVAILABLE },
		{ RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, PPS_E_UNAVAILABLE },
		{ RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, PPS_E_NOTFOUND },
		{ RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, PPS_E_ACCESS },
		{ RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, PPS_E_ACCESS },
		{ RD_KAFKA_RESP_ERR__FATAL, PPS_E_FAILED },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++)
		assert_int_equal(pps_stream_code(cases[i].code), cases[i].becomes);
}

static const char *property(const rd_kafka_conf_t *conf, const char *name, char *buf, size_t size)
{
	assert_int_equal(rd_kafka_conf_get(conf, name, buf, &size), RD_KAFKA_CONF_OK);
	return buf;
}

static void properties_and_secrets(void **state)
{
	char path[] = "/tmp/pps-test-stream-XXXXXX", text[256];
	int fd = mkstemp(path);
	const char *names[] = { "sasl.username", "sasl.password_file", "queued.min.messages" };
	const char *values[] = { "${PPS_TEST_STREAM_USER}", path, "77" };
	pps_conf_kafka kafka = { .brokers = "a:1,b:2", .group = "g", .property_names = { names, 3 }, .property_values = { values, 3 } };
	_cleanup_(pps_rd_conf_destroyp) rd_kafka_conf_t *conf = NULL;
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	(void)state;
	setenv("PPS_TEST_STREAM_USER", "someone", 1);
	assert_int_equal(write(fd, "geheim\nmore\n", 12), 12);
	close(fd);
	assert_ok(pps_stream_properties(&kafka, &conf, &err), err);
	assert_string_equal(property(conf, "sasl.username", text, sizeof text), "someone");
	assert_string_equal(property(conf, "sasl.password", text, sizeof text), "geheim");
	assert_string_equal(property(conf, "queued.min.messages", text, sizeof text), "77");
	assert_string_equal(property(conf, "enable.auto.commit", text, sizeof text), "false");
	assert_string_equal(property(conf, "isolation.level", text, sizeof text), "read_committed");
	assert_string_equal(property(conf, "bootstrap.servers", text, sizeof text), "a:1,b:2");
	unlink(path);
}

static void wrong_properties(void **state)
{
	static const struct {
		const char *name, *value, *says;
	} cases[] = {
		{ "sasl.passwrd", "geheim", "properties.sasl.passwrd: librdkafka knows no such property" },
		{ "fetch.wait.max.ms", "geheim", "properties.fetch.wait.max.ms: librdkafka refuses this value" },
		{ "isolation.level", "read_uncommitted", "pps sets this itself" },
		{ "group.id", "x", "pps sets this itself" },
		{ "sasl.password", "${PPS_TEST_NO_SUCH}", "no variable PPS_TEST_NO_SUCH" },
		{ "sasl.password_file", "/nowhere/at/all", "/nowhere/at/all" },
	};

	(void)state;
	for (size_t i = 0; i < PPS_COUNT(cases); i++) {
		pps_conf_kafka kafka = { .place = { "pps.yaml", 7, 3 }, .brokers = "a:1", .property_names = { (const char **)&cases[i].name, 1 },
					 .property_values = { (const char **)&cases[i].value, 1 } };
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		rd_kafka_conf_t *conf = NULL;

		assert_int_equal(pps_stream_properties(&kafka, &conf, &err), PPS_E_CONFIG);
		assert_non_null(strstr(pps_error_message(err), cases[i].says));
		assert_null(strstr(pps_error_message(err), "geheim"));
	}
}

static void messages_come_until_committed(void **state)
{
	const char *brokers = rd_kafka_mock_cluster_bootstraps(world.cluster);
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_stream *s;
	size_t size;

	(void)state;
	produce(10);
	s = open_stream(world.ctx, brokers, "g1", TOPIC);
	assert_null(pps_stream_value(s, &size));
	assert_int_equal(read_all(s), 10);
	assert_int_equal(pps_stream_next(s, 10, &err), 0);
	assert_null(pps_stream_topic(s));
	pps_stream_unref(s); /* not committed: all of it again */
	s = open_stream(world.ctx, brokers, "g1", TOPIC);
	assert_int_equal(pps_stream_next(s, 10000, &err), 1);
	assert_string_equal(pps_stream_topic(s), TOPIC);
	assert_int_equal(pps_stream_offset(s), 0);
	assert_in_range(pps_stream_partition(s), 0, 1);
	assert_memory_equal(pps_stream_value(s, &size), "message ", 8);
	assert_int_equal(size, 9);
	assert_int_equal(read_all(s), 9);
	assert_ok(pps_stream_commit(s, &err), err);
	assert_ok(pps_stream_commit(s, &err), err); /* nothing more */
	pps_stream_unref(s);
	s = open_stream(world.ctx, brokers, "g1", TOPIC);
	assert_int_equal(read_all(s), 0);
	pps_stream_unref(s);
}

static void broker_goes_and_comes_back(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_stream *s = open_stream(world.ctx, rd_kafka_mock_cluster_bootstraps(world.cluster), "g2", TOPIC);
	int r = 0;

	(void)state;
	read_all(s);
	rd_kafka_mock_broker_set_down(world.cluster, 1);
	for (int i = 0; i < 20 && r == 0; i++)
		r = pps_stream_next(s, 500, &err);
	assert_int_equal(r, PPS_E_UNAVAILABLE);
	assert_int_equal(pps_error_is_retriable(err), 1);
	pps_error_free(TAKE_PTR(err));
	rd_kafka_mock_broker_set_up(world.cluster, 1);
	for (int i = 0; i < 40 && (r = pps_stream_next(s, 500, &err)) < 0; i++)
		pps_error_free(TAKE_PTR(err));
	assert_ok(r, err);
	produce(1);
	for (int i = 0; i < 40 && (r = pps_stream_next(s, 500, &err)) != 1; i++)
		pps_error_free(TAKE_PTR(err));
	assert_int_equal(r, 1);
	assert_ok(pps_stream_commit(s, &err), err);
	pps_stream_unref(s);
}

static void commit_that_fails(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_stream *s = open_stream(world.ctx, rd_kafka_mock_cluster_bootstraps(world.cluster), "g3", TOPIC);

	(void)state;
	read_all(s);
	rd_kafka_mock_push_request_errors(world.cluster, 8 /* OffsetCommit */, 1, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
	assert_int_equal(pps_stream_commit(s, &err), PPS_E_UNAVAILABLE);
	assert_non_null(strstr(pps_error_message(err), "committing offsets"));
	pps_stream_unref(s);
}

static void nobody_there(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_stream *s = open_stream(world.ctx, "127.0.0.1:1", "g4", TOPIC);

	(void)state;
	assert_int_equal(pps_stream_next(s, 1500, &err), PPS_E_UNAVAILABLE);
	assert_non_null(strstr(pps_error_message(err), "127.0.0.1:1"));
	pps_stream_unref(s);
}

static void *cancel_soon(void *ctx)
{
	nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
	pps_ctx_cancel(ctx);
	return NULL;
}

static void cancelled(void **state)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_ctx *ctx;
	pps_stream *s;
	pthread_t thread;

	(void)state;
	assert_ok(pps_ctx_new(&ctx, &err), err);
	s = open_stream(ctx, rd_kafka_mock_cluster_bootstraps(world.cluster), "g5", "empty");
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, ctx), 0);
	/* for longer than any test may take */
	assert_int_equal(pps_stream_next(s, 86400000, &err), PPS_E_CANCELLED);
	pthread_join(thread, NULL);
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_stream_commit(s, &err), PPS_E_CANCELLED);
	pps_stream_unref(s);
	pps_ctx_unref(ctx);
}

static pps_producer *open_producer(void)
{
	pps_conf_kafka kafka = { .brokers = rd_kafka_mock_cluster_bootstraps(world.cluster) };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_producer *p = NULL;

	assert_ok(pps_producer_open(world.ctx, &kafka, "told", &p, &err), err);
	return p;
}

/* Numbers @from to @to - 1. */
static int tell(pps_producer *p, int from, int to, int64_t timeout_ms, size_t *ret_done)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_producer_message messages[100];
	char texts[100][16];

	for (int i = from; i < to; i++) {
		snprintf(texts[i - from], sizeof texts[0], "%d", i);
		messages[i - from] = (pps_producer_message){ .key = "k", .value = texts[i - from], .size = strlen(texts[i - from]) };
	}
	return pps_producer_send(p, messages, (size_t)(to - from), timeout_ms, ret_done, &err);
}

/* What a consumer sees: every number from 0 for the first time in its order. */
static void expect_told(int n)
{
	_cleanup_(pps_stream_unrefp) pps_stream *s = open_stream(world.ctx, rd_kafka_mock_cluster_bootstraps(world.cluster), "g6", "told");
	int next = 0;

	for (int i = 0; i < 200 && !pps_stream_is_at_end(s); i++) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		int r = pps_stream_next(s, 200, &err);
		const void *value;
		char text[16] = "";
		size_t size;

		assert_ok(r, err);
		if (!r)
			continue;
		value = pps_stream_value(s, &size);
		memcpy(text, value, size < sizeof text ? size : 0);
		assert_int_equal(pps_stream_partition(s), 0);
		assert_true(strtol(text, NULL, 10) <= next);
		next += strtol(text, NULL, 10) == next;
	}
	assert_int_equal(next, n);
}

static void told_in_order_whatever_breaks(void **state)
{
	_cleanup_(pps_producer_freep) pps_producer *p = open_producer();
	size_t done = 0, more = 0;

	(void)state;
	rd_kafka_mock_topic_create(world.cluster, "told", 3, 1);
	assert_int_equal(tell(p, 0, 60, 20000, &done), PPS_OK);
	assert_int_equal(done, 60);
	assert_int_equal(tell(p, 60, 100, 20000, &done), PPS_OK);
	rd_kafka_mock_broker_set_down(world.cluster, 1);
	assert_true(tell(p, 100, 150, 1500, &done) < 0);
	assert_true(done <= 50);
	rd_kafka_mock_broker_set_up(world.cluster, 1);
	assert_int_equal(tell(p, 100, 101, 100, &more), PPS_E_INTERNAL); /* it is over */
	pps_producer_free(TAKE_PTR(p));
	p = open_producer();
	assert_int_equal(tell(p, 100 + (int)done, 150, 20000, &more), PPS_OK);
	assert_int_equal(done + more, 50);
	expect_told(150);
}

static void arguments(void **state)
{
	const char *topic = TOPIC;
	pps_conf_kafka kafka = { .brokers = "a:1" };
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	pps_stream *s = NULL;

	(void)state;
	assert_int_equal(pps_stream_open_topics(world.ctx, &kafka, &topic, 0, &s, &err), PPS_E_ARG);
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_stream_open(world.ctx, NULL, "import.kafka", &s, &err), PPS_E_ARG);
	pps_error_free(TAKE_PTR(err));
	assert_int_equal(pps_stream_next(NULL, 0, &err), PPS_E_ARG);
	assert_null(pps_stream_unref(NULL));
	assert_int_equal(pps_stream_is_at_end(NULL), 0);
	assert_int_equal(pps_stream_offset(NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes),
		cmocka_unit_test(properties_and_secrets),
		cmocka_unit_test(wrong_properties),
		cmocka_unit_test(messages_come_until_committed),
		cmocka_unit_test(commit_that_fails),
		cmocka_unit_test(broker_goes_and_comes_back),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(cancelled),
		cmocka_unit_test(told_in_order_whatever_breaks),
		cmocka_unit_test(arguments),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
