/* SPDX-License-Identifier: BSD-3-Clause */
/* Folders of the file system: new files appear whole, under a name that was free, and are on disk before that.
 * The writer holds a lock (flock) on its temporary file, so that its process id alone need not be trusted. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "store/store-ops.h"

#define PREFIX ".pps-"
#define TAG_MOST 128
#define WRITEBACK (16u << 20)

typedef struct local_temp {
	pps_store_temp temp;
	char *folder;
	char *temp_path;
	int fd;
	int is_synced;
	int is_placed;
	uint64_t pushed; /* bytes whose way to the disk has begun */
} local_temp;

void pps_store_host_name(char out[PPS_HOST_MOST + 1])
{
	if (gethostname(out, PPS_HOST_MOST) < 0 || !*out)
		memcpy(out, "localhost", sizeof "localhost");
	out[PPS_HOST_MOST] = 0;
	for (char *p = out; *p; p++)
		if (*p == '/')
			*p = '_';
}

static int sync_folder(const char *path, pps_error **err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* some file systems cannot synchronise a folder and say EINVAL: there is nothing to wait for */
	if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
		return pps_fail_errno(err, errno, "synchronise %s", path);
	return PPS_OK;
}

/* Makes a folder and what is missing above it, each entry on disk. */
static int make_folders(const char *path, pps_error **err)
{
	_cleanup_free_ char *above = NULL;
	struct stat st;
	int r;

	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode) ? PPS_OK : pps_fail(err, PPS_E_EXISTS, "%s: is no folder", path);
	if (errno != ENOENT)
		return pps_fail_errno(err, errno, "%s", path);
	if (!(above = pps_folder_of(path)))
		return pps_fail_nomem(err);
	if ((r = make_folders(above, err)) < 0)
		return r;
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return pps_fail_errno(err, errno, "make folder %s", path);
	return sync_folder(above, err);
}

static int temp_name(const char *folder, const char *tag, char **ret_path, pps_error **err)
{
	_cleanup_buf_ pps_buf b = PPS_BUF_LINE;
	char host[PPS_HOST_MOST + 1];
	int r;

	pps_store_host_name(host);
	pps_buf_printf(&b, "%s/" PREFIX, folder);
	for (size_t i = 0; tag[i] && i < TAG_MOST; i++)
		pps_buf_add_char(&b, isalnum((unsigned char)tag[i]) || strchr("_-.", tag[i]) ? tag[i] : '_');
	pps_buf_printf(&b, "-%s-%ld", host, (long)getpid());
	if ((r = pps_buf_check(&b, "path", err)) < 0)
		return r;
	if (!(*ret_path = pps_buf_take(&b)))
		return pps_fail_nomem(err);
	return PPS_OK;
}

/* Removes a file that no process holds a lock on. Return: 1 removed, 0 in use, -1 locks do not work here or another error. */
static int remove_unlocked(int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT ? 1 : -1;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -1;
	return unlinkat(dir, name, 0) == 0 || errno == ENOENT ? 1 : -1;
}

