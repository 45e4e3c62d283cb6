/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Drives the shipped loop of flow B, its planner and its state (SQLite, on a file system in memory) through made-up worlds: adapters that pretend,
 * fail, lie about what they did, and die; clocks that go wrong; operators; a second service that takes over; policies that change.
 * Each act is judged before it happens by a checker that knows nothing of the planner; in the end all faults are over, and everything must
 * have come to where it belongs.
 *
 *     sim [--steps N] [--seed S] [--one] [-v]
 *
 * A step is one dataset that an adapter is asked to act on or to look up, that is registered, or that an operator changes. The world of a seed is
 * always the same; --one: only that one.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publish/flow.h"
#include "publish/run.h"
#include "state/notice.h"
#include "world.h"

#define MOST_SESSIONS 70
#define TALES 40
#define CREW_MOST 6
#define ARRIVALS 80 /* in one run, at most */
#define ASKED_MOST 20000 /* times in one run that is asked what time it is */

static struct {
	struct sim_world w;
	uint64_t seed;
	int64_t steps;
	int is_quiet; /* nothing fails any more */
	int is_verbose;
	char folder[64], url[128], template_path[96], state_path[96];
	pps_ctx *ctx;
	pps_state *state, *operators; /* of the service, and of those who change things beside it */
	pps_publish_flow flow, aside;
	pps_conf_policy policies[SIM_POLICIES];
	const char *types[SIM_POLICIES][SIM_TYPES];
	uint32_t down;
	int of[SIM_REPOSITORIES]; /* the repositories of the flow's graph, in the world */
	int64_t skew;      /* of the local clock */
	int has_others;    /* clocks of servers */
	int is_taken_over; /* by another service, during this run */
	int64_t taken_at;  /* the ledger's head then */
	int is_died;	   /* during this run */
	int asked;	   /* the same */
	int crew;          /* how many chunks may be under way; 0: the flow's thread does all itself */
	pps_publish_chunk *begun[CREW_MOST];
	int nbegun;
	int64_t told, told_at; /* the last notice that was read */
	int is_in_parts;   /* a chunk is taken in parts: whatever operators want now concerns the next one */
	char tales[TALES][160];
	size_t ntales;
} s;

static const char *const repository_names[SIM_REPOSITORIES] = { "embargo", "prompt_prep", "two", "three", "four", "five", "six" };
static const char *const type_names[SIM_TYPES] = { "difference_image", "dia_source", "preliminary_visit_image", "isr_log", "packages", "template_detector" };
static const char *const origin_names[SIM_ORIGINS] = { "", "prompt_processing", "daytime_ap_catchup" };
static const int64_t day_numbers[SIM_DAYS] = { 20251130, 20251201, 20251202, 20251203 };

__attribute__((format(printf, 1, 2))) static void tell(const char *fmt, ...)
{
	char *at = s.tales[s.ntales++ % TALES];
	va_list list;

	va_start(list, fmt);
	vsnprintf(at, sizeof *s.tales, fmt, list);
	va_end(list);
	if (s.is_verbose)
		puts(at);
}

/* Says what led to it, and ends. */
__attribute__((noreturn, format(printf, 1, 2))) static void broken(const char *fmt, ...)
{
	va_list list;

	for (size_t i = s.ntales < TALES || s.is_verbose ? 0 : s.ntales - TALES; i < s.ntales && !s.is_verbose; i++)
		puts(s.tales[i % TALES]);
	printf("seed %" PRIu64 ": ", s.seed);
	va_start(list, fmt);
	vprintf(fmt, list);
	va_end(list);
	printf("\n0 passed, 1 failed\n");
	exit(1);
}

static void must(int r, pps_error *err, const char *what)
{
	if (r < 0)
		broken("%s: %s: %s", what, pps_error_code_name(r), pps_error_message(err));
}

static int chance(int in_thousand)
{
	return !s.is_quiet && sim_chance(&s.w, in_thousand);
}

static void pass_time(int64_t most)
{
	s.w.now += (int64_t)(sim_random(&s.w) % (uint64_t)most);
}

/* ---- names of datasets ---- */

static pps_uuid uuid_of(int k)
{
	pps_uuid id = { { 0 } };

	id.bytes[0] = (uint8_t)(k * 37);
	id.bytes[14] = (uint8_t)(k >> 8);
	id.bytes[15] = (uint8_t)k;
	return id;
}

static int number_of(const pps_uuid *id)
{
	return id->bytes[14] << 8 | id->bytes[15];
}

/* ---- operators ---- */

