/* SPDX-License-Identifier: BSD-3-Clause */
/* What Rucio says of the copies of an exposure. */
#include <string.h>

#include "raw/prune.h"

static int add_site(pps_prune_case *c, const char *name, const char *element, const char *tape, pps_error **err)
{
	if (c->facts.nsites == PPS_SITES_MOST)
		return pps_fail(err, PPS_E_CONFIG, "rucio.sites: at most %d sites", PPS_SITES_MOST - 1);
	c->sites[c->facts.nsites++] = (pps_prune_site){ .name = name, .element = element, .is_tape = tape && !strcmp(element, tape) };
	return PPS_OK;
}

static int add_sites(pps_prune_case *c, const pps_conf_rucio *conf, pps_error **err)
{
	int r = add_site(c, conf->site, conf->rse, conf->tape, err);

	for (size_t i = 0; i < conf->site_names.n && r == PPS_OK; i++)
		r = add_site(c, conf->site_names.at[i], conf->site_rses.at[i], conf->tape, err);
	return r;
}

/* The worst of an element's replicas of these files. */
static int worst_replica(const pps_rucio_pairs *pairs, const pps_catalogue *want, const char *element)
{
	int worst = PPS_REPLICA_AVAILABLE;

	for (size_t i = 0; i < want->nfiles; i++) {
		const pps_rucio_pair *pair = pps_rucio_pairs_find(pairs, want->files[i].name, element);

		if (pair && strcmp(pair->state, "AVAILABLE") != 0)
			return PPS_REPLICA_BAD;
		if (!pair)
			worst = PPS_REPLICA_NONE;
	}
	return want->nfiles ? worst : PPS_REPLICA_UNKNOWN;
}

static int ask_replicas(pps_prune_case *c, pps_rucio *rucio, const pps_catalogue *want, pps_error **err)
{
	_cleanup_(pps_rucio_pairs_freep) pps_rucio_pairs *pairs = NULL;
	_cleanup_free_ const char **names = calloc(want->nfiles + 1, sizeof *names);
	int r;

	if (!names)
		return pps_fail_nomem(err);
	for (size_t i = 0; i < want->nfiles; i++)
		names[i] = want->files[i].name;
	if ((r = pps_rucio_replicas(rucio, names, want->nfiles, &pairs, err)) < 0)
		return r;
	for (size_t i = 0; i < c->facts.nsites; i++)
		c->sites[i].replica = worst_replica(pairs, want, c->sites[i].element);
	return PPS_OK;
}

static pps_answer answer_of(int mark)
{
	return mark == PPS_MARK_OK ? PPS_ANSWER_YES : mark == PPS_MARK_MISSING || mark == PPS_MARK_DIFFERENT ? PPS_ANSWER_NO : PPS_ANSWER_UNKNOWN;
}

/* Files, datasets and keys are places as any other; tape and copies are counted elsewhere. */
static void add_places(pps_prune_case *c, const uint8_t *marks)
{
	for (int p = PPS_CATALOGUE_RUCIO; p <= PPS_CATALOGUE_META; p++) {
		pps_answer answer = answer_of(marks[p]);

		if (answer == PPS_ANSWER_NO)
			c->facts.places = PPS_ANSWER_NO;
		else if (answer == PPS_ANSWER_UNKNOWN && c->facts.places == PPS_ANSWER_YES)
			c->facts.places = PPS_ANSWER_UNKNOWN;
	}
}

static int ask(pps_prune_case *c, pps_catalogue_item *item, pps_error **err)
{
	const pps_raw_job *job = c->job;
	const pps_conf_rucio *conf = pps_conf_rucio_block(job->raw->conf);
	pps_rucio *rucio;
	int r;

	if ((r = add_sites(c, conf, err)) < 0 || (r = pps_raw_rucio(job->raw, &rucio, err)) < 0 ||
	    (r = pps_raw_job_catalogue(c->job, &item->want, err)) < 0 ||
	    (r = pps_catalogue_look(rucio, &item, 1, job->raw->block->safe_copies, err)) < 0 ||
	    (r = ask_replicas(c, rucio, &item->want, err)) < 0)
		return r;
	c->facts.catalogue = PPS_ANSWER_YES;
	c->facts.checksums = answer_of(item->plan.marks[PPS_CATALOGUE_RUCIO]);
	c->facts.tape = pps_prune_tape(item->arc_backup, conf->tape);
	c->facts.safe_copies = c->safe_copies = TAKE_PTR(item->safe_copies);
	add_places(c, item->plan.marks);
	memcpy(job->row->marks + pps_raw_catalogue_place(job->raw), item->plan.marks, sizeof item->plan.marks);
	return PPS_OK;
}

int pps_prune_gather_catalogue(pps_prune_case *c, pps_error **err)
{
	_cleanup_catalogue_item_ pps_catalogue_item item = PPS_CATALOGUE_ITEM;
	_cleanup_(pps_error_freep) pps_error *found = NULL;
	int r;

	if (!pps_raw_has_rucio(c->job->raw)) {
		c->facts.catalogue = PPS_ANSWER_NO;
		return PPS_OK;
	}
	r = ask(c, &item, &found);
	if (r == PPS_E_CANCELLED || r == PPS_E_NOMEM) {
		pps_error_move(err, TAKE_PTR(found));
		return r;
	}
	if (r < 0)
		pps_raw_because(&c->why, "%s", pps_error_message(found));
	return PPS_OK;
}
