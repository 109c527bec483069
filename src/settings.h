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

#include "permit.h"
#include "sasl.h"
#include "schedule.h"
#include "smarthost.h"

struct ruleset; /* ruleset.h */

/* No is zero: a test for truth asks whether anything is verified. */
enum tls_verify { VERIFY_NO, VERIFY_YES, VERIFY_PIN };
enum tls_min { TLS_MIN_1_2, TLS_MIN_1_3 };
enum protocol { PROTOCOL_SMTP, PROTOCOL_LMTP };
enum log_format { LOG_TEXT, LOG_JSON };
enum transcript_keep { KEEP_ALL, KEEP_FAILED };
enum transcript_body { SHOW_NONE, SHOW_HEADER, SHOW_ALL };
enum host_order { ORDER_LISTED, ORDER_ROTATE };
enum ip_version { IP_ANY, IP_4, IP_6 };
enum queue_use { QUEUE_FALLBACK, QUEUE_ALWAYS, QUEUE_NEVER };
enum partial_use { PARTIAL_SEND, PARTIAL_ABORT };

enum { PROFILE_MAX_RULESETS = 64 };

/* So many messages in so much time; a count of 0 is no limit. */
struct rate {
	unsigned count;
	int64_t period; /* milliseconds */
};

/* [sendmail] */
struct settings {
	const char *default_profile;
	const char *domain;
	const char *hostname;
	const char *aliases; /* a file or none; NULL: /etc/aliases if there */
	uint64_t max_size;   /* bytes of the message as it came */
	enum queue_use queue;
	const char *queue_dir;  /* NULL: see places.h */
	int64_t queue_lifetime; /* milliseconds from arrival to giving up */
	struct schedule retry;
	int64_t delay_warning;    /* milliseconds; 0: the sender is not told */
	const char *dead_letters; /* directory; NULL: see places.h */
	const char *bounce_to;    /* sender, none or an address; never NULL */
	int64_t submit_timeout;   /* milliseconds in all; 0: the usual limit */
	const char *log; /* syslog, stderr, none or a file; never NULL */
	enum log_format log_format;
	const char *transcript; /* none, a file, a directory if it ends in / */
	enum transcript_keep transcript_keep;
	enum transcript_body transcript_body;
	uint64_t transcript_max;   /* bytes; 0 = never rotate */
	unsigned transcript_count; /* rotated files to keep */
	bool allow_X;
	struct permits permits; /* allow_from */
};

/* [profile NAME], with what inherit takes over already filled in. */
struct profile {
	const char *name;
	const char *inherit;
	const char *host;                           /* as written */
	struct smarthost smarthosts[SMARTHOST_MAX]; /* what it says */
	size_t smarthost_count; /* 0: there only to inherit from */
	enum host_order host_order;
	unsigned port; /* of those without one; 0: the usual one */
	enum ip_version ip;
	const char *source; /* address to connect from; NULL: any */
	const char *proxy;  /* see proxy.h; a secret */
	enum protocol protocol;
	enum tls_mode tls; /* of the smarthost in use, at first the first */
	enum tls_verify tls_verify;
	enum tls_min tls_min;
	const char *tls_ca;   /* file or hashed directory; NULL: the system's */
	const char *tls_crl;  /* the same of revocation lists */
	const char *tls_cert; /* our own, PEM or PKCS#12 */
	const char *tls_key;  /* NULL: in the same file */
	const char *tls_key_password;
	const char *tls_key_password_file;
	const char *tls_key_password_command;
	const char *tls_ciphers; /* see next_cipher() in tls_context.c */
	const char *tls_name;    /* expected instead of the host's */
	const char *tls_pin;     /* words for pin_read() */
	bool auth_is_auto;       /* what is offered and fits the secret */
	bool auth_plaintext;
	size_t mechanism_count;                          /* 0: nobody logs in */
	enum sasl_mechanism mechanisms[SASL_MECHANISMS]; /* best first */
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
	int64_t connect_timeout;  /* milliseconds */
	int64_t timeout;          /* milliseconds */
	unsigned max_recipients;  /* in one transaction */
	unsigned max_messages;    /* in one session */
	unsigned max_connections; /* at once, of one queue run */
	struct rate rate;
	unsigned ignore_ehlo; /* EHLO_*, see ehlo.h */
	enum partial_use on_partial;
};

#endif
