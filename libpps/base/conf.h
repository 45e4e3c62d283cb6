/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration, for the rooms below: what pps.yaml says as plain structures. The public side is <pps/conf.h>, what
 * each key means is in docs/configuration.md, made from the table of conf-table.c.
 * Everything is borrowed from the configuration and never changes; texts are NULL where nothing was given and there is
 * no default.
 */
#ifndef PPS_BASE_CONF_H
#define PPS_BASE_CONF_H

#include <pps/conf.h>

#include "base/time.h"

static inline void pps_conf_unrefp(pps_conf **conf)
{
	pps_conf_unref(*conf);
}

/* Where something was written, for messages: pps_fail_at(err, PPS_E_CONFIG, place.file, place.line, place.column, ...). */
typedef struct pps_conf_place {
	const char *file;
	int line; /* 0: not written, a default */
	int column;
} pps_conf_place;

typedef struct pps_conf_texts {
	const char **at;
	size_t n;
} pps_conf_texts;

enum { PPS_TRANSFER_NONE, PPS_TRANSFER_COPY, PPS_TRANSFER_HARDLINK, PPS_TRANSFER_DIRECT, PPS_TRANSFER_IN_PLACE };
enum { PPS_ON_NO_LINK_HOLD, PPS_ON_NO_LINK_COPY };

typedef struct pps_conf_repository {
	pps_conf_place place;
	const char *name;
	/* For pps_butler_open(): as written (an alias, a URI, an absolute path), or absolute where there is such a file or
	 * folder beside the configuration. */
	const char *butler;
	const struct pps_conf_repository *from; /* NULL: no part of flow B, or its first */
	int transfer;                           /* PPS_TRANSFER_*; NONE without `from` */
	int is_public;                          /* audience: public */
	int on_no_link;                         /* PPS_ON_NO_LINK_* */
	int64_t reclaim_after;                  /* ns; default 24 h */
} pps_conf_repository;

typedef struct pps_conf_kafka {
	pps_conf_place place;
	const char *brokers; /* "host:port,host:port" */
	const char *topic;
	const char *group;
	const char *batch_root;                          /* intake only: absolute folder or URI */
	pps_conf_texts property_names, property_values; /* for librdkafka, pairs in order */
} pps_conf_kafka;

/* Who carries out chunks beside the service. */
typedef struct pps_conf_workers {
	const pps_conf_kafka *kafka; /* topic: of orders; NULL: nobody */
	const char *results;         /* topic of answers */
} pps_conf_workers;

/* Where lists of new datasets come from; what is not configured is NULL. */
typedef struct pps_conf_intake {
	const pps_conf_kafka *kafka;
	const char *folder;     /* absolute folder or URI, no slash at its end */
	pps_conf_texts origins; /* that are known, besides those that policies name */
} pps_conf_intake;

/* One topic of Rucio's events. */
typedef struct pps_conf_import_topic {
	pps_conf_place place;
	const char *rucio_prefix;
	const char *local_prefix; /* absolute folder or URI, no slash at its end */
	const pps_conf_repository *repository;
} pps_conf_import_topic;

typedef struct pps_conf_import {
	pps_conf_place place;
	const pps_conf_kafka *kafka; /* without a topic of its own */
	pps_conf_texts names;        /* of the topics */
	const pps_conf_import_topic *topics; /* names.n of them */
} pps_conf_import;

typedef struct pps_conf_query {
	pps_conf_place place;       /* of the query */
	pps_conf_place where_place; /* of the expression */
	const char *instrument;
	const char *where; /* "" for every exposure */
	int64_t embargo;   /* ns */
	pps_conf_texts collections;   /* default: INSTRUMENT/raw/all and INSTRUMENT/raw/guider */
	pps_conf_texts dataset_types; /* default: raw and guider_raw */
} pps_conf_query;

typedef struct pps_conf_destination {
	pps_conf_place place;
	const pps_conf_repository *repository;
	const char *uri_root; /* where its URIs of zips begin: a URI or absolute folder, no slash at its end; never NULL */
} pps_conf_destination;

/* Which dimension records travel with raws. */
enum {
	PPS_RECORDS_REFS,       /* those that transfer_dimension_records_from(refs) carries: no visits */
	PPS_RECORDS_WITH_VISITS /* also the exposures' visits, definitions, memberships, regions and overlaps */
};

typedef struct pps_conf_raw {
	pps_conf_place place;
	const pps_conf_repository *source;
	const pps_conf_destination *destinations;
	size_t ndestinations;
	const char *dest_root; /* absolute folder or URI, no slash at its end */
	const pps_conf_query *queries;
	size_t nqueries;
	const char *skymap;
	const pps_conf_kafka *events; /* NULL: none */
	const char *events_root;      /* folder or URI, no slash at its end; NULL: each event's own bucket */
	int64_t events_list_every;    /* ns; 0 without events */
	int64_t safe_copies;          /* default 3 */
	int64_t since;                /* TAI ns; PPS_TAI_MIN: no lower bound */
	int records;                  /* PPS_RECORDS_* */
	int require_expected_sensors;
	int64_t incomplete_after; /* ns after the exposure's end; -1: never */
} pps_conf_raw;

