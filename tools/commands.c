/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of commands, and what several of them share. */
#include "commands.h"

#include <string.h>

const struct cli_command cli_commands[] = {
	{ "init", "", 0, 0,
	  "make or upgrade the state database\n\nMay be run at any time; a state that is up to date is left alone. With --replay it is a state for "
	  "runs with --now, which can be used with the repositories of this configuration and with no others; those that are added later are "
	  "marked by calling it again.",
	  init_options, command_init },
	{ "register", "FILE...", 1, -1,
	  "register the datasets of lists\n\nFILE is a path or URI: *.json, {\"batch_id\": UUID, \"datasets\": [UUID, ...]} or the array alone, or *.csv, a header "
	  "line with a column id and maybe origin. Datasets are looked up in the first repository; those that it does not know are kept, looked up again by "
	  "later runs, and give exit 1. Registering again changes nothing. With --dry-run it only counts.",
	  register_options, command_register },
	{ "intake retry", "", 0, 0,
	  "have messages that were put aside tried again\n\nMessages of intake.kafka.topic that could not be read, or whose batch files could not, are kept "
	  "and listed by pps status. Those that can be read now are read by the next run; exit 1: some still cannot be.",
	  intake_retry_options, command_intake_retry },
	{ "run", "", 0, 0,
	  "take prompt products from embargo to the public, and out again\n\nRegisters what comes in, then takes up what is due: copy, publish, "
	  "expire, delete, in the order of the "
	  "repositories; without --once round after round until SIGINT or SIGTERM, taking up a configuration that was edited between two of them. Whatever may forbid it is asked again just before: the end of "
	  "its time in the first repository, holds, clocks, the lock. A dataset that fails is tried again by the next run, then after growing waits; "
	  "a repository that is down delays no other. May be interrupted, and killed, at any time. Exit 1: some datasets failed, 4: a repository "
	  "was down, or the clocks disagree. With --dry-run it only counts what is due.",
	  run_options, command_run },
	{ "worker", "", 0, 0,
	  "carry out chunks of prompt products for the one service\n\nWith workers.kafka pps run acts on nothing itself, but sends what is due to any "
	  "number of these, on any host that has this configuration, the state's database and the repositories at hand. A worker reads the state and "
	  "never writes it; before it writes to a repository it asks again for holds, for who is the service, and whether all is as it was. May be "
	  "killed at any time: another does the same again, which is harmless. Ends with SIGINT or SIGTERM.",
	  NULL, command_worker },
	{ "status", "", 0, 0, "how many prompt products are where, what is next, and what is in trouble\n\nLooks at the state alone.", NULL,
	  command_status },
	{ "datasets", "", 0, 0, "list prompt products, a line of JSON each", datasets_options, command_datasets },
	{ "explain", "UUID...", 1, -1,
	  "what a prompt product is, where it is, what happened, what is next, when, by which rule, and what holds it", NULL, command_explain },
	{ "hold", "[UUID...]", 0, -1,
	  "let nothing more be done with prompt products\n\nUUIDs, or a choice: all that is given must hold. --day-obs alone means the whole day, nothing at "
	  "all the whole flow: what comes later too; other choices mean the datasets that are known now. A running service heeds it with its next "
	  "chunk; what had begun before is listed. With --dry-run it is only counted; the ledger gets the reason and the datasets, as with all of "
	  "these commands.",
	  admin_options, command_admin },
	{ "unhold", "[UUID...]", 0, -1, "end holds on prompt products\n\nNothing leaves before its embargo is over.", admin_options, command_admin },
	{ "pin", "[UUID...]", 0, -1, "keep prompt products beyond their lifetime", admin_options, command_admin },
	{ "unpin", "[UUID...]", 0, -1, "let prompt products go when their lifetime is over; those that were adopted may then expire too", admin_options,
	  command_admin },
	{ "expire", "[UUID...]", 0, -1,
	  "withdraw prompt products from public repositories now\n\nWithout --yes it only says what it would withdraw. Their records stay, and what is "
	  "withdrawn is published nowhere again.",
	  admin_options, command_admin },
	{ "retry", "[UUID...]", 0, -1, "try prompt products that failed again at once: failures are forgotten", admin_options, command_admin },
	{ "reverify", "[UUID...]", 0, -1,
	  "look again for prompt products that were missing\n\nWhat its source still has comes anew, the rest is expected where it was; the next run finds out.",
	  admin_options, command_admin },
	{ "notify status", "", 0, 0, "who has been told what: feed, addresses, topic, and what fails there", NULL, command_notify_status },
	{ "notify retry", "DESTINATION", 1, 1, "deliver to a destination again that fails or was given up; it goes on where it stood", notify_retry_options,
	  command_notify_retry },
	{ "adopt", "", 0, 0,
	  "fill the state from repositories that hold datasets already\n\nOf the types that --type names, else of those that a policy names. "
	  "How each dataset is in each repository is recorded as it is found; in public ones what is available counts as published when it was ingested. "
	  "Nothing of it expires or is deleted until pps unpin says so, and before the first repository lets go of it then, its copies are compared with it. "
	  "May be interrupted, and repeated: what the state knows stays as it is. With --dry-run it only counts.",
	  adopt_options, command_adopt },
	{ "audit", "", 0, 0,
	  "compare the state with repositories, files and links\n\nA row for each difference, with what mends it; exit 1: there are some (4: none, and a "
	  "repository was down). With --deep files are read and compared with their source, and files of our runs that no record names are listed. "
	  "With --repair the state is set back so that the flow does again what is not there, or counts as missing what cannot come again; tags and records of public "
	  "repositories are set. No file is deleted. It holds the lock of the flow meanwhile; without it, what a running service is just doing may be listed. "
	  "With --json each row is a line, the last line the sums. --ledger verifies the ledger instead: it recomputes its chain, and says where it breaks.",
	  audit_options, command_audit },
	{ "raw run", "", 0, 0,
	  "take raw exposures out of embargo\n\nSelects the exposures whose embargo is over and takes each through its steps: zip, "
	  "_dimensions.yaml, dimension records and datasets in every destination repository, and with a block rucio the file catalogue. "
	  "What an earlier run left unfinished is resumed; a step that failed twice in a row waits before it is tried again, a minute, then "
	  "two, at most four hours (15 minutes where a service was down), unless --exposure names it. May be interrupted at any time. With --follow it stays, and looks "
	  "again when an embargo ends, when what was missing arrives (raw.events), and every ten minutes; a row is printed when it says something "
	  "new (--json: one line of JSON each). It ends with exit 0 on SIGINT or SIGTERM.",
	  raw_run_options, command_raw_run },
	{ "raw status", "", 0, 0, "what the state knows of each exposure, without looking at repositories", raw_status_options,
	  command_raw_status },
	{ "raw check", "", 0, 0,
	  "compare, for each exposure, what should be with what is\n\nOne row for each exposure of the source and one mark for each "
	  "place, with the reason for each cross and the command that mends it: source, zip, yaml, each destination, and in Rucio the files "
	  "(rucio), the datasets of tracts and of the exposure (tracts, obs), metadata (meta), arcBackup (tape), storage elements that have all of "
	  "it (copies) and the sites in SafeCopies (safe). NO is missing, BAD is other than it should be, ? could not be asked.\n\n"
	  "Files that no exposure accounts for, and datasets and files in Rucio whose zip is gone, have rows of their own.\n\nWith --deep (and without "
	  "--dry-run) a zip that equals its source is recorded as verified, in the state and as this site in SafeCopies, which raw prune asks for. "
	  "Nothing else is changed.",
	  raw_check_options, command_raw_check },
	{ "raw repair", "", 0, 0,
	  "mend what raw check finds\n\nDamaged files are moved to .damaged/ below the destination, never deleted. When dimension records have "
	  "changed, _dimensions.1.yaml and so on are written. What Rucio holds half is completed, without changing what others set. Failures "
	  "do not wait, and count anew.",
	  raw_check_options, command_raw_repair },
	{ "raw prune", "", 0, 0,
	  "delete the embargo copy of exposures that are safe elsewhere\n\nWithout --yes it only says what it would delete. The datasets, their files and "
	  "the rest of the exposure's folder go once the exposure is finished, its zip was compared with its source (raw check --deep) at least "
	  "reclaim_after ago and neither has changed since, and raw.safe_copies copies are named in SafeCopies and are there. Whatever is "
	  "missing, not verified or not known keeps it; the row says why. May be interrupted at any time: the next prune finishes.",
	  raw_prune_options, command_raw_prune },
	{ "raw accept", "EXPOSURE...", 1, -1, "take exposures as complete though sensors are missing", raw_accept_options,
	  command_raw_accept },
	{ "zip create", "ZIP FOLDER", 2, 2, "pack all files below a folder in a new zip", NULL, command_zip_create },
	{ "zip list", "ZIP", 1, 1, "list the members of a zip", NULL, command_zip_list },
	{ "zip extract", "ZIP [MEMBER...]", 1, -1, "write members of a zip as files; nothing is overwritten", zip_extract_options,
	  command_zip_extract },
	{ "zip verify", "ZIP", 1, 1, "read all of a zip and check it", NULL, command_zip_verify },
	{ "dimensions export", "FILE", 1, 1, "write the dimension records of an exposure as the Butler's YAML", dimensions_export_options,
	  command_dimensions_export },
	{ "dimensions import", "FILE", 1, 1, "add the dimension records of a Butler's YAML to a repository", dimensions_options,
	  command_dimensions_import },
	{ "import", "[ZIP [YAML]]", 0, 2,
	  "import a zip of exposures and its dimension records, as a remote site gets them\n\nReads and checks the whole zip, adds the dimension "
	  "records that are not there, with their sky pixels, and ingests the zip (direct mode). Without YAML the _dimensions.yaml beside the zip is "
	  "taken, of _dimensions.N.yaml the highest N. May be repeated: what is there is compared by content; records that are there with "
	  "other content are left alone, listed, and give exit 1.\n\nWith --follow it stays and imports what Rucio's events tell of, as import.topics "
	  "says: a zip when it and its yaml are there, in whatever order; one line each (--json: JSON). Events of other things are named and "
	  "skipped, those that cannot be read are kept in the state. It ends with exit 0 on SIGINT or SIGTERM.",
	  import_options, command_import },
	{ "butler info", "REPOSITORY", 1, 1, "what a repository is: database, schema versions, universe, datastores", NULL,
	  command_butler_info },
	{ "butler query", "REPOSITORY", 1, 1,
	  "list exposures, or with --types the datasets of exposures, that an expression selects", butler_query_options,
	  command_butler_query },
	{ "butler collections", "REPOSITORY [NAME,...]", 1, 2,
	  "list collections, and below each chain what it holds\n\nNAMEs may be globs; without them, all that no chain holds. With -v the documentation "
	  "too.",
	  NULL, command_butler_collections },
	{ "butler ingest-zip", "REPOSITORY ZIP", 2, 2, "make the datasets of a zip known to a repository (direct mode)", butler_zip_options,
	  command_butler_ingest_zip },
	{ "butler verify", "REPOSITORY ZIP", 2, 2, "compare a zip with what a repository knows of it", butler_zip_options,
	  command_butler_verify },
	{ "butler transfer", "SOURCE DEST", 2, 2,
	  "copy datasets from one repository to another\n\nDataset types, runs, dimension records, files and the datastore's records go along; what is there is "
	  "compared and completed. Datasets are named by --id, or by --types and --collections. Exit 1: some were left out, and are listed with the "
	  "reason (with -v, and with --json a line of JSON each, all are). May be interrupted and repeated.\n\nThis is a tool for repositories: it does "
	  "not look at any embargo or policy. Where the configuration has pps run look after one of the two, it refuses without --yes.",
	  butler_transfer_options, command_butler_transfer },
	{ "repository prepare", "NAME", 1, 1,
	  "make a new public repository ready for what will be published\n\nThe repository was made by `butler create`. Instruments, skymaps, tracts and "
	  "patches are copied from another repository, with the skymaps' datasets; then the collections and chains are made that the configuration "
	  "names. A child of a chain that does not exist is left out, and reported; a later call adds it. May be repeated at any time.",
	  repository_prepare_options, command_repository_prepare },
	{ "rucio whoami", "", 0, 0,
	  "log in to Rucio and say as whom\n\nThe login is that of the block rucio of the configuration, or, without one, that of "
	  "Rucio's own client: $RUCIO_CONFIG, $RUCIO_HOME, $RUCIO_ACCOUNT, $RUCIO_AUTH_TYPE.",
	  NULL, command_rucio_whoami },
	{ "rucio register", "[ZIP|EXPOSURE...]", 0, -1,
	  "make exposures whose zips are in place known to Rucio\n\nReads each zip and the _dimensions.yaml beside it for size and checksums, "
	  "registers them, attaches them to the datasets of their tracts and of the exposure, closes the latter and marks it for backup. What is there "
	  "already is compared and left alone; an Obs dataset that was closed too early is opened, completed and closed again. May be "
	  "interrupted and repeated at any time.",
	  rucio_register_options, command_rucio_register },
	{ "rucio list", "[PATTERN]", 0, 1,
	  "list datasets that Rucio knows: open or closed, files, bytes\n\nPATTERN is a name, or has '*' for any characters; by default all.",
	  rucio_list_options, command_rucio_list },
	{ "rucio check", "[FOLDER]", 0, 1,
	  "compare what Rucio holds with the files below raw.dest_root\n\nFOLDER, below dest_root, such as LSSTCam/20251202; by default all. Files are "
	  "read whole. Size, Adler-32 and MD5 are compared; what only one side has is missing or surplus. Files that agree are listed with -v.",
	  rucio_check_options, command_rucio_check },
	{ "config check", "", 0, 0, "check the configuration; every error is named with its place", NULL, command_config_check },
	{ "config show", "", 0, 0, "print the configuration in force, secrets masked", NULL, command_config_show },
	{ "config accept", "", 0, 0,
	  "put a policy in force that releases sooner\n\nA configuration whose raw.queries would release anything sooner than the policy in "
	  "force waits: until it is accepted, exposures leave when both allow it. It is counted first what would leave sooner; only --yes "
	  "accepts. The same goes for a raw.safe_copies or a reclaim_after that would let raw prune delete sooner, and for policies by which any "
	  "prompt product would be copied, published, expired or deleted sooner.", config_accept_options, command_config_accept },
	{ NULL },
};

