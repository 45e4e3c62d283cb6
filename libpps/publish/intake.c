/* SPDX-License-Identifier: BSD-3-Clause */
#include "publish/intake-private.h"

#include <string.h>

void pps_intake_free(pps_intake *intake)
{
	if (!intake)
		return;
	pps_stream_unref(intake->stream);
	pps_store_unref(intake->root);
	pps_store_unref(intake->folder);
	for (size_t i = 0; intake->seen && i < pps_map_size(intake->seen); i++)
		free(pps_map_value(intake->seen, i));
	pps_map_free(intake->seen);
	pps_map_free(intake->said);
	pps_error_free(intake->broker.why);
	pps_error_free(intake->files.why);
	pps_error_free(intake->lists.why);
	pps_ctx_unref(intake->ctx);
	free(intake);
}

int pps_intake_new(pps_ctx *ctx, const pps_conf *conf, pps_intake **ret_intake, pps_error **err)
{
	_cleanup_(pps_intake_freep) pps_intake *intake = calloc(1, sizeof *intake);

	if (!intake || !(intake->seen = pps_map_new()) || !(intake->said = pps_map_new()))
		return pps_fail_nomem(err);
	intake->ctx = pps_ctx_ref(ctx);
	intake->conf = conf;
	intake->block = pps_conf_intake_block(conf);
	intake->broker.name = "intake.kafka";
	intake->files.name = "intake.kafka.batch_root";
	intake->lists.name = "intake.folder";
	*ret_intake = TAKE_PTR(intake);
	return PPS_OK;
}

int64_t pps_intake_wait(int attempts)
{
	const int64_t first = 5 * PPS_NS_PER_S, most = 600 * PPS_NS_PER_S;

	if (attempts < 1)
		return 0;
	return attempts > 7 ? most : first << (attempts - 1);
}

int pps_intake_survive(pps_intake *intake, pps_intake_source *source, int code, pps_error *why, pps_error **err)
{
	int passes = code == PPS_E_UNAVAILABLE || code == PPS_E_TIMEOUT || code == PPS_E_NOTFOUND || code == PPS_E_ACCESS || code == PPS_E_FAILED ||
		     code == PPS_E_IO;

	if (!passes) {
		pps_error_move(err, why);
		return code;
	}
	if (!source->why)
		pps_log(intake->ctx, PPS_LOG_WARNING, "nothing comes in", "from", source->name, "why", pps_error_message(why), NULL);
	pps_error_free(source->why);
	source->why = why;
	return PPS_OK;
}

void pps_intake_is_back(pps_intake *intake, pps_intake_source *source)
{
	if (source->why)
		pps_log(intake->ctx, PPS_LOG_NOTICE, "comes in again", "from", source->name, NULL);
	pps_error_free(TAKE_PTR(source->why));
}

void pps_intake_add_down(const pps_intake *intake, pps_buf *lines)
{
	const pps_intake_source *const sources[] = { &intake->broker, &intake->files, &intake->lists };

	for (size_t i = 0; i < PPS_COUNT(sources); i++)
		if (sources[i]->why)
			pps_buf_printf(lines, "%s%s: %s", lines->size ? "\n" : "", sources[i]->name, pps_error_message(sources[i]->why));
}

int pps_intake_read_list(pps_intake *intake, pps_store *store, const char *name, pps_batch **ret_list, pps_error **err)
{
	_cleanup_(pps_batch_freep) pps_batch *list = NULL;
	_cleanup_free_ void *text = NULL;
	size_t size;
	int r;

	if ((r = pps_store_read(store, name, PPS_BATCH_MOST, &text, &size, err)) < 0 || (r = pps_batch_parse(name, text, size, &list, err)) < 0)
		return r;
	if (list->ignored && !pps_map_get_text(intake->said, list->ignored, NULL)) {
		if (pps_map_set_text(intake->said, list->ignored, NULL) < 0)
			return pps_fail_nomem(err);
		pps_log(intake->ctx, PPS_LOG_NOTICE, "columns that are ignored", "list", name, "columns", list->ignored, NULL);
	}
	*ret_list = TAKE_PTR(list);
	return PPS_OK;
}

int pps_intake_step(pps_intake *intake, const pps_registrar *registrar, int64_t wait_ms, int drain, pps_intake_tally *tally, pps_error **err)
{
	int64_t now;
	int r;

	if (intake->block->kafka && (r = pps_intake_messages(intake, registrar, wait_ms, drain, tally, err)) < 0)
		return r;
	if ((r = pps_tai_now(&now, err)) < 0 || (r = pps_intake_batches(intake, registrar, now, tally, err)) < 0)
		return r;
	if (intake->block->folder && (r = pps_intake_lists(intake, registrar, now, drain, tally, err)) < 0)
		return r;
	return pps_register_again(registrar, now, &tally->registered, err);
}

int pps_intake_register_file(const pps_registrar *registrar, int64_t now, const char *uri, const char *origin, pps_register_counts *counts,
			     char **ret_ignored, pps_error **err)
{
	_cleanup_(pps_store_unrefp) pps_store *store = NULL;
	_cleanup_(pps_batch_freep) pps_batch *list = NULL;
	_cleanup_free_ void *text = NULL;
	_cleanup_free_ char *name = NULL;
	size_t size;
	int r;

	if ((r = pps_store_open_parent(registrar->ctx, uri, &store, &name, err)) < 0 ||
	    (r = pps_store_read(store, name, PPS_BATCH_MOST, &text, &size, err)) < 0)
		return pps_wrap(err, r, "%s", uri);
	if ((r = pps_batch_parse(uri, text, size, &list, err)) < 0 || (r = pps_register_list(registrar, now, list, origin, counts, err)) < 0)
		return r;
	*ret_ignored = TAKE_PTR(list->ignored);
	return PPS_OK;
}