static void change_flags(const int *numbers, size_t n, int set, int clear)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const pps_dataset_hooks hooks = pps_publish_flow_hooks(&s.aside);
	pps_dataset_change changes[SIM_DATASETS];

	for (size_t i = 0; i < n; i++)
		changes[i] = (pps_dataset_change){ .id = uuid_of(numbers[i]), .set_flags = set, .clear_flags = clear };
	s.aside.now = s.w.now;
	must(pps_state_datasets_apply_with(s.operators, NULL, s.w.now, s.w.now, changes, n, NULL, 0, &hooks, NULL, &err), err, "operator");
	tell("operator: %d and %zu more set %d clear %d", numbers[0], n - 1, set, clear);
	for (size_t i = 0; i < n; i++) {
		struct sim_dataset *d = &s.w.datasets[numbers[i]];

		d->is_held = (d->is_held || set & PPS_DATASET_HELD) && !(clear & PPS_DATASET_HELD);
		d->is_pinned = (d->is_pinned || set & PPS_DATASET_PINNED) && !(clear & PPS_DATASET_PINNED);
		d->is_withdrawn |= !!(set & PPS_DATASET_WITHDRAWN);
		d->is_adopted &= !(clear & PPS_DATASET_ADOPTED);
	}
	s.steps += (int64_t)n;
}

static void hold(int *is_held, int day, int wanted)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	const pps_hold_target target = { .flow = PPS_PUBLISH_FLOW, .day_obs = day < 0 ? 0 : day_numbers[day] };

	if (*is_held == wanted)
		return;
	must(wanted ? pps_state_hold(s.operators, &target, "why not", "sim", &err) : pps_state_unhold(s.operators, &target, "enough", "sim", &err), err,
	     "hold");
	tell("operator: %s %s", wanted ? "holds" : "releases", day < 0 ? "everything" : "a day");
	*is_held = wanted;
	s.steps++;
}

static int is_begun(int k)
{
	for (int i = 0; i < s.nbegun; i++)
		for (size_t n = 0; n < s.begun[i]->n; n++)
			if (number_of(&s.begun[i]->items[n].row->id) == k)
				return 1;
	return 0;
}

static void operate(void)
{
	int k = s.w.ndatasets ? sim_below(&s.w, s.w.ndatasets) : 0, day = sim_below(&s.w, SIM_DAYS), what = sim_below(&s.w, 9);

	if (!s.w.ndatasets || !s.w.datasets[k].is_registered)
		return;
	/* an operator is told what is under way, which ends as it began */
	if (is_begun(k) || (what == 7 && s.nbegun))
		return;
	switch (what) {
	case 0:
		change_flags(&k, 1, PPS_DATASET_HELD, 0);
		break;
	case 1:
	case 2:
		change_flags(&k, 1, 0, PPS_DATASET_HELD);
		break;
	case 3:
		change_flags(&k, 1, PPS_DATASET_PINNED, 0);
		break;
	case 4:
		change_flags(&k, 1, 0, PPS_DATASET_PINNED | PPS_DATASET_ADOPTED);
		break;
	case 5:
		if (chance(200))
			change_flags(&k, 1, PPS_DATASET_WITHDRAWN, 0);
		break;
	case 6:
		change_flags(&k, 1, 0, 0); /* tries it again now */
		break;
	case 7:
		hold(&s.w.is_day_held[day], day, chance(400));
		break;
	default:
		hold(&s.w.is_all_held, -1, chance(150));
	}
}

/* Another service has the lock from now on: what this one does would be wrong. */
static int64_t ledger_head(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *hash = NULL;
	int64_t seq = 0;

	must(pps_state_ledger_head(s.operators, &seq, &hash, &err), err, "ledger");
	pps_free(TAKE_PTR(hash));
	return seq;
}

static void take_over(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	if (s.is_taken_over)
		return;
	must(pps_sql_exec(pps_state_sql(s.operators), "UPDATE {writer} SET epoch = epoch + 1 WHERE flow = 'publish'", NULL, 0, NULL, &err), err, "epoch");
	s.is_taken_over = 1;
	s.taken_at = ledger_head();
	tell("another service takes over");
}

/* What may happen while the service is at work. */
static void meanwhile(void)
{
	pass_time(3 * SIM_SECOND);
	if (chance(150))
		operate();
	if (chance(4))
		take_over();
}

static int die(pps_error **err)
{
	s.is_died = 1;
	tell("the process is killed");
	return pps_fail(err, PPS_E_CANCELLED, "killed");
}

/* ---- adapters ---- */

