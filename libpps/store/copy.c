/* SPDX-License-Identifier: BSD-3-Clause */
/* Copiers, and how their calls go: threads take one item after the other; names come after the disk has all the bytes. */
#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/pool.h"
#include "base/time.h"
#include "store/copy-private.h"

#define SWEEP_AGE_S 86400
#define ROW_LEAST 4

void pps_copier_free(pps_copier *copier)
{
	if (!copier)
		return;
	pps_copy_gather_close(copier);
	for (size_t i = 0; copier->sources && i < pps_map_size(copier->sources); i++)
		pps_store_unref(pps_map_value(copier->sources, i));
	pps_map_free(copier->sources);
	pps_store_unref(copier->to);
	pps_ctx_unref(copier->ctx);
	pthread_cond_destroy(&copier->room);
	pthread_mutex_destroy(&copier->lock);
	free(copier);
}

int pps_copier_new(pps_ctx *ctx, const char *to, int threads, pps_copier **ret_copier, pps_error **err)
{
	_cleanup_(pps_copier_freep) pps_copier *c = calloc(1, sizeof *c);
	size_t removed = 0;
	int r;

	if (!c)
		return pps_fail_nomem(err);
	pthread_mutex_init(&c->lock, NULL);
	pps_cond_init(&c->room);
	c->ctx = pps_ctx_ref(ctx);
	c->root = c->gathering = -1;
	c->threads = threads ? threads : pps_ctx_threads(ctx);
	if (!(c->sources = pps_map_new()))
		return pps_fail_nomem(err);
	if ((r = pps_store_open(ctx, to, &c->to, err)) < 0)
		return r;
	c->is_far = pps_store_is_far(c->to);
	/* objects that were left are found where they are, see pps_copy_fetch() */
	if (!c->is_far && (r = pps_store_sweep(c->to, "", SWEEP_AGE_S, &removed, err)) < 0)
		return r;
	*ret_copier = TAKE_PTR(c);
	return PPS_OK;
}

pps_store *pps_copier_store(pps_copier *copier)
{
	return copier->to;
}

const char *pps_verified_name(int verified)
{
	static const char *const names[] = { "size", "md5", "parts", "read", "bytes", "inode" };

	return verified >= 0 && verified < (int)PPS_COUNT(names) ? names[verified] : "size";
}

void pps_copy_items_clear(pps_copy_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(items[i].reason);
		items[i].reason = NULL;
	}
}

int pps_copy_source(pps_copier *copier, const char *from, pps_store **ret_store, char **ret_name, pps_error **err)
{
	_cleanup_(pps_uri_freep) pps_uri *uri = NULL;
	_cleanup_free_ char *root = NULL, *name = NULL;
	void *found = NULL;
	int r;

	if ((r = pps_uri_parse(from, &uri, err)) < 0)
		return r;
	if (uri->fragment || uri->is_relative || uri->is_folder)
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: is no file of its own by an absolute name", from);
	if (!(name = strdup(uri->scheme == PPS_URI_FILE ? uri->path + 1 : uri->path)))
		return pps_fail_nomem(err);
	if (uri->scheme == PPS_URI_FILE)
		root = strdup("/");
	else if (asprintf(&root, "s3://%s%s%s/", uri->profile ? uri->profile : "", uri->profile ? "@" : "", uri->bucket) < 0)
		root = NULL;
	if (!root)
		return pps_fail_nomem(err);
	pthread_mutex_lock(&copier->lock);
	if (!pps_map_get_text(copier->sources, root, &found)) {
		_cleanup_(pps_store_unrefp) pps_store *store = NULL;

		if ((r = pps_store_open(copier->ctx, root, &store, err)) == PPS_OK) {
			if (pps_map_set_text(copier->sources, root, store) < 0)
				r = pps_fail_nomem(err);
			else
				found = TAKE_PTR(store);
		}
	}
	pthread_mutex_unlock(&copier->lock);
	if (r < 0)
		return r;
	*ret_store = found;
	*ret_name = TAKE_PTR(name);
	return PPS_OK;
}

int pps_copy_check(const copy_run *run, pps_error **err)
{
	int r = pps_ctx_check(run->copier->ctx, err);

	if (r < 0)
		return r;
	if (run->options.deadline_ns && pps_monotonic_now() >= run->options.deadline_ns)
		return pps_fail(err, PPS_E_TIMEOUT, "the time for it is over");
	return PPS_OK;
}

/* Ends the call early when one item after the other fails for a reason that is the whole store's. */
static void note_failure(copy_run *run, int code, const pps_error *e)
{
	int most = run->copier->threads < ROW_LEAST ? ROW_LEAST : run->copier->threads, none = 0;

	if (code != PPS_E_UNAVAILABLE && code != PPS_E_TIMEOUT && code != PPS_E_NOSPACE) {
		atomic_store(&run->in_a_row, 0);
		return;
	}
	if (atomic_fetch_add(&run->in_a_row, 1) + 1 < most && !(run->options.deadline_ns && pps_monotonic_now() >= run->options.deadline_ns))
		return;
	if (atomic_compare_exchange_strong(&run->stopped, &none, code)) {
		pthread_mutex_lock(&run->lock);
		if (!run->why)
			run->why = pps_error_copy(e);
		pthread_mutex_unlock(&run->lock);
	}
}

