/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/sink.h"

#include <pthread.h>
#include <string.h>

#include "base/pool.h"

/* Most blocks on their way to the digests: enough to keep them busy, few enough to stay in the processor's cache. */
#define QUEUED_MOST (((size_t)8 << 20) / PPS_BLOCK_SIZE)

struct pps_sink {
	pps_store_temp *temp;
	pps_md5 md5;        /* these three are the thread's */
	pps_digest *digest; /* SHA-256 */
	pps_piece_check check; /* of the member that is on its way */
	pps_digest *quick;  /* Adler-32: cheap enough for the writer, whose cache holds the bytes */
	uint64_t size;
	pthread_t thread;
	int is_running;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t free_cond, room_cond, queue_cond;
	pps_block *free_blocks;
	size_t unmade; /* blocks of the pool that were not needed so far */
	pps_block *queue, **queue_end;
	size_t queued;
	int is_ending;
	int failed;
	pps_error *failure;
};

static int digest_block(pps_sink *sink, pps_block *b)
{
	const pps_piece *piece = b->piece;
	int r = PPS_OK;

	if (piece)
		r = pps_piece_follow(piece, &sink->check, &sink->md5, &sink->failure);
	else
		pps_md5_update(&sink->md5, b->at, b->size);
	return r < 0 ? r : pps_digest_update(sink->digest, piece ? piece->at : b->at, b->size, &sink->failure);
}

static void *digest_thread(void *arg)
{
	pps_sink *sink = arg;
	pps_block *b;

	pthread_mutex_lock(&sink->lock);
	for (;;) {
		while (!sink->queue && !sink->is_ending)
			pthread_cond_wait(&sink->queue_cond, &sink->lock);
		if (!(b = sink->queue))
			break;
		if (!(sink->queue = b->next))
			sink->queue_end = &sink->queue;
		sink->queued--;
		pthread_mutex_unlock(&sink->lock);
		int r = sink->failed ? 0 : digest_block(sink, b);
		if (b->piece) {
			pps_piece_give_back(b->piece);
			free(TAKE_PTR(b));
		}
		pthread_mutex_lock(&sink->lock);
		if (r < 0)
			sink->failed = r;
		if (b) {
			b->next = sink->free_blocks;
			sink->free_blocks = b;
			pthread_cond_signal(&sink->free_cond);
		}
		/* in bulk: waking the writer for each block would cost more than the work */
		if (sink->queued == QUEUED_MOST / 2)
			pthread_cond_signal(&sink->room_cond);
	}
	pthread_mutex_unlock(&sink->lock);
	return NULL;
}

int pps_sink_new(pps_store_temp *temp, int wanted, size_t blocks, pps_sink **ret_sink, pps_error **err)
{
	_cleanup_(pps_sink_freep) pps_sink *sink = calloc(1, sizeof *sink);
	int r;

	if (!sink)
		return pps_fail_nomem(err);
	sink->temp = temp;
	sink->unmade = blocks;
	sink->queue_end = &sink->queue;
	pthread_mutex_init(&sink->lock, NULL);
	pthread_cond_init(&sink->free_cond, NULL);
	pthread_cond_init(&sink->room_cond, NULL);
	pthread_cond_init(&sink->queue_cond, NULL);
	pps_md5_start(&sink->md5);
	if ((r = pps_digest_new(wanted & PPS_DIGEST_SHA256, &sink->digest, err)) < 0 ||
	    (r = pps_digest_new(wanted & PPS_DIGEST_ADLER32, &sink->quick, err)) < 0)
		return r;
	if ((r = pps_thread_start(&sink->thread, digest_thread, sink)) != 0)
		return pps_fail_errno(err, r, "start a thread for digests");
	sink->is_running = 1;
	*ret_sink = TAKE_PTR(sink);
	return PPS_OK;
}

static void stop(pps_sink *sink)
{
	if (!sink->is_running)
		return;
	pthread_mutex_lock(&sink->lock);
	sink->is_ending = 1;
	pthread_cond_signal(&sink->queue_cond);
	pthread_mutex_unlock(&sink->lock);
	pthread_join(sink->thread, NULL);
	sink->is_running = 0;
}

static void free_blocks(pps_block *b)
{
	while (b) {
		pps_block *next = b->next;

		free(b);
		b = next;
	}
}

