#include "owed.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "claim.h"
#include "mem.h"

/* Its own ID is longer than any that a notice is made of. */
static void write_id(char id[ENTRY_ID_SIZE], const struct entry *entry,
    unsigned number)
{
	(void)snprintf(id, ENTRY_ID_SIZE, "%.*s.%u", ENTRY_ID_SIZE - 12,
	    entry->id, number);
}

/* Where no route leads there it goes the way that the message was to go. */
static const struct profile *find_profile(const struct policy *policy,
    const struct entry *entry, const char *to)
{
	const struct route *route;
	struct error unknown;
	const struct profile *profile =
	    policy_find_profile(policy, "", to, &route, &unknown);

	if (profile != NULL)
		return profile;
	return config_profile(policy->config, entry->profile, &unknown);
}

/* The rules are for it, too: a host that redirects all mail redirects this. */
static void add_readers(const struct policy *policy,
    const struct profile *profile, const char *to, struct strlist *readers)
{
	struct rewriting rewriting;
	struct rewritten_list list = {0};
	struct error ignored; /* whoever is left is a reader */

	if (profile == NULL) {
		strlist_add(readers, text_of(to));
		return;
	}
	rewriting = policy_rewriting(policy, profile);
	(void)rewrite_recipient(&rewriting, to, &list, &ignored);
	for (size_t i = 0; i < list.count; i++)
		strlist_add(readers, text_of(list.items[i].address));
	strlist_drop_repeats(readers);
	rewritten_free(&list);
}

/*
 * RFC 3461 6.1: the null sender, and nobody hears of its fate.  RFC 8689 5: it
 * tells of a message that was to be protected, so it is protected like it.
 */
static void fill_entry(struct entry *entry, const struct entry *about,
    const struct notice *notice, const struct profile *profile,
    const struct strlist *readers)
{
	entry->profile =
	    mem_dup(profile != NULL ? profile->name : about->profile);
	entry->uid = about->uid;
	entry->login = mem_dup(about->login);
	entry->caller = mem_dup("sendoff");
	entry->arrived = notice->at;
	entry->reason = mem_dup("");
	envelope_set(&entry->envelope, "", readers);
	entry->envelope.request.notify = NOTIFY_NEVER;
	entry->envelope.request.requires_tls =
	    about->envelope.request.requires_tls;
}

static int keep_notice(const struct spool *spool, const struct entry *entry,
    const struct notice *notice, const struct profile *profile,
    const struct strlist *readers, struct error *err)
{
	struct message message = {.body.fd = -1};
	struct claim claim;
	int result = -1;

	if (claim_make(&claim, spool, notice->id, err) < 0)
		return -1;
	notice_write(notice, &message);
	fill_entry(&claim.entry, entry, notice, profile, readers);
	if (claim_finish(&claim, &message, err) == 0)
		result = claim_commit(&claim, SPOOL_OWED, err);
	claim_free(&claim);
	message_free(&message);
	return result;
}

int owed_make(const struct policy *policy, const struct spool *spool,
    const struct entry *entry, const struct notice *draft, struct error *err)
{
	struct notice notice = *draft;
	const struct profile *profile = find_profile(policy, entry, notice.to);
	struct strlist readers = {0};
	char id[ENTRY_ID_SIZE];
	int result = 1;

	write_id(id, entry, entry->notices + 1);
	notice.id = id;
	notice.about = entry->id;
	notice.hostname = policy->site.hostname;
	notice.domain = policy->site.domain;
	add_readers(policy, profile, notice.to, &readers);
	if (readers.count > 0)
		result =
		    keep_notice(spool, entry, &notice, profile, &readers, err);
	strlist_free(&readers);
	return result;
}

int owed_pay(const struct spool *spool, struct entry *entry, time_t now,
    struct error *err)
{
	char id[ENTRY_ID_SIZE];
	char owed[SPOOL_NAME_SIZE];
	char paid[SPOOL_NAME_SIZE];

	write_id(id, entry, entry->notices);
	spool_write_name(owed, SPOOL_OWED, id);
	spool_write_name(paid, now, id);
	/* Without that name it has had its turn. */
	if (renameat(spool->queue, owed, spool->queue, paid) != 0 &&
	    errno != ENOENT)
		return fail_errno(err, ERROR_IO,
		    "%s/queue/%s cannot be renamed", spool->path, owed);
	/* Also then: whoever renamed it may not have come so far. */
	if (spool_sync(spool, spool->queue, err) < 0)
		return -1;
	entry->owes_notice = false;
	return 0;
}

void owed_drop(const struct spool *spool, const struct entry *entry)
{
	char id[ENTRY_ID_SIZE];
	char name[SPOOL_NAME_SIZE];

	write_id(id, entry, entry->notices + 1);
	spool_write_name(name, SPOOL_OWED, id);
	/* There hardly ever is one. */
	if (unlinkat(spool->queue, name, 0) == 0)
		(void)unlinkat(spool->messages, id, 0);
}
