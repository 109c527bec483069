#include "profile.h"

#include <string.h>

#include "sasl.h"
#include "value.h"

enum { PORT_LMTP = 24, PORT_SUBMISSIONS = 465, PORT_SUBMISSION = 587 };

/* RFC 8314 3.3 for 465, RFC 6409 3.1 for 587; 24 is LMTP's by custom. */
static unsigned usual_port(const struct profile *profile)
{
	if (profile->protocol == PROTOCOL_LMTP)
		return PORT_LMTP;
	return profile->tls == TLS_IMPLICIT ? PORT_SUBMISSIONS :
					      PORT_SUBMISSION;
}

static enum tls_mode usual_tls(const struct smarthost *smarthost)
{
	if (smarthost->kind == SMARTHOST_UNIX)
		return TLS_NONE;
	if (smarthost->kind == SMARTHOST_SRV)
		return TLS_DEFAULT; /* each of its servers has its own */
	return smarthost->port == PORT_SUBMISSIONS ? TLS_IMPLICIT :
						     TLS_STARTTLS;
}

static void complete_smarthost(struct smarthost *smarthost,
    const struct profile *profile)
{
	if (smarthost->kind == SMARTHOST_NAME && smarthost->port == 0)
		smarthost->port =
		    profile->port != 0 ? profile->port : usual_port(profile);
	smarthost->tls =
	    profile->tls != TLS_DEFAULT ? profile->tls : usual_tls(smarthost);
}

static void complete_hosts(struct profile *profile, struct records *records)
{
	struct text rest = text_of(profile->host != NULL ? profile->host : "");
	struct text entry;
	struct text name;
	struct error ignored; /* it was tried when it was read */

	while (smarthost_next(&rest, &entry)) {
		struct smarthost *smarthost =
		    &profile->smarthosts[profile->smarthost_count++];

		(void)smarthost_read(entry, smarthost, &name, &ignored);
		smarthost->name = records_keep(records, name);
		complete_smarthost(smarthost, profile);
	}
	if (profile->tls == TLS_DEFAULT)
		profile->tls = profile->smarthosts[0].tls;
	if (profile->tls == TLS_DEFAULT)
		profile->tls = TLS_STARTTLS;
}

/* A name that is none of a section has been reported. */
static void complete_rulesets(struct record *record,
    const struct records *records)
{
	struct profile *profile = &record->fields.profile;
	struct text rest =
	    text_of(profile->rewrite != NULL ? profile->rewrite : "");
	struct text name;

	profile->rulesets = record->rulesets;
	while (value_next_word(&rest, &name)) {
		const struct record *rewrite =
		    record_list_find(&records->rewrites, name);

		if (rewrite != NULL)
			record->rulesets[profile->ruleset_count++] =
			    &rewrite->fields.ruleset;
	}
}

void profile_complete(struct record *record, struct records *records)
{
	struct profile *profile = &record->fields.profile;

	record_apply(record);
	profile->name = record->name;
	complete_hosts(profile, records);
	complete_rulesets(record, records);
}

/* The key that says where the password or token comes from, or NULL. */
static const char *find_source(const struct record *record, unsigned flag)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if ((key_table[i].flags & flag) != 0 &&
		    record->settings[i].origin.file != NULL)
			return key_name(&key_table[i]);
	return NULL;
}

/* has: by enum sasl_proof, what the profile can show. */
static void check_mechanisms(const struct record *record, const bool has[],
    struct report *report)
{
	static const char *const needs[] = {
	    "password", "token", "client certificate; see tls_cert"};
	const struct profile *profile = &record->fields.profile;

	if (profile->auth_is_auto)
		return;
	for (size_t i = 0; i < profile->mechanism_count; i++) {
		enum sasl_mechanism mechanism = profile->mechanisms[i];
		enum sasl_proof proof = sasl_proof(mechanism);

		if (!has[proof])
			report_add(report, record_origin(record, "auth"),
			    "auth names %s, which needs a %s",
			    sasl_name(mechanism), needs[proof]);
	}
}

