/* SPDX-License-Identifier: BSD-3-Clause */
/* The handle of the configuration. */
#include <errno.h>
#include <string.h>

#include "base/conf-value.h"
#include "base/ctx.h"

pps_conf *pps_conf_ref(pps_conf *conf)
{
	if (conf)
		__atomic_add_fetch(&conf->refs, 1, __ATOMIC_SEQ_CST);
	return conf;
}

pps_conf *pps_conf_unref(pps_conf *conf)
{
	if (!conf || __atomic_sub_fetch(&conf->refs, 1, __ATOMIC_SEQ_CST) > 0)
		return NULL;
	for (size_t i = 0; i < conf->nerrors; i++)
		pps_error_free(conf->errors[i]);
	free(conf->errors);
	for (size_t i = 0; i < conf->nowned; i++)
		free(conf->owned[i]);
	free(conf->owned);
	conf_value_free(conf->root);
	free(conf->queries_file);
	free(conf->folder);
	free(conf->file);
	free(conf);
	return NULL;
}

/* The absolute folder that holds a file. */
static char *real_folder_of(const char *path)
{
	_cleanup_free_ char *folder = pps_folder_of(path);

	return folder ? realpath(folder, NULL) : NULL;
}

static int new_conf(const char *path, pps_conf **ret, pps_error **err)
{
	_cleanup_(pps_conf_unrefp) pps_conf *conf = calloc(1, sizeof *conf);

	if (!conf)
		return pps_fail_nomem(err);
	conf->refs = 1;
	if (!(conf->file = strdup(path)))
		return pps_fail_nomem(err);
	errno = ENOMEM;
	if (!(conf->folder = real_folder_of(path)))
		return pps_fail_errno(err, errno, "configuration %s", path);
	*ret = TAKE_PTR(conf);
	return PPS_OK;
}

/* Main file first, then by line and column. Insertion keeps the order of equals. */
static void sort_errors(pps_conf *conf)
{
	for (size_t i = 1; i < conf->nerrors; i++) {
		pps_error *e = conf->errors[i];
		int other = pps_error_file(e) && strcmp(pps_error_file(e), conf->file) != 0;
		size_t k = i;

		for (; k > 0; k--) {
			const pps_error *f = conf->errors[k - 1];
			int f_other = pps_error_file(f) && strcmp(pps_error_file(f), conf->file) != 0;

			if (f_other < other || (f_other == other && (pps_error_line(f) < pps_error_line(e) ||
								     (pps_error_line(f) == pps_error_line(e) &&
								      pps_error_column(f) <= pps_error_column(e)))))
				break;
			conf->errors[k] = conf->errors[k - 1];
		}
		conf->errors[k] = e;
	}
}

static int fail_with_errors(pps_conf *conf, pps_error **err)
{
	const pps_error *first = conf->errors[0];
	const char *text = pps_error_message(first), *file = pps_error_file(first) ? pps_error_file(first) : conf->file;
	_cleanup_free_ char *prefix = NULL;
	int line = pps_error_line(first), column = pps_error_column(first);

	if (asprintf(&prefix, "%s:%d:%d: ", file, line, column) < 0) {
		prefix = NULL;
		return pps_fail_nomem(err);
	}
	if (!strncmp(text, prefix, strlen(prefix)))
		text += strlen(prefix);
	if (conf->nerrors == 1)
		return pps_fail_at(err, PPS_E_CONFIG, file, line, column, "%s", text);
	return pps_fail_at(err, PPS_E_CONFIG, file, line, column, "%s (and %zu more)", text, conf->nerrors - 1);
}

/* Fills @conf from @text, or where that is NULL from its file; PPS_E_CONFIG when it has errors. */
static int load(pps_conf *conf, const char *text, pps_error **err)
{
	_cleanup_(pps_yaml_freep) pps_yaml *yaml = NULL;
	pps_error *error = NULL;
	int r;

	r = text ? pps_yaml_parse(conf->file, text, strlen(text), PPS_YAML_REFUSE_ALIASES, &yaml, &error) :
		   pps_yaml_load(conf->file, PPS_YAML_REFUSE_ALIASES, &yaml, &error);
	if (r < 0) {
		if (r != PPS_E_CONFIG) {
			pps_error_move(err, error);
			return r;
		}
		if (conf_error_take(conf, error) < 0)
			return pps_fail_nomem(err);
		return fail_with_errors(conf, err);
	}
	if ((r = conf_read(conf, yaml, err)) < 0 || (r = conf_check(conf, err)) < 0)
		return r;
	if (conf->nerrors) {
		sort_errors(conf);
		return fail_with_errors(conf, err);
	}
	if ((r = conf_build(conf, err)) < 0)
		return r;
	return conf_show_values(conf->root) < 0 ? pps_fail_nomem(err) : PPS_OK;
}

