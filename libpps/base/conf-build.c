/* SPDX-License-Identifier: BSD-3-Clause */
/* From values without errors to the structures of conf.h. */
#include <string.h>

#include "base/conf-value.h"

/* Zeroed memory that lives as long as the configuration; NULL: out of memory. */
static void *take(pps_conf *conf, size_t n, size_t size)
{
	void *p;

	if (pps_grow(&conf->owned, &conf->owned_cap, conf->nowned, sizeof *conf->owned) < 0 || !(p = calloc(n ? n : 1, size)))
		return NULL;
	conf->owned[conf->nowned++] = p;
	return p;
}

static char *take_text(pps_conf *conf, const char *text, const char *more)
{
	char *p = take(conf, strlen(text) + strlen(more) + 1, 1);

	if (p)
		memcpy(stpcpy(p, text), more, strlen(more) + 1);
	return p;
}

static const char *text_of(const struct conf_value *block, const char *name)
{
	const struct conf_value *v = conf_value_child(block, name);

	return v ? v->text : NULL;
}

static int64_t number_of(const struct conf_value *block, const char *name, int64_t absent)
{
	const struct conf_value *v = conf_value_child(block, name);

	return v ? v->number : absent;
}

/* @names: the values' own names instead of their texts. */
static int build_texts(pps_conf *conf, const struct conf_value *v, int names, pps_conf_texts *ret)
{
	if (!v)
		return PPS_OK;
	if (!(ret->at = take(conf, v->n, sizeof *ret->at)))
		return PPS_E_NOMEM;
	for (size_t i = 0; i < v->n; i++)
		ret->at[ret->n++] = names ? v->children[i]->name : v->children[i]->text;
	return PPS_OK;
}

static int build_kafka(pps_conf *conf, const struct conf_value *v, const pps_conf_kafka **ret)
{
	pps_conf_kafka *k;
	const struct conf_value *properties = conf_value_child(v, "properties");

	if (!v)
		return PPS_OK;
	if (!(k = take(conf, 1, sizeof *k)))
		return PPS_E_NOMEM;
	k->place = v->place;
	k->brokers = text_of(v, "brokers");
	k->topic = text_of(v, "topic");
	k->group = text_of(v, "group");
	k->batch_root = text_of(v, "batch_root");
	*ret = k;
	if (build_texts(conf, properties, 1, &k->property_names) < 0)
		return PPS_E_NOMEM;
	return build_texts(conf, properties, 0, &k->property_values);
}

static int build_repositories(pps_conf *conf, const struct conf_value *v)
{
	if (!v)
		return PPS_OK;
	if (!(conf->repositories = take(conf, v->n, sizeof *conf->repositories)))
		return PPS_E_NOMEM;
	for (size_t i = 0; i < v->n; i++) {
		const struct conf_value *one = v->children[i];
		pps_conf_repository *repo = &conf->repositories[i];
		const char *from = text_of(one, "from");

		repo->place = one->place;
		repo->name = one->name;
		repo->butler = text_of(one, "butler");
		repo->from = from ? pps_conf_repository_find(conf, from) : NULL;
		repo->transfer = (int)number_of(one, "transfer", PPS_TRANSFER_NONE - 1) + 1;
		repo->is_public = (int)number_of(one, "audience", 0);
		repo->on_no_link = (int)number_of(one, "on_no_link", 0);
		repo->reclaim_after = number_of(one, "reclaim_after", 0);
		conf->nrepositories++;
	}
	return PPS_OK;
}

static int build_policies(pps_conf *conf, const struct conf_value *v)
{
	if (!v)
		return PPS_OK;
	if (!(conf->policies = take(conf, v->n, sizeof *conf->policies)))
		return PPS_E_NOMEM;
	for (size_t i = 0; i < v->n; i++) {
		const struct conf_value *one = v->children[i];
		pps_conf_policy *policy = &conf->policies[i];

		policy->place = one->place;
		policy->origin = text_of(one, "origin");
		policy->embargo = number_of(one, "embargo_hours", 0);
		policy->is_public = (int)number_of(one, "public", 0);
		policy->retention = number_of(one, "retention_days", -1);
		if (build_texts(conf, conf_value_child(one, "types"), 0, &policy->types) < 0)
			return PPS_E_NOMEM;
	}
	conf->npolicies = v->n;
	return PPS_OK;
}

/* Two texts that follow from the instrument. */
static int default_texts(pps_conf *conf, const char *before, const char *one, const char *two, pps_conf_texts *ret)
{
	if (!(ret->at = take(conf, 2, sizeof *ret->at)) || !(ret->at[0] = take_text(conf, before, one)) ||
	    !(ret->at[1] = take_text(conf, before, two)))
		return PPS_E_NOMEM;
	ret->n = 2;
	return PPS_OK;
}

