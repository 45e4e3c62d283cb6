/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration of a consumer. Values never appear in a message: any of them may be a secret. */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "stream/stream-private.h"

#define SECRET_MOST 65536

/* What the guarantees of <pps/stream.h> rest on; a site's properties may not change them. */
static const char *const fixed[][2] = {
	{ "enable.auto.commit", "false" },
	{ "enable.auto.offset.store", "false" },
	{ "enable.partition.eof", "true" },
	{ "isolation.level", "read_committed" },
};

/* Good for a service of bounded memory; a site may know better. A member that imports or packs for long is no dead one: that is
 * what the session's time-out finds. */
static const char *const defaults[][2] = {
	{ "auto.offset.reset", "earliest" },
	{ "queued.min.messages", "100000" },
	{ "queued.max.messages.kbytes", "32768" },
	{ "fetch.wait.max.ms", "100" },
	{ "max.poll.interval.ms", "3600000" },
	{ "session.timeout.ms", "15000" }, /* after which a member that was killed is no longer waited for */
	{ "topic.metadata.refresh.interval.ms", "10000" },
	{ "reconnect.backoff.max.ms", "2000" },
	{ "socket.keepalive.enable", "true" },
	{ "client.id", "pps" },
};

static int place_fail(pps_error **err, const pps_conf_kafka *kafka, const char *name, const char *what)
{
	return pps_fail_at(err, PPS_E_CONFIG, kafka->place.file, kafka->place.line, kafka->place.column, "properties.%s: %s", name, what);
}

static int set(const pps_conf_kafka *kafka, rd_kafka_conf_t *conf, const char *name, const char *value, pps_error **err)
{
	char why[256]; /* not shown: it may repeat the value */

	switch (rd_kafka_conf_set(conf, name, value, why, sizeof why)) {
	case RD_KAFKA_CONF_OK:
		return PPS_OK;
	case RD_KAFKA_CONF_UNKNOWN:
		return place_fail(err, kafka, name, "librdkafka knows no such property");
	default:
		return place_fail(err, kafka, name, "librdkafka refuses this value");
	}
}

/* The first line of a file; relative to the configuration's folder. */
static int read_secret(const pps_conf_kafka *kafka, const char *name, const char *path, char **ret, pps_error **err)
{
	const char *slash = kafka->place.file ? strrchr(kafka->place.file, '/') : NULL;
	_cleanup_buf_ pps_buf full = PPS_BUF_LINE;
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *line = calloc(1, SECRET_MOST);

	if (*path != '/' && slash)
		pps_buf_add(&full, kafka->place.file, (size_t)(slash + 1 - kafka->place.file));
	pps_buf_add_text(&full, path);
	if (!line || full.failed)
		return pps_fail_nomem(err);
	if (!(f = fopen(pps_buf_text(&full), "re"))) {
		int r = pps_fail_errno(err, errno, "properties.%s: %s", name, pps_buf_text(&full));

		return r == PPS_E_NOMEM ? r : pps_recode(err, PPS_E_CONFIG);
	}
	if (!fgets(line, SECRET_MOST, f) || ferror(f))
		return place_fail(err, kafka, name, "the file is empty or cannot be read");
	line[strcspn(line, "\r\n")] = 0;
	*ret = TAKE_PTR(line);
	return PPS_OK;
}

/* "${NAME}" stands for a variable of the environment; anything else for itself. */
static int expand(const pps_conf_kafka *kafka, const char *name, const char *value, char **ret, pps_error **err)
{
	size_t len = strlen(value);
	_cleanup_free_ char *variable = NULL;
	const char *found = value;

	if (len > 3 && !strncmp(value, "${", 2) && value[len - 1] == '}') {
		if (!(variable = strndup(value + 2, len - 3)))
			return pps_fail_nomem(err);
		if (!(found = getenv(variable)))
			return pps_fail_at(err, PPS_E_CONFIG, kafka->place.file, kafka->place.line, kafka->place.column,
					   "properties.%s: the environment has no variable %s", name, variable);
	}
	return (*ret = strdup(found)) ? PPS_OK : pps_fail_nomem(err);
}

static int is_fixed(const char *name)
{
	for (size_t i = 0; i < PPS_COUNT(fixed); i++)
		if (!strcmp(fixed[i][0], name))
			return 1;
	return !strcmp(name, "group.id") || !strcmp(name, "bootstrap.servers") || !strcmp(name, "metadata.broker.list");
}

static void wipe(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
}

static int set_given(const pps_conf_kafka *kafka, rd_kafka_conf_t *conf, const char *name, const char *value, pps_error **err)
{
	static const char tail[] = "_file";
	size_t len = strlen(name), tail_len = sizeof tail - 1;
	_cleanup_(wipe) char *text = NULL;
	_cleanup_free_ char *base = NULL;
	int r;

	if (is_fixed(name))
		return place_fail(err, kafka, name, "pps sets this itself: leave it out");
	if (len > tail_len && !strcmp(name + len - tail_len, tail)) {
		if (!(base = strndup(name, len - tail_len)))
			return pps_fail_nomem(err);
		r = read_secret(kafka, name, value, &text, err);
	} else {
		r = expand(kafka, name, value, &text, err);
	}
	return r < 0 ? r : set(kafka, conf, base ? base : name, text, err);
}

int pps_stream_properties(const pps_conf_kafka *kafka, rd_kafka_conf_t **ret_conf, pps_error **err)
{
	_cleanup_(pps_rd_conf_destroyp) rd_kafka_conf_t *conf = rd_kafka_conf_new();
	int r;

	if (!conf)
		return pps_fail_nomem(err);
	rd_kafka_conf_set_log_cb(conf, NULL); /* a library prints nothing */
	if ((r = set(kafka, conf, "bootstrap.servers", kafka->brokers, err)) < 0 ||
	    (r = set(kafka, conf, "group.id", kafka->group ? kafka->group : "pps", err)) < 0)
		return r;
	for (size_t i = 0; i < PPS_COUNT(defaults); i++)
		if ((r = set(kafka, conf, defaults[i][0], defaults[i][1], err)) < 0)
			return r;
	if (rd_kafka_version() >= PPS_STREAM_FETCH_BACKOFF && (r = set(kafka, conf, "fetch.queue.backoff.ms", "10", err)) < 0)
		return r;
	for (size_t i = 0; i < kafka->property_names.n; i++)
		if ((r = set_given(kafka, conf, kafka->property_names.at[i], kafka->property_values.at[i], err)) < 0)
			return r;
	for (size_t i = 0; i < PPS_COUNT(fixed); i++)
		if ((r = set(kafka, conf, fixed[i][0], fixed[i][1], err)) < 0)
			return r;
	*ret_conf = TAKE_PTR(conf);
	return PPS_OK;
}
