/* SPDX-License-Identifier: BSD-3-Clause */
/* Where files gather before they get their names, and how they get them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "store/copy-private.h"
#include "store/store-ops.h"

#define GATHERINGS_MOST 256
#define BLOCK (1u << 20)
#define NUMBER_MOST 24

static void number_name(size_t i, char out[NUMBER_MOST])
{
	snprintf(out, NUMBER_MOST, "%zu", i);
}

/* Makes and locks the nth. Return: 1, 0 when it is another's. One that nobody holds was left by a process of our number. */
static int take_gathering(pps_copier *c, int n, pps_error **err)
{
	_cleanup_free_ char *name = NULL;
	char host[PPS_HOST_MOST + 1];
	struct stat st;
	int fd;

	pps_store_host_name(host);
	if (asprintf(&name, PPS_STORE_GATHERING "%d-%s-%ld", n, host, (long)getpid()) < 0) {
		name = NULL;
		return pps_fail_nomem(err);
	}
	if (mkdirat(c->root, name, 0777) < 0 && errno != EEXIST)
		return pps_fail_errno(err, errno, "make folder %s%s", pps_store_uri(c->to), name);
	if ((fd = openat(c->root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return errno == ENOENT ? 0 : pps_fail_errno(err, errno, "%s%s", pps_store_uri(c->to), name);
	/* where locks do not work the process id must do */
	if ((flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) || fstat(fd, &st) < 0 || st.st_nlink == 0) {
		close(fd);
		return 0;
	}
	c->gathering = fd;
	c->gathering_name = TAKE_PTR(name);
	return 1;
}

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

static int empty_gathering(const pps_copier *c, pps_error **err)
{
	_cleanup_(closedirp) DIR *d = NULL;
	int fd = openat(c->gathering, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *e;

	if (fd < 0 || !(d = fdopendir(fd))) {
		if (fd >= 0)
			close(fd);
		return pps_fail_errno(err, errno, "%s%s", pps_store_uri(c->to), c->gathering_name);
	}
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && unlinkat(c->gathering, e->d_name, 0) < 0 && errno != ENOENT)
			return pps_fail_errno(err, errno, "remove %s%s/%s", pps_store_uri(c->to), c->gathering_name, e->d_name);
	return PPS_OK;
}

int pps_copy_gather_open(pps_copier *copier, pps_error **err)
{
	struct stat st;
	int r = 0;

	if (copier->gathering >= 0) {
		/* its time tells other hosts that it is in use; one that took it for left behind has removed it */
		if (fstat(copier->gathering, &st) == 0 && st.st_nlink > 0 && futimens(copier->gathering, NULL) == 0)
			return PPS_OK;
		close(copier->gathering);
		copier->gathering = -1;
		free(TAKE_PTR(copier->gathering_name));
	}
	for (int n = 0; n < GATHERINGS_MOST && r == 0; n++)
		r = take_gathering(copier, n, err);
	if (r < 0)
		return r;
	if (r == 0)
		return pps_fail(err, PPS_E_LOCKED, "%s: %d copies are under way in this process", pps_store_uri(copier->to), GATHERINGS_MOST);
	return empty_gathering(copier, err);
}

void pps_copy_gather_close(pps_copier *copier)
{
	if (copier->gathering >= 0) {
		(void)unlinkat(copier->root, copier->gathering_name, AT_REMOVEDIR);
		close(copier->gathering);
	}
	if (copier->root >= 0)
		close(copier->root);
	free(copier->gathering_name);
}

int pps_copy_gather_new(copy_hand *hand, size_t i, int *ret_fd, pps_error **err)
{
	const pps_copier *c = hand->run->copier;
	char number[NUMBER_MOST];

	number_name(i, number);
	if ((*ret_fd = openat(c->gathering, number, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) < 0)
		return pps_fail_errno(err, errno, "create %s%s/%s for %s", pps_store_uri(c->to), c->gathering_name, number, hand->run->items[i].name);
	return PPS_OK;
}

void pps_copy_gather_drop(const copy_run *run, size_t i)
{
	char number[NUMBER_MOST];

	number_name(i, number);
	(void)unlinkat(run->copier->gathering, number, 0);
}

/* Makes what is missing of a folder below the root. */
static int make_below(const pps_copier *c, const char *folder, pps_error **err)
{
	_cleanup_free_ char *path = strdup(folder);

	if (!path)
		return pps_fail_nomem(err);
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		if (mkdirat(c->root, path, 0777) < 0 && errno != EEXIST)
			return pps_fail_errno(err, errno, "make folder %s%s", pps_store_uri(c->to), path);
		*p = '/';
	}
	if (mkdirat(c->root, path, 0777) < 0 && errno != EEXIST)
		return pps_fail_errno(err, errno, "make folder %s%s", pps_store_uri(c->to), path);
	return PPS_OK;
}

int pps_copy_enter(copy_hand *hand, const char *name, int make, const char **ret_base, pps_error **err)
{
	const pps_copier *c = hand->run->copier;
	const char *slash = strrchr(name, '/');
	size_t n = slash ? (size_t)(slash - name) : 0;
	_cleanup_free_ char *folder = NULL, *checked = NULL;
	int fd, r;

	*ret_base = slash ? slash + 1 : name;
	if (hand->folder && strlen(hand->folder) == n && !memcmp(hand->folder, name, n))
		return 1;
	/* names that would lead out of the root are refused there */
	if ((r = pps_store_name_plain(c->to, name, &checked, err)) < 0)
		return r;
	if (!(folder = n ? strndup(name, n) : strdup("")))
		return pps_fail_nomem(err);
	fd = openat(c->root, n ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !make)
		return 0;
	if (fd < 0 && errno == ENOENT) {
		if ((r = make_below(c, folder, err)) < 0)
			return r;
		fd = openat(c->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return pps_fail_errno(err, errno, "%s%s", pps_store_uri(c->to), folder);
	if (hand->fd >= 0)
		close(hand->fd);
	free(hand->folder);
	hand->fd = fd;
	hand->folder = TAKE_PTR(folder);
	return 1;
}

int pps_copy_sync_other(const pps_copier *copier, uint64_t device, const char *name, pps_error **err)
{
	struct stat st;

	if (copier->is_far || (fstat(copier->root, &st) == 0 && st.st_dev == device))
		return PPS_OK;
	return pps_store_sync(copier->to, name, err);
}

int pps_copy_sync(const pps_copier *copier, pps_error **err)
{
	return syncfs(copier->root) < 0 ? pps_fail_errno(err, errno, "synchronise the file system of %s", pps_store_uri(copier->to)) : PPS_OK;
}

/* Another file system begins between the root and the file: it is written beside its place. */
static int place_across(copy_hand *hand, size_t i, const char *number, pps_error **err)
{
	_cleanup_(pps_store_temp_freep) pps_store_temp *temp = NULL;
	_cleanup_close_ int fd = openat(hand->run->copier->gathering, number, O_RDONLY | O_CLOEXEC);
	const char *name = hand->run->items[i].name, *slash = strrchr(name, '/');
	_cleanup_free_ char *block = NULL;
	int r;

	if (fd < 0)
		return pps_fail_errno(err, errno, "read %s again", name);
	if (!(block = malloc(BLOCK)))
		return pps_fail_nomem(err);
	if ((r = pps_store_temp_new(hand->run->copier->to, name, slash ? slash + 1 : name, &temp, err)) < 0)
		return r;
	for (off_t at = 0;;) {
		ssize_t n = pread(fd, block, BLOCK, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pps_fail_errno(err, errno, "read %s again", name);
		if (n == 0)
			break;
		if ((r = pps_ctx_check(hand->run->copier->ctx, err)) < 0 || (r = pps_store_temp_write(temp, block, (size_t)n, err)) < 0)
			return r;
		at += n;
	}
	if ((r = pps_store_temp_sync(temp, err)) < 0)
		return r;
	return pps_store_temp_place(temp, err);
}

/* Return: PPS_OK; PPS_E_EXISTS, which makes no error, when the name is taken. */
static int give_name(copy_hand *hand, size_t i, const char *number, const char *base, pps_error **err)
{
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	const pps_copier *c = hand->run->copier;
	int r = PPS_OK;

	if (renameat2(c->gathering, number, hand->fd, base, RENAME_NOREPLACE) == 0)
		return PPS_OK;
	/* some file systems cannot do that by a rename */
	if (errno == EINVAL || errno == ENOSYS) {
		if (linkat(c->gathering, number, hand->fd, base, 0) == 0) {
			(void)unlinkat(c->gathering, number, 0);
			return PPS_OK;
		}
	}
	if (errno == EXDEV)
		r = place_across(hand, i, number, &e);
	else
		r = pps_fail_errno(&e, errno, "place %s", hand->run->items[i].name);
	if (r < 0 && r != PPS_E_EXISTS)
		pps_error_move(err, TAKE_PTR(e));
	else
		(void)unlinkat(c->gathering, number, 0);
	return r;
}

static int prove(copy_hand *hand, size_t i, const char *number, pps_error **err)
{
	_cleanup_close_ int fd = openat(hand->run->copier->gathering, number, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return pps_fail_errno(err, errno, "read %s again", hand->run->items[i].name);
	return pps_copy_prove(hand, i, fd, err);
}

int pps_copy_place(copy_hand *hand, size_t i, pps_error **err)
{
	pps_copy_item *item = &hand->run->items[i];
	char number[NUMBER_MOST];
	const char *base;
	int r;

	number_name(i, number);
	if ((hand->run->options.flags & PPS_COPY_PROVE && item->verified == PPS_VERIFIED_NO && (r = prove(hand, i, number, err)) < 0) ||
	    (r = pps_copy_enter(hand, item->name, 1, &base, err)) < 0)
		return r;
	if ((r = give_name(hand, i, number, base, err)) == PPS_E_EXISTS)
		return pps_copy_compare(hand, i, err);
	if (r < 0)
		return r;
	item->done = PPS_COPY_COPIED;
	hand->run->stages[i] = COPY_DONE;
	return PPS_OK;
}
