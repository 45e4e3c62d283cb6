/* SPDX-License-Identifier: BSD-3-Clause */
#include "fail-alloc.h"

#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What glibc's allocator is called behind the names that we take over. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);

static atomic_long live, seen, fail_at;
static atomic_int armed, go_on, tracing;

void fail_alloc_arm(long nth, int on)
{
	seen = 0;
	fail_at = nth;
	go_on = on;
	armed = 1;
}

void fail_alloc_trace(void)
{
	tracing = 1;
}

long fail_alloc_disarm(void)
{
	armed = 0;
	return seen;
}

long fail_alloc_live(void)
{
	return live;
}

static int fails(void)
{
	long n;

	if (!armed)
		return 0;
	n = atomic_fetch_add(&seen, 1) + 1;
	if (!fail_at || n < fail_at || (n > fail_at && !go_on))
		return 0;
	if (tracing) {
		void *frames[64];

		armed = 0;
		backtrace_symbols_fd(frames, backtrace(frames, 64), 2);
		armed = 1;
	}
	errno = ENOMEM;
	return 1;
}

static void *count(void *p)
{
	if (p)
		atomic_fetch_add(&live, 1);
	return p;
}

void *malloc(size_t size)
{
	return fails() ? NULL : count(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : count(__libc_calloc(n, size));
}

void *realloc(void *p, size_t size)
{
	void *q;

	if (fails())
		return NULL;
	q = __libc_realloc(p, size);
	if (!p)
		count(q);
	else if (!size)
		atomic_fetch_sub(&live, 1);
	return q;
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

void *memalign(size_t alignment, size_t size)
{
	return fails() ? NULL : count(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
	void *p = memalign(alignment, size);

	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}

void free(void *p)
{
	if (p)
		atomic_fetch_sub(&live, 1);
	__libc_free(p);
}
