#include "client.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "credential.h"
#include "file.h"
#include "mem.h"

enum { MAX_STAT = 4096 /* bytes of /proc/PID/stat */ };

/* proc_pid_stat(5): "PID (NAME) STATE PPID ...", and a name may be anything. */
static pid_t read_parent(struct text stat)
{
	struct text word = {0};
	unsigned long long parent = 0;
	size_t end = stat.length;

	while (end > 0 && stat.data[end - 1] != ')')
		end--;
	stat = text_part(stat, end, stat.length);
	(void)text_word(&stat, &word);
	if (!text_word(&stat, &word) ||
	    text_number(word, INT32_MAX, &parent) < 0)
		return 0;
	return (pid_t)parent;
}

static pid_t find_parent(pid_t pid)
{
	char path[64];
	struct buf stat = {0};
	struct error ignored; /* as identity_find_caller() */
	pid_t parent;

	(void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	(void)file_add(&stat, path, MAX_STAT, NULL, ERROR_IO, &ignored);
	parent = read_parent(buf_text(&stat));
	buf_free(&stat);
	return parent;
}

/* What is handed over comes from a sendmail, and that has a caller. */
static char *find_caller(pid_t pid)
{
	static const char ourselves[] = "sendmail";
	char *caller = identity_find_caller(pid);

	if (strncmp(caller, ourselves, strlen(ourselves)) != 0 ||
	    strcspn(caller, " ") != strlen(ourselves))
		return caller;
	free(caller);
	return identity_find_caller(find_parent(pid));
}

static bool is_socket(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

int client_find(struct identity *client, const struct identity *own, int fd,
    struct error *err)
{
	struct credential credential;

	*client = *own;
	client->login = mem_dup(own->login);
	client->full_name = mem_dup(own->full_name);
	client->home = mem_dup(own->home);
	client->hostname = mem_dup(own->hostname);
	client->domain = mem_dup(own->domain);
	if (credential_read(fd, &credential)) {
		identity_become(client, credential.uid);
		client->caller = find_caller(credential.pid);
	} else {
		client->is_stranger = is_socket(fd);
		client->caller = mem_dup(own->caller);
	}
	return identity_new_id(client, err);
}