pps_conf *command_load_config(struct cli *cli, int *ret_code)
{
	const char *path = cli_config_path(cli);
	pps_error *err = NULL;
	pps_conf *conf = NULL;

	if (!path) {
		*ret_code = EXIT_CONFIG;
		return NULL;
	}
	if (pps_conf_load(cli->ctx, path, &conf, &err) == PPS_OK)
		return conf;
	if (conf && pps_conf_error_count(conf)) {
		for (size_t i = 0; i < pps_conf_error_count(conf); i++)
			fprintf(stderr, "pps: %s\n", pps_error_message(pps_conf_error_at(conf, i)));
		pps_error_free(err);
		*ret_code = EXIT_CONFIG;
	} else {
		*ret_code = cli_fail(cli, err);
		if (*ret_code == EXIT_FAILED)
			*ret_code = EXIT_CONFIG;
	}
	pps_conf_unref(conf);
	return NULL;
}

pps_butler *command_open_butler(struct cli *cli, const char *name, int mode, int *ret_code)
{
	pps_conf *conf = NULL;
	pps_error *err = NULL;
	pps_butler *butler = NULL;
	const char *location = NULL, *path;
	char key[256];

	/* a repository needs no configuration; one that is at hand may name it */
	if ((path = cli_config_path_if_any(cli)) && !(conf = command_load_config(cli, ret_code)))
		return NULL;
	if (conf && snprintf(key, sizeof key, "repositories.%s.butler", name) < (int)sizeof key)
		location = pps_conf_get(conf, key);
	if (pps_butler_open(cli->ctx, location ? location : name, mode, &butler, &err) < 0)
		*ret_code = cli_fail(cli, err);
	pps_conf_unref(conf);
	return butler;
}
