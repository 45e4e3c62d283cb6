/* SPDX-License-Identifier: BSD-3-Clause */
#include "archive/zip-directory.h"

#include <string.h>

#include "archive/zip-format.h"

#define COMMENT_MOST 65535

/* What the end records say. */
typedef struct ending {
	uint64_t position; /* of the first end record */
	uint64_t n, size, offset;
	uint64_t end;
} ending;

void pps_zip_directory_free(pps_zip_directory *directory)
{
	if (!directory)
		return;
	for (size_t i = 0; i < directory->n; i++) {
		free(directory->entries[i].name);
		free(directory->entries[i].shown);
	}
	free(directory->entries);
	free(directory);
}

static int bad(pps_store_file *file, pps_error **err, const char *what)
{
	return pps_fail(err, PPS_E_FORMAT, "%s: no sound zip: %s", pps_store_file_path(file), what);
}

/* Exactly @size bytes, or PPS_E_FORMAT. */
static int read_all(pps_store_file *file, uint64_t offset, void *bytes, size_t size, pps_error **err)
{
	size_t got;
	int r = pps_store_file_read(file, offset, bytes, size, &got, err);

	if (r < 0)
		return r;
	return got == size ? PPS_OK : bad(file, err, "it is cut short");
}

/* The last end record whose comment ends with the file; else the last one whose comment fits (bytes follow it). */
static int find_end(pps_store_file *file, uint64_t file_size, unsigned char record[PPS_ZIP_END_SIZE], ending *ret, pps_error **err)
{
	size_t size = file_size < PPS_ZIP_END_SIZE + COMMENT_MOST ? (size_t)file_size : PPS_ZIP_END_SIZE + COMMENT_MOST;
	_cleanup_free_ unsigned char *tail = malloc(size + 1);
	uint64_t start = file_size - size;
	size_t found = SIZE_MAX;
	int r;

	if (!tail)
		return pps_fail_nomem(err);
	if (size < PPS_ZIP_END_SIZE)
		return bad(file, err, "it is too short");
	if ((r = read_all(file, start, tail, size, err)) < 0)
		return r;
	for (size_t i = size - PPS_ZIP_END_SIZE + 1; i-- > 0;) {
		size_t end;

		if (pps_le32(tail + i) != PPS_ZIP_END)
			continue;
		end = i + PPS_ZIP_END_SIZE + pps_le16(tail + i + 20);
		if (end == size) {
			found = i;
			break;
		}
		if (end < size && found == SIZE_MAX)
			found = i;
	}
	if (found == SIZE_MAX)
		return bad(file, err, "the end record is missing; is the file cut short?");
	memcpy(record, tail + found, PPS_ZIP_END_SIZE);
	ret->position = start + found;
	ret->end = ret->position + PPS_ZIP_END_SIZE + pps_le16(record + 20);
	return PPS_OK;
}

static int read_end64(pps_store_file *file, ending *e, pps_error **err)
{
	unsigned char locator[PPS_ZIP_LOCATOR64_SIZE], record[PPS_ZIP_END64_SIZE];
	uint64_t at;
	int r;

	if ((r = read_all(file, e->position - sizeof locator, locator, sizeof locator, err)) < 0)
		return r;
	if (pps_le32(locator) != PPS_ZIP_LOCATOR64)
		return bad(file, err, "the zip64 end record is missing");
	if (pps_le32(locator + 4) != 0 || pps_le32(locator + 16) > 1)
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: archives in several parts are not supported", pps_store_file_path(file));
	at = pps_le64(locator + 8);
	if (at > e->position || e->position - at < sizeof locator + sizeof record)
		return bad(file, err, "the zip64 end record lies outside");
	if ((r = read_all(file, at, record, sizeof record, err)) < 0)
		return r;
	if (pps_le32(record) != PPS_ZIP_END64 || pps_le64(record + 4) != e->position - sizeof locator - at - 12)
		return bad(file, err, "the zip64 end record is damaged");
	if (pps_le64(record + 24) != pps_le64(record + 32) || pps_le32(record + 16) || pps_le32(record + 20))
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: archives in several parts are not supported", pps_store_file_path(file));
	e->n = pps_le64(record + 32);
	e->size = pps_le64(record + 40);
	e->offset = pps_le64(record + 48);
	e->position = at;
	return PPS_OK;
}

