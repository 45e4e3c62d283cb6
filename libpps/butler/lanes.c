/* SPDX-License-Identifier: BSD-3-Clause */
#include "butler/lanes.h"

#include "butler/butler-private.h"

void pps_lanes_init(pps_lanes *lanes, pps_butler *source, pps_butler *dest)
{
	const int threads = pps_ctx_threads(dest->ctx);

	*lanes = (pps_lanes){ .source = source, .dest = dest, .n = threads < PPS_LANES_MOST ? threads : PPS_LANES_MOST };
	pthread_mutex_init(&lanes->lock, NULL);
}

void pps_lanes_clear(pps_lanes *lanes)
{
	for (size_t i = 0; i < PPS_LANES_MOST; i++) {
		pps_butler_unref(lanes->at[i].source);
		pps_butler_unref(lanes->at[i].dest);
	}
	pthread_mutex_destroy(&lanes->lock);
}

static pps_lane *take(pps_lanes *lanes)
{
	pps_lane *lane = lanes->at;

	pthread_mutex_lock(&lanes->lock);
	while (lane->is_busy) /* there is one for each thread */
		lane++;
	lane->is_busy = 1;
	pthread_mutex_unlock(&lanes->lock);
	return lane;
}

void pps_lanes_give(pps_lanes *lanes, size_t lane)
{
	pthread_mutex_lock(&lanes->lock);
	lanes->at[lane].is_busy = 0;
	pthread_mutex_unlock(&lanes->lock);
}

int pps_lanes_take(pps_lanes *lanes, size_t *ret_lane, pps_error **err)
{
	pps_lane *lane = take(lanes);
	int r = PPS_OK;

	*ret_lane = (size_t)(lane - lanes->at);
	if (!lane->source)
		r = pps_butler_open(lanes->source->ctx, lanes->source->config.uri, PPS_BUTLER_READ, &lane->source, err);
	if (r == PPS_OK && !lane->dest)
		r = pps_butler_open(lanes->dest->ctx, lanes->dest->config.uri, PPS_BUTLER_WRITE, &lane->dest, err);
	if (r == PPS_OK)
		lane->dest->is_lane = 1;
	if (r < 0)
		pps_lanes_give(lanes, *ret_lane);
	return r;
}

size_t pps_lanes_chunk(const pps_lanes *lanes, size_t n, size_t most)
{
	const size_t width = (size_t)lanes->n, rounds = (n - 1) / (width * most) + 1;

	return (n - 1) / (width * rounds) + 1;
}