typedef struct pps_conf_policy {
	pps_conf_place place;
	pps_conf_texts types; /* glob patterns */
	const char *origin;   /* NULL: any */
	int64_t embargo;      /* ns */
	int is_public;
	int64_t retention; /* ns; -1: forever */
} pps_conf_policy;

/* The pace of a task of flow B. */
enum { PPS_CONF_TASK_REGISTER, PPS_CONF_TASK_DIMENSIONS, PPS_CONF_TASK_COPY, PPS_CONF_TASK_PUBLISH, PPS_CONF_TASK_EXPIRE, PPS_CONF_TASK_DELETE };
#define PPS_CONF_TASKS 6

typedef struct pps_conf_task {
	const char *name;     /* "copy" */
	int64_t every;        /* ns */
	int64_t batch;        /* most datasets in one chunk */
	pps_conf_texts quiet; /* "21:30-12:00 UTC" */
	double rate;          /* most datasets a second; 0: any */
	int64_t concurrency;  /* most chunks at a time; 0: any */
} pps_conf_task;

/* An address that notices are posted to. */
typedef struct pps_conf_webhook {
	pps_conf_place place;
	const char *url;         /* may hold a password */
	const char *secret_file; /* absolute path; NULL: calls are not signed */
	pps_conf_texts events;   /* their names; none: all */
	int64_t give_up_after;   /* ns of failures without a success */
} pps_conf_webhook;

typedef struct pps_conf_notify {
	pps_conf_place place;
	const char *feed; /* absolute folder or URI; NULL: none */
	const pps_conf_webhook *webhooks;
	size_t nwebhooks;
	const char *kafka_topic; /* on the servers of intake.kafka; NULL: none */
} pps_conf_notify;

typedef struct pps_conf_chain {
	pps_conf_place place; /* line 0: the mission's, not written */
	const char *name;
	pps_conf_texts children; /* in the order of searching; no name twice */
} pps_conf_chain;

enum { PPS_ON_CONFLICT_KEEP, PPS_ON_CONFLICT_REPLACE };

/* Collections of each public repository. */
typedef struct pps_conf_collections {
	const char *available; /* TAGGED */
	const char *expired;   /* TAGGED */
	int on_conflict;       /* PPS_ON_CONFLICT_* */
	const pps_conf_chain *chains; /* CHAINED, none of which holds itself */
	size_t nchains;
} pps_conf_collections;

/* An S3 endpoint. */
typedef struct pps_conf_profile {
	pps_conf_place place;
	const char *name;
	const char *endpoint;
	const char *region;
	const char *credentials; /* absolute path of an ini file, as AWS_SHARED_CREDENTIALS_FILE */
} pps_conf_profile;

typedef struct pps_conf_rucio {
	pps_conf_place place;
	const char *config; /* absolute path of rucio.cfg */
	const char *url;
	const char *auth_url;  /* NULL: url */
	const char *account;
	const char *auth_type; /* "ssh", "userpass", "x509", "x509_proxy", "oidc"; NULL: as rucio.cfg or the environment says */
	const char *username;
	const char *password_file, *private_key, *certificate, *token_file; /* absolute paths */
	const char *ca;
	const char *rse;
	const char *scope;
	const char *site; /* this one, in SafeCopies */
	pps_conf_texts site_names, site_rses; /* the others, pairs in order */
	const char *tape; /* storage element that arcBackup names */
} pps_conf_rucio;

const char *pps_conf_file(const pps_conf *conf);
/* As SQLAlchemy writes it, absolute: "sqlite:////abs/state.db" or "postgresql://..."; may hold a password. */
const char *pps_conf_state(const pps_conf *conf);

size_t pps_conf_repository_count(const pps_conf *conf);
const pps_conf_repository *pps_conf_repository_at(const pps_conf *conf, size_t n);
const pps_conf_repository *pps_conf_repository_find(const pps_conf *conf, const char *name); /* NULL: none */

/* NULL when there is no `raw:` block. */
const pps_conf_raw *pps_conf_raw_block(const pps_conf *conf);
/* NULL when there is no `rucio:` block. */
const pps_conf_rucio *pps_conf_rucio_block(const pps_conf *conf);

/* NULL when there is no `import:` block. */
const pps_conf_import *pps_conf_import_block(const pps_conf *conf);
/* NULL when there is no `intake.kafka:` block. */
const pps_conf_kafka *pps_conf_intake_kafka(const pps_conf *conf);
/* Never NULL: origins has its default also without an `intake:` block. */
const pps_conf_intake *pps_conf_intake_block(const pps_conf *conf);

/* NULL when there is no `notify:` block. */
const pps_conf_notify *pps_conf_notify_block(const pps_conf *conf);

/* Never NULL: what was not given is the mission's. */
const pps_conf_collections *pps_conf_collections_block(const pps_conf *conf);

size_t pps_conf_policy_count(const pps_conf *conf);
const pps_conf_policy *pps_conf_policy_at(const pps_conf *conf, size_t n);
/* The nth task, PPS_CONF_TASK_*; never NULL. */
const pps_conf_task *pps_conf_task_at(const pps_conf *conf, size_t n);
/* Threads of this process. */
int pps_conf_threads(const pps_conf *conf);
const pps_conf_workers *pps_conf_workers_block(const pps_conf *conf);
size_t pps_conf_profile_count(const pps_conf *conf);
const pps_conf_profile *pps_conf_profile_at(const pps_conf *conf, size_t n);

#endif