static void check_login(const struct record *record, struct report *report)
{
	const char *password = find_source(record, KEY_PASSWORD);
	const char *token = find_source(record, KEY_TOKEN);
	const char *source = password != NULL ? password : token;
	bool has_user = record_has(record, "user");
	const bool has[] = {
	    password != NULL, token != NULL, record_has(record, "tls_cert")};

	if (source != NULL && !has_user)
		report_add(report, record_origin(record, source),
		    "%s needs user, the name to log in with", source);
	if (source == NULL && has_user && !has[SASL_CERTIFICATE])
		report_add(report, record_origin(record, "user"),
		    "user needs a password or a token, such as password_file");
	check_mechanisms(record, has, report);
}

static void check_no_tls(const struct record *record, struct report *report)
{
	static const char *const keys[] = {"tls_pin", "tls_crl", "tls_cert"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (record_has(record, keys[i]))
			report_add(report, record_origin(record, keys[i]),
			    "%s does nothing with tls = none", keys[i]);
}

/* What would be ignored, or trust more than it says, is a mistake. */
static void check_tls(const struct record *record, struct report *report)
{
	const struct profile *profile = &record->fields.profile;
	const char *password = find_source(record, KEY_KEY_PASSWORD);
	const char *own = password != NULL ? password : "tls_key";

	if (profile->tls == TLS_NONE && record_has(record, "tls"))
		check_no_tls(record, report);
	if (profile->tls_verify == VERIFY_PIN && !record_has(record, "tls_pin"))
		report_add(report, record_origin(record, "tls_verify"),
		    "tls_verify = pin needs tls_pin, the key to expect");
	if (profile->tls_verify == VERIFY_NO && record_has(record, "tls_pin"))
		report_add(report, record_origin(record, "tls_pin"),
		    "tls_pin does nothing with tls_verify = no; "
		    "tls_verify = pin looks at nothing else");
	if (profile->tls_verify != VERIFY_YES && record_has(record, "tls_crl"))
		report_add(report, record_origin(record, "tls_crl"),
		    "tls_crl does nothing without tls_verify = yes");
	if (record_has(record, own) && !record_has(record, "tls_cert"))
		report_add(report, record_origin(record, own),
		    "%s needs tls_cert, the certificate that goes with it",
		    own);
}

static bool has_kind(const struct profile *profile, enum smarthost_kind kind)
{
	for (size_t i = 0; i < profile->smarthost_count; i++)
		if (profile->smarthosts[i].kind == kind)
			return true;
	return false;
}

static void check_way(const struct record *record, struct report *report)
{
	const struct profile *profile = &record->fields.profile;
	bool is_ipv6 =
	    profile->source != NULL && strchr(profile->source, ':') != NULL;

	if (has_kind(profile, SMARTHOST_COMMAND) && profile->tls != TLS_NONE &&
	    profile->tls_verify == VERIFY_YES && profile->tls_name == NULL)
		report_add(report, record_origin(record, "host"),
		    "host is a command, whose server has no name to verify; "
		    "set tls_name, or tls = none");
	if (profile->proxy != NULL &&
	    (has_kind(profile, SMARTHOST_COMMAND) ||
		has_kind(profile, SMARTHOST_UNIX)))
		report_add(report, record_origin(record, "proxy"),
		    "proxy does not lead to a socket or a command in host");
	if (profile->source != NULL && profile->ip == (is_ipv6 ? IP_4 : IP_6))
		report_add(report, record_origin(record, "source"),
		    "source is an IPv%d address, which ip does not allow",
		    is_ipv6 ? 6 : 4);
}

void profile_check(const struct record *record, struct report *report)
{
	const struct profile *profile = &record->fields.profile;

	if (!record_has(record, "host"))
		report_add(report, record->origin,
		    "[profile %s] has no host, the server to send to",
		    profile->name);
	check_way(record, report);
	if (profile->override_from && !record_has(record, "from"))
		report_add(report, record_origin(record, "override_from"),
		    "override_from needs from, the address to use instead");
	check_tls(record, report);
	if (profile->mechanism_count > 0)
		check_login(record, report);
}
