#include "places.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "configure.h"
#include "file.h"

const char places_users[] = LOCALSTATEDIR "/spool/sendoff/users";

static const char system_spool[] = LOCALSTATEDIR "/spool/sendoff";

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Its nearest directory that there is can be written to. */
static bool can_be_made(const char *path)
{
	struct buf parent = {0};
	bool can_be;

	buf_add_string(&parent, path);
	while (parent.length > 1 && access(buf_string(&parent), F_OK) != 0) {
		const char *slash = strrchr(parent.data, '/');

		parent.length =
		    slash != NULL ? (size_t)(slash - parent.data) : 0;
		parent.data[parent.length] = '\0';
	}
	if (parent.length == 0)
		buf_add_byte(&parent, '/');
	can_be = is_directory(buf_string(&parent)) &&
	    access(buf_string(&parent), W_OK | X_OK) == 0;
	buf_free(&parent);
	return can_be;
}

static bool owns_system_spool(const struct identity *identity)
{
	struct stat status;

	return identity_runner(identity) == 0 ||
	    (lstat(system_spool, &status) == 0 && S_ISDIR(status.st_mode) &&
		status.st_uid == identity_runner(identity));
}

static void add_users_spool(struct buf *path, const struct identity *identity)
{
	buf_addf(path, "%s/%lu", places_users,
	    (unsigned long)identity_runner(identity));
}

static void add_spool(struct buf *path, const struct identity *identity)
{
	if (owns_system_spool(identity)) {
		buf_add_string(path, system_spool);
		return;
	}
	configure_add_path(path, identity, "XDG_STATE_HOME", ".local/state",
	    "sendoff/queue");
	if (can_be_made(buf_string(path)) || !is_directory(places_users))
		return;
	buf_clear(path);
	add_users_spool(path, identity);
}

/* Anybody may make a directory of that number: only the user's own counts. */
static void add_other_spool(struct places *places,
    const struct identity *identity)
{
	struct buf path = {0};
	struct stat status;

	add_users_spool(&path, identity);
	if (lstat(buf_string(&path), &status) == 0 && S_ISDIR(status.st_mode) &&
	    status.st_uid == identity_runner(identity) &&
	    strcmp(buf_string(&path), buf_string(&places->spool)) != 0)
		buf_add(&places->other_spool, buf_text(&path));
	buf_free(&path);
}

static void add_transcript(struct buf *path, const struct identity *identity)
{
	if (identity_runner(identity) == 0) {
		buf_add_string(path,
		    LOCALSTATEDIR "/log/sendoff/transcript.log");
		return;
	}
	configure_add_path(path, identity, "XDG_STATE_HOME", ".local/state",
	    "sendoff");
	/* Who has no home would have a warning with each message instead. */
	if (!can_be_made(buf_string(path))) {
		buf_clear(path);
		return;
	}
	buf_add_string(path, "/transcript.log");
	file_make_parents(buf_string(path));
}

/* Where failed smarthosts are remembered, see outage.h. */
static void add_outages(struct buf *path, const struct identity *identity)
{
	if (getenv("XDG_RUNTIME_DIR") == NULL && identity_runner(identity) == 0)
		buf_add_string(path, LOCALSTATEDIR "/run/sendoff");
	else if (getenv("XDG_RUNTIME_DIR") == NULL)
		configure_add_path(path, identity, "XDG_STATE_HOME",
		    ".local/state", "sendoff");
	else
		configure_add_path(path, identity, "XDG_RUNTIME_DIR",
		    ".local/state", "sendoff");
}

void places_find(struct places *places, const struct settings *settings,
    const struct identity *identity)
{
	*places = (struct places){0};
	if (settings->queue_dir != NULL) {
		buf_add_string(&places->spool, settings->queue_dir);
	} else {
		add_spool(&places->spool, identity);
		add_other_spool(places, identity);
	}
	if (settings->dead_letters != NULL)
		buf_add_string(&places->dead_letters, settings->dead_letters);
	else
		buf_addf(&places->dead_letters, "%s/dead",
		    buf_string(&places->spool));
	if (settings->transcript == NULL)
		add_transcript(&places->transcript, identity);
	else if (strcmp(settings->transcript, "none") != 0)
		buf_add_string(&places->transcript, settings->transcript);
	add_outages(&places->outages, identity);
}

void places_free(struct places *places)
{
	buf_free(&places->spool);
	buf_free(&places->other_spool);
	buf_free(&places->dead_letters);
	buf_free(&places->transcript);
	buf_free(&places->outages);
}

bool places_have_room(const struct places *places)
{
	return can_be_made(buf_string(&places->spool));
}
