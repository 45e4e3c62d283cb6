/* SPDX-License-Identifier: BSD-3-Clause */
/* libzip reads through a store's file, wherever that is. */
#include <string.h>

#include "archive/zip.h"

typedef struct reader {
	pps_store_file *file;
	pps_error **failure;
	uint64_t at;
	zip_error_t error;
} reader;

static zip_int64_t read_some(reader *s, void *bytes, zip_uint64_t size)
{
	size_t got;

	pps_error_free(*s->failure);
	*s->failure = NULL;
	if (pps_store_file_read(s->file, s->at, bytes, (size_t)size, &got, s->failure) < 0) {
		zip_error_set(&s->error, ZIP_ER_READ, pps_error_errno(*s->failure));
		return -1;
	}
	s->at += got;
	return (zip_int64_t)got;
}

static zip_int64_t seek_to(reader *s, void *args, zip_uint64_t len)
{
	zip_int64_t to = zip_source_seek_compute_offset(s->at, pps_store_file_stat(s->file)->size, args, len, &s->error);

	if (to < 0)
		return -1;
	s->at = (uint64_t)to;
	return 0;
}

static zip_int64_t tell_stat(const reader *s, zip_stat_t *st)
{
	zip_stat_init(st);
	st->valid = ZIP_STAT_SIZE;
	st->size = pps_store_file_stat(s->file)->size;
	return sizeof *st;
}

static zip_int64_t command(void *user, void *bytes, zip_uint64_t len, zip_source_cmd_t cmd)
{
	reader *s = user;

	switch (cmd) {
	case ZIP_SOURCE_OPEN:
		s->at = 0;
		return 0;
	case ZIP_SOURCE_READ:
		return read_some(s, bytes, len);
	case ZIP_SOURCE_SEEK:
		return seek_to(s, bytes, len);
	case ZIP_SOURCE_TELL:
		return (zip_int64_t)s->at;
	case ZIP_SOURCE_STAT:
		return tell_stat(s, bytes);
	case ZIP_SOURCE_ERROR:
		return zip_error_to_data(&s->error, bytes, len);
	case ZIP_SOURCE_CLOSE:
		return 0;
	case ZIP_SOURCE_FREE:
		zip_error_fini(&s->error);
		free(s);
		return 0;
	case ZIP_SOURCE_SUPPORTS:
		return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,
						      ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_CLOSE, ZIP_SOURCE_FREE, -1);
	default:
		zip_error_set(&s->error, ZIP_ER_OPNOTSUPP, 0);
		return -1;
	}
}

zip_source_t *pps_zip_source_new(pps_store_file *file, pps_error **failure)
{
	reader *s = calloc(1, sizeof *s);
	zip_source_t *source;

	if (!s)
		return NULL;
	s->file = file;
	s->failure = failure;
	zip_error_init(&s->error);
	if (!(source = zip_source_function_create(command, s, NULL)))
		free(s);
	return source;
}
