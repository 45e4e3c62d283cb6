/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is said between the one service and the workers of other hosts: an order to carry out one chunk, and the answer to it. JSON; unknown keys
 * are ignored, anything else that is not as it should be is PPS_E_FORMAT.
 */
#ifndef PPS_PUBLISH_ORDER_H
#define PPS_PUBLISH_ORDER_H

#include "publish/flow.h"

#define PPS_ORDER_MOST 10000 /* datasets: a message is kept well below 1 MB */

typedef struct pps_order {
	pps_uuid id;      /* of the chunk; the same when it is said again */
	int64_t epoch;    /* of the service's lock */
	int64_t deadline; /* TAI ns: nobody begins to write after it */
	int task;         /* PPS_TASK_* */
	char *repository, *source; /* names; source NULL: it is the first itself */
	pps_uuid *datasets;        /* in the order of their ids */
	char *statuses;            /* what each was there when it was said: PPS_STATUS_* */
	int *flags;                /* and what operators had made of it by then: PPS_DATASET_* */
	size_t n;
} pps_order;

int pps_order_format(const pps_order *order, char **ret_text, pps_error **err);
int pps_order_parse(const char *text, size_t size, pps_order **ret_order, pps_error **err);
void pps_order_free(pps_order *order);
PPS_DEFINE_CLEANUP(pps_order, pps_order_free)

/* Of one dataset, where there is more to say than a result. */
typedef struct pps_answer_remark {
	size_t n; /* which one of the order */
	int code;
	char *error;
	char *missing_in; /* the name of a repository; NULL: none */
} pps_answer_remark;

typedef struct pps_answer {
	pps_uuid id; /* of the order */
	int64_t epoch;
	int code;      /* as of pps_publish_chunk_act() */
	char *error;   /* NULL: none */
	char *results; /* of each dataset: '-', 'd', 'f', 'm' for PPS_RESULT_* */
	size_t n;
	pps_answer_remark *remarks;
	size_t nremarks;
} pps_answer;

/* Long texts are cut, so that the message stays one that servers take. */
int pps_answer_format(const pps_answer *answer, char **ret_text, pps_error **err);
int pps_answer_parse(const char *text, size_t size, pps_answer **ret_answer, pps_error **err);
void pps_answer_free(pps_answer *answer);
PPS_DEFINE_CLEANUP(pps_answer, pps_answer_free)

#endif
