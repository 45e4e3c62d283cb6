/* SPDX-License-Identifier: BSD-3-Clause */
/* When a task rests in a repository, and until when: what else is to be done with its datasets comes first. */
#include "publish/flow.h"

#define QUIET_NS (5 * 60 * PPS_NS_PER_S) /* until it is asked again whether a task still rests */
#define DOWN_NS (5 * 60 * PPS_NS_PER_S)  /* until a repository that is down is thought of again, at least */
#define DOWN_MOST_NS (3600 * PPS_NS_PER_S)

/* Minutes of the day of "HH:MM". */
static int minutes(const char *text)
{
	return ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
}

int pps_publish_is_quiet(const pps_conf_task *task, int64_t now)
{
	int64_t utc;
	int minute;

	if (!task->quiet.n || pps_utc_of_tai(now, &utc, NULL) < 0)
		return 0;
	minute = (int)(utc / (60 * PPS_NS_PER_S) % (24 * 60));
	for (size_t i = 0; i < task->quiet.n; i++) {
		int begin = minutes(task->quiet.at[i]), end = minutes(task->quiet.at[i] + 6);

		if (begin <= end ? begin <= minute && minute < end : minute >= begin || minute < end)
			return 1;
	}
	return 0;
}

/* As long again as it has been down, so that a backlog is not rewritten every few minutes of a long night. */
static int64_t down_until(const pps_publish_flow *flow, int repository, int64_t now)
{
	int64_t wait = flow->down_since[repository] ? now - flow->down_since[repository] : 0;

	return now + (wait < DOWN_NS ? DOWN_NS : wait > DOWN_MOST_NS ? DOWN_MOST_NS : wait);
}

/* Whether it cannot be known what a repository has, of those that have their files from this one. */
static int is_any_unknown(const pps_publish_flow *flow, int repository)
{
	for (size_t i = 1; i < flow->graph.n; i++)
		if ((flow->down >> i) & 1 && pps_plan_has_files_of(&flow->graph, i, (size_t)repository))
			return 1;
	return 0;
}

int64_t pps_publish_rests_until(const pps_publish_flow *flow, int task, int repository, int64_t now)
{
	if ((flow->down >> repository) & 1)
		return down_until(flow, repository, now);
	if ((flow->rests >> task) & 1)
		return now + flow->rests_until[task] - pps_monotonic_now();
	/* something may have been done, by an act whose answer was lost, where the files are used */
	if (pps_publish_is_quiet(&flow->tasks[task], now) || (task == PPS_TASK_DELETE && is_any_unknown(flow, repository)))
		return now + QUIET_NS;
	return 0;
}
