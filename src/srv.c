#include "srv.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "aside.h"
#include "chance.h"
#include "clock.h"
#include "idn.h"

/* Sizes are in bytes. */
enum {
	MAX_MESSAGE = 16 * 1024,
	NAME_SIZE = 256,
	ID_AND_FLAGS = 4,
	OTHER_COUNTS = 4,
	TYPE_AND_CLASS = 4,
	CLASS_AND_TTL = 6,
	SHORTEST_WAIT = 1000, /* milliseconds */
	CLASS_IN = 1,
	TYPE_SRV = 33 /* RFC 2782 */
};

/* A DNS message (RFC 1035 section 4.1) as far as it has been read. */
struct cursor {
	const unsigned char *start;
	const unsigned char *at;
	const unsigned char *end;
};

static int take_number(struct cursor *cursor, unsigned *number)
{
	if (cursor->end - cursor->at < 2)
		return -1;
	*number = (unsigned)cursor->at[0] << 8 | cursor->at[1];
	cursor->at += 2;
	return 0;
}

static int skip_bytes(struct cursor *cursor, unsigned count)
{
	if (cursor->end - cursor->at < (ptrdiff_t)count)
		return -1;
	cursor->at += count;
	return 0;
}

static int take_name(struct cursor *cursor, char *name, size_t size)
{
	int length =
	    dn_expand(cursor->start, cursor->end, cursor->at, name, (int)size);

	return length < 0 ? -1 : skip_bytes(cursor, (unsigned)length);
}

/* 1 for a record of the kind wanted, 0 for another one. */
static int take_record(struct cursor *cursor, struct srv_record *record)
{
	char owner[NAME_SIZE];
	unsigned type;
	unsigned size;
	struct cursor data = *cursor;

	if (take_name(cursor, owner, sizeof owner) < 0 ||
	    take_number(cursor, &type) < 0 ||
	    skip_bytes(cursor, CLASS_AND_TTL) < 0 ||
	    take_number(cursor, &size) < 0)
		return -1;
	data.at = cursor->at;
	if (skip_bytes(cursor, size) < 0)
		return -1;
	if (type != TYPE_SRV)
		return 0;
	if (take_number(&data, &record->priority) < 0 ||
	    take_number(&data, &record->weight) < 0 ||
	    take_number(&data, &record->port) < 0 ||
	    take_name(&data, record->name, sizeof record->name) < 0)
		return -1;
	if (strcmp(record->name, ".") == 0)
		record->name[0] = '\0';
	return 1;
}

static int take_head(struct cursor *cursor, unsigned *answers)
{
	char name[NAME_SIZE];
	unsigned questions;

	if (skip_bytes(cursor, ID_AND_FLAGS) < 0 ||
	    take_number(cursor, &questions) < 0 ||
	    take_number(cursor, answers) < 0 ||
	    skip_bytes(cursor, OTHER_COUNTS) < 0)
		return -1;
	for (unsigned i = 0; i < questions; i++)
		if (take_name(cursor, name, sizeof name) < 0 ||
		    skip_bytes(cursor, TYPE_AND_CLASS) < 0)
			return -1;
	return 0;
}

void srv_parse(struct text message, struct srv_answer *answer)
{
	const unsigned char *bytes = (const unsigned char *)message.data;
	struct cursor cursor = {bytes, bytes, bytes + message.length};
	unsigned total = 0;
	int kind = take_head(&cursor, &total);

	*answer = (struct srv_answer){.outcome = SRV_FAILED};
	for (unsigned i = 0; i < total && kind >= 0; i++) {
		if (answer->count == SRV_MAX)
			break;
		kind = take_record(&cursor, &answer->records[answer->count]);
		answer->count += kind > 0;
	}
	if (kind >= 0)
		answer->outcome = answer->count > 0 ? SRV_FOUND : SRV_NONE;
	else
		answer->count = 0;
}

static int compare(const void *a, const void *b)
{
	const struct srv_record *first = a;
	const struct srv_record *second = b;

	if (first->priority != second->priority)
		return first->priority < second->priority ? -1 : 1;
	/* Those of weight 0 first, so that they have a chance (RFC 2782). */
	return (first->weight > 0) - (second->weight > 0);
}

/* Of those from first with its priority, the one whose turn it is. */
static size_t choose(const struct srv_answer *answer, size_t first,
    unsigned (*random)(unsigned most))
{
	unsigned sum = 0;
	unsigned wanted;
	size_t end = first;

	while (end < answer->count &&
	    answer->records[end].priority == answer->records[first].priority)
		sum += answer->records[end++].weight;
	wanted = random(sum);
	sum = 0;
	for (size_t i = first; i < end; i++) {
		sum += answer->records[i].weight;
		if (sum >= wanted)
			return i;
	}
	return first;
}

void srv_order(struct srv_answer *answer, unsigned (*random)(unsigned most))
{
	qsort(answer->records, answer->count, sizeof *answer->records, compare);
	for (size_t i = 0; i + 1 < answer->count; i++) {
		size_t chosen = choose(answer, i, random);
		struct srv_record record = answer->records[chosen];

		/* The others keep their order, with weight 0 in front. */
		memmove(&answer->records[i + 1], &answer->records[i],
		    (chosen - i) * sizeof record);
		answer->records[i] = record;
	}
}

