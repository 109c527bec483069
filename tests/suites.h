/*
 * suites.h - every unit test there is
 */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

Suite *suite_base(void);
Suite *suite_address(void);
Suite *suite_message(void);
Suite *suite_complete(void);
Suite *suite_encode(void);
Suite *suite_session(void);
Suite *suite_config(void);
Suite *suite_options(void);
Suite *suite_file(void);
Suite *suite_identity(void);
Suite *suite_sasl(void);
Suite *suite_reach(void);
Suite *suite_relay(void);
Suite *suite_secret(void);
Suite *suite_log(void);
Suite *suite_transcript(void);
Suite *suite_input(void);
Suite *suite_entry(void);
Suite *suite_spool(void);
Suite *suite_claim(void);
Suite *suite_dialogues(void);
Suite *suite_limits(void);
Suite *suite_configure(void);
Suite *suite_config_queue(void);
Suite *suite_config_rules(void);
Suite *suite_rule(void);
Suite *suite_alias(void);
Suite *suite_rewrite(void);
Suite *suite_plan(void);
Suite *suite_show(void);
Suite *suite_certificates(void);
Suite *suite_keep(void);
Suite *suite_notice(void);
Suite *suite_bury(void);
Suite *suite_settle(void);
Suite *suite_other_spools(void);
Suite *suite_mailq(void);
Suite *suite_queue_edit(void);
Suite *suite_queue_list(void);
Suite *suite_rate(void);
Suite *suite_queue_run(void);
Suite *suite_queue_users(void);
Suite *suite_queue_daemon(void);
Suite *suite_permit(void);
Suite *suite_credential(void);
Suite *suite_handover(void);
Suite *suite_listener(void);
Suite *suite_feed(void);
Suite *suite_verb(void);
Suite *suite_server(void);

#endif