static int read_ending(pps_store_file *file, uint64_t file_size, ending *e, pps_error **err)
{
	unsigned char record[PPS_ZIP_END_SIZE] = { 0 };
	int r;

	if ((r = find_end(file, file_size, record, e, err)) < 0)
		return r;
	e->n = pps_le16(record + 10);
	e->size = pps_le32(record + 12);
	e->offset = pps_le32(record + 16);
	if (e->n == PPS_ZIP_MAX16 || e->size == PPS_ZIP_MAX32 || e->offset == PPS_ZIP_MAX32) {
		_cleanup_(pps_error_freep) pps_error *e64 = NULL;

		/* exactly 65,535 members need no zip64 */
		if (e->position >= PPS_ZIP_LOCATOR64_SIZE && (r = read_end64(file, e, &e64)) < 0 &&
		    (e->size == PPS_ZIP_MAX32 || e->offset == PPS_ZIP_MAX32 || r != PPS_E_FORMAT)) {
			pps_error_move(err, TAKE_PTR(e64));
			return r;
		}
	} else if (pps_le16(record + 4) || pps_le16(record + 6) || pps_le16(record + 8) != e->n) {
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: archives in several parts are not supported", pps_store_file_path(file));
	}
	if (e->size > e->position || e->offset != e->position - e->size)
		return bad(file, err, "the directory is not where the end record says");
	if (e->n > e->size / PPS_ZIP_CENTRAL_SIZE)
		return bad(file, err, "the directory is too small for its members");
	return PPS_OK;
}

/* Takes the fields that do not fit in 32 bits from the zip64 extra field. */
static int read_extra64(const unsigned char *p, size_t size, pps_zip_entry *e)
{
	while (size >= 4) {
		size_t n = pps_le16(p + 2);

		if (n > size - 4)
			return -1;
		if (pps_le16(p) == PPS_ZIP_EXTRA64) {
			uint64_t *fields[] = { &e->size, &e->packed, &e->offset };

			p += 4;
			for (size_t i = 0; i < PPS_COUNT(fields); i++) {
				if (*fields[i] != PPS_ZIP_MAX32)
					continue;
				if (n < 8)
					return -1;
				*fields[i] = pps_le64(p);
				p += 8;
				n -= 8;
			}
			return 0;
		}
		p += 4 + n;
		size -= 4 + n;
	}
	/* other programs leave garbage at the end of extra fields; zip64 is missing where it is needed: no field can be that large */
	return 0;
}

/* One record of the directory. Return: its size, 0 when it is damaged, negative when memory is out. */
static ssize_t parse_entry(const unsigned char *p, size_t size, pps_zip_entry *e)
{
	size_t name, extra, whole;

	if (size < PPS_ZIP_CENTRAL_SIZE || pps_le32(p) != PPS_ZIP_CENTRAL)
		return 0;
	name = pps_le16(p + 28);
	extra = pps_le16(p + 30);
	whole = PPS_ZIP_CENTRAL_SIZE + name + extra + pps_le16(p + 32);
	if (whole > size || name == 0 || memchr(p + PPS_ZIP_CENTRAL_SIZE, 0, name))
		return 0;
	e->flags = pps_le16(p + 8);
	e->method = pps_le16(p + 10);
	e->time = pps_le32(p + 12);
	e->crc = pps_le32(p + 16);
	e->packed = pps_le32(p + 20);
	e->size = pps_le32(p + 24);
	e->offset = pps_le32(p + 42);
	e->mode = p[5] == PPS_ZIP_MADE_BY_UNIX ? pps_le32(p + 38) >> 16 : 0;
	if (read_extra64(p + PPS_ZIP_CENTRAL_SIZE + name, extra, e) < 0)
		return 0;
	if (!(e->name = strndup((const char *)p + PPS_ZIP_CENTRAL_SIZE, name)))
		return -1;
	return (ssize_t)whole;
}

