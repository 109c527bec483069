#include "plan.h"

#include <stdlib.h>

#include "address.h"
#include "complete.h"
#include "mailbox.h"
#include "mem.h"
#include "rewrite_header.h"
#include "wishes.h"

enum { NAMED = 3 }; /* recipients of a batch in a trace */

/* Recipients on their way to one profile. */
struct batch {
	const struct profile *profile;
	const struct route *route; /* of the first of them */
	struct strlist addresses;
};

/*
 * Those of a batch who may see the same header: who was redirected sees for
 * whom, and nobody else does.
 */
struct share {
	const struct rule *redirect; /* NULL: none */
	struct strlist recipients;
	struct strlist originals;
	struct wishes wishes; /* of the recipients */
};

struct shares {
	struct share *items;
	size_t count;
};

struct planner {
	struct plan *plan;
	struct policy *policy;
	const struct posting *posting;
	const char *sender;   /* as routes know it */
	struct wishes wishes; /* of those that aliases have made */
	struct batch *batches;
	size_t count;
};

static void add_failure(struct plan *plan, const char *address,
    const struct error *err)
{
	plan->failures = mem_grow(plan->failures, plan->failure_count,
	    sizeof *plan->failures);
	plan->failures[plan->failure_count++] =
	    (struct failure){.address = mem_dup(address), .error = *err};
}

static void fail_all(struct plan *plan, const struct strlist *addresses,
    const struct error *err)
{
	for (size_t i = 0; i < addresses->count; i++)
		add_failure(plan, addresses->items[i], err);
}

/* The first address of From that can be used, or nothing. */
static void add_author(struct buf *buf, const struct posting *posting)
{
	const struct field *from =
	    message_field(&posting->message, "From", NULL);
	struct text rest = from != NULL ? field_body(from) : text_of("");
	struct mailbox box;
	struct error ignored; /* it is the rules that want to know, no more */

	while (buf->length == 0 && mailbox_next(&rest, &box))
		(void)address_write(buf, box.spec, posting->site.domain,
		    &ignored);
}

/* Whom routes take for the sender; there is no profile yet to ask. */
static int add_route_sender(struct buf *sender, const struct posting *posting,
    struct error *err)
{
	const char *domain = posting->site.domain;

	if (posting->options->sender != NULL)
		return posting_add_sender(sender, posting->options->sender,
		    domain, err);
	add_author(sender, posting);
	if (sender->length > 0)
		return 0;
	return posting_add_sender(sender, posting->identity->login, domain,
	    err);
}

/* By profile, not by route: what goes the same way goes at once. */
static struct batch *find_batch(struct planner *planner,
    const struct profile *profile, const struct route *route)
{
	for (size_t i = 0; i < planner->count; i++)
		if (planner->batches[i].profile == profile)
			return &planner->batches[i];
	planner->batches = mem_grow(planner->batches, planner->count,
	    sizeof *planner->batches);
	planner->batches[planner->count] =
	    (struct batch){.profile = profile, .route = route};
	return &planner->batches[planner->count++];
}

static void sort_by_profile(struct planner *planner,
    const struct strlist *addresses)
{
	for (size_t i = 0; i < addresses->count; i++) {
		const char *address = addresses->items[i];
		const struct route *route;
		struct error err;
		const struct profile *profile =
		    policy_find_profile(planner->policy, planner->sender,
			address, &route, &err);

		if (profile == NULL)
			add_failure(planner->plan, address, &err);
		else
			strlist_add(&find_batch(planner, profile, route)
					 ->addresses,
			    text_of(address));
	}
}

/* Nobody may get lost on the way without a word. */
static int require_some(size_t before, size_t now, struct error *err)
{
	if (now > before)
		return 0;
	return fail(err, ERROR_BUG, "a recipient came to nothing");
}

/* As they came; an argument that is a list has no wishes. */
static void read_wishes(const struct options *options, struct wishes *wishes)
{
	for (int i = 0; options->wishes != NULL && i < options->recipient_count;
	     i++)
		wishes_add(wishes, options->recipients[i], &options->wishes[i]);
}

static void expand_recipients(struct planner *planner,
    struct strlist *addresses)
{
	const struct strlist *recipients = &planner->posting->recipients;
	struct wishes given = {0};
	struct error err;

	read_wishes(planner->posting->options, &given);
	for (size_t i = 0; i < recipients->count; i++) {
		const char *recipient = recipients->items[i];
		size_t before = addresses->count;

		if (policy_expand(planner->policy, recipient, addresses, &err) <
			0 ||
		    require_some(before, addresses->count, &err) < 0)
			add_failure(planner->plan, recipient, &err);
		for (; before < addresses->count; before++)
			wishes_add(&planner->wishes, addresses->items[before],
			    wishes_find(&given, recipient));
	}
	wishes_free(&given);
	strlist_drop_repeats(addresses);
}

