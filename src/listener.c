#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "credential.h"
#include "text.h"

enum {
	BACKLOG = 128, /* more are refused by the system, or wait */
	PAUSE = 1000   /* milliseconds, when the system has nothing left */
};

static const char too_many[] =
    "421 4.3.2 too many connections; try again later\r\n";

struct guest {
	pid_t pid; /* of who serves; 0: none */
	uid_t uid;
};

struct listener {
	int fd;
	struct guest guests[LISTENER_MAX];
	listener_serve *serve;
	void *context;
};

/* --- the socket ---------------------------------------------------------- */

static int fill_address(struct sockaddr_un *address, const char *path,
    struct error *err)
{
	size_t length = strlen(path);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (length >= sizeof address->sun_path)
		return fail(err, ERROR_CREATE,
		    "the path of the socket %s is longer than %zu bytes", path,
		    sizeof address->sun_path - 1);
	memcpy(address->sun_path, path, length);
	return 0;
}

/* Open to all from its first moment: chmod(2) would follow a link. */
static int bind_open(int fd, const struct sockaddr_un *address)
{
	mode_t before = umask(S_IXUSR | S_IXGRP | S_IXOTH);
	int result =
	    bind(fd, (const struct sockaddr *)address, sizeof *address);
	int reason = errno;

	(void)umask(before);
	errno = reason;
	return result;
}

/* A socket whose listener has died; never another file. */
static bool is_abandoned(const struct sockaddr_un *address)
{
	struct stat status;
	bool is_refused;
	int fd;

	if (lstat(address->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	/* One that is full and busy would keep us waiting. */
	is_refused = fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	    connect(fd, (const struct sockaddr *)address, sizeof *address) !=
		0 &&
	    errno == ECONNREFUSED;
	if (fd >= 0)
		(void)close(fd);
	return is_refused;
}

static int bind_socket(int fd, const char *path, struct error *err)
{
	struct sockaddr_un address;
	int reason;

	if (fill_address(&address, path, err) < 0)
		return -1;
	if (bind_open(fd, &address) == 0)
		return 0;
	reason = errno;
	if (reason == EADDRINUSE && is_abandoned(&address) &&
	    unlink(path) == 0 && bind_open(fd, &address) == 0)
		return 0;
	errno = reason;
	return fail_errno(err, ERROR_CREATE, "there can be no socket %s", path);
}

static int open_socket(const char *path, struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return fail_errno(err, ERROR_SYSTEM, "there can be no socket");
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (bind_socket(fd, path, err) < 0) {
		(void)close(fd);
		return -1;
	}
	if (listen(fd, BACKLOG) == 0)
		return fd;
	(void)fail_errno(err, ERROR_SYSTEM, "nobody can listen at %s", path);
	(void)close(fd);
	return -1;
}

/* --- who is there -------------------------------------------------------- */

static void note_ends(struct listener *listener)
{
	pid_t pid = waitpid(-1, NULL, WNOHANG);

	for (; pid > 0; pid = waitpid(-1, NULL, WNOHANG))
		for (size_t i = 0; i < LISTENER_MAX; i++)
			if (listener->guests[i].pid == pid)
				listener->guests[i].pid = 0;
}

/* A free place for one more of this user, or NULL. */
static struct guest *find_place(struct listener *listener, uid_t uid)
{
	struct guest *place = NULL;
	size_t count = 0;

	for (size_t i = 0; i < LISTENER_MAX; i++) {
		struct guest *guest = &listener->guests[i];

		if (guest->pid == 0)
			place = guest;
		else if (guest->uid == uid)
			count++;
	}
	return count < LISTENER_MAX_PER_USER ? place : NULL;
}

static _Noreturn void serve_guest(const struct listener *listener, int fd)
{
	(void)close(listener->fd);
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(error_exit_code(ERROR_SYSTEM));
	(void)close(fd);
	_exit(listener->serve(listener->context));
}

/* A new socket has room for it; who does not read it has no loss. */
static void refuse(int fd)
{
	(void)send(fd, too_many, sizeof too_many - 1,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void receive_guest(struct listener *listener, int fd)
{
	struct credential credential = {.uid = (uid_t)-1};
	struct guest *place;
	pid_t pid = -1;

	(void)credential_read(fd, &credential);
	place = find_place(listener, credential.uid);
	if (place != NULL)
		pid = fork();
	if (pid == 0)
		serve_guest(listener, fd);
	if (pid > 0)
		*place = (struct guest){pid, credential.uid};
	else
		refuse(fd);
}

/* What concerns one connection, or passes, is no reason to end. */
static bool is_passing(int reason)
{
	static const int passing[] = {EINTR, ECONNABORTED, EAGAIN, EPROTO,
	    EMFILE, ENFILE, ENOBUFS, ENOMEM};

	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (passing[i] == reason)
			return true;
	return false;
}

int listener_run(const char *path, listener_serve *serve, void *context,
    struct error *err)
{
	struct listener listener = {.serve = serve, .context = context};

	listener.fd = open_socket(path, err);
	if (listener.fd < 0)
		return -1;
	/* Each connection reads the configuration anew: there is none to reload. */
	(void)signal(SIGHUP, SIG_IGN);
	for (;;) {
		int fd = accept(listener.fd, NULL, NULL);

		if (fd < 0 && !is_passing(errno))
			break;
		if (fd < 0)
			(void)poll(NULL, 0, PAUSE);
		note_ends(&listener);
		if (fd < 0)
			continue;
		receive_guest(&listener, fd);
		(void)close(fd);
	}
	(void)fail_errno(err, ERROR_SYSTEM, "nobody can connect to %s", path);
	(void)close(listener.fd);
	return -1;
}