static int sim_clocks(void *user, pps_publish_clocks *ret, pps_error **err)
{
	(void)user;
	(void)err;
	/* asked for each chunk */
	if (++s.asked > ASKED_MOST)
		broken("a run does not come to its end");
	s.is_in_parts = 0;
	ret->local = s.w.now + s.skew;
	if (s.has_others) {
		ret->others[0] = s.w.now;
		ret->beside[0] = ret->local;
		ret->n = 1;
	}
	return PPS_OK;
}

static int sim_reach(void *user, int repository, pps_error **err)
{
	(void)user;
	repository = s.of[repository];
	return s.down >> repository & 1 ? pps_fail(err, PPS_E_UNAVAILABLE, "%s is down", repository_names[repository]) : PPS_OK;
}

static int sim_look(void *user, const pps_dataset_row *const *rows, size_t n, pps_publish_seen *seen, pps_error **err)
{
	(void)user;
	s.steps += (int64_t)n;
	if (chance(5))
		return die(err);
	if (s.down & 1 || chance(10))
		return pps_fail(err, PPS_E_UNAVAILABLE, "the first repository is down");
	for (size_t i = 0; i < n; i++) {
		struct sim_dataset *d = &s.w.datasets[number_of(&rows[i]->id)];

		if (chance(20))
			sim_correct_end(&s.w, d);
		if (chance(1)) {
			d->is_lost = 1;
			d->in[0].status = 'D';
			tell("somebody removes %d from the first repository", number_of(&rows[i]->id));
		}
		seen[i] = (pps_publish_seen){ .is_known = d->in[0].status == 'P', .end_kind = d->end_kind, .end = d->end };
		if (!seen[i].is_known) {
			tell("%d is not in the first repository", number_of(&rows[i]->id));
			continue;
		}
		d->shown_kind = d->end_kind;
		if (d->end_kind == SIM_KNOWN && d->end > d->shown_end)
			d->shown_end = d->end;
		d->was_looked_up = 1;
	}
	meanwhile();
	return PPS_OK;
}

/* Every act is in the ledger before it happens. */
static void check_ledger(const pps_publish_chunk *c)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	pps_sql_value params[] = { pps_sql_text(pps_task_name(c->task)), pps_sql_text(repository_names[s.of[c->repository]]) };
	char authorised[SIM_DATASETS] = { 0 };
	pps_uuid id;
	int r;

	must(pps_sql_query(pps_state_sql(s.operators),
			   "SELECT i.id FROM {ledger_open} o JOIN {ledger} l ON l.seq = o.seq JOIN {ledger_item} i ON i.seq = o.seq "
			   "WHERE l.action = $1 AND l.subject = $2", params, 2, &rows, &err), err, "ledger");
	while ((r = pps_sql_next(rows, &err)) == 1)
		if (pps_sql_get_uuid(rows, 0, &id) == 0)
			authorised[number_of(&id)] = 1;
	must(r, err, "ledger");
	for (size_t i = 0; i < c->n; i++)
		if (!authorised[number_of(&c->items[i].row->id)])
			broken("%s %s of %d is not in the ledger", pps_task_name(c->task), repository_names[s.of[c->repository]], number_of(&c->items[i].row->id));
}

static void happens(int act, int i, int k)
{
	static const char after[] = { 0, 'P', 'P', 'E', 'D' };
	struct sim_dataset *d = &s.w.datasets[k];
	struct sim_place *p = &d->in[i];

	if (p->status == '.')
		p->since = s.w.now;
	if (act == SIM_PUBLISH && !p->published)
		p->published = s.w.now;
	if (act == SIM_EXPIRE)
		p->left_withdrawn = d->is_withdrawn;
	p->status = after[act];
	p->has_record = 1;
}

static void act_on(const pps_publish_chunk *c, pps_publish_item *item)
{
	int k = number_of(&item->row->id), i = s.of[c->repository], source = c->source < 0 ? -1 : s.of[c->source];
	struct sim_dataset *d = &s.w.datasets[k];
	const char *wrong = sim_judge_act(&s.w, c->task, i, k);
	int is_unsaid;

	if (wrong)
		broken("%s %s of %d: %s", pps_task_name(c->task), repository_names[i], k, wrong);
	d->was_looked_up = 0;
	if (s.is_verbose)
		tell("   %d: %.*s", k, s.w.nrepositories, (char[]){ d->in[0].status, d->in[1].status, d->in[2].status, d->in[3].status, d->in[4].status, d->in[5].status, d->in[6].status });
	if ((c->task == SIM_COPY || c->task == SIM_PUBLISH) && (d->in[source].status != 'P' || (source && chance(1)))) {
		d->is_lost = 1;
		d->in[source].status = 'D';
		item->result = PPS_RESULT_MISSING;
		item->missing_in = c->source;
		return;
	}
	/* a failure says nothing of what was done */
	if (chance(20)) {
		pps_publish_item_fail(item, PPS_E_IO, NULL);
		return;
	}
	happens(c->task, i, k);
	is_unsaid = chance(15);
	d->in[i].is_unproven = is_unsaid && c->task == SIM_COPY && !s.w.repositories[i].refers;
	if (is_unsaid)
		pps_publish_item_fail(item, PPS_E_IO, NULL);
	else
		item->result = PPS_RESULT_DONE;
}