/* Creates and locks the file; one that a dead process of the same id left is taken away first. */
static int create_temp(local_temp *t, pps_error **err)
{
	struct stat st;

	for (int tries = 0; tries < 3; tries++) {
		t->fd = open(t->temp_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (t->fd < 0 && errno != EEXIST)
			return pps_fail_errno(err, errno, "create %s", t->temp_path);
		if (t->fd < 0) {
			if (remove_unlocked(AT_FDCWD, t->temp_path) == 0)
				return pps_fail(err, PPS_E_LOCKED, "%s: is being written already", t->temp_path);
			continue;
		}
		/* where locks do not work the process id must do */
		(void)flock(t->fd, LOCK_EX | LOCK_NB);
		if (fstat(t->fd, &st) == 0 && st.st_nlink > 0)
			return PPS_OK;
		close(t->fd); /* swept between creating and locking */
		t->fd = -1;
	}
	return pps_fail(err, PPS_E_EXISTS, "%s: a file is in the way, remove it", t->temp_path);
}

int pps_store_temp_new_file(pps_store *store, const char *name, const char *tag, pps_store_temp **ret_temp, pps_error **err)
{
	local_temp *t = calloc(1, sizeof *t);
	int r;

	if (!t)
		return pps_fail_nomem(err);
	t->fd = -1;
	t->temp.store = pps_store_ref(store);
	if ((r = pps_store_name_plain(store, name, &t->temp.path, err)) < 0)
		goto fail;
	if (!(t->folder = pps_folder_of(t->temp.path))) {
		r = pps_fail_nomem(err);
		goto fail;
	}
	if ((r = make_folders(t->folder, err)) < 0 || (r = temp_name(t->folder, tag, &t->temp_path, err)) < 0 ||
	    (r = create_temp(t, err)) < 0) {
		r = pps_wrap(err, r, "write %s", t->temp.path);
		goto fail;
	}
	*ret_temp = &t->temp;
	return PPS_OK;
fail:
	pps_store_temp_free_file(&t->temp);
	return r;
}

int pps_store_temp_write_file(pps_store_temp *temp, const void *bytes, size_t size, pps_error **err)
{
	local_temp *t = (local_temp *)temp;
	const char *p = bytes;

	t->is_synced = 0;
	while (size > 0) {
		ssize_t n = write(t->fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pps_fail_errno(err, errno, "write %s", temp->path);
		p += n;
		size -= (size_t)n;
		temp->size += (uint64_t)n;
	}
	/* the disk begins early, so that the last synchronisation is short; a failure shows there */
	if (temp->size - t->pushed >= WRITEBACK) {
		(void)sync_file_range(t->fd, (off_t)t->pushed, (off_t)(temp->size - t->pushed), SYNC_FILE_RANGE_WRITE);
		t->pushed = temp->size;
	}
	return PPS_OK;
}

int pps_store_temp_stamp_file(pps_store_temp *temp, int64_t mtime, uint32_t mode, pps_error **err)
{
	const local_temp *t = (const local_temp *)temp;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
				     { .tv_sec = mtime / 1000000000, .tv_nsec = mtime % 1000000000 } };

	if (futimens(t->fd, times) < 0 || (mode && fchmod(t->fd, mode & 0777) < 0))
		return pps_fail_errno(err, errno, "set time and permissions of %s", temp->path);
	return PPS_OK;
}

int pps_store_temp_sync_file(pps_store_temp *temp, pps_error **err)
{
	local_temp *t = (local_temp *)temp;

	if (fsync(t->fd) < 0)
		return pps_fail_errno(err, errno, "synchronise %s", t->temp_path);
	t->is_synced = 1;
	return PPS_OK;
}

/* Renames without overwriting, on file systems without RENAME_NOREPLACE too. */
static int rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (link(from, to) < 0)
		return -1;
	return unlink(from);
}

int pps_store_temp_place_file(pps_store_temp *temp, pps_error **err)
{
	local_temp *t = (local_temp *)temp;

	if (!t->is_synced)
		return pps_fail(err, PPS_E_INTERNAL, "%s: placed before it is on disk", temp->path);
	if (rename_new(t->temp_path, temp->path) < 0)
		return pps_fail_errno(err, errno, "place %s", temp->path);
	t->is_placed = 1;
	return sync_folder(t->folder, err);
}

int pps_store_replace_file(pps_store *store, const char *name, const void *bytes, size_t size, pps_error **err)
{
	_cleanup_(pps_store_temp_freep) pps_store_temp *temp = NULL;
	const char *slash = strrchr(name, '/');
	local_temp *t;
	int r;

	if ((r = pps_store_temp_new_file(store, name, slash ? slash + 1 : name, &temp, err)) < 0 ||
	    (r = pps_store_temp_write_file(temp, bytes, size, err)) < 0 || (r = pps_store_temp_sync_file(temp, err)) < 0)
		return r;
	t = (local_temp *)temp;
	if (rename(t->temp_path, temp->path) < 0)
		return pps_fail_errno(err, errno, "replace %s", temp->path);
	t->is_placed = 1;
	return sync_folder(t->folder, err);
}

void pps_store_temp_free_file(pps_store_temp *temp)
{
	local_temp *t = (local_temp *)temp;

	if (t->fd >= 0) {
		if (!t->is_placed)
			unlink(t->temp_path);
		close(t->fd);
	}
	pps_store_unref(temp->store);
	free(temp->path);
	free(t->temp_path);
	free(t->folder);
	free(t);
}

