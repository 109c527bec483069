#include "reception.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "clock.h"
#include "drain.h"
#include "keep.h"
#include "log.h"
#include "mem.h"
#include "policy.h"
#include "server.h"
#include "submit.h"

enum { DRAIN_MS = 5 * 60 * 1000 }; /* between two turns of the queue */

struct reception {
	const struct options *options;
	const struct config *config;
	struct identity identity; /* with the id of the message */
	struct policy policy;     /* for recipients as they are named */
	int extra_transcript;     /* of -X: a descriptor, or -1 */
	bool is_due;              /* the queue has a turn at the end */
	int64_t turn;             /* or at clock_ticks(), before it */
};

/*
 * The sendmail of a user who may not read the configuration names him where
 * nobody was named: then it is the profile that says who the sender is.
 */
static const char *find_given(const struct reception *reception,
    const char *sender)
{
	const struct identity *identity = &reception->identity;
	struct text local;
	bool is_own = identity->is_client &&
	    site_is_local(&reception->policy.site, text_of(sender), &local) &&
	    text_is(local, identity->login);

	return is_own ? NULL : sender;
}

static int check_sender(const struct policy *policy,
    const struct profile *profile, const char *sender, struct error *err)
{
	const struct rewriting rewriting = policy_rewriting(policy, profile);
	struct buf given = {0};
	struct buf final = {0};
	int result = policy_add_sender(policy, profile, sender, &given, err);

	if (result == 0)
		result =
		    rewrite_sender(&rewriting, buf_string(&given), &final, err);
	buf_free(&final);
	buf_free(&given);
	return result;
}

/* Of one that aliases have made, and its sender on that way. */
static int check_address(const struct reception *reception, const char *sender,
    const char *address, struct error *err)
{
	const struct policy *policy = &reception->policy;
	const char *given = find_given(reception, sender);
	const struct route *route;
	const struct profile *profile =
	    policy_find_profile(policy, sender, address, &route, err);
	struct rewritten_list list = {0};
	struct rewriting rewriting;
	int result;

	if (profile == NULL || check_sender(policy, profile, given, err) < 0)
		return -1;
	rewriting = policy_rewriting(policy, profile);
	result = rewrite_recipient(&rewriting, address, &list, err);
	rewritten_free(&list);
	return result;
}

/* As plan_make() will decide when the message is there. */
static int check_recipient(void *context, const char *sender,
    const char *recipient, struct error *err)
{
	struct reception *reception = context;
	struct policy *policy = &reception->policy;
	struct strlist addresses = {0};
	int result = policy_expand(policy, recipient, &addresses, err);

	for (size_t i = 0; result == 0 && i < addresses.count; i++)
		result =
		    check_address(reception, sender, addresses.items[i], err);
	strlist_free(&addresses);
	/* They are logged with the message. */
	strlist_free(&policy->warnings);
	return result;
}

/* As if all of it had been said on the command line. */
static struct options options_for(const struct reception *reception,
    const struct server_mail *mail, char **recipients)
{
	const struct options *options = reception->options;

	for (size_t i = 0; i < mail->count; i++)
		recipients[i] = mail->recipients[i].address;
	return (struct options){
	    .mode = MODE_DELIVER,
	    .dot_is_text = true, /* the server has seen the one that ends it */
	    .sender = find_given(reception, mail->sender),
	    .full_name = options->full_name,
	    .transcript_file = options->transcript_file,
	    .profile = options->profile,
	    .request = mail->request,
	    .delivery = options->delivery,
	    .recipients = recipients,
	    .recipient_count = (int)mail->count,
	    .wishes = mail->recipients,
	};
}

/* Those of -odb, and of the queue's turns. */
static void reap_children(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* Not behind each message: that would be a process for each. */
static void drain(struct reception *reception)
{
	struct keeping keeping;

	keep_begin(&keeping, reception->config, &reception->identity);
	drain_begin(&keeping);
	keep_end(&keeping);
	reception->is_due = false;
	reception->turn = clock_ticks() + DRAIN_MS;
}

static int take(void *context, const struct server_mail *mail,
    server_source *read, void *source, struct buf *reply, struct error *err)
{
	struct reception *reception = context;
	char **recipients = mem_alloc(mail->count, sizeof *recipients);
	const struct options options = options_for(reception, mail, recipients);
	struct submit_client client = {
	    .read = read,
	    .source = source,
	    .reply = reply,
	    .extra_transcript = &reception->extra_transcript,
	};
	int result = identity_new_id(&reception->identity, err);

	if (result == 0)
		result = submit_for_client(&options, reception->config,
		    &reception->identity, &client, err);
	if (client.is_tried)
		reception->is_due = true;
	if (reception->is_due && clock_ticks() >= reception->turn)
		drain(reception);
	free(recipients);
	reap_children();
	return result;
}

static int serve_client(struct reception *reception, int fd, struct error *err)
{
	struct server server = {
	    .feed = {.fd = STDIN_FILENO, .patience = SERVER_IDLE_MS},
	    .answers = {.out = fd, .patience = SERVER_IDLE_MS},
	    .hostname = reception->policy.site.hostname,
	    .domain = reception->policy.site.domain,
	    .desk =
		{
		    .context = reception,
		    .max_size = config_settings(reception->config)->max_size,
		    .check_recipient = check_recipient,
		    .take = take,
		},
	};

	return server_run(&server, err);
}

/* At a socket it is the client who submits, not who runs this. */
int receive_mail(const struct options *options, const struct config *config,
    const struct identity *identity, int fd, struct strlist *sentences,
    struct error *err)
{
	struct reception reception = {
	    .options = options,
	    .config = config,
	    .extra_transcript = -1,
	};
	int result =
	    client_find(&reception.identity, identity, STDIN_FILENO, err);

	(void)sentences; /* for who hears no replies */
	reception.policy = policy_of(config, options, &reception.identity);
	if (result == 0)
		result = serve_client(&reception, fd, err);
	else
		reception_turn_away(fd, err);
	if (reception.is_due)
		drain(&reception);
	if (result < 0)
		log_sentence(LEVEL_WARNING, reception.identity.id, err->text);
	if (reception.extra_transcript >= 0)
		(void)close(reception.extra_transcript);
	policy_free(&reception.policy);
	identity_free(&reception.identity);
	return result;
}

void reception_turn_away(int fd, const struct error *why)
{
	struct server server = {
	    .feed = {.fd = STDIN_FILENO, .patience = SERVER_IDLE_MS},
	    .answers = {.out = fd, .patience = SERVER_IDLE_MS},
	    .refusal = why,
	};
	struct error ignored; /* it is the same one, or nobody listens */

	(void)server_run(&server, &ignored);
}