static int parse_all(pps_store_file *file, const unsigned char *p, size_t size, uint64_t n, pps_zip_directory *d, pps_error **err)
{
	for (uint64_t i = 0; i < n; i++) {
		pps_zip_entry e = { 0 };
		ssize_t whole = parse_entry(p, size, &e);

		if (whole < 0)
			return pps_fail_nomem(err);
		if (whole == 0)
			return bad(file, err, "the directory is damaged");
		if (pps_grow(&d->entries, &d->cap, d->n, sizeof e) < 0) {
			free(e.name);
			return pps_fail_nomem(err);
		}
		d->entries[d->n++] = e;
		if (e.offset >= d->offset || e.packed > d->offset - e.offset)
			return pps_fail(err, PPS_E_FORMAT, "%s: no sound zip: member %s lies outside", pps_store_file_path(file), e.name);
		p += whole;
		size -= (size_t)whole;
	}
	return size ? bad(file, err, "the directory has more than its members") : PPS_OK;
}

int pps_zip_directory_read(pps_ctx *ctx, pps_store_file *file, pps_zip_directory **ret_directory, pps_error **err)
{
	_cleanup_(pps_zip_directory_freep) pps_zip_directory *d = calloc(1, sizeof *d);
	_cleanup_free_ unsigned char *bytes = NULL;
	ending e = { 0 };
	int r;

	if (!d)
		return pps_fail_nomem(err);
	d->file_size = pps_store_file_stat(file)->size;
	if ((r = read_ending(file, d->file_size, &e, err)) < 0)
		return r;
	d->offset = e.offset;
	d->size = e.size;
	d->end = e.end;
	if (e.size > pps_ctx_memory(ctx) / 2)
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: its directory of %llu bytes needs a larger memory limit",
				pps_store_file_path(file), (unsigned long long)e.size);
	if (!(bytes = malloc((size_t)e.size + 1)))
		return pps_fail_nomem(err);
	if ((r = read_all(file, e.offset, bytes, (size_t)e.size, err)) < 0 ||
	    (r = parse_all(file, bytes, (size_t)e.size, e.n, d, err)) < 0)
		return r;
	*ret_directory = TAKE_PTR(d);
	return PPS_OK;
}

int pps_zip_entry_body(pps_store_file *file, const pps_zip_directory *directory, const pps_zip_entry *entry,
		       uint64_t *ret_offset, pps_error **err)
{
	unsigned char h[PPS_ZIP_LOCAL_SIZE];
	_cleanup_free_ unsigned char *rest = NULL;
	size_t name, extra, len = strlen(entry->name);
	pps_zip_entry local = { .offset = 0 };
	uint64_t body;
	int r;

	if ((r = read_all(file, entry->offset, h, sizeof h, err)) < 0)
		return r;
	name = pps_le16(h + 26);
	extra = pps_le16(h + 28);
	if (!(rest = malloc(name + extra + 1)))
		return pps_fail_nomem(err);
	if (pps_le32(h) != PPS_ZIP_LOCAL || (r = read_all(file, entry->offset + sizeof h, rest, name + extra, NULL)) < 0 ||
	    name != len || memcmp(rest, entry->name, len) != 0 || pps_le16(h + 8) != entry->method ||
	    (pps_le16(h + 6) & PPS_ZIP_FLAG_ENCRYPTED) != (entry->flags & PPS_ZIP_FLAG_ENCRYPTED))
		return pps_fail(err, PPS_E_FORMAT, "%s: member %s: its header differs from the directory", pps_store_file_path(file),
				entry->name);
	local.packed = pps_le32(h + 18);
	local.size = pps_le32(h + 22);
	if (read_extra64(rest + name, extra, &local) < 0 ||
	    (!(pps_le16(h + 6) & PPS_ZIP_FLAG_DESCRIPTOR) &&
	     (local.packed != entry->packed || local.size != entry->size || pps_le32(h + 14) != entry->crc)))
		return pps_fail(err, PPS_E_FORMAT, "%s: member %s: its header differs from the directory", pps_store_file_path(file),
				entry->name);
	body = entry->offset + sizeof h + name + extra;
	if (body > directory->offset || entry->packed > directory->offset - body)
		return pps_fail(err, PPS_E_FORMAT, "%s: member %s runs into the directory", pps_store_file_path(file), entry->name);
	*ret_offset = body;
	return PPS_OK;
}