static int sim_act(void *user, pps_publish_chunk *c, pps_error **err)
{
	size_t until = c->n;
	int r, ends = sim_below(&s.w, 1000), repository = s.of[c->repository];

	(void)user;
	s.steps += (int64_t)c->n;
	tell("%s %s of %zu", pps_task_name(c->task), repository_names[repository], c->n);
	if ((s.down >> repository & 1) || chance(10))
		return pps_fail(err, PPS_E_UNAVAILABLE, "%s is down", repository_names[repository]);
	if (chance(10))
		return die(err);
	if (chance(10)) {
		s.is_in_parts = 1;
		return pps_fail(err, PPS_E_FORMAT, "something in it breaks it");
	}
	check_ledger(c);
	/* between what was asked and the act */
	if (chance(4))
		hold(&s.w.is_all_held, -1, 1);
	if (chance(4))
		take_over();
	if ((r = pps_publish_chunk_check(c, err)) < 0)
		return r;
	if (s.is_taken_over)
		broken("it acts after another has taken over");
	if (chance(40))
		until = (size_t)sim_below(&s.w, (int)c->n + 1);
	for (size_t i = 0; i < until; i++) {
		s.w.now += SIM_SECOND / 10;
		act_on(c, &c->items[i]);
	}
	if (until == c->n && ends >= 25) {
		if (!s.is_in_parts)
			meanwhile();
		return PPS_OK;
	}
	if (s.is_quiet)
		return PPS_OK;
	if (ends < 500)
		return die(err);
	s.down |= 1u << repository;
	return pps_fail(err, PPS_E_UNAVAILABLE, "%s went down", repository_names[repository]);
}

static int sim_survey(void *user, int repository, const pps_uuid *ids, size_t n, char *ret, pps_error **err)
{
	(void)user;
	s.steps += (int64_t)n;
	repository = s.of[repository];
	if (s.down >> repository & 1 || chance(20))
		return pps_fail(err, PPS_E_UNAVAILABLE, "%s is down", repository_names[repository]);
	for (size_t i = 0; i < n; i++)
		ret[i] = s.w.datasets[number_of(&ids[i])].in[repository].status;
	return PPS_OK;
}

static void make_graph(pps_plan_graph *graph)
{
	int at[SIM_REPOSITORIES];

	graph->n = 0;
	for (int i = 0; i < s.w.nrepositories; i++) {
		const struct sim_repository *r = &s.w.repositories[i];

		if (!sim_is_in(&s.w.configured, i))
			continue;
		at[i] = (int)graph->n;
		s.of[graph->n] = i;
		graph->at[graph->n++] = (pps_plan_repository){ .name = repository_names[i], .from = r->from < 0 ? -1 : at[r->from],
							       .is_public = r->is_public, .refers = r->refers };
	}
}

static int format_terms(char **ret, pps_error **err)
{
	pps_plan_graph graph;

	make_graph(&graph);
	return pps_force_format(&(pps_terms){ .policies = s.policies, .npolicies = (size_t)s.w.configured.n, .reclaim_after = s.w.configured.reclaim,
					      .graph = &graph }, ret, err);
}

/* What is configured may come into force by itself only when nothing is sooner by it. */
static void note_policies(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *text = NULL, *configured = NULL;

	must(format_terms(&configured, &err), err, "policies");
	must(pps_state_policy(s.operators, PPS_PUBLISH_FLOW, &text, &err), err, "policies");
	if (strcmp(text, configured) != 0)
		return;
	if (sim_acts_sooner(&s.w))
		broken("policies that act sooner are in force, and nobody accepted them");
	s.w.in_force = s.w.configured;
}

