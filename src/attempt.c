#include "attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "mem.h"

enum { NAMED_RECIPIENTS = 3 };

static void add_recipients(const struct attempt *attempt, struct buf *buf)
{
	const struct envelope *envelope = attempt->envelope;
	size_t named = envelope->count < NAMED_RECIPIENTS + 1 ?
	    envelope->count :
	    NAMED_RECIPIENTS;

	for (size_t i = 0; i < named; i++)
		buf_addf(buf, "%s%s", i > 0 ? ", " : "",
		    envelope->recipients[i].address);
	if (named < envelope->count)
		buf_addf(buf, " and %zu more", envelope->count - named);
}

static void add_seconds(struct buf *buf, int64_t milliseconds)
{
	buf_addf(buf, "%lld.%03lld", (long long)(milliseconds / 1000),
	    (long long)(milliseconds % 1000));
}

const char *attempt_status(const struct error *err)
{
	return error_is_worth_retrying(err->kind) ? "failed" : "refused";
}

static const char *status_of(const struct recipient *recipient)
{
	return recipient->is_accepted ? "sent" :
					attempt_status(&recipient->error);
}

/* Nothing is lost by a failure that deserves another try. */
static enum log_level level_of(const struct recipient *recipient)
{
	if (recipient->is_accepted)
		return LEVEL_INFO;
	return error_is_worth_retrying(recipient->error.kind) ? LEVEL_WARNING :
								LEVEL_ERROR;
}

/* Accepted ones first, the others by what is wrong with them. */
static int compare_outcomes(const struct recipient *a,
    const struct recipient *b)
{
	if (a->is_accepted != b->is_accepted)
		return a->is_accepted ? -1 : 1;
	return a->is_accepted ? 0 : strcmp(a->error.text, b->error.text);
}

static int compare(const void *a, const void *b)
{
	const struct recipient *const *first = a;
	const struct recipient *const *second = b;
	int order = compare_outcomes(*first, *second);

	/* Equals stay in the order of the envelope. */
	if (order == 0)
		order = *first < *second ? -1 : 1;
	return order;
}

/* Sorted first: a hundred thousand refusals may all be different. */
static void for_each_group(const struct attempt *attempt,
    const struct envelope *envelope, struct buf *buf,
    void (*tell)(const struct attempt *, const struct recipient *first,
	const struct buf *addresses, struct buf *))
{
	size_t count = envelope->count;
	const struct recipient **sorted =
	    mem_alloc(count, sizeof(struct recipient *));
	size_t end;

	for (size_t i = 0; i < count; i++)
		sorted[i] = &envelope->recipients[i];
	qsort(sorted, count, sizeof(struct recipient *), compare);
	for (size_t i = 0; i < count; i = end) {
		struct buf addresses = {0};

		for (end = i; end < count &&
		     compare_outcomes(sorted[i], sorted[end]) == 0;
		     end++)
			buf_addf(&addresses, "%s%s", end > i ? "," : "",
			    sorted[end]->address);
		tell(attempt, sorted[i], &addresses, buf);
		buf_free(&addresses);
	}
	free(sorted);
}

static void tell_outcome(const struct attempt *attempt,
    const struct recipient *first, const struct buf *addresses, struct buf *buf)
{
	if (buf->length > 0)
		buf_add_string(buf, "; ");
	buf_addf(buf, "%s in ", status_of(first));
	add_seconds(buf, attempt->duration);
	buf_addf(buf, " s: %s ", buf_string(addresses));
	if (first->is_accepted)
		buf_addf(buf, "%d", first->reply);
	else
		buf_add_string(buf, first->error.text);
}

static void add_outcome(const struct attempt *attempt, struct buf *buf)
{
	struct buf outcome = {0};

	for_each_group(attempt, attempt->envelope, &outcome, tell_outcome);
	buf_add(buf, buf_text(&outcome));
	buf_free(&outcome);
}

static void add_delays(const struct attempt *attempt, struct buf *buf)
{
	const struct attempt_delay *delay = &attempt->delay;
	const int64_t parts[] = {delay->net.resolve, delay->net.connect,
	    delay->net.tls, delay->login, delay->transfer};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (i > 0)
			buf_add_byte(buf, '/');
		add_seconds(buf, parts[i]);
	}
}

