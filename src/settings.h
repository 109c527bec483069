/*
 * settings.h - the checked values of a configuration
 *
 * Filled by config_check() through the table in keys.c.  Strings belong to the
 * struct config, are valid UTF-8 without control characters but tabs, and are
 * NULL where nothing was set.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sasl.h"

struct ruleset; /* ruleset.h */

enum tls_mode { TLS_DEFAULT, TLS_NONE, TLS_STARTTLS, TLS_IMPLICIT };
enum protocol { PROTOCOL_SMTP, PROTOCOL_LMTP };
enum log_format { LOG_TEXT, LOG_JSON };
enum transcript_keep { KEEP_ALL, KEEP_FAILED };
enum transcript_body { SHOW_NONE, SHOW_HEADER, SHOW_ALL };
enum queue_use { QUEUE_NEVER }; /* the only one while there is no queue */

enum { PROFILE_MAX_RULESETS = 64 };

/* [sendmail] */
struct settings {
	const char *default_profile;
	const char *domain;
	const char *hostname;
	const char *aliases; /* a file or none; NULL: /etc/aliases if there */
	uint64_t max_size;   /* bytes of the message as it came */
	enum queue_use queue;
	const char *log; /* syslog, stderr, none or a file; never NULL */
	enum log_format log_format;
	const char *transcript; /* none, a file, a directory if it ends in / */
	enum transcript_keep transcript_keep;
	enum transcript_body transcript_body;
	uint64_t transcript_max;   /* bytes; 0 = never rotate */
	unsigned transcript_count; /* rotated files to keep */
	bool allow_X;
};

/* [profile NAME], with what inherit takes over already filled in. */
struct profile {
	const char *name;
	const char *inherit;
	const char *host; /* a name, an address or unix:/path, without port */
	unsigned port;
	enum protocol protocol;
	enum tls_mode tls; /* never TLS_DEFAULT after config_check() */
	bool tls_verify;
	const char *tls_ca; /* file or hashed directory; NULL: the system's */
	bool auth_is_auto;  /* what is offered and fits the secret */
	size_t mechanism_count;                          /* 0: nobody logs in */
	enum sasl_mechanism mechanisms[SASL_MECHANISMS]; /* best first */
	bool auth_plaintext;
	const char *user;
	const char *password;
	const char *password_file;
	const char *password_command;
	const char *password_env;
	const char *password_credential;
	const char *token;
	const char *token_file;
	const char *token_command;
	const char *from;
	bool override_from;
	const char *rewrite; /* names, with blanks or commas between */
	const struct ruleset *const *rulesets; /* those names stand for */
	size_t ruleset_count;
	int64_t connect_timeout; /* milliseconds */
	int64_t timeout;         /* milliseconds */
};

#endif
