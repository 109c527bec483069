#include "keys.h"

#include <string.h>

#include "nearest.h"
#include "route.h"
#include "ruleset.h"
#include "setter.h"
#include "setter_queue.h"
#include "setter_reach.h"
#include "setter_tls.h"
#include "settings.h"
#include "value.h"

#define SETTING(name, setter)                                                  \
	.path = "sendmail." #name, .offset = offsetof(struct settings, name),  \
	.set = (setter)
#define PROFILE(name, setter)                                                  \
	.path = "profile." #name, .offset = offsetof(struct profile, name),    \
	.set = (setter)
#define RULE(name, scopes)                                                     \
	.path = "rewrite." #name, .add = add_rule, .kind = (scopes),           \
	.flags = KEY_MANY
#define EDIT(name, edit_kind)                                                  \
	.path = "rewrite." #name, .add = add_edit, .kind = (edit_kind),        \
	.flags = KEY_MANY
#define ROUTE(name, side)                                                      \
	.path = "route." #name, .add = add_route, .kind = (side),              \
	.flags = KEY_MANY

const struct key key_table[KEY_COUNT] = {
    {SETTING(default_profile, set_text)},
    {SETTING(domain, set_domain)},
    {SETTING(hostname, set_domain)},
    {SETTING(aliases, set_path), .words = "none"},
    {SETTING(max_size, set_size), .min = 1, .max = 1ULL << 40, .preset = "1G"},
    {SETTING(queue, set_word), .words = "fallback, always, never",
	.preset = "fallback"},
    {SETTING(queue_dir, set_path)},
    {SETTING(queue_lifetime, set_time), .min = SETTER_SECOND,
	.max = 365ULL * SETTER_DAY, .preset = "5d"},
    {SETTING(retry, set_schedule), .min = SETTER_SECOND, .max = SETTER_DAY,
	.preset = "1m 5m 15m 1h 3h"},
    {SETTING(delay_warning, set_time), .words = "none", .min = SETTER_SECOND,
	.max = 365ULL * SETTER_DAY, .preset = "4h"},
    {SETTING(dead_letters, set_path)},
    {SETTING(bounce_to, set_bounce_to), .preset = "sender"},
    {SETTING(submit_timeout, set_time), .min = SETTER_SECOND,
	.max = SETTER_DAY},
    {SETTING(log, set_path), .words = "syslog, stderr, none",
	.preset = "syslog"},
    {SETTING(log_format, set_word), .words = "text, json", .preset = "text"},
    {SETTING(transcript, set_path), .words = "none"},
    {SETTING(transcript_keep, set_word), .words = "all, failed",
	.preset = "all"},
    {SETTING(transcript_body, set_word), .words = "none, header, all",
	.preset = "none"},
    {SETTING(transcript_max, set_rotation), .max = 1ULL << 40,
	.preset = "10M 5"},
    {SETTING(allow_X, set_bool), .preset = "no"},
    {.path = "sendmail.allow_from", .add = add_permit, .flags = KEY_MANY},

    {PROFILE(inherit, set_text)},
    {PROFILE(host, set_host)},
    {PROFILE(host_order, set_word), .words = "listed, rotate",
	.preset = "listed"},
    {PROFILE(port, set_number), .min = 1, .max = VALUE_MAX_PORT},
    {PROFILE(ip, set_word), .words = "any, 4, 6", .preset = "any"},
    {PROFILE(source, set_ip)},
    {PROFILE(proxy, set_proxy), .flags = KEY_SECRET | KEY_URL},
    {PROFILE(protocol, set_word), .words = "smtp, lmtp", .preset = "smtp"},
    {PROFILE(tls, set_word), .words = "none, starttls, implicit",
	.min = TLS_NONE},
    {PROFILE(tls_verify, set_tls_verify), .preset = "yes"},
    {PROFILE(tls_ca, set_path)},
    {PROFILE(tls_crl, set_path)},
    {PROFILE(tls_pin, set_pins)},
    {PROFILE(tls_name, set_tls_name)},
    {PROFILE(tls_min, set_tls_min), .words = "1.2, 1.3", .preset = "1.2"},
    {PROFILE(tls_ciphers, set_ciphers)},
    {PROFILE(tls_cert, set_path)},
    {PROFILE(tls_key, set_path)},
    {PROFILE(tls_key_password, set_text),
	.flags = KEY_KEY_PASSWORD | KEY_SECRET},
    {PROFILE(tls_key_password_file, set_path), .flags = KEY_KEY_PASSWORD},
    {PROFILE(tls_key_password_command, set_text),
	.flags = KEY_KEY_PASSWORD | KEY_HIDDEN},
    {.path = "profile.auth", .set = set_auth, .preset = "auto"},
    {PROFILE(auth_plaintext, set_bool), .preset = "no"},
    {PROFILE(user, set_text)},
    {PROFILE(password, set_text), .flags = KEY_PASSWORD | KEY_SECRET},
    {PROFILE(password_file, set_path), .flags = KEY_PASSWORD},
    {PROFILE(password_command, set_text), .flags = KEY_PASSWORD | KEY_HIDDEN},
    {PROFILE(password_env, set_variable), .flags = KEY_PASSWORD},
    {PROFILE(password_credential, set_text), .flags = KEY_PASSWORD},
    {PROFILE(token, set_text), .flags = KEY_TOKEN | KEY_SECRET},
    {PROFILE(token_file, set_path), .flags = KEY_TOKEN},
    {PROFILE(token_command, set_text), .flags = KEY_TOKEN | KEY_HIDDEN},
    {PROFILE(from, set_address)},
    {PROFILE(override_from, set_bool), .preset = "no"},
    {PROFILE(rewrite, set_names), .max = PROFILE_MAX_RULESETS},
    {PROFILE(connect_timeout, set_time), .min = SETTER_SECOND,
	.max = SETTER_DAY, .preset = "30s"},
    {PROFILE(timeout, set_time), .min = SETTER_SECOND, .max = SETTER_DAY,
	.preset = "5m"},
    {PROFILE(max_recipients, set_number), .min = 1, .max = 100000,
	.preset = "100"},
    {PROFILE(max_messages, set_number), .min = 1, .max = 100000,
	.preset = "100"},
    {PROFILE(max_connections, set_number), .min = 1, .max = 64, .preset = "4"},
    {PROFILE(rate, set_rate), .min = 1, .max = 1000000},
    {PROFILE(ignore_ehlo, set_extensions)},
    {PROFILE(on_partial, set_word), .words = "send, abort", .preset = "send"},

    {RULE(senders, SCOPE_SENDERS)},
    {RULE(recipients, SCOPE_RECIPIENTS)},
    {RULE(all, SCOPE_ALL)},
    {RULE(envelope_from, SCOPE_ENVELOPE_FROM)},
    {RULE(envelope_to, SCOPE_ENVELOPE_TO)},
    {RULE(from, SCOPE_FROM)},
    {RULE(to, SCOPE_TO)},
    {RULE(cc, SCOPE_CC)},
    {RULE(reply_to, SCOPE_REPLY_TO)},
    {RULE(sender, SCOPE_SENDER)},
    {EDIT(add_header, EDIT_ADD)},
    {EDIT(set_header, EDIT_SET)},
    {EDIT(remove_header, EDIT_REMOVE)},
    {.path = "rewrite.redirect", .add = add_redirect},
    {.path = "rewrite.redirect_except",
	.add = add_exceptions,
	.flags = KEY_MANY},
    {.path = "rewrite.keep_original",
	.set = set_bool,
	.offset = offsetof(struct ruleset, keeps_original),
	.preset = "no"},

    {ROUTE(sender, ROUTE_SENDER)},
    {ROUTE(recipient, ROUTE_RECIPIENT)},
};

const char *key_name(const struct key *key)
{
	return strchr(key->path, '.') + 1;
}

bool key_is_in(const struct key *key, const char *section)
{
	size_t length = strlen(section);

	return strncmp(key->path, section, length) == 0 &&
	    key->path[length] == '.';
}

const struct key *key_find(const char *section, struct text name)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (text_is(name, key_name(&key_table[i])) &&
		    (section == NULL || key_is_in(&key_table[i], section)))
			return &key_table[i];
	return NULL;
}

const char *key_nearest(const char *section, struct text name)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < KEY_COUNT; i++)
		if (section == NULL || key_is_in(&key_table[i], section))
			nearest_try(&nearest, key_name(&key_table[i]));
	return nearest.found;
}