static int build_intake(pps_conf *conf, const struct conf_value *v)
{
	const struct conf_value *origins = v ? conf_value_child(v, "origins") : NULL;

	if (v) {
		conf->intake.folder = text_of(v, "folder");
		if (build_kafka(conf, conf_value_child(v, "kafka"), &conf->intake.kafka) < 0)
			return PPS_E_NOMEM;
	}
	return origins ? build_texts(conf, origins, 0, &conf->intake.origins) :
			 default_texts(conf, "", "prompt_processing", "daytime_ap_catchup", &conf->intake.origins);
}

static int build_query(pps_conf *conf, const struct conf_value *v, pps_conf_query *query)
{
	const struct conf_value *collections = conf_value_child(v, "collections"), *types = conf_value_child(v, "dataset_types");
	int r;

	query->place = v->place;
	query->where_place = conf_value_child(v, "where")->place;
	query->instrument = text_of(v, "instrument");
	query->where = text_of(v, "where");
	query->embargo = number_of(v, "embargo_hours", 0);
	r = collections ? build_texts(conf, collections, 0, &query->collections) :
			  default_texts(conf, query->instrument, "/raw/all", "/raw/guider", &query->collections);
	if (r < 0)
		return r;
	return types ? build_texts(conf, types, 0, &query->dataset_types) :
		       default_texts(conf, "", "raw", "guider_raw", &query->dataset_types);
}

static int build_queries(pps_conf *conf, const struct conf_value *v, pps_conf_raw *raw)
{
	pps_conf_query *queries = take(conf, v->n, sizeof *queries);
	int r = PPS_OK;

	if (!queries)
		return PPS_E_NOMEM;
	for (size_t i = 0; r == PPS_OK && i < v->n; i++)
		r = build_query(conf, v->children[i], &queries[i]);
	raw->queries = queries;
	raw->nqueries = v->n;
	return r;
}

static int build_destinations(pps_conf *conf, const struct conf_value *v, pps_conf_raw *raw)
{
	pps_conf_destination *destinations = take(conf, v->n, sizeof *destinations);

	if (!destinations)
		return PPS_E_NOMEM;
	for (size_t i = 0; i < v->n; i++) {
		const char *uri_root = text_of(v->children[i], "uri_root");

		destinations[i].place = v->children[i]->place;
		destinations[i].repository = pps_conf_repository_find(conf, text_of(v->children[i], "repository"));
		destinations[i].uri_root = uri_root ? uri_root : raw->dest_root;
	}
	raw->destinations = destinations;
	raw->ndestinations = v->n;
	return PPS_OK;
}

static int build_raw(pps_conf *conf, const struct conf_value *v)
{
	pps_conf_raw *raw;
	int r;

	if (!v)
		return PPS_OK;
	if (!(raw = take(conf, 1, sizeof *raw)))
		return PPS_E_NOMEM;
	raw->place = v->place;
	raw->source = pps_conf_repository_find(conf, text_of(v, "source"));
	raw->dest_root = text_of(v, "dest_root");
	raw->skymap = text_of(v, "skymap");
	raw->safe_copies = number_of(v, "safe_copies", 0);
	raw->since = number_of(v, "since", PPS_TAI_MIN);
	raw->records = (int)number_of(v, "records", PPS_RECORDS_REFS);
	raw->require_expected_sensors = (int)number_of(v, "require_expected_sensors", 0);
	raw->incomplete_after = number_of(v, "incomplete_after", -1);
	raw->events_root = text_of(conf_value_child(v, "events"), "root");
	raw->events_list_every = number_of(conf_value_child(v, "events"), "list_every", 0);
	conf->raw = raw;
	if ((r = build_kafka(conf, conf_value_child(conf_value_child(v, "events"), "kafka"), &raw->events)) < 0 ||
	    (r = build_destinations(conf, conf_value_child(v, "destinations"), raw)) < 0)
		return r;
	return build_queries(conf, conf_value_child(v, "queries"), raw);
}

static int build_rucio(pps_conf *conf, const struct conf_value *v)
{
	const struct conf_value *auth = conf_value_child(v, "auth");

	if (!v)
		return PPS_OK;
	if (!(conf->rucio = take(conf, 1, sizeof *conf->rucio)))
		return PPS_E_NOMEM;
	*conf->rucio = (pps_conf_rucio){
		.place = v->place,
		.config = text_of(v, "config"),
		.url = text_of(v, "url"),
		.auth_url = text_of(v, "auth_url"),
		.account = text_of(v, "account"),
		.auth_type = text_of(auth, "type"),
		.username = text_of(auth, "username"),
		.password_file = text_of(auth, "password_file"),
		.private_key = text_of(auth, "private_key"),
		.certificate = text_of(auth, "certificate"),
		.token_file = text_of(auth, "token_file"),
		.ca = text_of(v, "ca"),
		.rse = text_of(v, "rse"),
		.scope = text_of(v, "scope"),
		.site = text_of(v, "site"),
		.tape = text_of(v, "tape"),
	};
	if (build_texts(conf, conf_value_child(v, "sites"), 1, &conf->rucio->site_names) < 0)
		return PPS_E_NOMEM;
	return build_texts(conf, conf_value_child(v, "sites"), 0, &conf->rucio->site_rses);
}