void pps_sink_free(pps_sink *sink)
{
	if (!sink)
		return;
	stop(sink);
	free_blocks(sink->free_blocks);
	pps_digest_free(sink->digest);
	pps_digest_free(sink->quick);
	pps_error_free(sink->failure);
	pthread_cond_destroy(&sink->queue_cond);
	pthread_cond_destroy(&sink->room_cond);
	pthread_cond_destroy(&sink->free_cond);
	pthread_mutex_destroy(&sink->lock);
	free(sink);
}

int pps_sink_block(pps_sink *sink, pps_block **ret_block, pps_error **err)
{
	pps_block *b = NULL;
	int make = 0;

	pthread_mutex_lock(&sink->lock);
	while (!(b = sink->free_blocks) && !(make = sink->unmade > 0))
		pthread_cond_wait(&sink->free_cond, &sink->lock);
	if (b)
		sink->free_blocks = b->next;
	else
		sink->unmade--;
	pthread_mutex_unlock(&sink->lock);
	if (make && !b && !(b = malloc(sizeof *b + PPS_BLOCK_SIZE)))
		return pps_fail_nomem(err);
	b->next = NULL;
	b->size = 0;
	b->piece = NULL;
	*ret_block = b;
	return PPS_OK;
}

void pps_sink_return(pps_sink *sink, pps_block *block)
{
	pthread_mutex_lock(&sink->lock);
	block->next = sink->free_blocks;
	sink->free_blocks = block;
	pthread_mutex_unlock(&sink->lock);
}

/* The thread is done with it: it digests no more after a failure. */
static int take_failure(pps_sink *sink, pps_error **err)
{
	if (sink->failure)
		pps_error_move(err, TAKE_PTR(sink->failure));
	return sink->failed;
}

/* A failure of the digests ends the writing, too: a member that is not what it should be is to be packed no further. */
static int enqueue(pps_sink *sink, pps_block *block, size_t most, pps_error **err)
{
	int r;

	block->next = NULL;
	pthread_mutex_lock(&sink->lock);
	while (sink->queued >= most)
		pthread_cond_wait(&sink->room_cond, &sink->lock);
	sink->queued++;
	*sink->queue_end = block;
	sink->queue_end = &block->next;
	pthread_cond_signal(&sink->queue_cond);
	r = sink->failed;
	pthread_mutex_unlock(&sink->lock);
	return r < 0 ? take_failure(sink, err) : PPS_OK;
}

int pps_sink_send(pps_sink *sink, pps_block *block, pps_error **err)
{
	int r = 0;

	if (block->size && (r = pps_digest_update(sink->quick, block->at, block->size, err)) == PPS_OK)
		r = pps_store_temp_write(sink->temp, block->at, block->size, err);
	if (r < 0 || !block->size) {
		pps_sink_return(sink, block);
		return r;
	}
	sink->size += block->size;
	return enqueue(sink, block, QUEUED_MOST, err);
}

int pps_sink_send_piece(pps_sink *sink, pps_piece *piece, pps_error **err)
{
	pps_block *block = NULL;
	int r;

	if ((r = pps_digest_update(sink->quick, piece->at, piece->size, err)) < 0 ||
	    (r = pps_store_temp_write(sink->temp, piece->at, piece->size, err)) < 0 ||
	    (!(block = malloc(sizeof *block)) && (r = pps_fail_nomem(err)) < 0)) {
		pps_piece_give_back(piece);
		return r;
	}
	*block = (pps_block){ .size = piece->size, .piece = piece };
	sink->size += piece->size;
	/* what was read ahead is bounded by itself */
	return enqueue(sink, block, SIZE_MAX, err);
}

uint64_t pps_sink_size(const pps_sink *sink)
{
	return sink->size;
}

int pps_sink_finish(pps_sink *sink, pps_digests *ret_digests, pps_error **err)
{
	pps_digests slow, quick;
	int r;

	stop(sink);
	if (sink->failed)
		return take_failure(sink, err);
	if ((r = pps_digest_finish(sink->digest, &slow, err)) < 0 || (r = pps_digest_finish(sink->quick, &quick, err)) < 0)
		return r;
	pps_md5_finish(&sink->md5, slow.md5);
	slow.adler32 = quick.adler32;
	*ret_digests = slow;
	return PPS_OK;
}
