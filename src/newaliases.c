#include "newaliases.h"

#include <string.h>

#include "policy.h"
#include "show.h"

static void add_count(struct buf *buf, const struct aliases *aliases,
    const char *set)
{
	if (aliases->file != NULL)
		show_line(buf, "%s: %zu alias%s", aliases->file, aliases->count,
		    aliases->count == 1 ? "" : "es");
	else if (set != NULL)
		show_line(buf, "aliases = %s: none are used", set);
	else
		show_line(buf, "%s: there is none", SYSCONFDIR "/aliases");
}

/* The text of the first problem is the error's; all of them are sentences. */
static int report(const struct strlist *problems, struct strlist *sentences,
    struct error *err)
{
	if (problems->count == 0)
		return 0;
	for (size_t i = 0; i < problems->count; i++)
		strlist_add(sentences, text_of(problems->items[i]));
	return fail(err, ERROR_CONFIG, "%s", problems->items[0]);
}

int check_aliases(const struct options *options, const struct config *config,
    const struct identity *identity, int fd, struct strlist *sentences,
    struct error *err)
{
	struct policy policy = policy_of(config, options, identity);
	struct strlist problems = {0};
	struct buf out = {0};
	int result = policy_check_aliases(&policy, &problems, err);

	if (result == 0) {
		add_count(&out, &policy.aliases,
		    config_settings(config)->aliases);
		for (size_t i = 0; i < policy.warnings.count; i++)
			show_line(&out, "warning: %s",
			    policy.warnings.items[i]);
		result = show_print(&out, fd, err);
	}
	if (result < 0)
		strlist_add(sentences, text_of(err->text));
	else
		result = report(&problems, sentences, err);
	buf_free(&out);
	strlist_free(&problems);
	policy_free(&policy);
	return result;
}