static int build_import(pps_conf *conf, const struct conf_value *v)
{
	const struct conf_value *topics = conf_value_child(v, "topics");
	pps_conf_import_topic *list;

	if (!v)
		return PPS_OK;
	if (!(conf->import = take(conf, 1, sizeof *conf->import)) || !(list = take(conf, topics->n, sizeof *list)))
		return PPS_E_NOMEM;
	conf->import->place = v->place;
	conf->import->topics = list;
	for (size_t i = 0; i < topics->n; i++) {
		const struct conf_value *one = topics->children[i];

		list[i].place = one->place;
		list[i].rucio_prefix = text_of(one, "rucio_prefix");
		list[i].local_prefix = text_of(one, "local_prefix");
		list[i].repository = pps_conf_repository_find(conf, text_of(one, "repository"));
	}
	if (build_texts(conf, topics, 1, &conf->import->names) < 0)
		return PPS_E_NOMEM;
	return build_kafka(conf, conf_value_child(v, "kafka"), &conf->import->kafka);
}

/* Every task has a pace, whether it is written or not: the table's defaults. */
static int build_tasks(pps_conf *conf, const struct conf_value *v)
{
	static const char *const names[PPS_CONF_TASKS] = { "register", "dimensions", "copy", "publish", "expire", "delete" };

	for (size_t i = 0; i < PPS_CONF_TASKS; i++) {
		const struct conf_value *one = v ? conf_value_child(v, names[i]) : NULL, *rate = one ? conf_value_child(one, "rate") : NULL;

		conf->tasks[i] = (pps_conf_task){ .name = names[i], .every = one ? number_of(one, "every", 0) : 60 * PPS_NS_PER_S,
						  .batch = one ? number_of(one, "batch", 0) : 1000, .rate = rate ? rate->real : 0,
						  .concurrency = one ? number_of(one, "concurrency", 0) : 0 };
		if (one && build_texts(conf, conf_value_child(one, "quiet"), 0, &conf->tasks[i].quiet) < 0)
			return PPS_E_NOMEM;
	}
	return PPS_OK;
}

static int build_webhook(pps_conf *conf, const struct conf_value *v, pps_conf_webhook *hook)
{
	hook->place = v->place;
	hook->url = text_of(v, "url");
	hook->secret_file = text_of(v, "secret_file");
	hook->give_up_after = number_of(v, "give_up_after", 0);
	return build_texts(conf, conf_value_child(v, "events"), 0, &hook->events);
}

static int build_notify(pps_conf *conf, const struct conf_value *v)
{
	const struct conf_value *hooks = conf_value_child(v, "webhooks");
	size_t n = hooks ? hooks->n : 0;
	pps_conf_webhook *list;

	if (!v)
		return PPS_OK;
	if (!(conf->notify = take(conf, 1, sizeof *conf->notify)) || !(list = take(conf, n, sizeof *list)))
		return PPS_E_NOMEM;
	*conf->notify = (pps_conf_notify){ .place = v->place, .feed = text_of(v, "feed"), .webhooks = list, .nwebhooks = n,
					   .kafka_topic = text_of(v, "kafka_topic") };
	for (size_t i = 0; i < n; i++)
		if (build_webhook(conf, hooks->children[i], &list[i]) < 0)
			return PPS_E_NOMEM;
	return PPS_OK;
}

/* ---- collections ---- */

/* The mission's, where none are configured: the same as in the example of the design. */
static const char *const mission_available[] = { "LSSTCam/raw/all", "{available}", "Prompt/Calibs" };
static const char *const mission_all[] = { "Prompt/Available", "{expired}" };
static const struct {
	const char *name;
	const char *const *children;
	size_t n;
} mission[] = {
	{ "Prompt/Available", mission_available, PPS_COUNT(mission_available) },
	{ "Prompt/All", mission_all, PPS_COUNT(mission_all) },
};

static const char *meant(const pps_conf_collections *c, const char *name)
{
	return strcmp(name, "{available}") == 0 ? c->available : strcmp(name, "{expired}") == 0 ? c->expired : name;
}