static struct share *find_share(struct shares *shares,
    const struct rule *redirect)
{
	for (size_t i = 0; i < shares->count; i++)
		if (shares->items[i].redirect == redirect)
			return &shares->items[i];
	shares->items =
	    mem_grow(shares->items, shares->count, sizeof *shares->items);
	shares->items[shares->count] = (struct share){.redirect = redirect};
	return &shares->items[shares->count++];
}

static void add_to_share(struct shares *shares, const struct rewritten *item,
    const struct recipient *asked)
{
	struct share *share = find_share(shares, item->redirect);

	strlist_add(&share->recipients, text_of(item->address));
	wishes_add(&share->wishes, item->address, asked);
	if (item->redirect != NULL)
		strlist_add(&share->originals, text_of(item->original));
}

static void rewrite_recipients(struct planner *planner,
    const struct rewriting *rewriting, const struct strlist *addresses,
    struct shares *shares)
{
	struct rewritten_list list = {0};
	struct error err;

	for (size_t i = 0; i < addresses->count; i++) {
		const char *address = addresses->items[i];
		size_t before = list.count;

		if (rewrite_recipient(rewriting, address, &list, &err) < 0 ||
		    require_some(before, list.count, &err) < 0)
			add_failure(planner->plan, address, &err);
		for (; before < list.count; before++)
			add_to_share(shares, &list.items[before],
			    wishes_find(&planner->wishes, address));
	}
	for (size_t i = 0; i < shares->count; i++) {
		strlist_drop_repeats(&shares->items[i].recipients);
		strlist_drop_repeats(&shares->items[i].originals);
	}
	rewritten_free(&list);
}

static void shares_free(struct shares *shares)
{
	for (size_t i = 0; i < shares->count; i++) {
		strlist_free(&shares->items[i].recipients);
		strlist_free(&shares->items[i].originals);
		wishes_free(&shares->items[i].wishes);
	}
	free(shares->items);
}

/* Nobody can answer the null sender: then From is who runs this. */
static int complete(struct message *message, const struct posting *posting,
    const char *sender, struct error *err)
{
	const struct identity *identity = posting->identity;
	const char *full_name = posting->options->full_name;
	struct buf from = {0};
	int result = 0;

	if (*sender != '\0')
		buf_add_string(&from, sender);
	else
		result = posting_add_sender(&from, identity->login,
		    posting->site.domain, err);
	if (result == 0) {
		const struct stamp stamp = {
		    .id = identity->id,
		    .at = identity->start,
		    .uid = identity->uid,
		    .hostname = posting->site.hostname,
		    .domain = posting->site.domain,
		    .sender = buf_string(&from),
		    .full_name =
			full_name != NULL ? full_name : identity->full_name,
		};

		result = complete_message(message, &stamp, err);
	}
	buf_free(&from);
	return result;
}

static void append_originals(struct message *message,
    const struct strlist *originals)
{
	struct buf body = {0};

	for (size_t i = 0; i < originals->count; i++)
		buf_addf(&body, "%s%s", i > 0 ? ",\n\t" : "",
		    originals->items[i]);
	message_append(message, "X-Original-To", buf_text(&body));
	buf_free(&body);
}

/* Of a batch: the envelope's two senders, before and behind the rules. */
struct senders {
	struct buf given;
	struct buf final;
};

static void grant_wishes(struct envelope *envelope, struct wishes *wishes)
{
	for (size_t i = 0; i < envelope->count; i++) {
		struct recipient *recipient = &envelope->recipients[i];
		const struct recipient *asked =
		    wishes_find(wishes, recipient->address);

		if (asked == NULL)
			continue;
		recipient->notify = asked->notify;
		if (asked->original != NULL)
			recipient->original = mem_dup(asked->original);
	}
}

static void add_delivery(struct planner *planner, const struct batch *batch,
    const char *sender, const struct message *message, struct share *share)
{
	struct plan *plan = planner->plan;
	struct delivery *delivery;

	plan->deliveries =
	    mem_grow(plan->deliveries, plan->count, sizeof *plan->deliveries);
	delivery = &plan->deliveries[plan->count++];
	*delivery = (struct delivery){
	    .profile = batch->profile,
	    .route = batch->route,
	};
	message_share(&delivery->message, message);
	if (share->originals.count > 0)
		append_originals(&delivery->message, &share->originals);
	envelope_set(&delivery->envelope, sender, &share->recipients);
	grant_wishes(&delivery->envelope, &share->wishes);
	delivery->envelope.request = planner->posting->options->request;
}

