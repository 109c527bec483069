/*
 * unit.c - runs every suite, each test in a process of its own
 *
 * unit SUITE... runs only those named, unit -SUITE... all but those; odd or
 * even before them, every other one of what is left, for make -j.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

static const struct {
	const char *name;
	Suite *(*make)(void);
} suites[] = {
    {"base", suite_base},
    {"address", suite_address},
    {"message", suite_message},
    {"complete", suite_complete},
    {"encode", suite_encode},
    {"session", suite_session},
    {"options", suite_options},
    {"config", suite_config},
    {"file", suite_file},
    {"identity", suite_identity},
    {"sasl", suite_sasl},
    {"reach", suite_reach},
    {"relay", suite_relay},
    {"secret", suite_secret},
    {"log", suite_log},
    {"transcript", suite_transcript},
    {"input", suite_input},
    {"entry", suite_entry},
    {"spool", suite_spool},
    {"claim", suite_claim},
    {"dialogues", suite_dialogues},
    {"limits", suite_limits},
    {"configure", suite_configure},
    {"config_queue", suite_config_queue},
    {"config_rules", suite_config_rules},
    {"rule", suite_rule},
    {"alias", suite_alias},
    {"rewrite", suite_rewrite},
    {"plan", suite_plan},
    {"show", suite_show},
    {"certificates", suite_certificates},
    {"keep", suite_keep},
    {"notice", suite_notice},
    {"bury", suite_bury},
    {"settle", suite_settle},
    {"other_spools", suite_other_spools},
    {"mailq", suite_mailq},
    {"queue_edit", suite_queue_edit},
    {"queue_list", suite_queue_list},
    {"rate", suite_rate},
    {"queue_run", suite_queue_run},
    {"queue_users", suite_queue_users},
    {"queue_daemon", suite_queue_daemon},
    {"permit", suite_permit},
    {"credential", suite_credential},
    {"handover", suite_handover},
    {"listener", suite_listener},
    {"feed", suite_feed},
    {"verb", suite_verb},
    {"server", suite_server},
};

static bool is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
		if (argv[i][0] == '-' && strcmp(argv[i] + 1, name) == 0)
			return false;
	}
	return argc < 2 || argv[1][0] == '-';
}

/* From one to the next that is to run, and where to begin. */
static size_t find_step(int *argc, char ***argv, size_t *first)
{
	bool is_odd = *argc > 1 && strcmp((*argv)[1], "odd") == 0;
	bool is_even = *argc > 1 && strcmp((*argv)[1], "even") == 0;

	*first = is_even ? 1 : 0;
	if (!is_odd && !is_even)
		return 1;
	(*argc)--;
	(*argv)++;
	return 2;
}

int main(int argc, char **argv)
{
	SRunner *runner = srunner_create(NULL);
	size_t first;
	size_t step = find_step(&argc, &argv, &first);
	int run;
	int failed;

	for (size_t i = first; i < sizeof suites / sizeof *suites; i += step)
		if (is_wanted(suites[i].name, argc, argv))
			srunner_add_suite(runner, suites[i].make());
	srunner_run_all(runner, CK_NORMAL);
	run = srunner_ntests_run(runner);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	printf("%d passed, %d failed\n", run - failed, failed);
	return failed > 0 || run == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