/* What somebody who registers a dataset says of it: that it is where it comes from, or where it was found. */
static pps_dataset_row row_of(int k)
{
	const struct sim_dataset *d = &s.w.datasets[k];
	pps_dataset_row row = { .id = uuid_of(k), .origin = origin_names[d->origin], .type = type_names[d->type], .run = "run",
				.instrument = "LSSTCam", .data_id = "{}", .day_obs = day_numbers[d->day], .end_kind = d->end_kind,
				.end = d->end_kind == SIM_KNOWN ? d->end : 0, .registered = s.w.now, .flags = d->is_adopted ? PPS_DATASET_ADOPTED : 0 };

	memset(row.status.status, '.', sizeof row.status.status);
	for (size_t g = 0; g < s.flow.graph.n; g++) {
		int o = s.flow.ordinal[g], i = s.of[g];

		if (i && !d->is_adopted)
			continue;
		row.status.status[o] = i ? d->in[i].status : d->is_adopted ? d->in[0].status : 'P';
		row.status.at[o] = i ? d->in[i].since : s.w.now;
		row.status.published[o] = d->in[i].published;
	}
	return row;
}

/* Some that came, and some that were registered before. */
static int sim_before(void *user, pps_publish_flow *flow, const char *task, pps_error **err)
{
	pps_dataset_row rows[ARRIVALS] = { 0 };
	int numbers[ARRIVALS], n = s.is_quiet ? 0 : sim_below(&s.w, ARRIVALS), r;

	(void)user;
	(void)flow;
	(void)task;
	note_policies();
	for (int i = 0; i < n; i++) {
		struct sim_dataset *d;
		int again = s.w.ndatasets && (s.w.ndatasets == SIM_DATASETS || chance(100));

		numbers[i] = again ? sim_below(&s.w, s.w.ndatasets) : s.w.ndatasets;
		d = again ? &s.w.datasets[numbers[i]] : sim_add_dataset(&s.w);
		if (!again && chance(20))
			sim_adopt(&s.w, d);
		rows[i] = row_of(numbers[i]);
		rows[i].next = pps_publish_flow_next(&s.flow, &rows[i], s.flow.now);
	}
	if (chance(5))
		return die(err);
	if (n && (r = pps_state_datasets_register(s.state, s.flow.lock, rows, (size_t)n, NULL, err)) < 0)
		return r;
	for (int i = 0; i < n; i++) {
		struct sim_dataset *d = &s.w.datasets[numbers[i]];

		if (!d->is_registered) {
			d->shown_kind = d->end_kind;
			d->shown_end = d->end_kind == SIM_KNOWN ? d->end : 0;
		}
		d->is_registered = 1;
	}
	s.steps += n;
	meanwhile();
	return PPS_OK;
}

static const pps_publish_ops ops = { .clocks = sim_clocks, .reach = sim_reach, .look = sim_look, .act = sim_act, .survey = sim_survey,
				     .before = sim_before };

/* ---- a crew: what was begun is done later, in any order ---- */

static int crew_size(void *user)
{
	(void)user;
	return s.crew;
}

static int crew_begin(void *user, pps_publish_chunk *chunk, pps_error **err)
{
	(void)user;
	(void)err;
	if (s.nbegun == s.crew)
		broken("more is begun than there is room for");
	for (size_t i = 0; i < chunk->n; i++)
		if (is_begun(number_of(&chunk->items[i].row->id)))
			broken("%s %s of %d begins while something else is done with it", pps_task_name(chunk->task),
			       repository_names[s.of[chunk->repository]], number_of(&chunk->items[i].row->id));
	s.begun[s.nbegun++] = chunk;
	return PPS_OK;
}

static pps_publish_chunk *crew_act(int *ret_code, pps_error **ret_why)
{
	int i = sim_below(&s.w, s.nbegun);
	pps_publish_chunk *chunk = s.begun[i];

	s.is_in_parts = 0;
	*ret_code = pps_publish_chunk_act(&ops, NULL, chunk, ret_why);
	s.begun[i] = s.begun[--s.nbegun];
	return chunk;
}

static int crew_finish(void *user, pps_publish_chunk **ret_chunk, int *ret_code, pps_error **ret_why, pps_error **err)
{
	(void)user;
	(void)err;
	if (chance(300))
		meanwhile();
	else
		*ret_chunk = crew_act(ret_code, ret_why);
	return PPS_OK;
}

/* Nobody asks any more what came of them. */
static void crew_forget(void *user)
{
	(void)user;
	while (s.nbegun) {
		_cleanup_(pps_error_freep) pps_error *why = NULL;
		int code;

		if (chance(500))
			crew_act(&code, &why);
		else
			s.nbegun--;
	}
}

