/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * pps/conf.h - the configuration: pps.yaml, read and checked as a whole
 *
 * A file is read once, with what it includes (`raw.queries`); every error in it is collected, each with file, line,
 * column and what was expected. A configuration never changes after loading: load again to see a changed file.
 * What each key means is in docs/configuration.md, which pps_conf_describe() prints.
 *
 * Threads: a configuration may be read from any thread.
 */
#ifndef PPS_CONF_H
#define PPS_CONF_H

#include <pps/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pps_conf pps_conf; /* a configuration; immutable, any thread */

/**
 * pps_conf_load() - read a configuration
 * @ctx:      borrowed; keeps a reference to a configuration without errors until another one is loaded: its `profiles:` serve
 *            every s3:// URI that is opened in the context
 * @path:     the file; relative paths in it are relative to it
 * @ret_conf: set on success, and also on PPS_E_CONFIG, for pps_conf_error_at(); release with pps_conf_unref()
 * @err:      NULL allowed; set on failure only; release with pps_error_free(). With several errors it is the
 *            first, and its message ends with " (and N more)"
 *
 * A configuration with errors can only be asked for them: all other functions fail or give nothing. Nothing is
 * opened that the configuration names, except the file of `raw.queries`.
 *
 * Return: PPS_OK; PPS_E_CONFIG: something in it is wrong; PPS_E_NOTFOUND, PPS_E_ACCESS, PPS_E_IO: the file cannot
 * be read; PPS_E_ARG; PPS_E_NOMEM. Threads: any. Blocks: on reading files. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_conf_load(pps_ctx *ctx, const char *path, pps_conf **ret_conf, pps_error **err);

/**
 * pps_conf_parse() - a configuration that a program has put together
 * @ctx:      as in pps_conf_load()
 * @text:     YAML, or JSON, which is YAML too; copied
 * @name:     the path that errors call it by: relative paths in it are relative to its folder. There need be no such file. NULL:
 *            "configuration", in the working directory
 * @ret_conf: as in pps_conf_load(); release with pps_conf_unref()
 * @err:      the same
 *
 * Return: as pps_conf_load(); PPS_E_NOTFOUND: there is no such folder, or not the file of `raw.queries`. Threads: any. Blocks: on reading
 * that file. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_conf_parse(pps_ctx *ctx, const char *text, const char *name, pps_conf **ret_conf, pps_error **err);

/** pps_conf_ref() - one more reference. Return: @conf. Threads: any. Blocks: no. Since: 0.1 */
PPS_API pps_conf *pps_conf_ref(pps_conf *conf);

/** pps_conf_unref() - one reference less; NULL is fine. Return: NULL. Threads: any. Blocks: no. Since: 0.1 */
PPS_API pps_conf *pps_conf_unref(pps_conf *conf);

/** pps_conf_error_count() - how many errors there are; 0 after PPS_OK. Threads: any. Blocks: no. Since: 0.1 */
PPS_API size_t pps_conf_error_count(const pps_conf *conf);

/**
 * pps_conf_error_at() - the nth error, in the order of the file
 * @conf: the configuration
 * @n:    from 0
 *
 * Return: borrowed, valid as long as @conf; NULL beyond the last. Threads: any. Blocks: no. Since: 0.1
 */
PPS_API const pps_error *pps_conf_error_at(const pps_conf *conf, size_t n);

/**
 * pps_conf_show() - the configuration in force, as one JSON document
 * @conf:     loaded without errors
 * @ret_text: set on success only; owned by the caller, release with pps_free()
 * @err:      NULL allowed
 *
 * Defaults are filled in, paths are absolute, durations are texts such as "24h", and passwords and other secrets
 * are shown as "***". Keys come in the order of docs/configuration.md.
 *
 * Return: PPS_OK, PPS_E_ARG, PPS_E_CONFIG, PPS_E_NOMEM. Threads: any. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_conf_show(const pps_conf *conf, char **ret_text, pps_error **err);

/**
 * pps_conf_get() - one value as text
 * @conf: loaded without errors
 * @name: dotted: "raw.dest_root", "repositories.embargo.butler", "raw.queries.0.where"
 *
 * What pps_conf_show() gives there: numbers and durations as they are written in it, "true" or "false", secrets
 * as "***". Return: borrowed, valid as long as @conf; NULL when there is no such value, or it is a list or a
 * block. Threads: any. Blocks: no. Since: 0.1
 */
PPS_API const char *pps_conf_get(const pps_conf *conf, const char *name);

/**
 * pps_conf_describe() - every key, its type, default and meaning, as Markdown
 * @ret_text: set on success only; owned by the caller, release with pps_free()
 * @err:      NULL allowed
 *
 * Return: PPS_OK, PPS_E_ARG, PPS_E_NOMEM. Threads: any. Blocks: no. Since: 0.1
 */
PPS_API PPS_MUST_USE int pps_conf_describe(char **ret_text, pps_error **err);

#ifdef __cplusplus
}
#endif
#endif
