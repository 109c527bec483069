#include "candidates.h"

#include <string.h>

#include "chance.h"
#include "clock.h"
#include "outage.h"

/* With a single one there is nothing to choose. */
static bool has_choice(const struct candidates *candidates)
{
	return candidates->outages != NULL && candidates->count > 1;
}

/* Those that failed a moment ago behind the others of that part. */
static void put_off(struct candidates *candidates, size_t first, size_t end)
{
	struct smarthost failed[CANDIDATES_MAX];
	size_t failed_count = 0;
	size_t kept = first;

	if (!has_choice(candidates))
		return;
	for (size_t i = first; i < end; i++) {
		struct smarthost smarthost = candidates->waiting[i];

		if (outage_is_fresh(candidates->outages, &smarthost,
			candidates->now))
			failed[failed_count++] = smarthost;
		else
			candidates->waiting[kept++] = smarthost;
	}
	memcpy(&candidates->waiting[kept], failed,
	    failed_count * sizeof *failed);
}

void candidates_begin(struct candidates *candidates,
    const struct profile *profile, const char *outages, time_t now)
{
	size_t count = profile->smarthost_count;
	size_t first = 0;

	candidates->profile = profile;
	candidates->outages = outages;
	candidates->now = now;
	if (profile->host_order == ORDER_ROTATE && count > 1)
		first = chance_up_to((unsigned)count - 1);
	for (size_t i = 0; i < count; i++)
		candidates->waiting[candidates->count++] =
		    profile->smarthosts[(first + i) % count];
	put_off(candidates, 0, candidates->count);
}

/* Its servers take the place of srv:DOMAIN, which is the next in line. */
static int expand(struct candidates *candidates, struct error *err)
{
	struct srv_servers servers = {.texts = &candidates->texts};
	size_t at = candidates->tried;
	struct smarthost srv = candidates->waiting[at];
	struct smarthost *place = &candidates->waiting[at];
	size_t count;

	if (srv_find(srv.name, srv.tls,
		clock_ticks() + candidates->profile->connect_timeout, &servers,
		err) < 0)
		return -1;
	count = servers.count;
	memmove(place + count, place + 1,
	    (candidates->count - at - 1) * sizeof *place);
	memcpy(place, servers.items, count * sizeof *place);
	candidates->count += count - 1;
	put_off(candidates, at, at + count);
	return 0;
}

void candidates_skip(struct candidates *candidates,
    const struct smarthost *smarthost)
{
	smarthost_add(&candidates->skipped, smarthost);
}

static bool is_skipped(const struct candidates *candidates,
    const struct smarthost *smarthost)
{
	struct buf name = {0};
	bool is_same;

	smarthost_add(&name, smarthost);
	is_same =
	    strcmp(buf_string(&name), buf_string(&candidates->skipped)) == 0;
	buf_free(&name);
	return is_same;
}

const struct smarthost *candidates_next(struct candidates *candidates,
    struct error *err)
{
	while (candidates->tried < candidates->count) {
		const struct smarthost *next =
		    &candidates->waiting[candidates->tried];

		if (next->kind != SMARTHOST_SRV) {
			candidates->tried++;
			if (!is_skipped(candidates, next))
				return next;
		} else if (expand(candidates, err) < 0) {
			(void)fail_within(err, "srv:%s: ", next->name);
			candidates->tried++;
		}
	}
	return NULL;
}

void candidates_note_failure(const struct candidates *candidates,
    const struct smarthost *smarthost)
{
	if (has_choice(candidates))
		outage_note(candidates->outages, smarthost);
}

void candidates_note_success(const struct candidates *candidates,
    const struct smarthost *smarthost)
{
	if (has_choice(candidates))
		outage_forget(candidates->outages, smarthost);
}

void candidates_free(struct candidates *candidates)
{
	buf_free(&candidates->skipped);
	strlist_free(&candidates->texts);
}