static const pps_publish_crew crew = { .size = crew_size, .begin = crew_begin, .finish = crew_finish, .forget = crew_forget };

/* ---- a process ---- */

static void set_policies(void)
{
	for (int i = 0; i < s.w.configured.n; i++) {
		const struct sim_policy *p = &s.w.configured.at[i];
		size_t n = 0;

		for (int t = 0; t < SIM_TYPES; t++)
			if (p->types >> t & 1)
				s.types[i][n++] = type_names[t];
		s.policies[i] = (pps_conf_policy){ .types = { s.types[i], n }, .embargo = p->embargo, .is_public = p->is_public, .retention = p->retention,
						   .origin = p->origin < 0 ? NULL : origin_names[p->origin] };
	}
}

static void make_flow(pps_publish_flow *flow, pps_state *state, pps_flow_lock *lock)
{
	*flow = (pps_publish_flow){ .ctx = s.ctx, .state = state, .lock = lock, .reclaim_after = s.w.configured.reclaim, .policies = s.policies,
				    .npolicies = (size_t)s.w.configured.n, .ops = &ops, .crew = s.crew ? &crew : NULL, .requested = INT64_MIN,
				    .only_repository = -1, .who = "sim" };
	make_graph(&flow->graph);
	flow->graph.at[0].reclaim_after = s.w.configured.reclaim;
	for (int t = 0; t <= PPS_TASK_DELETE; t++)
		flow->tasks[t].batch = s.is_quiet ? 1000 : 1 + sim_below(&s.w, 300);
}

/* Whatever happens in a run, it must be one of these that it ends with. */
static void check_ending(int r, const pps_error *err)
{
	if (s.is_taken_over && ledger_head() != s.taken_at)
		broken("it wrote into the ledger after another had taken over");
	if (r == PPS_OK || (r == PPS_E_CANCELLED && s.is_died) || (r == PPS_E_LOCKED && s.is_taken_over) || (r == PPS_E_HELD && s.skew))
		return;
	/* the local clock was ahead, and is not any more */
	if (r == PPS_E_HELD && strstr(pps_error_message(err), "ledger"))
		return;
	broken("a run ended with %s: %s", pps_error_code_name(r), pps_error_message(err));
}

static int repository_named(const char *name)
{
	for (int i = 0; i < s.w.nrepositories; i++)
		if (!strcmp(repository_names[i], name))
			return i;
	broken("something is said of %s, which is no repository", name);
}

/* What is left in a repository that was taken out is looked at when it is back. */
static int64_t open_entries(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_sql_rows_freep) pps_sql_rows *rows = NULL;
	int64_t n = 0;
	int r;

	must(pps_sql_query(pps_state_sql(s.operators), "SELECT l.subject FROM {ledger_open} o JOIN {ledger} l ON l.seq = o.seq", NULL, 0, &rows, &err), err,
	     "ledger");
	while ((r = pps_sql_next(rows, &err)) == 1)
		n += sim_is_in(&s.w.configured, repository_named(pps_sql_get_text(rows, 0)));
	must(r, err, "ledger");
	return n;
}

static void read_notice(const pps_notice *notice)
{
	if (notice->seq != s.told + 1 || notice->at < s.told_at)
		broken("notice %" PRId64 " comes after %" PRId64 ", or tells of an earlier time", notice->seq, s.told);
	s.told = notice->seq;
	s.told_at = notice->at;
	for (size_t i = 0; i < notice->n; i++) {
		int k = number_of(&notice->ids[i]), repository = repository_named(notice->repository);
		const char *wrong = sim_judge_notice(&s.w, notice->kind, repository, k);

		if (wrong)
			broken("notice of %d, %s %s: %s", k, pps_notice_name(notice->kind), notice->repository, wrong);
	}
}

static void read_notices(void)
{
	size_t n = 1;

	while (n) {
		_cleanup_(pps_error_freep) pps_error *err = NULL;
		_cleanup_(pps_notices_freep) pps_notices *notices = NULL;

		must(pps_state_notices(s.operators, s.told, 100, 10000, &notices, &err), err, "notices");
		n = pps_notices_count(notices);
		for (size_t i = 0; i < n; i++)
			read_notice(pps_notices_at(notices, i));
	}
}