/* The process id in ".pps-<tag>-<host>-<pid>" when the host is this one; 0 when another; -1 when it is no such name. */
static long temp_pid(const char *name, const char *host)
{
	const char *dash = strrchr(name, '-');
	size_t n = strlen(host), len;
	char *end;
	long pid;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || !dash || !isdigit((unsigned char)dash[1]))
		return -1;
	errno = 0;
	pid = strtol(dash + 1, &end, 10);
	if (*end || errno || pid <= 0 || pid > INT_MAX)
		return -1;
	len = (size_t)(dash - name);
	if (len < strlen(PREFIX) + n + 1 || name[len - n - 1] != '-' || memcmp(name + len - n, host, n) != 0)
		return 0;
	return pid;
}

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* The folder in which a dead process gathered files, with what is in it. Return: 1 removed. */
static int remove_gathered(int dir, const char *name)
{
	_cleanup_(closedirp) DIR *d = NULL;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct dirent *e;

	if (fd < 0 || !(d = fdopendir(fd))) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return 0;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			(void)unlinkat(fd, e->d_name, 0);
	return unlinkat(dir, name, AT_REMOVEDIR) == 0;
}

static int is_old(const struct stat *st, int64_t age_s)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec - st->st_mtim.tv_sec >= age_s;
}

/* 1 when it was removed. A process that lives keeps its file; so does another host until the file is old. */
static int sweep_entry(int dir, const char *name, const char *host, int64_t age_s)
{
	long pid = temp_pid(name, host);
	struct stat st;

	if (pid < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISDIR(st.st_mode) && strncmp(name, PPS_STORE_GATHERING, strlen(PPS_STORE_GATHERING)) == 0)
		return (pid == getpid() || (pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH) || is_old(&st, age_s)) && remove_gathered(dir, name);
	if (!S_ISREG(st.st_mode))
		return 0;
	if (pid == getpid())
		return remove_unlocked(dir, name) == 1;
	/* a process of another container may have the same host's name and no process id here: its lock tells */
	if (pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH) {
		int r = remove_unlocked(dir, name);

		return r == 1 || (r < 0 && unlinkat(dir, name, 0) == 0);
	}
	if (!is_old(&st, age_s))
		return 0;
	return remove_unlocked(dir, name) == 1;
}

int pps_store_sweep_file(pps_store *store, const char *folder, int64_t age_s, size_t *ret_removed, pps_error **err)
{
	_cleanup_(closedirp) DIR *d = NULL;
	_cleanup_free_ char *path = NULL;
	char host[PPS_HOST_MOST + 1];
	struct dirent *e;
	int r;

	if ((r = pps_store_name_plain(store, folder, &path, err)) < 0)
		return r;
	if (!(d = opendir(path)))
		return errno == ENOENT ? PPS_OK : pps_fail_errno(err, errno, "list %s", path);
	pps_store_host_name(host);
	while (errno = 0, (e = readdir(d)))
		if (sweep_entry(dirfd(d), e->d_name, host, age_s))
			++*ret_removed;
	return errno ? pps_fail_errno(err, errno, "list %s", path) : PPS_OK;
}

int pps_store_sync_file(pps_store *store, const char *name, pps_error **err)
{
	_cleanup_free_ char *path = NULL, *folder = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if ((r = pps_store_name_plain(store, name, &path, err)) < 0)
		return r;
	if (!(folder = pps_folder_of(path)))
		return pps_fail_nomem(err);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0 || fsync(fd) < 0)
		return pps_fail_errno(err, errno, "synchronise %s", path);
	return sync_folder(folder, err);
}

int pps_store_make_folder_file(pps_store *store, const char *name, pps_error **err)
{
	_cleanup_free_ char *path = NULL;
	size_t n;
	int r;

	if ((r = pps_store_name_plain(store, name, &path, err)) < 0)
		return r;
	for (n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = 0;
	return make_folders(path, err);
}

int pps_store_move_file(pps_store *store, const char *from, const char *to, pps_error **err)
{
	_cleanup_free_ char *a = NULL, *b = NULL, *folder_a = NULL, *folder_b = NULL;
	int r;

	if ((r = pps_store_name_plain(store, from, &a, err)) < 0 || (r = pps_store_name_plain(store, to, &b, err)) < 0)
		return r;
	if (!(folder_a = pps_folder_of(a)) || !(folder_b = pps_folder_of(b)))
		return pps_fail_nomem(err);
	if ((r = make_folders(folder_b, err)) < 0)
		return r;
	if (rename_new(a, b) < 0)
		return pps_fail_errno(err, errno, "move %s to %s", a, b);
	if ((r = sync_folder(folder_b, err)) < 0)
		return r;
	return sync_folder(folder_a, err);
}
