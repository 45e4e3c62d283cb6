/* SPDX-License-Identifier: BSD-3-Clause */
/* What is adopted; see <pps/publish.h>. */
#ifndef PPS_PUBLISH_ADOPT_H
#define PPS_PUBLISH_ADOPT_H

/* Whether a dataset type is one of the flow: chosen, or with a policy. @user: the pps_publish. */
int pps_adopt_wants_type(const char *name, void *user);

#endif
