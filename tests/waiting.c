#include "waiting.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "claim.h"
#include "mem.h"

/* Behind error.h: it has a macro fail(). */
#include <check.h>

static const char *no_variable(const char *name)
{
	(void)name;
	return NULL;
}

void waiting_begin(struct waiting *waiting)
{
	struct buf text = {0};
	const char *path;

	*waiting = (struct waiting){.config = config_new()};
	scratch_make(&waiting->scratch);
	path = scratch_path(&waiting->scratch, "queue");
	buf_addf(&text,
	    "[sendmail]\nqueue_dir = %s\nretry = 5m\n"
	    "[profile work]\nhost = smtp.example.com\n",
	    path);
	ck_assert_msg(config_read(waiting->config, "test", buf_text(&text),
			  no_variable, &waiting->sentences,
			  &waiting->err) == 0 &&
		config_check(waiting->config, &waiting->sentences,
		    &waiting->err) == 0,
	    "%s", waiting->err.text);
	ck_assert_msg(spool_open(&waiting->spool, path, &waiting->err) == 0,
	    "%s", waiting->err.text);
	waiting->identity = (struct identity){
	    .uid = getuid(),
	    .login = mem_dup("tester"),
	    .home = waiting->scratch.directory,
	    .start.seconds = WAITING_NOW,
	};
	ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
	tzset();
	buf_free(&text);
}

void waiting_end(struct waiting *waiting)
{
	spool_close(&waiting->spool);
	free(waiting->identity.login);
	config_free(waiting->config);
	strlist_free(&waiting->sentences);
	scratch_remove(&waiting->scratch);
}

static void fill(struct entry *entry)
{
	struct strlist to = {0};

	strlist_addf(&to, "b@example.com");
	envelope_set(&entry->envelope, "a@example.com", &to);
	strlist_free(&to);
	entry->profile = mem_dup("work");
	entry->login = mem_dup("tester");
	entry->caller = mem_dup("");
	entry->reason = mem_dup("smtp.example.com:587 cannot be reached");
	entry->uid = getuid();
	entry->arrived.seconds = WAITING_NOW - 600;
	entry->attempts = 1;
}

void waiting_put(struct waiting *waiting, const char *id, time_t turn)
{
	char bytes[100];
	struct message message = {0};
	struct claim claim;

	memset(bytes, 'x', sizeof bytes);
	message.body.fd = -1;
	message.body.length = sizeof bytes;
	buf_add(&message.body.memory, (struct text){bytes, sizeof bytes});
	message_append(&message, "Subject", text_of(" hello"));
	ck_assert_msg(claim_make(&claim, &waiting->spool, id, &waiting->err) ==
		0,
	    "%s", waiting->err.text);
	fill(&claim.entry);
	ck_assert_msg(claim_finish(&claim, &message, &waiting->err) == 0, "%s",
	    waiting->err.text);
	ck_assert_msg(claim_commit(&claim, turn, &waiting->err) == 0, "%s",
	    waiting->err.text);
	claim_free(&claim);
	message_free(&message);
}

char *waiting_names(struct waiting *waiting)
{
	struct strlist names = {0};
	struct buf text = {0};
	char *string;

	ck_assert_int_eq(spool_list(&waiting->spool, &names, &waiting->err), 0);
	for (size_t i = 0; i < names.count; i++)
		buf_addf(&text, "%s%s", i > 0 ? " " : "", names.items[i]);
	string = text_dup(buf_text(&text));
	buf_free(&text);
	strlist_free(&names);
	return string;
}

void waiting_damage(struct waiting *waiting, const char *name)
{
	struct buf path = {0};
	struct stat status;

	buf_addf(&path, "%s/queue/%s", waiting->spool.path, name);
	ck_assert_int_eq(stat(buf_string(&path), &status), 0);
	ck_assert_int_eq(truncate(buf_string(&path), status.st_size / 2), 0);
	buf_free(&path);
}
