/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands, one file a group. */
#ifndef PPS_TOOLS_COMMANDS_H
#define PPS_TOOLS_COMMANDS_H

#include "cli.h"

extern const struct cli_option raw_run_options[], raw_check_options[], raw_prune_options[], raw_status_options[], raw_accept_options[];
extern const struct cli_option zip_extract_options[], dimensions_options[], dimensions_export_options[];
extern const struct cli_option butler_query_options[], butler_zip_options[], butler_transfer_options[], repository_prepare_options[];
extern const struct cli_option config_accept_options[];
extern const struct cli_option admin_options[], notify_retry_options[], adopt_options[], audit_options[];
extern const struct cli_option rucio_register_options[], rucio_list_options[], rucio_check_options[];

extern const struct cli_option import_options[];
extern const struct cli_option register_options[], intake_retry_options[];
extern const struct cli_option init_options[], run_options[], datasets_options[];

int command_import(struct cli *cli);
int command_init(struct cli *cli);
int command_register(struct cli *cli);
int command_intake_retry(struct cli *cli);
int command_run(struct cli *cli);
int command_worker(struct cli *cli);
int command_admin(struct cli *cli);
int command_notify_status(struct cli *cli);
int command_notify_retry(struct cli *cli);
int command_adopt(struct cli *cli);
int command_audit(struct cli *cli);
int command_status(struct cli *cli);
int command_datasets(struct cli *cli);
int command_explain(struct cli *cli);
int command_raw_run(struct cli *cli);
int command_raw_repair(struct cli *cli);
int command_raw_check(struct cli *cli);
int command_raw_prune(struct cli *cli);
int command_raw_status(struct cli *cli);
int command_raw_accept(struct cli *cli);
int command_zip_create(struct cli *cli);
int command_zip_list(struct cli *cli);
int command_zip_extract(struct cli *cli);
int command_zip_verify(struct cli *cli);
int command_dimensions_export(struct cli *cli);
int command_dimensions_import(struct cli *cli);
int command_butler_info(struct cli *cli);
int command_butler_query(struct cli *cli);
int command_butler_collections(struct cli *cli);
int command_repository_prepare(struct cli *cli);
int command_butler_ingest_zip(struct cli *cli);
int command_butler_verify(struct cli *cli);
int command_butler_transfer(struct cli *cli);
int command_rucio_whoami(struct cli *cli);
int command_rucio_register(struct cli *cli);
int command_rucio_list(struct cli *cli);
int command_rucio_check(struct cli *cli);
int command_config_check(struct cli *cli);
int command_config_show(struct cli *cli);
int command_config_accept(struct cli *cli);

/* The configuration; NULL with *ret_code set when it cannot be read (what is wrong has been said). */
pps_conf *command_load_config(struct cli *cli, int *ret_code);
/* The flow of prompt products, with the options of pps run; NULL with *ret_code set. */
pps_publish *command_open_publish(struct cli *cli, int *ret_code);
/* The whole of a command that shows what @ask says, as JSON or by @print. Return: exit code. */
int command_show_publish(struct cli *cli, int (*ask)(pps_publish *publish, char **ret_json, pps_error **err), void (*print)(const json_t *json));
/* Who gives the command, "user@host". */
void command_who(char *who, size_t size);
/* A repository by a name of the configuration, an alias, or a path. */
pps_butler *command_open_butler(struct cli *cli, const char *name, int mode, int *ret_code);

#endif
