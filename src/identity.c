#include "identity.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h> /* getentropy(2); elsewhere in unistd.h */
#endif

#include "clock.h"
#include "file.h"
#include "mem.h"
#include "utf8.h"

enum {
	MAX_HOSTS = 1024 * 1024, /* bytes of /etc/hosts */
	MAX_MAILNAME = 4096,     /* bytes of /etc/mailname */
	MAX_CMDLINE = 4096,      /* bytes of the parent's that are looked at */
	MAX_CALLER = 120,        /* bytes shown */
	MAX_GROUPS = 65536,      /* of one user, as Linux has it */
	MAX_HOSTNAME = 255       /* bytes, RFC 1035 2.3.4 */
};

/*
 * Without vowels, so that no id is a word, and without the O that could be a
 * zero.  Twelve of them are 59 random bits.  Neither time nor process number
 * is in there: a burst of messages shares the time, containers share the
 * number, and neither is anybody's business.
 */
static const char id_digits[] = "0123456789BCDFGHJKLMNPQRSTVWXYZ";

int identity_new_id(struct identity *identity, struct error *err)
{
	char *id = identity->id;
	uint64_t number;

	identity->start = clock_now();
	if (getentropy(&number, sizeof number) != 0)
		return fail_errno(err, ERROR_SYSTEM,
		    "the system gives no random bytes");
	for (size_t i = 0; i < IDENTITY_ID_LENGTH; i++) {
		id[i] = id_digits[number % (sizeof id_digits - 1)];
		number /= sizeof id_digits - 1;
	}
	id[IDENTITY_ID_LENGTH] = '\0';
	return 0;
}

void identity_add_full_name(struct buf *buf, struct text gecos,
    const char *login)
{
	size_t end = text_find(gecos, ',');

	for (size_t i = 0; i < end; i++) {
		if (gecos.data[i] != '&') {
			buf_add_byte(buf, gecos.data[i]);
			continue;
		}
		if (*login >= 'a' && *login <= 'z')
			buf_add_byte(buf, (char)(*login - ('a' - 'A')));
		else
			buf_add(buf, text_part(text_of(login), 0, 1));
		buf_add(buf, text_part(text_of(login), 1, SIZE_MAX));
	}
}

/*
 * cron and at run mail programs as the user but with root's HOME: one that is
 * not the user's own is not believed.
 */
static void find_home(struct identity *identity, const struct passwd *entry)
{
	const char *home = getenv("HOME");
	struct stat status;

	if (home == NULL || *home != '/' || stat(home, &status) != 0 ||
	    status.st_uid != identity->uid)
		home = entry != NULL ? entry->pw_dir : "/";
	identity->home = mem_dup(home);
}

static void find_login(struct identity *identity, const struct passwd *entry)
{
	struct buf buf = {0};

	if (entry == NULL)
		buf_addf(&buf, "uid%lu", (unsigned long)identity->uid);
	else
		buf_add_string(&buf, entry->pw_name);
	identity->login = mem_dup(buf_string(&buf));
	buf_free(&buf);
}

static void find_full_name(struct identity *identity,
    const struct passwd *entry, const char *chosen)
{
	struct buf buf = {0};

	if (chosen != NULL && *chosen != '\0')
		buf_add_string(&buf, chosen);
	else if (entry != NULL && entry->pw_gecos != NULL)
		identity_add_full_name(&buf, text_of(entry->pw_gecos),
		    identity->login);
	identity->full_name = mem_dup(buf_string(&buf));
	buf_free(&buf);
}

/* $NAME has been the user's own choice since the first sendmail. */
static void find_user(struct identity *identity)
{
	const struct passwd *entry = getpwuid(identity->uid);

	find_login(identity, entry);
	find_home(identity, entry);
	find_full_name(identity, entry, getenv("NAME"));
}

/* An underscore is no host name, but container names are full of them. */
static bool is_label(struct text label)
{
	for (size_t i = 0; i < label.length; i++)
		if (!byte_is_letter(label.data[i]) &&
		    !byte_is_digit(label.data[i]) && label.data[i] != '-' &&
		    label.data[i] != '_')
			return false;
	return label.length > 0 && label.length <= 63;
}

static bool is_domain(struct text name)
{
	struct text label;

	if (name.length == 0 || name.length > MAX_HOSTNAME ||
	    name.data[name.length - 1] == '.')
		return false;
	while (text_split(&name, '.', &label))
		if (!is_label(label))
			return false;
	return true;
}

static bool is_full(struct text name)
{
	return text_find(name, '.') < name.length && is_domain(name);
}

/*
 * Some installers write all names on one line, "localhost.localdomain
 * localhost web1"; that full name is nobody's.
 */
static struct text full_name_on(struct text line, struct text name)
{
	struct text full = text_of("");
	struct text word;
	bool has_name = false;

	line = text_part(line, 0, text_find(line, '#'));
	(void)text_word(&line, &word); /* the address */
	while (text_word(&line, &word)) {
		if (text_equal_nocase(word, name))
			has_name = true;
		if (full.length == 0 && is_full(word) &&
		    !text_begins_nocase(word, "localhost."))
			full = word;
	}
	return has_name ? full : text_of("");
}

