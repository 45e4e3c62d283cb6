/* SPDX-License-Identifier: BSD-3-Clause */
/* A zip that was compared with its source, member by member: what exactly was compared, and where that is recorded. */
#ifndef PPS_RAW_DEEP_H
#define PPS_RAW_DEEP_H

#include "raw/job.h"
#include "raw/source-files.h"

/* "zip=MD5:SIZE:TIME" of the zip that is there, with the digests that the state has of it; owned by the caller. */
int pps_raw_zip_word(pps_raw_job *job, char **ret_word, pps_error **err);
/* "source=SHA256" of all files of the source as they are. */
int pps_raw_source_word(const pps_source_files *files, char **ret_word, pps_error **err);
/* 1 when @text has that word, between blanks. */
int pps_raw_has_word(const char *text, const char *word);

/* Around a comparison: what is compared, and whether it is still the same afterwards (else PPS_E_UNAVAILABLE). The text is then in
 * job->compared. An exposure whose zip the state does not know is not noted. */
int pps_raw_deep_begin(pps_raw_job *job, pps_error **err);
int pps_raw_deep_end(pps_raw_job *job, pps_error **err);

/* Records, once the row is concluded, what was compared and found equal, or that what was recorded does not hold any more; and adds this
 * site to SafeCopies where Rucio holds the same zip. A failure to record makes the row failed. */
int pps_raw_deep_record(pps_raw_job *job, pps_buf *why, pps_error **err);

#endif