/* What is in the way of one item is said there, and the others go on. */
static int settle(copy_run *run, size_t i, int r, const pps_error *e, pps_error **err)
{
	pps_copy_item *item = &run->items[i];

	if (r < 0) {
		if (run->stages[i] == COPY_GATHERED)
			pps_copy_gather_drop(run, i);
		run->stages[i] = COPY_FAILED;
		item->code = r;
		free(item->reason);
		if (!(item->reason = strdup(pps_error_message(e))))
			return pps_fail_nomem(err);
	}
	note_failure(run, r, e);
	return PPS_OK;
}

static int work(void *job, void *user, pps_error **err)
{
	copy_hand *hand = job;
	copy_run *run = user;
	size_t at;
	int r;

	while ((at = atomic_fetch_add(&run->next, 1)) < run->n && !atomic_load(&run->stopped)) {
		_cleanup_(pps_error_freep) pps_error *e = NULL;
		size_t i = run->order[at];

		if (run->stages[i] != run->stage)
			continue;
		/* names are given after the deadline too */
		r = run->step == pps_copy_place ? pps_ctx_check(run->copier->ctx, &e) : pps_copy_check(run, &e);
		if (r == PPS_OK)
			r = run->step(hand, i, &e);
		if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
			pps_error_move(err, TAKE_PTR(e));
			return r;
		}
		if ((r = settle(run, i, r, e, err)) < 0)
			return r;
	}
	return PPS_OK;
}

/* Takes every item that is at @stage one step further. */
static int each(copy_run *run, copy_hand *hands, int nhands, pps_pool *pool, int stage, copy_step step, pps_error **err)
{
	int stopped = atomic_exchange(&run->stopped, 0), r = PPS_OK;

	run->early = run->early ? run->early : stopped;
	run->stage = stage;
	run->step = step;
	atomic_store(&run->next, 0);
	atomic_store(&run->in_a_row, 0);
	for (int i = 0; i < nhands && r == PPS_OK; i++)
		r = pps_pool_submit(pool, &hands[i], err);
	return r < 0 ? r : pps_pool_wait(pool, err);
}

static int by_target(const void *a, const void *b, void *user)
{
	const pps_copy_item *items = user;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int r = strcmp(items[x].name, items[y].name);

	return r ? r : x < y ? -1 : x > y;
}

/* One target twice: the second waits for the first, and has its result. */
static int is_twin(const copy_run *run, size_t at)
{
	return at && !strcmp(run->items[run->order[at]].name, run->items[run->order[at - 1]].name);
}

static void end_twin(copy_run *run, size_t at)
{
	const pps_copy_item *first = &run->items[run->order[at - 1]];
	pps_copy_item *item = &run->items[run->order[at]];
	int same = item->from == first->from || (item->from && first->from && !strcmp(item->from, first->from));

	item->code = same ? first->code : PPS_E_CONFLICT;
	item->reason = same ? first->reason ? strdup(first->reason) : NULL : strdup("another file is to have the same name");
	if (!same)
		return;
	item->done = first->done == PPS_COPY_NOTHING ? PPS_COPY_NOTHING : PPS_COPY_THERE;
	item->verified = first->verified;
	item->is_source = first->is_source;
	item->found = first->found;
	item->has_digest = first->has_digest;
	memcpy(item->digest, first->digest, sizeof item->digest);
}

static int begin(copy_run *run, pps_error **err)
{
	run->order = calloc(run->n, sizeof *run->order);
	run->stages = calloc(run->n, 1);
	if (!run->order || !run->stages)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < run->n; i++) {
		pps_copy_item *item = &run->items[i];

		run->order[i] = i;
		item->code = PPS_E_CANCELLED;
		item->done = PPS_COPY_NOTHING;
		item->verified = PPS_VERIFIED_NO;
		item->is_source = item->has_digest = 0;
		item->found = 0;
		free(item->reason);
		item->reason = NULL;
	}
	qsort_r(run->order, run->n, sizeof *run->order, by_target, run->items);
	for (size_t at = 1; at < run->n; at++)
		if (is_twin(run, at))
			run->stages[run->order[at]] = COPY_FAILED;
	return PPS_OK;
}

/* Those that have their names count once these are on disk; nothing is left of the others. */
static void end(copy_run *run, int r, const char *why)
{
	int stopped = atomic_load(&run->stopped);

	run->early = run->early ? run->early : stopped;
	for (size_t at = 0; at < run->n; at++) {
		size_t i = run->order[at];
		pps_copy_item *item = &run->items[i];

		if (is_twin(run, at)) {
			end_twin(run, at);
			continue;
		}
		if (run->stages[i] == COPY_GATHERED)
			pps_copy_gather_drop(run, i);
		if (run->stages[i] == COPY_DONE && r == PPS_OK) {
			item->code = PPS_OK;
		} else if (run->stages[i] != COPY_FAILED) {
			item->done = PPS_COPY_NOTHING;
			item->code = r < 0 ? r : run->early;
			item->reason = strdup(r < 0 ? why : pps_error_message(run->why));
		}
	}
}