static int make(pps_ctx *ctx, const char *path, const char *text, pps_conf **ret_conf, pps_error **err)
{
	_cleanup_(pps_conf_unrefp) pps_conf *conf = NULL;
	int r;

	if ((r = pps_ctx_check(ctx, err)) < 0 || (r = new_conf(path, &conf, err)) < 0)
		return r;
	r = load(conf, text, err);
	if (r == PPS_OK)
		pps_ctx_set_conf(ctx, conf);
	if (r == PPS_OK || (r == PPS_E_CONFIG && conf->nerrors))
		*ret_conf = TAKE_PTR(conf);
	return r;
}

int pps_conf_load(pps_ctx *ctx, const char *path, pps_conf **ret_conf, pps_error **err)
{
	if (!path || !ret_conf)
		return pps_fail(err, PPS_E_ARG, "pps_conf_load: path and ret_conf must not be NULL");
	return make(ctx, path, NULL, ret_conf, err);
}

int pps_conf_parse(pps_ctx *ctx, const char *text, const char *name, pps_conf **ret_conf, pps_error **err)
{
	if (!text || !ret_conf)
		return pps_fail(err, PPS_E_ARG, "pps_conf_parse: text and ret_conf must not be NULL");
	return make(ctx, name ? name : "configuration", text, ret_conf, err);
}

size_t pps_conf_error_count(const pps_conf *conf)
{
	return conf ? conf->nerrors : 0;
}

const pps_error *pps_conf_error_at(const pps_conf *conf, size_t n)
{
	return conf && n < conf->nerrors ? conf->errors[n] : NULL;
}

const char *pps_conf_file(const pps_conf *conf)
{
	return conf->file;
}

const char *pps_conf_state(const pps_conf *conf)
{
	return conf->state;
}

size_t pps_conf_repository_count(const pps_conf *conf)
{
	return conf->nrepositories;
}

const pps_conf_repository *pps_conf_repository_at(const pps_conf *conf, size_t n)
{
	return n < conf->nrepositories ? &conf->repositories[n] : NULL;
}

const pps_conf_repository *pps_conf_repository_find(const pps_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->nrepositories; i++)
		if (!strcmp(conf->repositories[i].name, name))
			return &conf->repositories[i];
	return NULL;
}

const pps_conf_raw *pps_conf_raw_block(const pps_conf *conf)
{
	return conf->raw;
}

const pps_conf_rucio *pps_conf_rucio_block(const pps_conf *conf)
{
	return conf->rucio;
}

const pps_conf_import *pps_conf_import_block(const pps_conf *conf)
{
	return conf->import;
}

const pps_conf_kafka *pps_conf_intake_kafka(const pps_conf *conf)
{
	return conf->intake.kafka;
}

const pps_conf_intake *pps_conf_intake_block(const pps_conf *conf)
{
	return &conf->intake;
}

const pps_conf_notify *pps_conf_notify_block(const pps_conf *conf)
{
	return conf->notify;
}

const pps_conf_collections *pps_conf_collections_block(const pps_conf *conf)
{
	return &conf->collections;
}

size_t pps_conf_policy_count(const pps_conf *conf)
{
	return conf->npolicies;
}

const pps_conf_policy *pps_conf_policy_at(const pps_conf *conf, size_t n)
{
	return n < conf->npolicies ? &conf->policies[n] : NULL;
}

const pps_conf_task *pps_conf_task_at(const pps_conf *conf, size_t n)
{
	return &conf->tasks[n < PPS_CONF_TASKS ? n : 0];
}

int pps_conf_threads(const pps_conf *conf)
{
	return conf->threads;
}

const pps_conf_workers *pps_conf_workers_block(const pps_conf *conf)
{
	return &conf->workers;
}

size_t pps_conf_profile_count(const pps_conf *conf)
{
	return conf->nprofiles;
}

const pps_conf_profile *pps_conf_profile_at(const pps_conf *conf, size_t n)
{
	return n < conf->nprofiles ? &conf->profiles[n] : NULL;
}