struct text identity_full_hostname(struct text hosts, struct text name)
{
	struct text full = text_of("");
	struct text line;

	while (full.length == 0 && text_split(&hosts, '\n', &line))
		full = full_name_on(line, name);
	return full;
}

/* By hand, because getaddrinfo(3) may ask a name server and wait for it. */
static char *find_hostname(void)
{
	char name[MAX_HOSTNAME + 1] = "";
	struct buf hosts = {0};
	struct error err;
	struct text full = {0};
	char *result;

	if (gethostname(name, sizeof name - 1) != 0 ||
	    !is_domain(text_of(name)))
		return mem_dup("localhost");
	if (!is_full(text_of(name)) &&
	    file_add(&hosts, "/etc/hosts", MAX_HOSTS, NULL, ERROR_IO, &err) ==
		0)
		full = identity_full_hostname(buf_text(&hosts), text_of(name));
	result = text_dup(full.length > 0 ? full : text_of(name));
	buf_free(&hosts);
	return result;
}

static char *find_domain(const char *hostname)
{
	struct buf mailname = {0};
	struct error err;
	struct text rest;
	struct text word = {0};
	char *result;

	if (file_add(&mailname, "/etc/mailname", MAX_MAILNAME, NULL, ERROR_IO,
		&err) == 0) {
		rest = buf_text(&mailname);
		rest = text_part(rest, 0, text_find(rest, '\n'));
		(void)text_word(&rest, &word);
	}
	result = is_domain(word) ? text_dup(word) : mem_dup(hostname);
	buf_free(&mailname);
	return result;
}

/*
 * Only slashes before the first blank are a path's: a process may call itself
 * "php-fpm: master process (/etc/php-fpm.conf)".
 */
static struct text base_name(struct text path)
{
	size_t end = text_find(path, ' ');
	size_t first = 0;

	for (size_t i = 0; i < end; i++)
		if (path.data[i] == '/')
			first = i + 1;
	return text_part(path, first, path.length);
}

void identity_add_caller(struct buf *buf, struct text cmdline)
{
	struct buf caller = {0};
	struct buf visible = {.ceiling = MAX_CALLER};
	struct text program;
	struct text script;

	if (!text_split(&cmdline, '\0', &program))
		return;
	buf_add(&caller, base_name(program));
	if (text_split(&cmdline, '\0', &script) && script.length > 0 &&
	    script.data[0] != '-') {
		buf_add_byte(&caller, ' ');
		buf_add(&caller, script);
	}
	utf8_add_visible(&visible, buf_text(&caller));
	if (visible.is_full)
		utf8_drop_cut_end(visible.data);
	buf_add_string(buf, buf_string(&visible));
	buf_free(&caller);
	buf_free(&visible);
}

char *identity_find_caller(pid_t pid)
{
	char path[64];
	struct buf cmdline = {.ceiling = MAX_CMDLINE};
	struct buf caller = {0};
	struct error ignored; /* no /proc, or it hides other users' processes */
	char *result;

	(void)snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)pid);
	(void)file_add(&cmdline, path, MAX_CMDLINE, NULL, ERROR_IO, &ignored);
	identity_add_caller(&caller, buf_text(&cmdline));
	result = mem_dup(buf_string(&caller));
	buf_free(&cmdline);
	buf_free(&caller);
	return result;
}

int identity_find(struct identity *identity, struct error *err)
{
	*identity = (struct identity){.uid = getuid()};
	find_user(identity);
	identity->hostname = find_hostname();
	identity->domain = find_domain(identity->hostname);
	identity->caller = identity_find_caller(getppid());
	return identity_new_id(identity, err);
}

void identity_become(struct identity *identity, uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);

	free(identity->login);
	free(identity->full_name);
	identity->is_client = true;
	identity->uid = uid;
	find_login(identity, entry);
	find_full_name(identity, entry, NULL);
}

uid_t identity_runner(const struct identity *identity)
{
	return identity->is_client ? geteuid() : identity->uid;
}

/* Views into the system's entry would end with the next one. */
static size_t list_groups(const struct passwd *user, gid_t **list)
{
	int count = 64; /* nobody has more, and the next try knows */

	*list = mem_alloc((size_t)count, sizeof **list);
	if (getgrouplist(user->pw_name, user->pw_gid, *list, &count) >= 0)
		return (size_t)count;
	if (count > MAX_GROUPS)
		count = MAX_GROUPS;
	*list = mem_resize(*list, (size_t)count, sizeof **list);
	if (getgrouplist(user->pw_name, user->pw_gid, *list, &count) >= 0)
		return (size_t)count;
	return 0;
}

void identity_add_groups(const struct identity *identity, struct strlist *names)
{
	const struct passwd *user = getpwuid(identity->uid);
	gid_t *list = NULL;
	size_t count = user != NULL ? list_groups(user, &list) : 0;

	for (size_t i = 0; i < count; i++) {
		const struct group *group = getgrgid(list[i]);

		if (group != NULL)
			strlist_add(names, text_of(group->gr_name));
	}
	free(list);
}

void identity_free(struct identity *identity)
{
	free(identity->login);
	free(identity->full_name);
	free(identity->home);
	free(identity->hostname);
	free(identity->domain);
	free(identity->caller);
	*identity = (struct identity){0};
}
