#include "candidates.h"

#include <string.h>

#include "chance.h"
#include "outage.h"

/* With a single one there is nothing to choose. */
static bool has_choice(const struct candidates *candidates)
{
	return candidates->outages != NULL && candidates->count > 1;
}

/* Those that failed a moment ago go behind the others. */
static void put_off(struct candidates *candidates)
{
	struct smarthost failed[SMARTHOST_MAX];
	size_t failed_count = 0;
	size_t kept = 0;

	if (!has_choice(candidates))
		return;
	for (size_t i = 0; i < candidates->count; i++) {
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
	put_off(candidates);
}

const struct smarthost *candidates_next(struct candidates *candidates)
{
	return candidates->tried < candidates->count ?
	    &candidates->waiting[candidates->tried++] :
	    NULL;
}

void candidates_note_failure(const struct candidates *candidates)
{
	if (has_choice(candidates))
		outage_note(candidates->outages,
		    &candidates->waiting[candidates->tried - 1]);
}

void candidates_note_success(const struct candidates *candidates)
{
	if (has_choice(candidates))
		outage_forget(candidates->outages,
		    &candidates->waiting[candidates->tried - 1]);
}