static int build_mission(pps_conf *conf, pps_conf_chain *chain, size_t n)
{
	*chain = (pps_conf_chain){ .place.file = conf->file, .name = mission[n].name };
	if (!(chain->children.at = take(conf, mission[n].n, sizeof *chain->children.at)))
		return PPS_E_NOMEM;
	for (size_t i = 0; i < mission[n].n; i++)
		chain->children.at[chain->children.n++] = meant(&conf->collections, mission[n].children[i]);
	return PPS_OK;
}

static int build_chain(pps_conf *conf, pps_conf_chain *chain, const struct conf_value *v)
{
	*chain = (pps_conf_chain){ .place = v->place, .name = v->name };
	if (build_texts(conf, v, 0, &chain->children) < 0)
		return PPS_E_NOMEM;
	for (size_t i = 0; i < chain->children.n; i++)
		chain->children.at[i] = meant(&conf->collections, chain->children.at[i]);
	return PPS_OK;
}

static const char *fallback_of(const char *path)
{
	for (size_t i = 0; i < conf_nkeys; i++)
		if (strcmp(conf_keys[i].path, path) == 0)
			return conf_keys[i].fallback;
	return NULL;
}

static int build_collections(pps_conf *conf, const struct conf_value *v)
{
	const struct conf_value *chains = conf_value_child(v, "chains");
	pps_conf_collections *c = &conf->collections;
	size_t n = chains ? chains->n : PPS_COUNT(mission);
	pps_conf_chain *list = take(conf, n, sizeof *list);
	int r = PPS_OK;

	if (!list)
		return PPS_E_NOMEM;
	c->available = v ? text_of(v, "available") : fallback_of("collections.available");
	c->expired = v ? text_of(v, "expired") : fallback_of("collections.expired");
	c->on_conflict = (int)number_of(v, "on_conflict", PPS_ON_CONFLICT_KEEP);
	c->chains = list;
	c->nchains = n;
	for (size_t i = 0; r == PPS_OK && i < n; i++)
		r = chains ? build_chain(conf, &list[i], chains->children[i]) : build_mission(conf, &list[i], i);
	return r;
}

static int build_profiles(pps_conf *conf, const struct conf_value *v)
{
	if (!v)
		return PPS_OK;
	if (!(conf->profiles = take(conf, v->n, sizeof *conf->profiles)))
		return PPS_E_NOMEM;
	for (size_t i = 0; i < v->n; i++)
		conf->profiles[i] = (pps_conf_profile){
			.place = v->children[i]->place,
			.name = v->children[i]->name,
			.endpoint = text_of(v->children[i], "endpoint"),
			.region = text_of(v->children[i], "region"),
			.credentials = text_of(v->children[i], "credentials"),
		};
	conf->nprofiles = v->n;
	return PPS_OK;
}

/* By default on the servers of the intake. */
static int build_workers(pps_conf *conf, const struct conf_value *v)
{
	const struct conf_value *kafka = conf_value_child(v, "kafka");
	const pps_conf_kafka *intake = conf->intake.kafka;
	pps_conf_kafka *k;

	conf->threads = (int)number_of(v, "threads", 8);
	if (!kafka)
		return PPS_OK;
	if (build_kafka(conf, kafka, &conf->workers.kafka) < 0)
		return PPS_E_NOMEM;
	conf->workers.results = text_of(kafka, "results");
	k = (pps_conf_kafka *)conf->workers.kafka;
	if (!k->brokers && intake) {
		k->brokers = intake->brokers;
		/* whose login is needed there, too */
		if (!k->property_names.n) {
			k->property_names = intake->property_names;
			k->property_values = intake->property_values;
		}
	}
	return PPS_OK;
}

int conf_build(pps_conf *conf, pps_error **err)
{
	const struct conf_value *root = conf->root, *state = conf_value_child(root, "state");

	conf->state = state->text;
	if (build_tasks(conf, conf_value_child(root, "tasks")) < 0 || build_repositories(conf, conf_value_child(root, "repositories")) < 0 ||
	    build_collections(conf, conf_value_child(root, "collections")) < 0 ||
	    build_policies(conf, conf_value_child(root, "policies")) < 0 || build_raw(conf, conf_value_child(root, "raw")) < 0 ||
	    build_intake(conf, conf_value_child(root, "intake")) < 0 || build_workers(conf, conf_value_child(root, "workers")) < 0 ||
	    build_import(conf, conf_value_child(root, "import")) < 0 || build_notify(conf, conf_value_child(root, "notify")) < 0 ||
	    build_rucio(conf, conf_value_child(root, "rucio")) < 0 || build_profiles(conf, conf_value_child(root, "profiles")) < 0)
		return pps_fail_nomem(err);
	return PPS_OK;
}
