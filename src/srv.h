/*
 * srv.h - the submission servers of a domain (RFC 6186, RFC 8314, RFC 2782)
 */
#ifndef SRV_H
#define SRV_H

#include <stdint.h>

#include "error.h"
#include "smarthost.h"
#include "strlist.h"

enum { SRV_MAX = 16 }; /* servers of a domain; more are dropped */

struct srv_record {
	unsigned priority;
	unsigned weight;
	unsigned port;
	char name[256]; /* without a dot at the end; "" is no service */
};

/* What the name servers had to say about one service. */
enum srv_outcome {
	SRV_FOUND,
	SRV_NONE,    /* the name is not there, or has no such record */
	SRV_FAILED,  /* SERVFAIL, or an answer that makes no sense */
	SRV_SILENCE, /* nobody answered */
};

struct srv_answer {
	enum srv_outcome outcome;
	size_t count;
	struct srv_record records[SRV_MAX];
};

/* Take the records out of a DNS message; SRV_NONE where there are none. */
void srv_parse(struct text message, struct srv_answer *answer);

/*
 * By priority, then at random by weight (RFC 2782); random gives a number from
 * 0 to what it is asked for.
 */
void srv_order(struct srv_answer *, unsigned (*random)(unsigned most));

struct srv_servers {
	struct smarthost items[SRV_MAX];
	size_t count;
	struct strlist *texts; /* the caller's, for their names */
};

/*
 * Find the servers of srv:DOMAIN, those of _submissions (TLS from the first
 * byte) before those of _submission (STARTTLS), unless tls has chosen already.
 * ERROR_NO_HOST when it is sure that there are none, else ERROR_NETWORK.
 */
int srv_find(const char *domain, enum tls_mode, int64_t deadline,
    struct srv_servers *, struct error *);

#endif
