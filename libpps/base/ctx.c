/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/ctx.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/conf.h"

#define MEMORY_LEAST (16ull << 20)
#define MEMORY_DEFAULT (128ull << 20)
#define THREADS_MOST 256
#define PROGRESS_NS 100000000ll
#define SLEEP_SLICE_NS 50000000ll
#define FIELDS_MOST 16

struct pps_ctx {
	atomic_int refs;
	atomic_int cancelled;
	pid_t pid;       /* not usable in a forked child: its threads and connections are its parent's */
	atomic_int *own; /* a page that the kernel empties in a forked child; NULL: it does not */
	int level;
	pps_log_fn log;
	void *log_user;
	pps_progress_fn progress;
	void *progress_user;
	atomic_llong progress_at;
	uint64_t memory;
	int threads;
	int64_t wait;
	pthread_mutex_t lock; /* of conf */
	pps_conf *conf;
};

/* getpid() is a system call, and who asks is asked for every row and message. */
static atomic_int *map_own(void)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, size, MADV_WIPEONFORK) < 0) {
		munmap(page, size);
		return NULL;
	}
	atomic_init((atomic_int *)page, 1);
	return page;
}

static int is_forked(const pps_ctx *ctx)
{
	return ctx->own ? !atomic_load_explicit(ctx->own, memory_order_relaxed) : ctx->pid != getpid();
}

int pps_ctx_new(pps_ctx **ret_ctx, pps_error **err)
{
	pps_ctx *ctx;
	long n;

	if (!ret_ctx)
		return pps_fail(err, PPS_E_ARG, "pps_ctx_new: ret_ctx must not be NULL");
	if (!(ctx = calloc(1, sizeof *ctx)))
		return pps_fail_nomem(err);
	n = sysconf(_SC_NPROCESSORS_ONLN);
	atomic_init(&ctx->refs, 1);
	pthread_mutex_init(&ctx->lock, NULL); /* without attributes it cannot fail */
	ctx->pid = getpid();
	ctx->own = map_own();
	ctx->level = PPS_LOG_INFO;
	ctx->memory = MEMORY_DEFAULT;
	ctx->threads = n < 1 ? 1 : n > THREADS_MOST ? THREADS_MOST : (int)n;
	*ret_ctx = ctx;
	return PPS_OK;
}

pps_ctx *pps_ctx_ref(pps_ctx *ctx)
{
	if (ctx)
		atomic_fetch_add(&ctx->refs, 1);
	return ctx;
}

pps_ctx *pps_ctx_unref(pps_ctx *ctx)
{
	if (ctx && atomic_fetch_sub(&ctx->refs, 1) == 1) {
		pps_conf_unref(ctx->conf);
		pthread_mutex_destroy(&ctx->lock);
		if (ctx->own)
			munmap(ctx->own, (size_t)sysconf(_SC_PAGESIZE));
		free(ctx);
	}
	return NULL;
}

pps_conf *pps_ctx_conf(pps_ctx *ctx)
{
	pps_conf *conf;

	pthread_mutex_lock(&ctx->lock);
	conf = pps_conf_ref(ctx->conf);
	pthread_mutex_unlock(&ctx->lock);
	return conf;
}

void pps_ctx_set_conf(pps_ctx *ctx, pps_conf *conf)
{
	pps_conf *before;

	pps_conf_ref(conf);
	pthread_mutex_lock(&ctx->lock);
	before = ctx->conf;
	ctx->conf = conf;
	pthread_mutex_unlock(&ctx->lock);
	pps_conf_unref(before);
}

void pps_ctx_set_log(pps_ctx *ctx, int level, pps_log_fn fn, void *user)
{
	if (!ctx)
		return;
	ctx->level = level;
	ctx->log = fn;
	ctx->log_user = user;
}

void pps_ctx_set_progress(pps_ctx *ctx, pps_progress_fn fn, void *user)
{
	if (!ctx)
		return;
	ctx->progress = fn;
	ctx->progress_user = user;
}

int pps_ctx_set_memory(pps_ctx *ctx, uint64_t bytes, pps_error **err)
{
	if (!ctx || bytes < MEMORY_LEAST)
		return pps_fail(err, PPS_E_ARG, "memory limit: at least %llu MiB is needed", MEMORY_LEAST >> 20);
	ctx->memory = bytes;
	return PPS_OK;
}

int pps_ctx_set_threads(pps_ctx *ctx, int threads, pps_error **err)
{
	if (!ctx || threads < 1 || threads > THREADS_MOST)
		return pps_fail(err, PPS_E_ARG, "threads: 1 to %d, not %d", THREADS_MOST, threads);
	ctx->threads = threads;
	return PPS_OK;
}

void pps_ctx_set_wait(pps_ctx *ctx, int64_t seconds)
{
	if (ctx)
		ctx->wait = seconds;
}

void pps_ctx_cancel(pps_ctx *ctx)
{
	if (ctx)
		atomic_store(&ctx->cancelled, 1);
}

void pps_ctx_resume(pps_ctx *ctx)
{
	if (ctx)
		atomic_store(&ctx->cancelled, 0);
}

int pps_ctx_is_cancelled(const pps_ctx *ctx)
{
	return ctx ? atomic_load(&ctx->cancelled) : 0;
}

int pps_ctx_check(const pps_ctx *ctx, pps_error **err)
{
	if (!ctx)
		return pps_fail(err, PPS_E_ARG, "the context must not be NULL");
	if (is_forked(ctx))
		return pps_fail(err, PPS_E_ARG, "the context was made before fork(): make a new one in the child");
	if (atomic_load(&ctx->cancelled))
		return pps_fail(err, PPS_E_CANCELLED, "interrupted");
	return PPS_OK;
}

uint64_t pps_ctx_memory(const pps_ctx *ctx)
{
	return ctx->memory;
}

int pps_ctx_threads(const pps_ctx *ctx)
{
	return ctx->threads;
}

int64_t pps_ctx_wait(const pps_ctx *ctx)
{
	return ctx->wait;
}

int pps_ctx_sleep(const pps_ctx *ctx, int64_t ns, pps_error **err)
{
	int r;

	while ((r = pps_ctx_check(ctx, err)) == PPS_OK && ns > 0) {
		int64_t slice = ns < SLEEP_SLICE_NS ? ns : SLEEP_SLICE_NS;
		struct timespec t = { .tv_nsec = (long)slice };

		nanosleep(&t, NULL);
		ns -= slice;
	}
	return r;
}

void pps_log(const pps_ctx *ctx, int level, const char *event, ...)
{
	const char *fields[2 * FIELDS_MOST];
	size_t n = 0;
	va_list ap;

	if (!ctx || !ctx->log || level > ctx->level)
		return;
	va_start(ap, event);
	while (n < 2 * FIELDS_MOST && (fields[n] = va_arg(ap, const char *))) {
		fields[n + 1] = va_arg(ap, const char *);
		if (!fields[n + 1])
			fields[n + 1] = "";
		n += 2;
	}
	va_end(ap);
	ctx->log(level, event, n / 2, fields, ctx->log_user);
}

void pps_progress(pps_ctx *ctx, const char *what, uint64_t done, uint64_t total, const char *unit)
{
	struct timespec t;
	long long now;

	if (!ctx || !ctx->progress)
		return;
	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (long long)t.tv_sec * 1000000000ll + t.tv_nsec;
	if (done != total && now - atomic_load(&ctx->progress_at) < PROGRESS_NS)
		return;
	atomic_store(&ctx->progress_at, now);
	ctx->progress(what, done, total, unit, ctx->progress_user);
}
