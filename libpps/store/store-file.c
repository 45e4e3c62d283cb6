/* SPDX-License-Identifier: BSD-3-Clause */
/* Folders of the file system: listing and reading. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "store/store-ops.h"

#define DEPTH_MOST 64
#define COPY_BLOCK (1u << 20)

typedef struct local_file {
	pps_store_file file;
	int fd;
} local_file;

static int64_t mtime_of(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static void stat_from(const struct stat *st, pps_store_stat *ret)
{
	*ret = (pps_store_stat){ .size = (uint64_t)st->st_size, .mtime = mtime_of(st), .mode = st->st_mode,
				 .device = st->st_dev, .inode = st->st_ino, .links = st->st_nlink };
}

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

static int list_folder(pps_store *store, int fd, pps_buf *name, int flags, int depth, pps_store_listing *listing,
		       pps_error **err);

/* One entry of a folder; one that has gone since is left out. */
static int list_entry(pps_store *store, int dir, const char *entry, pps_buf *name, int flags, int depth,
		      pps_store_listing *listing, pps_error **err)
{
	size_t keep = name->size;
	struct stat st;
	int r = PPS_OK, is_link;

	if (fstatat(dir, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? PPS_OK : pps_fail_errno(err, errno, "%s%s", pps_buf_text(name), entry);
	is_link = S_ISLNK(st.st_mode);
	if (is_link && (fstatat(dir, entry, &st, 0) < 0 || S_ISDIR(st.st_mode)))
		return PPS_OK;
	pps_buf_add_text(name, entry);
	if ((r = pps_buf_check(name, "path", err)) < 0)
		return r;
	if (S_ISREG(st.st_mode)) {
		r = pps_store_listing_add(listing, pps_buf_text(name), (uint64_t)st.st_size, mtime_of(&st), NULL, err);
	} else if (S_ISDIR(st.st_mode) && flags & PPS_STORE_RECURSIVE) {
		int fd = openat(dir, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

		pps_buf_add_char(name, '/');
		if (fd >= 0)
			r = list_folder(store, fd, name, flags, depth + 1, listing, err);
		else if (errno != ENOENT)
			r = pps_fail_errno(err, errno, "%s", pps_buf_text(name));
	}
	pps_buf_truncate(name, keep);
	return r;
}

/* Takes @fd. @name: path so far, with a slash, or empty. */
static int list_folder(pps_store *store, int fd, pps_buf *name, int flags, int depth, pps_store_listing *listing,
		       pps_error **err)
{
	_cleanup_(closedirp) DIR *d = fdopendir(fd);
	struct dirent *e;
	int r;

	if (!d) {
		close(fd);
		return pps_fail_nomem(err);
	}
	if (depth > DEPTH_MOST)
		return pps_fail(err, PPS_E_FORMAT, "%s: folders nest deeper than %d", pps_buf_text(name), DEPTH_MOST);
	while (errno = 0, (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if ((r = pps_ctx_check(pps_store_ctx(store), err)) < 0 ||
		    (r = list_entry(store, dirfd(d), e->d_name, name, flags, depth, listing, err)) < 0)
			return r;
	}
	return errno ? pps_fail_errno(err, errno, "%s", pps_buf_text(name)) : PPS_OK;
}

static int file_list(pps_store *store, const char *folder, int flags, pps_store_listing *listing, pps_error **err)
{
	_cleanup_buf_ pps_buf name = PPS_BUF_LINE;
	_cleanup_free_ char *path = NULL;
	int fd, r;

	if ((r = pps_store_name_plain(store, folder, &path, err)) < 0)
		return r;
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return pps_fail_errno(err, errno, "open");
	return list_folder(store, fd, &name, flags, 0, listing, err);
}

static int file_stat(pps_store *store, const char *name, pps_store_stat *ret_stat, pps_error **err)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;
	int r;

	if ((r = pps_store_name_plain(store, name, &path, err)) < 0)
		return r;
	if (stat(path, &st) < 0)
		return pps_fail_errno(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return pps_fail(err, PPS_E_FORMAT, "%s: is no regular file", path);
	stat_from(&st, ret_stat);
	return PPS_OK;
}

static void file_close(pps_store_file *file)
{
	local_file *f = (local_file *)file;

	if (f->fd >= 0)
		close(f->fd);
	pps_store_unref(f->file.store);
	free(f->file.path);
	free(f);
}

static int file_open(pps_store *store, const char *name, const pps_store_stat *known, pps_store_file **ret_file, pps_error **err)
{
	local_file *f = calloc(1, sizeof *f);
	struct stat st;
	int r;

	if (!f)
		return pps_fail_nomem(err);
	f->fd = -1;
	f->file.store = pps_store_ref(store);
	if ((r = pps_store_name_plain(store, name, &f->file.path, err)) < 0)
		goto fail;
	/* not blocking: a FIFO of that name must not hang us */
	if ((f->fd = open(f->file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0 || fstat(f->fd, &st) < 0) {
		r = pps_fail_errno(err, errno, "%s", f->file.path);
		goto fail;
	}
	if (!S_ISREG(st.st_mode)) {
		r = pps_fail(err, PPS_E_FORMAT, "%s: is no regular file", f->file.path);
		goto fail;
	}
	stat_from(&st, &f->file.stat);
	if (known && (known->size != f->file.stat.size || known->mtime != f->file.stat.mtime)) {
		r = pps_fail(err, PPS_E_CONFLICT, "%s: changed since it was listed (%llu bytes then, %llu now)", f->file.path,
			     (unsigned long long)known->size, (unsigned long long)f->file.stat.size);
		goto fail;
	}
	*ret_file = &f->file;
	return PPS_OK;
fail:
	file_close(&f->file);
	return r;
}

static int file_read(pps_store_file *file, uint64_t offset, void *bytes, size_t size, size_t *ret_got, pps_error **err)
{
	const local_file *f = (const local_file *)file;
	size_t got = 0;

	while (got < size) {
		ssize_t n = pread(f->fd, (char *)bytes + got, size - got, (off_t)(offset + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pps_fail_errno(err, errno, "read %s", file->path);
		if (n == 0)
			break;
		got += (size_t)n;
	}
	*ret_got = got;
	return PPS_OK;
}

static int file_check(pps_store_file *file, pps_error **err)
{
	const local_file *f = (const local_file *)file;
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return pps_fail_errno(err, errno, "%s", file->path);
	if ((uint64_t)st.st_size != file->stat.size || mtime_of(&st) != file->stat.mtime)
		return pps_fail(err, PPS_E_CONFLICT, "%s: changed while it was read (%llu bytes before, %llu after)", file->path,
				(unsigned long long)file->stat.size, (unsigned long long)st.st_size);
	return PPS_OK;
}

static int file_copy(pps_store *store, const char *from, const char *to, pps_error **err)
{
	_cleanup_(pps_store_file_closep) pps_store_file *file = NULL;
	_cleanup_(pps_store_temp_freep) pps_store_temp *temp = NULL;
	_cleanup_free_ char *block = malloc(COPY_BLOCK);
	uint64_t at = 0;
	size_t got;
	int r;

	if (!block)
		return pps_fail_nomem(err);
	if ((r = pps_store_file_open(store, from, &file, err)) < 0 ||
	    (r = pps_store_temp_new(store, to, strrchr(to, '/') ? strrchr(to, '/') + 1 : to, &temp, err)) < 0)
		return r;
	do {
		if ((r = pps_ctx_check(store->ctx, err)) < 0 || (r = file_read(file, at, block, COPY_BLOCK, &got, err)) < 0 ||
		    (r = pps_store_temp_write(temp, block, got, err)) < 0)
			return r;
		at += got;
	} while (got == COPY_BLOCK);
	if ((r = file_check(file, err)) < 0 || (r = pps_store_temp_stamp(temp, file->stat.mtime, file->stat.mode, err)) < 0 ||
	    (r = pps_store_temp_sync(temp, err)) < 0)
		return r;
	return pps_store_temp_place(temp, err);
}

static int file_remove(pps_store *store, const char *name, pps_error **err)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if ((r = pps_store_name_plain(store, name, &path, err)) < 0)
		return r;
	if (unlink(path) < 0 && errno != ENOENT)
		return pps_fail_errno(err, errno, "remove %s", path);
	return PPS_OK;
}

const pps_store_ops pps_store_file_ops = {
	.list = file_list,
	.stat = file_stat,
	.file_open = file_open,
	.file_close = file_close,
	.file_read = file_read,
	.file_check = file_check,
	.temp_new = pps_store_temp_new_file,
	.temp_write = pps_store_temp_write_file,
	.temp_stamp = pps_store_temp_stamp_file,
	.temp_sync = pps_store_temp_sync_file,
	.temp_place = pps_store_temp_place_file,
	.temp_free = pps_store_temp_free_file,
	.replace = pps_store_replace_file,
	.sweep = pps_store_sweep_file,
	.move = pps_store_move_file,
	.sync = pps_store_sync_file,
	.make_folder = pps_store_make_folder_file,
	.copy = file_copy,
	.remove = file_remove,
};
