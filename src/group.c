#include "group.h"

#include <string.h>

bool group_admits(const struct recipient *recipient)
{
	return recipient->reply / 100 == 2 &&
	    recipient->error.kind == ERROR_NONE;
}

bool group_has_admitted(const struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (group_admits(group->recipients[i]))
			return true;
	return false;
}

static const struct error *find_worst(const struct group *group)
{
	const struct error *worst = NULL;

	for (size_t i = 0; i < group->count; i++) {
		const struct error *err = &group->recipients[i]->error;

		if (err->kind != ERROR_NONE &&
		    (worst == NULL || err->kind > worst->kind))
			worst = err;
	}
	return worst;
}

void group_refuse_all(struct group *group)
{
	const struct error *worst = find_worst(group);

	for (size_t i = 0; worst != NULL && i < group->count; i++) {
		struct recipient *recipient = group->recipients[i];

		if (recipient->error.kind != ERROR_NONE)
			continue;
		recipient->error = *worst;
		(void)fail_within(&recipient->error,
		    "nobody got the message, because on_partial = abort: ");
	}
}

/*
 * 452, or by mistake 552, where no status says that it is about the mailbox or
 * the disk; X.5.3 means nothing else, whatever the code is (RFC 3463 3.6).
 */
static bool is_one_too_many(const struct error *err)
{
	if (err->kind == ERROR_NONE)
		return false;
	if (strcmp(err->status + 1, ".5.3") == 0)
		return true;
	return (err->reply == 452 || err->reply == 552) &&
	    strcmp(err->status + 1, ".0.0") == 0;
}

bool group_reopen(struct group *group)
{
	bool has_reopened = false;

	for (size_t i = 0; i < group->count; i++) {
		struct recipient *recipient = group->recipients[i];

		if (!is_one_too_many(&recipient->error))
			continue;
		recipient->error = (struct error){0};
		recipient->reply = 0;
		has_reopened = true;
	}
	return has_reopened;
}

void group_be_unsure(struct group *group, const struct error *err)
{
	for (size_t i = 0; i < group->count; i++) {
		struct recipient *recipient = group->recipients[i];

		if (group_admits(recipient) && !recipient->is_accepted)
			(void)fail(&recipient->error, ERROR_UNSURE,
			    "the message may arrive twice, its end was not "
			    "confirmed: %.300s",
			    err->text);
	}
}
