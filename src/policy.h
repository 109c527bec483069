/*
 * policy.h - what the configuration says about addresses
 *
 * First aliases, then the route, then the rules of the profile that the route
 * led to.  The aliases file is read when the first local address is met.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>

#include "alias.h"
#include "config.h"
#include "error.h"
#include "identity.h"
#include "message.h"
#include "options.h"
#include "permit.h"
#include "rewrite.h"
#include "route.h"
#include "site.h"
#include "strlist.h"
#include "trace.h"

struct policy {
	const struct config *config;
	const char *profile; /* --profile: no routes; or NULL */
	const char *user;    /* login name of who runs this */
	struct site site;
	struct permit_holder holder;
	struct trace *trace;     /* NULL: nobody asks */
	struct strlist warnings; /* for the log; nothing was lost */
	struct aliases aliases;
	bool has_read_aliases;
	struct error problem; /* why they could not be read */
};

/* Nobody asks for a trace yet. */
struct policy policy_of(const struct config *, const struct options *,
    const struct identity *);

/*
 * Read the aliases file, the one that is set or else /etc/aliases, which may be
 * missing, and follow each alias.  ERROR_CONFIG when it cannot be read; what is
 * wrong in it becomes a sentence each in *problems.
 */
int policy_check_aliases(struct policy *, struct strlist *problems,
    struct error *);

/*
 * As expand_address(), whose rules they are; who is left at localhost behind
 * the aliases is at the domain.
 */
int policy_expand(struct policy *, const char *address,
    struct strlist *addresses, struct error *);

/*
 * The profile for mail from this sender to this recipient; "" for one that is
 * not known.  *route is NULL where no route decided.  NULL with ERROR_CONFIG
 * when there is none.
 */
const struct profile *policy_find_profile(const struct policy *,
    const char *sender, const char *recipient, const struct route **route,
    struct error *);

/*
 * Add the sender of the envelope, before the rules: the one given; where there
 * is none (NULL), or override_from says so, the profile's, or else who runs
 * this.  ERROR_ADDRESS; ERROR_LOGIN when a permit forbids it (permit.h).
 */
int policy_add_sender(const struct policy *, const struct profile *,
    const char *given, struct buf *, struct error *);

/* As permits_check_authors(), of a message as it came. */
int policy_check_authors(const struct policy *, const struct message *,
    struct error *);

/* Put into the trace, which there is, where mail to or from here goes. */
void policy_note_route(const struct policy *, const char *address,
    const struct profile *, const struct route *);

/* The rules of a profile. */
struct rewriting policy_rewriting(const struct policy *,
    const struct profile *);

void policy_free(struct policy *);

#endif
