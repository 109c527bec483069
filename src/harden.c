#include "harden.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#include <sys/prctl.h>
#endif

#include "text.h"

/* POSIX leaves the declaration to us; only some systems have it. */
extern char **environ; /* NOLINT(readability-redundant-declaration) */

/* Else the next file opened would become somebody's standard error. */
static int open_standard_descriptors(struct error *err)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", O_RDWR) != fd)
			return fail_errno(err, ERROR_SYSTEM,
			    "descriptor %d is closed, /dev/null cannot replace it",
			    fd);
	return 0;
}

/* A time zone may be the path of a file to read. */
static bool is_harmless_variable(struct text variable)
{
	if (text_begins_nocase(variable, "TZ="))
		return text_find(variable, '/') == variable.length;
	return text_begins_nocase(variable, "LANG=") ||
	    text_begins_nocase(variable, "LC_");
}

static void clear_environment(void)
{
	char **kept = environ;

	if (environ == NULL)
		return;
	for (char **variable = environ; *variable != NULL; variable++)
		if (is_harmless_variable(text_of(*variable)))
			*kept++ = *variable;
	*kept = NULL;
}

static bool is_privileged(void)
{
#ifdef __linux__
	/* What the kernel and the dynamic linker go by. */
	if (getauxval(AT_SECURE) != 0)
		return true;
#endif
	return getuid() != geteuid() || getgid() != getegid();
}

/*
 * Nothing of ours is installed set-id; a stranger's chmod must not make a
 * door of it.  setre[ug]id(2) set the saved id as well.
 */
static int drop_privileges(struct error *err)
{
	uid_t uid = getuid();
	uid_t other_uid = geteuid();
	gid_t gid = getgid();
	gid_t other_gid = getegid();

	if (!is_privileged())
		return 0;
	clear_environment();
	if (setregid(gid, gid) != 0 || setreuid(uid, uid) != 0)
		return fail_errno(err, ERROR_SYSTEM,
		    "the rights of a set-id program cannot be given up");
	/* Root may take any id at any time; that is no loss. */
	if (uid == 0)
		return 0;
	if ((other_uid != uid && seteuid(other_uid) == 0) ||
	    (other_gid != gid && setegid(other_gid) == 0))
		return fail(err, ERROR_SYSTEM,
		    "the rights of a set-id program came back");
	return 0;
}

/* A core has the password in it, and so has the memory of a traced process. */
static void forbid_core_dumps(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
	/* The limit does not bind a core_pattern that is a program. */
	(void)prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL);
#endif
}

/* One that already waits behind a block would end us. */
static void discard_and_reset(int number)
{
	(void)signal(number, SIG_IGN);
	(void)signal(number, SIG_DFL);
}

/*
 * Timers, blocked and ignored signals survive execve(2).  SIGHUP, SIGINT and
 * SIGQUIT stay as they are: nohup(1) and a shell's "&" mean what they do.
 */
static void reset_signals(void)
{
	static const int reset[] = {SIGABRT, SIGALRM, SIGCHLD, SIGPROF, SIGTERM,
	    SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU};
	const struct itimerval never = {0};
	sigset_t none;

	(void)setitimer(ITIMER_REAL, &never, NULL);
	(void)setitimer(ITIMER_VIRTUAL, &never, NULL);
	(void)setitimer(ITIMER_PROF, &never, NULL);
	for (size_t i = 0; i < sizeof reset / sizeof *reset; i++)
		discard_and_reset(reset[i]);
	/* A closed pipe and a full quota come back as errors of write(2). */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

int harden_process(struct error *err)
{
	if (open_standard_descriptors(err) != 0 || drop_privileges(err) != 0)
		return -1;
	(void)umask(077);
	forbid_core_dumps();
	reset_signals();
	return 0;
}