static void add_deliveries(struct planner *planner, const struct batch *batch,
    const struct senders *senders, const struct shares *shares)
{
	struct rewriting rewriting =
	    policy_rewriting(planner->policy, batch->profile);
	struct message message;
	struct error err;
	bool is_good;

	if (shares->count == 0)
		return;
	message_share(&message, &planner->posting->message);
	is_good = complete(&message, planner->posting,
		      buf_string(&senders->given), &err) == 0 &&
	    rewrite_header(&rewriting, &message, &planner->policy->warnings,
		&err) == 0;
	for (size_t i = 0; i < shares->count; i++)
		if (is_good)
			add_delivery(planner, batch,
			    buf_string(&senders->final), &message,
			    &shares->items[i]);
		else
			fail_all(planner->plan, &shares->items[i].recipients,
			    &err);
	message_free(&message);
}

/* "a@b.example, c@d.example and 3 more": who goes this way, and why. */
static void note_route(const struct policy *policy,
    const struct profile *profile, const struct route *route,
    char *const *addresses, size_t count)
{
	size_t named = count > NAMED + 1 ? NAMED : count;
	struct buf before = {0};

	for (size_t i = 0; i < named; i++)
		buf_addf(&before, "%s%s", i > 0 ? ", " : "", addresses[i]);
	if (named < count)
		buf_addf(&before, " and %zu more", count - named);
	policy_note_route(policy, buf_string(&before), profile, route);
	buf_free(&before);
}

static const struct route *route_of(const struct planner *planner,
    const char *address)
{
	const struct route *route;
	struct error ignored; /* there is a profile: it is in a batch */

	(void)policy_find_profile(planner->policy, planner->sender, address,
	    &route, &ignored);
	return route;
}

/* Several routes may lead to one profile. */
static void note_routes(const struct planner *planner,
    const struct batch *batch)
{
	const struct strlist *addresses = &batch->addresses;
	size_t end;

	if (planner->policy->trace == NULL)
		return;
	for (size_t i = 0; i < addresses->count; i = end) {
		const struct route *route =
		    route_of(planner, addresses->items[i]);

		end = i + 1;
		while (end < addresses->count &&
		    route_of(planner, addresses->items[end]) == route)
			end++;
		note_route(planner->policy, batch->profile, route,
		    addresses->items + i, end - i);
	}
}

static void plan_batch(struct planner *planner, const struct batch *batch)
{
	struct rewriting rewriting =
	    policy_rewriting(planner->policy, batch->profile);
	struct shares shares = {0};
	struct senders senders = {0};
	struct error err;

	note_routes(planner, batch);
	if (policy_add_sender(planner->policy, batch->profile,
		planner->posting->options->sender, &senders.given, &err) < 0 ||
	    rewrite_sender(&rewriting, buf_string(&senders.given),
		&senders.final, &err) < 0) {
		fail_all(planner->plan, &batch->addresses, &err);
	} else {
		rewrite_recipients(planner, &rewriting, &batch->addresses,
		    &shares);
		add_deliveries(planner, batch, &senders, &shares);
	}
	shares_free(&shares);
	buf_free(&senders.given);
	buf_free(&senders.final);
}

int plan_make(struct plan *plan, struct policy *policy,
    const struct posting *posting, struct error *err)
{
	struct planner planner = {
	    .plan = plan, .policy = policy, .posting = posting};
	struct strlist addresses = {0};
	struct buf sender = {0};
	int result = add_route_sender(&sender, posting, err);

	if (result == 0)
		result = policy_check_authors(policy, &posting->message, err);
	if (result == 0) {
		planner.sender = buf_string(&sender);
		expand_recipients(&planner, &addresses);
		sort_by_profile(&planner, &addresses);
	}
	for (size_t i = 0; i < planner.count; i++) {
		plan_batch(&planner, &planner.batches[i]);
		strlist_free(&planner.batches[i].addresses);
	}
	free(planner.batches);
	wishes_free(&planner.wishes);
	strlist_free(&addresses);
	buf_free(&sender);
	return result;
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		message_free(&plan->deliveries[i].message);
		envelope_free(&plan->deliveries[i].envelope);
	}
	for (size_t i = 0; i < plan->failure_count; i++)
		free(plan->failures[i].address);
	free(plan->deliveries);
	free(plan->failures);
	*plan = (struct plan){0};
}