/*
 * glibc reports SERVFAIL as a time-out; but no resolver gives up on silence in
 * less than a second, the shortest time-out of resolv.conf(5).
 */
static enum srv_outcome failure_of(int64_t start)
{
	if (h_errno == HOST_NOT_FOUND || h_errno == NO_DATA)
		return SRV_NONE;
	return errno == ECONNREFUSED || clock_ticks() - start >= SHORTEST_WAIT ?
	    SRV_SILENCE :
	    SRV_FAILED;
}

static void ask_for(const char *name, struct srv_answer *answer)
{
	unsigned char message[MAX_MESSAGE];
	int64_t start = clock_ticks();
	int size;

	errno = 0;
	size = res_query(name, CLASS_IN, TYPE_SRV, message, sizeof message);
	if (size > MAX_MESSAGE)
		size = MAX_MESSAGE;
	if (size >= 0)
		srv_parse((struct text){(const char *)message, (size_t)size},
		    answer);
	else
		answer->outcome = failure_of(start);
}

static void ask_for_both(const void *question, struct buf *out)
{
	const char *const *names = question; /* _submissions, _submission */

	for (size_t i = 0; i < 2; i++) {
		struct srv_answer answer = {.outcome = SRV_NONE};

		if (names[i] != NULL)
			ask_for(names[i], &answer);
		buf_add(out,
		    (struct text){(const char *)&answer, sizeof answer});
	}
}

static const char *keep(struct srv_servers *servers, struct text text)
{
	strlist_add(servers->texts, text);
	return servers->texts->items[servers->texts->count - 1];
}

/* The domain is in ASCII, as the names are that will be compared with it. */
static void add_servers(struct srv_servers *servers, struct srv_answer *answer,
    enum tls_mode tls, struct text domain)
{
	const char *kept_domain = keep(servers, domain);

	srv_order(answer, chance_up_to);
	for (size_t i = 0; i < answer->count && servers->count < SRV_MAX; i++) {
		const struct srv_record *record = &answer->records[i];

		if (record->name[0] == '\0' || record->port == 0)
			continue;
		servers->items[servers->count++] = (struct smarthost){
		    .kind = SMARTHOST_NAME,
		    .name = keep(servers, text_of(record->name)),
		    .port = record->port,
		    .tls = tls,
		    .domain = kept_domain,
		};
	}
}

static int fail_find(const char *domain, const struct srv_answer answers[2],
    struct error *err)
{
	enum srv_outcome worst = answers[0].outcome > answers[1].outcome ?
	    answers[0].outcome :
	    answers[1].outcome;

	if (worst == SRV_SILENCE)
		return fail(err, ERROR_NETWORK,
		    "the servers of %s were not found: no name server "
		    "answered in time",
		    domain);
	if (worst == SRV_FAILED)
		return fail(err, ERROR_NETWORK,
		    "the servers of %s were not found: the name server failed",
		    domain);
	return fail(err, ERROR_NO_HOST,
	    "%s names no submission server in DNS; put the server's name in "
	    "host",
	    domain);
}

static int find_ascii(const char *domain, enum tls_mode tls, int64_t deadline,
    struct srv_answer answers[2], struct error *err)
{
	struct strlist names = {0};
	const char *question[2] = {NULL, NULL};
	struct buf answer = {0};
	int result;

	strlist_addf(&names, "_submissions._tcp.%s", domain);
	strlist_addf(&names, "_submission._tcp.%s", domain);
	if (tls == TLS_DEFAULT || tls == TLS_IMPLICIT)
		question[0] = names.items[0];
	if (tls != TLS_IMPLICIT)
		question[1] = names.items[1];
	result = aside_ask(ask_for_both, question, deadline, &answer, err);
	answers[0].outcome = result < 0 ? SRV_SILENCE : SRV_FAILED;
	if (answer.length == 2 * sizeof *answers)
		memcpy(answers, answer.data, answer.length);
	buf_free(&answer);
	strlist_free(&names);
	return result;
}

int srv_find(const char *domain, enum tls_mode tls, int64_t deadline,
    struct srv_servers *servers, struct error *err)
{
	struct srv_answer answers[2] = {0};
	struct buf ascii = {0};
	int result = idn_add_ascii(&ascii, text_of(domain), ERROR_CONFIG, err);

	servers->count = 0;
	if (result == 0) {
		/* What went wrong is in the answers. */
		(void)find_ascii(buf_string(&ascii), tls, deadline, answers,
		    err);
		add_servers(servers, &answers[0], TLS_IMPLICIT,
		    buf_text(&ascii));
		add_servers(servers, &answers[1],
		    tls == TLS_NONE ? TLS_NONE : TLS_STARTTLS,
		    buf_text(&ascii));
		if (servers->count == 0)
			result = fail_find(domain, answers, err);
	}
	buf_free(&ascii);
	return result;
}