/* Copies that a run ended before it had recorded them. */
static void note_unproven(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	const pps_dataset_filter all = { 0 };

	must(pps_state_datasets_find(s.operators, &all, &rows, &err), err, "find");
	for (size_t i = 0; i < pps_dataset_rows_count(rows); i++) {
		const pps_dataset_row *row = pps_dataset_rows_at(rows, i);
		struct sim_dataset *d = &s.w.datasets[number_of(&row->id)];

		for (size_t g = 1; g < s.flow.graph.n; g++) {
			const struct sim_repository *r = &s.w.repositories[s.of[g]];

			if (!r->is_public && !r->refers && d->in[s.of[g]].status == 'P' && row->status.status[s.flow.ordinal[g]] == '.')
				d->in[s.of[g]].is_unproven = 1;
		}
	}
}

static void run(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL, *e = NULL;
	_cleanup_(pps_flow_lock_freep) pps_flow_lock *lock = NULL;
	int r;

	s.is_taken_over = s.is_died = s.asked = 0;
	must(pps_state_open_url(s.ctx, s.url, &s.state, &e), e, "open");
	must(pps_state_lock(s.state, PPS_PUBLISH_FLOW, &lock, &e), e, "lock");
	set_policies();
	make_flow(&s.flow, s.state, lock);
	make_flow(&s.aside, s.operators, NULL);
	must(pps_publish_flow_read(&s.aside, &e), e, "read");
	tell("run at %" PRId64 " s, down %x, clock %+" PRId64 " s", s.w.now / SIM_SECOND, s.down, s.skew / SIM_SECOND);
	r = pps_publish_flow_run(&s.flow, &err);
	tell("ends with %s %s", pps_error_code_name(r), err ? pps_error_message(err) : "");
	check_ending(r, err);
	if (r < 0)
		note_unproven();
	read_notices();
	note_policies();
	if (r == PPS_OK && !s.flow.down && !s.flow.is_held && open_entries())
		broken("entries of the ledger are left open");
	pps_publish_flow_clear(&s.flow);
	pps_publish_flow_clear(&s.aside);
	pps_flow_lock_free(TAKE_PTR(lock));
	s.state = pps_state_unref(s.state);
}

static void accept_policies(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_free_ char *text = NULL;

	set_policies();
	must(format_terms(&text, &err), err, "policies");
	must(pps_state_set_policy(s.operators, PPS_PUBLISH_FLOW, text, NULL, 0, "accepted", "sim", &err), err, "policies");
	s.w.in_force = s.w.configured;
	tell("operator: accepts the policies");
}

/* ---- a world ---- */

static void copy_file(const char *from, const char *to)
{
	_cleanup_close_ int a = open(from, O_RDONLY | O_CLOEXEC), b = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct stat st;

	if (a < 0 || b < 0 || fstat(a, &st) < 0 || sendfile(b, a, NULL, (size_t)st.st_size) != st.st_size)
		broken("copy %s", from);
}

static void between_runs(void)
{
	static const int64_t skews[] = { 0, 0, 0, 20, -20, 80 * 3600, -3600, 365 * 86400 };
	static const int64_t waits[] = { 60, 600, 3600, 3600, 6 * 3600, 86400, 86400, 12 * 86400 };

	s.w.now += SIM_SECOND;
	pass_time(waits[sim_below(&s.w, 8)] * SIM_SECOND);
	s.has_others = 1;
	/* without another clock, the local one is all there is, and right */
	s.skew = chance(150) ? skews[sim_below(&s.w, 8)] * SIM_SECOND : 0;
	if (!s.skew && chance(300))
		s.has_others = 0;
	for (int i = 0; i < s.w.nrepositories; i++)
		s.down = chance(60) ? s.down | 1u << i : chance(700) ? s.down & ~(1u << i) : s.down;
	for (int i = sim_below(&s.w, 4); i > 0; i--)
		operate();
	if (!s.w.is_steady && chance(40))
		sim_change_policies(&s.w);
	if (chance(50))
		accept_policies();
}

/* All faults are over. */
static void mend(void)
{
	int numbers[SIM_DATASETS];
	size_t n = 0;

	s.is_quiet = s.has_others = 1;
	s.skew = s.down = 0;
	hold(&s.w.is_all_held, -1, 0);
	for (int day = 0; day < SIM_DAYS; day++)
		hold(&s.w.is_day_held[day], day, 0);
	for (int k = 0; k < s.w.ndatasets; k++) {
		struct sim_dataset *d = &s.w.datasets[k];

		if (d->end_kind == SIM_UNKNOWN)
			d->end_kind = SIM_KNOWN;
		if (d->is_registered)
			numbers[n++] = k;
	}
	if (n)
		change_flags(numbers, n, 0, PPS_DATASET_HELD | PPS_DATASET_PINNED | PPS_DATASET_ADOPTED);
	accept_policies();
}

