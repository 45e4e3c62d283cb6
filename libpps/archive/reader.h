/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes of a file, wherever they are: in a folder, on a server, or in buffers. */
#ifndef PPS_ARCHIVE_READER_H
#define PPS_ARCHIVE_READER_H

#include "base/error.h"

typedef struct pps_reader {
	int (*read)(void *user, uint64_t offset, void *bytes, size_t size, pps_error **err); /* asked only for what is in the file */
	void *user;
	uint64_t size;
	const char *path; /* for messages */
} pps_reader;

#endif
