#include "background.h"

#include <fcntl.h>
#include <unistd.h>

enum { MAX_INHERITED = 1024 }; /* descriptors looked at */

/*
 * What our caller left open survived exec(2), so it is not close-on-exec, as
 * all of ours are.  It may be the lock of a script, which must not be held any
 * longer than the script lasts.
 */
static void close_inherited(void)
{
	for (int fd = STDERR_FILENO + 1; fd < MAX_INHERITED; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && (flags & FD_CLOEXEC) == 0)
			(void)close(fd);
	}
}

static bool leave_caller(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool has_left = null >= 0;

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		has_left = has_left && dup2(null, fd) == fd;
	if (null > STDERR_FILENO)
		(void)close(null);
	close_inherited();
	(void)setsid(); /* cannot fail: a new child leads nothing */
	return has_left && chdir("/") == 0;
}

bool background_run(background_job *job, void *context)
{
	pid_t child = fork();

	if (child == 0) {
		if (leave_caller())
			job(context);
		_exit(0);
	}
	return child > 0;
}