static int copy_all(copy_run *run, copy_hand *hands, int nhands, pps_pool *pool, int from, pps_error **err)
{
	pps_copier *c = run->copier;
	int r;

	if ((!c->is_far && (r = pps_copy_gather_open(c, err)) < 0) || (r = each(run, hands, nhands, pool, from, pps_copy_fetch, err)) < 0)
		return r;
	if (c->is_far)
		return PPS_OK;
	if ((r = pps_copy_sync(c, err)) < 0)
		return r;
	/* also when the call ends early: what is whole gets its name */
	return each(run, hands, nhands, pool, COPY_GATHERED, pps_copy_place, err);
}

static int act(copy_run *run, copy_step step, copy_hand *hands, int nhands, pps_pool *pool, pps_error **err)
{
	pps_copier *c = run->copier;
	int r;

	if (step == pps_copy_fetch) {
		r = copy_all(run, hands, nhands, pool, COPY_BEGUN, err);
	} else if ((r = each(run, hands, nhands, pool, COPY_BEGUN, step, err)) == PPS_OK && run->options.flags & PPS_COPY_INSTEAD && step == pps_copy_link &&
		   memchr(run->stages, COPY_UNLINKABLE, run->n)) {
		r = copy_all(run, hands, nhands, pool, COPY_UNLINKABLE, err);
	}
	if (r == PPS_OK && step != pps_copy_look && !c->is_far)
		r = pps_copy_sync(c, err);
	return r;
}

static void hands_free(copy_hand *hands, int n)
{
	for (int i = 0; hands && i < n; i++) {
		if (hands[i].fd >= 0)
			close(hands[i].fd);
		free(hands[i].folder);
		free(hands[i].block);
		free(hands[i].swept);
	}
	free(hands);
}

static int run_with(copy_run *run, copy_step step, pps_error **err)
{
	pps_copier *c = run->copier;
	int nhands = run->n < (size_t)c->threads ? (int)run->n : c->threads;
	_cleanup_(pps_pool_freep) pps_pool *pool = NULL;
	copy_hand *hands = calloc((size_t)nhands, sizeof *hands);
	int r;

	if (!hands)
		return pps_fail_nomem(err);
	for (int i = 0; i < nhands; i++)
		hands[i] = (copy_hand){ .run = run, .fd = -1 };
	if ((r = pps_pool_new(c->ctx, nhands, (size_t)nhands, work, NULL, run, &pool, err)) == PPS_OK)
		r = act(run, step, hands, nhands, pool, err);
	pps_pool_free(TAKE_PTR(pool)); /* its threads use the hands */
	hands_free(hands, nhands);
	return r;
}

static int open_root(pps_copier *c, pps_error **err)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (c->is_far || c->root >= 0)
		return PPS_OK;
	if ((r = pps_store_name_plain(c->to, "", &path, err)) < 0)
		return r;
	if ((c->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return pps_fail_errno(err, errno, "%s: the root of the targets", path);
	return PPS_OK;
}

static int call(pps_copier *copier, pps_copy_item *items, size_t n, const pps_copy_options *options, copy_step step, pps_error **err)
{
	copy_run run = { .copier = copier, .items = items, .n = n, .options = options ? *options : (pps_copy_options){ 0 } };
	_cleanup_(pps_error_freep) pps_error *e = NULL;
	int r;

	if (!n)
		return PPS_OK;
	pthread_mutex_init(&run.lock, NULL);
	if ((r = begin(&run, &e)) == PPS_OK) {
		if ((r = open_root(copier, &e)) == PPS_OK)
			r = run_with(&run, step, &e);
		end(&run, r, pps_error_message(e));
		if (r == PPS_OK && run.early) {
			r = run.early;
			pps_error_move(&e, TAKE_PTR(run.why));
		}
	}
	pps_error_move(err, TAKE_PTR(e));
	pps_error_free(run.why);
	free(run.order);
	free(run.stages);
	pthread_mutex_destroy(&run.lock);
	return r;
}

int pps_copier_copy(pps_copier *copier, pps_copy_item *items, size_t n, const pps_copy_options *options, pps_error **err)
{
	return call(copier, items, n, options, pps_copy_fetch, err);
}

int pps_copier_link(pps_copier *copier, pps_copy_item *items, size_t n, const pps_copy_options *options, pps_error **err)
{
	if (copier->is_far)
		return pps_fail(err, PPS_E_UNSUPPORTED, "%s: objects cannot be linked", pps_store_uri(copier->to));
	return call(copier, items, n, options, pps_copy_link, err);
}

int pps_copier_look(pps_copier *copier, pps_copy_item *items, size_t n, const pps_copy_options *options, pps_error **err)
{
	return call(copier, items, n, options, pps_copy_look, err);
}
