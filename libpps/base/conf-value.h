/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of keys, and what was read for them: private to conf*.c. */
#ifndef PPS_BASE_CONF_VALUE_H
#define PPS_BASE_CONF_VALUE_H

#include "base/buf.h"
#include "base/conf.h"
#include "base/yaml.h"

/* Types of values. */
enum {
	CONF_BLOCK,   /* a map with the keys below it in the table */
	CONF_BLOCKS,  /* a map of blocks by name: the entry "PATH.*" is their pattern */
	CONF_ITEMS,   /* a list of blocks: the entry "PATH[]" is their pattern */
	CONF_TEXT,
	CONF_TEXTS,   /* a text, or a list of texts */
	CONF_PAIRS,   /* a map of texts, given as they are */
	CONF_CHAINS,  /* a map of lists of texts */
	CONF_CHOICE,  /* one of @choices */
	CONF_CHOICES, /* a list of them */
	CONF_BOOL,
	CONF_INT,      /* from @least to @most */
	CONF_RATE,     /* a number above zero */
	CONF_HOURS,    /* -> ns */
	CONF_DAYS,     /* -> ns, or -1 for "forever" */
	CONF_DURATION, /* -> ns, or -1 for "never" where that is the default */
	CONF_TIME,     /* UTC -> TAI ns */
	CONF_QUIET,    /* "HH:MM-HH:MM UTC", or a list of those */
	CONF_PATH,     /* a file or folder here -> absolute */
	CONF_PLACE,    /* a folder here, or a URI -> absolute, no slash at its end */
	CONF_BUTLER,   /* what pps_butler_open() takes */
	CONF_STATE,    /* the URL of the state's database -> absolute */
	CONF_URL,      /* http:// or https:// */
	CONF_LISTEN,   /* HOST:PORT */
	CONF_REPOSITORY,
	CONF_DESTINATIONS, /* CONF_ITEMS whose items may be a bare name */
	CONF_QUERIES       /* CONF_ITEMS, or the path of a file that holds the list */
};

enum { CONF_REQUIRED = 1, CONF_SECRET = 2 };

struct conf_key {
	const char *path;     /* dotted; "*" stands for any name, "[]" for an item */
	int type;
	int flags;
	const char *fallback; /* default as YAML, NULL none */
	const char *choices;  /* "a|b|c" */
	int64_t least, most;
	const char *help;
};

extern const struct conf_key conf_keys[];
extern const size_t conf_nkeys;

/* One value, given or default. */
struct conf_value {
	const struct conf_key *key;
	char *name; /* its key in a map; NULL in a list and for the root */
	pps_conf_place place;
	char *text;     /* of texts and what is made of them */
	int64_t number; /* of ints, times, truth values and choices (their number from 0) */
	double real;
	struct conf_value **children; /* of blocks, lists and maps */
	size_t n, cap;
	char *shown; /* what pps_conf_get() gave, made with the configuration */
};

struct pps_conf {
	int refs;
	char *file;
	char *folder; /* absolute, of the file */
	char *queries_file;
	struct conf_value *root;
	pps_error **errors;
	size_t nerrors, errors_cap;
	void **owned; /* memory of the structures */
	size_t nowned, owned_cap;
	/* what the structures are made of */
	const char *state;
	pps_conf_repository *repositories;
	size_t nrepositories;
	pps_conf_raw *raw;
	pps_conf_rucio *rucio;
	pps_conf_import *import;
	pps_conf_notify *notify;
	pps_conf_intake intake;
	pps_conf_collections collections;
	pps_conf_policy *policies;
	size_t npolicies;
	pps_conf_task tasks[PPS_CONF_TASKS];
	int threads;
	pps_conf_workers workers;
	pps_conf_profile *profiles;
	size_t nprofiles;
};

/* conf-table.c */
/* The key @name directly below @parent (NULL: the root); NULL when there is none. */
const struct conf_key *conf_key_below(const struct conf_key *parent, const char *name);
/* The nth key directly below, NULL beyond the last; patterns ("*", "[]") do not count. */
const struct conf_key *conf_key_child(const struct conf_key *parent, size_t n);
/* The pattern of named blocks or of items. */
const struct conf_key *conf_key_pattern(const struct conf_key *parent);
const char *conf_key_name(const struct conf_key *key); /* its last part */
/* "a whole number from 1 to 100"; appended. */
void conf_key_expected(const struct conf_key *key, pps_buf *b);
/* Appends ` (did you mean "x"?)` when one of the words, separated by '|', is near. Return: 1 when it did. */
int conf_suggest(const char *wrong, const char *words, pps_buf *b);

/* conf-value.c */
void conf_value_free(struct conf_value *v);
/* The child of a block by name; NULL when it was not given and has no default. */
struct conf_value *conf_value_child(const struct conf_value *v, const char *name);
/* The text as pps_conf_show() gives it: paths absolute, durations short, secrets masked. */
int conf_value_shown(const struct conf_value *v, pps_buf *b);
/* Without passwords. */
void conf_mask_url(const char *url, pps_buf *b);

/* conf-read.c: reads the tree; wrong things become errors of @conf. Return: PPS_OK or PPS_E_NOMEM. */
int conf_read(pps_conf *conf, const pps_yaml *yaml, pps_error **err);
/* Adds an error; the message is formatted. Return: PPS_OK or PPS_E_NOMEM. */
int conf_error(pps_conf *conf, pps_conf_place place, const char *fmt, ...) PPS_PRINTF(3, 4);
int conf_error_take(pps_conf *conf, pps_error *error);

/* conf-scalar.c: reads one scalar for @key; a complaint ("expected ...") goes to @why, empty when all is well.
 * Return: PPS_OK or PPS_E_NOMEM. */
int conf_scalar(const pps_conf *conf, const pps_yaml *yaml, const pps_yaml_node *node, const struct conf_key *key,
		struct conf_value *v, pps_buf *why);

/* conf-check.c: what one value says of another. */
int conf_check(pps_conf *conf, pps_error **err);

/* conf-show.c: the texts that pps_conf_get() gives. Return: PPS_OK or PPS_E_NOMEM. */
int conf_show_values(struct conf_value *v);

/* conf-build.c: the structures. */
int conf_build(pps_conf *conf, pps_error **err);

#endif
