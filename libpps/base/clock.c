/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/clock.h"

#include <inttypes.h>

int pps_clock_decide(const pps_clock *clock, int64_t *ret_now, pps_error **err)
{
	int64_t now = clock->local, most = 0, least = 0;

	if (clock->ledger != INT64_MIN && clock->local < clock->ledger)
		return pps_fail(err, PPS_E_HELD,
				"the clock is %" PRId64 " s behind the last entry of the ledger: set the clock right; nothing is released until then",
				(clock->ledger - clock->local) / PPS_NS_PER_S);
	for (size_t i = 0; i < clock->n; i++) {
		int64_t ahead = clock->beside[i] - clock->others[i];

		if (ahead > PPS_CLOCK_LIMIT_NS || ahead < -PPS_CLOCK_LIMIT_NS)
			return pps_fail(err, PPS_E_HELD,
					"this machine's clock is %" PRId64 " s %s a server's: set them right; nothing is released until then",
					(ahead < 0 ? -ahead : ahead) / PPS_NS_PER_S, ahead < 0 ? "behind" : "ahead of");
		most = ahead > most ? ahead : most;
		least = ahead < least ? ahead : least;
		if (most - least > PPS_CLOCK_LIMIT_NS)
			return pps_fail(err, PPS_E_HELD, "the clocks of two servers differ by %" PRId64 " s: set them right; nothing is released until then",
					(most - least) / PPS_NS_PER_S);
		if (ahead > 0 && clock->local - ahead < now)
			now = clock->local - ahead;
	}
	if (clock->requested != INT64_MIN) {
		if (clock->requested > now)
			return pps_fail(err, PPS_E_ARG, "--now is in the future");
		now = clock->requested;
	}
	*ret_now = now;
	return PPS_OK;
}
