/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/stream.h - messages from Kafka
 *
 * A stream reads topics as a member of a consumer group: each message at least once, in its partition's order. Where
 * the group goes on is committed by pps_stream_commit() alone, so that a program commits after it has recorded what the
 * messages said, and a crash between the two gives messages twice, never not at all. Only committed transactions
 * are read. What waits in memory is bounded.
 *
 * A broker that is down is PPS_E_UNAVAILABLE; the stream stays good and goes on by itself when the broker is back.
 *
 * Threads: one thread at a time; different streams are independent. Blocking: as each function says, never longer, and
 * all of it ends soon after pps_ctx_cancel().
 */
#ifndef PPS_STREAM_H
#define PPS_STREAM_H

#include <pps/conf.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_stream pps_stream; /* a member of a consumer group; one thread at a time */

/**
 * pps_stream_open() - join a consumer group
 * @ctx:        borrowed; the stream takes its own reference
 * @conf:       borrowed
 * @block:      which Kafka block of the configuration: "intake.kafka", "raw.events.kafka", or "import.kafka" (which reads
 *              all of `import.topics`)
 * @ret_stream: set on success only; release with pps_stream_unref()
 * @err:        NULL allowed; set on failure only; release with pps_error_free()
 *
 * No broker is asked yet. In the block's `properties` a value "${NAME}" is taken from the environment, and
 * "KEY_file: PATH" gives KEY the first line of a file: passwords belong there.
 *
 * Return: PPS_OK; PPS_E_CONFIG: no such block, or a property that librdkafka refuses (the message names it, never its
 * value); PPS_E_ARG; PPS_E_NOMEM. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_stream_open(pps_ctx *ctx, const pps_conf *conf, const char *block, pps_stream **ret_stream,
					 pps_error **err);

/** pps_stream_ref() - one more reference. Return: @stream. Blocks: no. Since: 0.1 */
PPS_API pps_stream *pps_stream_ref(pps_stream *stream);

/**
 * pps_stream_unref() - one reference less; NULL is fine. The last leaves the group. Return: NULL. Blocks: at most 5 s.
 * Since: 0.1
 */
PPS_API pps_stream *pps_stream_unref(pps_stream *stream);

/**
 * pps_stream_next() - go to the next message
 * @stream:     the stream
 * @timeout_ms: how long to wait for one; 0: only what is at hand
 * @err:        NULL allowed; set on failure only
 *
 * Return: 1: pps_stream_value() and the others tell of it, until the next call; 0: none came; PPS_E_UNAVAILABLE: none came,
 * and no broker can be reached; PPS_E_NOTFOUND: none came, and a topic does not exist (yet); PPS_E_ACCESS: login or
 * authorisation was refused; PPS_E_CANCELLED; PPS_E_FAILED: this stream is over, open another. After any other error call again.
 * Blocks: for @timeout_ms, and where no broker answers for up to 3 s more, in which it asks why. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_stream_next(pps_stream *stream, int64_t timeout_ms, pps_error **err);

/**
 * pps_stream_is_at_end() - 1 when the member has partitions and has read each of them to its end, else 0. Blocks: no.
 * Since: 0.1
 */
PPS_API int pps_stream_is_at_end(const pps_stream *stream);

/**
 * pps_stream_value() - the content of the current message
 * @stream:   the stream
 * @ret_size: its bytes
 *
 * Return: borrowed until the next call of pps_stream_next(); not ended by NUL; NULL when there is no message, or it has no
 * content. Blocks: no. Since: 0.1
 */
PPS_API const void *pps_stream_value(const pps_stream *stream, size_t *ret_size);

/** pps_stream_topic() - topic of the current message, or NULL. Borrowed until the next message. Blocks: no. Since: 0.1 */
PPS_API const char *pps_stream_topic(const pps_stream *stream);

/** pps_stream_partition() - partition of the current message, or -1. Blocks: no. Since: 0.1 */
PPS_API int32_t pps_stream_partition(const pps_stream *stream);

/** pps_stream_offset() - offset of the current message, or -1. Blocks: no. Since: 0.1 */
PPS_API int64_t pps_stream_offset(const pps_stream *stream);

/**
 * pps_stream_commit() - all messages so far, the current one too, need not come again
 * @stream: the stream
 * @err:    NULL allowed
 *
 * Return: PPS_OK; PPS_E_UNAVAILABLE: not committed, they may come again (also when another member has taken over a partition
 * meanwhile); PPS_E_CANCELLED; PPS_E_FAILED. Blocks: at most 30 s. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_stream_commit(pps_stream *stream, pps_error **err);

#ifdef __cplusplus
}
#endif
#endif