static const char *or_null(const struct buf *buf)
{
	return buf->length > 0 ? buf_string(buf) : NULL;
}

static void tell_log(const struct attempt *attempt,
    const struct recipient *first, const struct buf *addresses, struct buf *buf)
{
	const struct identity *identity = attempt->identity;
	char size[24];
	char uid[24];
	struct buf delay = {0};
	struct buf delays = {0};

	(void)buf;
	(void)snprintf(size, sizeof size, "%llu",
	    (unsigned long long)attempt->size);
	(void)snprintf(uid, sizeof uid, "%lu", (unsigned long)identity->uid);
	add_seconds(&delay, attempt->duration);
	add_delays(attempt, &delays);
	const struct log_value values[] = {
	    {"id", identity->id, false},
	    {"status", status_of(first), false},
	    {"from", attempt->envelope->sender, false},
	    {"to", buf_string(addresses), false},
	    {"profile", attempt->profile->name, false},
	    {"host", buf_string(&attempt->host), false},
	    {"address", or_null(&attempt->address), false},
	    {"tls", or_null(&attempt->tls), false},
	    {"auth", attempt->mechanism, false},
	    {"size", size, true},
	    {"delay", buf_string(&delay), true},
	    {"delays", buf_string(&delays), false},
	    {"reply",
		first->is_accepted ? or_null(&attempt->reply) :
				     first->error.text,
		false},
	    {"uid", uid, true},
	    {"caller", identity->caller, false},
	};
	log_entry(level_of(first), values, sizeof values / sizeof *values);
	buf_free(&delays);
	buf_free(&delay);
}

void attempt_log(const struct attempt *attempt, const struct envelope *envelope)
{
	for_each_group(attempt, envelope, NULL, tell_log);
}

void attempt_settle(struct attempt *attempt, struct envelope *open)
{
	struct envelope done = *open;
	size_t settled = 0;

	for (size_t i = 0; i < open->count; i++) {
		struct recipient recipient = open->recipients[i];

		if (recipient_is_open(&recipient)) {
			open->recipients[i].reply = 0;
			continue;
		}
		open->recipients[i] = open->recipients[settled];
		open->recipients[settled++] = recipient;
	}
	open->recipients += settled;
	open->count -= settled;
	done.count = settled;
	attempt->duration = clock_ticks() - attempt->start;
	attempt_log(attempt, &done);
}

void attempt_restart(struct attempt *attempt)
{
	buf_clear(&attempt->host);
	buf_clear(&attempt->address);
	buf_clear(&attempt->tls);
	buf_clear(&attempt->reply);
	attempt->delay = (struct attempt_delay){0};
	attempt->mechanism = NULL;
}

void attempt_begin_transcript(const struct attempt *attempt,
    struct transcript *transcript)
{
	const struct identity *identity = attempt->identity;
	struct buf head = {0};

	date_add_log(&head, clock_now());
	buf_addf(&head, " %s uid %lu (%s) %s\nfrom %s  to ", identity->id,
	    (unsigned long)identity->uid, identity->login, identity->caller,
	    *attempt->envelope->sender != '\0' ? attempt->envelope->sender :
						 "<>");
	add_recipients(attempt, &head);
	buf_addf(&head, "  %llu bytes  profile %s",
	    (unsigned long long)attempt->size, attempt->profile->name);
	transcript_begin(transcript, buf_text(&head));
	buf_free(&head);
}

void attempt_end_transcript(const struct attempt *attempt,
    struct transcript *transcript)
{
	struct buf line = {0};

	buf_addf(&line, "%s ", attempt->identity->id);
	add_outcome(attempt, &line);
	transcript_end(transcript, buf_text(&line));
	buf_free(&line);
}

void attempt_free(struct attempt *attempt)
{
	buf_free(&attempt->host);
	buf_free(&attempt->address);
	buf_free(&attempt->tls);
	buf_free(&attempt->reply);
}