/* The state says what is. */
static void check_state(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	_cleanup_(pps_dataset_rows_freep) pps_dataset_rows *rows = NULL;
	const pps_dataset_filter all = { 0 };
	size_t n = 0;

	must(pps_state_datasets_find(s.operators, &all, &rows, &err), err, "find");
	for (size_t i = 0; i < pps_dataset_rows_count(rows); i++) {
		const pps_dataset_row *row = pps_dataset_rows_at(rows, i);
		struct sim_dataset *d = &s.w.datasets[number_of(&row->id)];

		for (size_t g = 0; g < s.flow.graph.n; g++) {
			char said = row->status.status[s.flow.ordinal[g]];
			int k = s.of[g];

			/* it counts once it is made again, which is no longer wanted, or no longer possible */
			if (d->in[k].is_unproven && (s.w.policies_changed || d->in[s.w.repositories[k].from].status != 'P'))
				d->is_lost = 1;
			if (said != d->in[k].status && !d->is_lost)
				broken("the state says '%c' of %d in %s, where it is '%c'", said, number_of(&row->id), repository_names[k], d->in[k].status);
		}
	}
	for (int k = 0; k < s.w.ndatasets; k++)
		n += s.w.datasets[k].is_registered;
	if (n != pps_dataset_rows_count(rows))
		broken("%zu datasets were registered, the state has %zu", n, pps_dataset_rows_count(rows));
}

static void check_end(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	int64_t entries = 0;

	check_state();
	for (int k = 0; k < s.w.ndatasets; k++) {
		const char *wrong = sim_judge_end(&s.w, k);

		if (wrong)
			broken("in the end %d: %s", k, wrong);
	}
	must(pps_state_ledger_verify(s.operators, &entries, &err), err, "ledger");
	if (open_entries())
		broken("entries of the ledger were never closed");
}

static void live(uint64_t seed)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;

	s.seed = seed;
	s.ntales = 0;
	s.told = s.told_at = 0;
	s.is_quiet = 0;
	s.down = 0;
	/* every other world has one */
	s.crew = seed % 2 ? 0 : (int)(1 + seed / 2 % CREW_MOST);
	sim_make_world(&s.w, seed);
	copy_file(s.template_path, s.state_path);
	must(pps_state_open_url(s.ctx, s.url, &s.operators, &err), err, "open");
	accept_policies();
	for (int i = 0; i < MOST_SESSIONS; i++) {
		between_runs();
		run();
	}
	mend();
	for (int i = 0; i < 14; i++) {
		/* far enough for the longest embargo and retention, one after the other, and for what failed often */
		s.w.now += i < 3 ? SIM_DAY / 5 : 32 * SIM_DAY;
		run();
	}
	check_end();
	s.operators = pps_state_unref(s.operators);
}

static void set_up(void)
{
	_cleanup_(pps_error_freep) pps_error *err = NULL;
	char url[160];

	/* in memory, where there is such a place */
	snprintf(s.folder, sizeof s.folder, "%s/pps-sim-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(s.folder))
		broken("%s", s.folder);
	snprintf(s.template_path, sizeof s.template_path, "%s/template.db", s.folder);
	snprintf(s.state_path, sizeof s.state_path, "%s/state.db", s.folder);
	snprintf(s.url, sizeof s.url, "sqlite:///%s", s.state_path);
	snprintf(url, sizeof url, "sqlite:///%s", s.template_path);
	must(pps_ctx_new(&s.ctx, &err), err, "context");
	must(pps_state_init_url(s.ctx, url, 0, NULL, &err), err, "init");
}

static void tear_down(void)
{
	char path[160];

	snprintf(path, sizeof path, "%s.%s.lock", s.state_path, PPS_PUBLISH_FLOW);
	unlink(path);
	unlink(s.state_path);
	unlink(s.template_path);
	rmdir(s.folder);
	pps_ctx_unref(s.ctx);
}

int main(int argc, char **argv)
{
	int64_t steps = 100000;
	uint64_t seed = 1, worlds = 0;
	int one = 0;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--steps") && i + 1 < argc)
			steps = strtoll(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			seed = strtoull(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--one"))
			one = 1;
		else if (!strcmp(argv[i], "-v"))
			s.is_verbose = 1;
		else
			return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	set_up();
	do {
		live(seed + worlds++);
	} while (!one && s.steps < steps);
	tear_down();
	printf("%" PRId64 " steps in %" PRIu64 " worlds\n%" PRIu64 " passed, 0 failed\n", s.steps, worlds, worlds);
	return 0;
}
