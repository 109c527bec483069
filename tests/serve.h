/*
 * serve.h - a small SMTP and LMTP server that does as it is told
 *
 * For tests and for "make demo" only.  It refuses recipients by name (see
 * refusals in visit_mail.c), keeps messages as files, counts what it sees, and
 * fails on purpose at any stage.
 */
#ifndef SERVE_H
#define SERVE_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "error.h"
#include "strlist.h"
#include "wire.h"

enum stage {
	STAGE_NONE,
	STAGE_CONNECT,
	STAGE_GREETING,
	STAGE_EHLO,
	STAGE_STARTTLS,
	STAGE_HANDSHAKE,
	STAGE_AUTH,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_BODY, /* while the message comes */
	STAGE_DOT,
	STAGES
};

/* "greeting" and so on; STAGE_NONE for no such name. */
enum stage stage_find(const char *name);

enum serve_tls { SERVE_STARTTLS, SERVE_IMPLICIT, SERVE_PLAIN };

struct serve {
	const char *certs;       /* directory, see certs.h; NULL: no TLS */
	const char *certificate; /* its kind */
	enum serve_tls tls;
	bool is_tls11;      /* offer no more than TLS 1.1 */
	const char *socket; /* path of a unix socket instead of a port */
	bool is_ipv6;
	unsigned long long port; /* 0: one that the system chooses */
	bool is_lmtp;
	const char *user; /* NULL: no AUTH */
	const char *password;
	const char *token;
	const char *mechanisms;  /* "PLAIN LOGIN CRAM-MD5 XOAUTH2" */
	const char *store;       /* directory for messages, or NULL */
	struct strlist hidden;   /* EHLO keywords that are not offered */
	unsigned long long size; /* bytes, RFC 1870 */
	unsigned long long max_recipients; /* of a message; 0: no limit */
	const char *limits;                /* RFC 9422, or NULL */
	bool is_trickling;
	enum stage hang;
	enum stage close;
	enum stage busy; /* answers 421 */
};

/* What happened in one connection, or in all of them. */
struct tally {
	unsigned connections;
	unsigned messages;
	unsigned turns;
	unsigned handshakes;
	unsigned reads;
	unsigned bare; /* line ends other than CRLF */
};

/*
 * Print "port N" (or "socket PATH"), serve until standard input ends, print
 * the tally.  A process for each connection.
 */
int serve_run(const struct serve *, struct error *);

/* One connection, in visit.c; number names its messages. */
void visit_run(const struct serve *, SSL_CTX *, struct wire *, unsigned number,
    struct tally *);

/*
 * The answer to AUTH and what follows it, in visit_login.c.  True when the
 * client is logged in; the reply has been said.
 */
bool visit_login(const struct serve *, struct wire *, struct text command);

#endif
