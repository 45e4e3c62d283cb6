/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library to preload: ends the process with SIGKILL at the Nth operation that changes what is on disk or leaves for a server, so
 * that a test can cut a run at every boundary between two durable steps. A GET or HEAD by HTTP changes nothing and is not counted.
 *
 *   PPS_KILL_AT=N        just before the Nth operation (from 1); "N+" just after it
 *   PPS_KILL_ON=TEXT     count only what leaves for a server and contains TEXT, such as COMMIT
 *   PPS_KILL_SENT=TEXT   of what leaves for a server count only what contains TEXT, and all that changes a disk
 *   PPS_KILL_COUNT=FILE  write how many there were, at a normal end
 *   PPS_KILL_SIGNAL=N    another signal, such as that of SIGSTOP
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long operations;
static long kill_at;
static int kill_after, signum = SIGKILL;
static const char *kill_on, *kill_sent;

__attribute__((constructor)) static void start(void)
{
	const char *at = getenv("PPS_KILL_AT"), *other = getenv("PPS_KILL_SIGNAL");

	kill_at = at ? strtol(at, NULL, 10) : 0;
	kill_after = at && strchr(at, '+');
	kill_on = getenv("PPS_KILL_ON");
	kill_sent = kill_on ? kill_on : getenv("PPS_KILL_SENT");
	if (other)
		signum = (int)strtol(other, NULL, 10);
}

__attribute__((destructor)) static void stop(void)
{
	const char *path = getenv("PPS_KILL_COUNT");
	FILE *f = path ? fopen(path, "w") : NULL;

	if (f) {
		fprintf(f, "%ld\n", atomic_load(&operations));
		fclose(f);
	}
}

/* Its number, or 0 when it does not count. */
static long before(int counts)
{
	long n = counts ? atomic_fetch_add(&operations, 1) + 1 : 0;

	if (n && n == kill_at && !kill_after)
		kill(getpid(), signum);
	return n;
}

static void after(long n)
{
	if (n && n == kill_at && kill_after)
		kill(getpid(), signum);
}

#define WRAP(type, name, parameters, arguments)                              \
	type name parameters;                                                \
	type name parameters                                                 \
	{                                                                    \
		static type (*next) parameters;                              \
		long n = before(!kill_on);                                   \
		type r;                                                      \
									     \
		if (!next)                                                   \
			*(void **)&next = dlsym(RTLD_NEXT, #name);           \
		r = next arguments;                                          \
		after(n);                                                    \
		return r;                                                    \
	}

WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, renameat2, (int a, const char *from, int b, const char *to, unsigned int flags), (a, from, b, to, flags))
WRAP(int, link, (const char *from, const char *to), (from, to))
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
WRAP(int, ftruncate, (int fd, off_t size), (fd, size))

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
	static ssize_t (*next)(int, const void *, size_t, int);
	int asks = (size > 4 && !memcmp(bytes, "GET ", 4)) || (size > 5 && !memcmp(bytes, "HEAD ", 5));
	long n = before(kill_sent ? memmem(bytes, size, kill_sent, strlen(kill_sent)) != NULL : !asks);
	ssize_t r;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "send");
	r = next(fd, bytes, size, flags);
	after(n);
	return r;
}
