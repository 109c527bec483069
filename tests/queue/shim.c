/*
 * shim.c - between a program and the calls that touch files, locks, processes
 * and the network: counts them, writes them down, fails one, or ends there
 *
 * Loaded with LD_PRELOAD; each wrapper makes the system call itself.  What it
 * shall do stands in the environment, and the counts in a file that all
 * processes share, so that the n-th call is the n-th of all of them:
 *
 *	SHIM_STATE=FILE           4096 bytes, see struct state; needed
 *	SHIM_TRACE=FILE           a line for each call, see write_down()
 *	SHIM_KILL=before:N        end with SIGKILL at the N-th call
 *	SHIM_KILL=after:N         ... when it has been made; with ":group" after
 *	                          either, the whole process group ends
 *	SHIM_FAIL=KIND:N:ERRNO    the N-th call of that kind fails; N+ fails all
 *	                          from then on; ERRNO 0 does half of it
 *	SHIM_CLOCK=SECONDS        it is so much later
 *
 * Linux with 64 bits, where the C library's structures are the kernel's.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum kind {
	ACCEPT,
	ACCESS,
	BIND,
	CHMOD,
	CHOWN,
	CLOSE,
	CONNECT,
	FALLOCATE,
	FLOCK,
	FORK,
	FSYNC,
	LINK,
	LISTEN,
	LOCK,
	MKDIR,
	OPEN,
	OPENDIR,
	PIPE,
	POLL,
	READ,
	READDIR,
	RECV,
	RENAME,
	SEND,
	SOCKET,
	STAT,
	TRUNCATE,
	UNLINK,
	UTIME,
	WAIT,
	WRITE,
	KINDS
};

static const char *const kind_names[KINDS] = {
    [ACCEPT] = "accept",
    [ACCESS] = "access",
    [BIND] = "bind",
    [CHMOD] = "chmod",
    [CHOWN] = "chown",
    [CLOSE] = "close",
    [CONNECT] = "connect",
    [FALLOCATE] = "fallocate",
    [FLOCK] = "flock",
    [FORK] = "fork",
    [FSYNC] = "fsync",
    [LINK] = "link",
    [LISTEN] = "listen",
    [LOCK] = "lock",
    [MKDIR] = "mkdir",
    [OPEN] = "open",
    [OPENDIR] = "opendir",
    [PIPE] = "pipe",
    [POLL] = "poll",
    [READ] = "read",
    [READDIR] = "readdir",
    [RECV] = "recv",
    [RENAME] = "rename",
    [SEND] = "send",
    [SOCKET] = "socket",
    [STAT] = "stat",
    [TRUNCATE] = "truncate",
    [UNLINK] = "unlink",
    [UTIME] = "utime",
    [WAIT] = "wait",
    [WRITE] = "write",
};

/* Shared by all processes; the harness reads it. */
struct state {
	atomic_uint total;
	atomic_uint has_failed; /* how many calls were failed */
	atomic_uint counts[KINDS];
};

enum { STATE_SIZE = 4096 };

/* What the environment says; set once, before main(). */
static struct {
	struct state *state; /* NULL: do nothing */
	int trace;
	unsigned kill_at;
	bool kills_before;
	bool kills_group;
	enum kind fail_kind;
	unsigned fail_at;
	bool fails_on;
	int fail_errno;
	time_t later;
} plan = {.trace = -1, .fail_kind = KINDS};

struct call {
	enum kind kind;
	long number;    /* of the system call; 0: none, see work */
	long values[6]; /* its arguments */
	long (*work)(const struct call *);
	int fd; /* what it is about, or the directory that path is in */
	const char *path;
	int second_fd;
	const char *second_path;
	const void *data; /* what was sent, written or received */
	int size_at;      /* which of values is a length that can be halved */
};

/* --- setting up ---------------------------------------------------------- */

static enum kind find_kind(const char *name, size_t length)
{
	for (int i = 0; i < KINDS; i++)
		if (strncmp(kind_names[i], name, length) == 0 &&
		    kind_names[i][length] == '\0')
			return (enum kind)i;
	return KINDS;
}

static void read_kill(const char *text)
{
	char *end;

	plan.kills_before = strncmp(text, "before:", 7) == 0;
	plan.kill_at = (unsigned)strtoul(strchr(text, ':') + 1, &end, 10);
	plan.kills_group = strcmp(end, ":group") == 0;
}

static void read_fail(const char *text)
{
	size_t length = strcspn(text, ":");
	char *end;

	plan.fail_kind = find_kind(text, length);
	plan.fail_at = (unsigned)strtoul(text + length + 1, &end, 10);
	plan.fails_on = *end == '+';
	plan.fail_errno = atoi(end + strcspn(end, ":") + 1);
}

static int open_itself(const char *path, int flags)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC,
	    0600);
}

/* Out of the way, so that the program's descriptors are those it would get. */
static int move_up(int fd)
{
	int high = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 500);

	(void)syscall(SYS_close, fd);
	return high;
}

__attribute__((constructor)) static void set_up(void)
{
	const char *state = getenv("SHIM_STATE");
	const char *trace = getenv("SHIM_TRACE");
	void *memory = MAP_FAILED;
	int fd = state == NULL ? -1 : open_itself(state, O_RDWR);

	if (getenv("SHIM_CLOCK") != NULL)
		plan.later = (time_t)atoll(getenv("SHIM_CLOCK"));
	if (fd < 0)
		return;
	memory =
	    mmap(NULL, STATE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)syscall(SYS_close, fd);
	if (getenv("SHIM_KILL") != NULL)
		read_kill(getenv("SHIM_KILL"));
	if (getenv("SHIM_FAIL") != NULL)
		read_fail(getenv("SHIM_FAIL"));
	if (trace != NULL)
		plan.trace =
		    move_up(open_itself(trace, O_WRONLY | O_APPEND | O_CREAT));
	if (memory != MAP_FAILED)
		plan.state = memory;
}

/* --- writing down -------------------------------------------------------- */

/* The inode, in decimal, and the path of what a descriptor stands for. */
static void show_fd(FILE *file, int fd)
{
	char link[64];
	char path[4096] = "-";
	struct stat status = {0};
	ssize_t length;

	(void)syscall(SYS_fstat, fd, &status);
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
	path[length > 0 ? length : 1] = '\0';
	fprintf(file, "%ju\t%s", (uintmax_t)status.st_ino, path);
}

static void show_path(FILE *file, int fd, const char *path)
{
	if (path[0] == '/') {
		fprintf(file, "0\t%s", path);
		return;
	}
	if (fd == AT_FDCWD)
		fprintf(file, "0\t.");
	else
		show_fd(file, fd);
	fprintf(file, "/%s", path);
}

static void show_data(FILE *file, const unsigned char *data, long length)
{
	static const char digits[] = "0123456789abcdef";

	for (long i = 0; i < length; i++) {
		(void)putc_unlocked(digits[data[i] >> 4], file);
		(void)putc_unlocked(digits[data[i] & 15], file);
	}
}

static long find_detail(const struct call *call, long result)
{
	if (call->kind == OPEN)
		return call->values[2];
	if (call->kind == TRUNCATE)
		return call->values[1];
	if (call->number == SYS_pwrite64)
		return call->values[3];
	if (call->kind == WRITE && result >= 0)
		return syscall(SYS_lseek, call->fd, 0L, SEEK_CUR) - result;
	return -1;
}

/*
 * number pid kind result errno detail inode path second-inode second-path data,
 * with tabs between.  A file that was opened is the second; data is in hex.
 * The detail is an open's flags, a truncate's length, where a write began.
 */
static void write_down(const struct call *call, unsigned number, long result)
{
	char *text = NULL;
	size_t length = 0;
	int reason = errno;
	FILE *file = open_memstream(&text, &length);

	if (file == NULL)
		return;
	fprintf(file, "%u\t%d\t%s\t%ld\t%d\t%ld\t", number, (int)getpid(),
	    kind_names[call->kind], result, result < 0 ? reason : 0,
	    find_detail(call, result));
	if (call->path != NULL)
		show_path(file, call->fd, call->path);
	else
		show_fd(file, call->fd);
	fputc('\t', file);
	if (call->second_path != NULL)
		show_path(file, call->second_fd, call->second_path);
	else if (call->kind == OPEN && result >= 0)
		show_fd(file, (int)result);
	else
		fputs("0\t-", file);
	fputc('\t', file);
	if (call->data != NULL)
		show_data(file, call->data, result);
	fputc('\n', file);
	(void)fclose(file);
	(void)syscall(SYS_write, plan.trace, text, length);
	free(text);
	errno = reason;
}

/* --- one call ------------------------------------------------------------ */

static void end_here(void)
{
	pid_t self = (pid_t)syscall(SYS_getpid);

	(void)syscall(SYS_kill, plan.kills_group ? 0 : self, SIGKILL);
}

static bool is_to_fail(enum kind kind)
{
	unsigned number = 1 + atomic_fetch_add(&plan.state->counts[kind], 1);

	if (kind != plan.fail_kind)
		return false;
	return number == plan.fail_at ||
	    (plan.fails_on && number > plan.fail_at);
}

static long make(const struct call *call)
{
	const long *v = call->values;

	if (call->work != NULL)
		return call->work(call);
	return syscall(call->number, v[0], v[1], v[2], v[3], v[4], v[5]);
}

/* Half of it where there are halves, else as if it had been interrupted. */
static long fail(const struct call *call)
{
	struct call half = *call;

	atomic_fetch_add(&plan.state->has_failed, 1);
	if (plan.fail_errno == 0) {
		if (call->size_at > 0 && call->values[call->size_at] > 1)
			half.values[call->size_at] /= 2;
		return make(&half);
	}
	/* It is closed all the same, and the connection goes on being made. */
	if (call->kind == CLOSE ||
	    (call->kind == CONNECT && plan.fail_errno == EINTR))
		(void)make(call);
	errno = plan.fail_errno;
	return -1;
}

static long run(const struct call *call)
{
	unsigned number;
	long result;

	if (plan.state == NULL)
		return make(call);
	number = 1 + atomic_fetch_add(&plan.state->total, 1);
	if (number == plan.kill_at && plan.kills_before)
		end_here();
	result = is_to_fail(call->kind) ? fail(call) : make(call);
	if (plan.trace >= 0)
		write_down(call, number, result);
	/* In a child of fork(2) the call is not over: it was the parent's. */
	if (number == plan.kill_at && !plan.kills_before &&
	    !(call->kind == FORK && result == 0))
		end_here();
	return result;
}

/* What calls are like: about a descriptor, or about a path. */
static long about_fd(enum kind kind, long number, int fd, long second,
    long third)
{
	return run(&(struct call){
	    .kind = kind,
	    .number = number,
	    .values = {fd, second, third},
	    .fd = fd,
	});
}

static long about_data(enum kind kind, long number, int fd, const void *data,
    size_t size, long fourth)
{
	return run(&(struct call){
	    .kind = kind,
	    .number = number,
	    .values = {fd, (long)data, (long)size, fourth},
	    .fd = fd,
	    .data = kind == READ ? NULL : data,
	    .size_at = 2,
	});
}

static long about_path(enum kind kind, long number, int fd, const char *path,
    long third, long fourth)
{
	return run(&(struct call){
	    .kind = kind,
	    .number = number,
	    .values = {fd, (long)path, third, fourth},
	    .fd = fd,
	    .path = path,
	});
}

static int about_two_paths(enum kind kind, long number, int fd,
    const char *path, int second_fd, const char *second_path, unsigned flags)
{
	return (int)run(&(struct call){
	    .kind = kind,
	    .number = number,
	    .values = {fd, (long)path, second_fd, (long)second_path, flags},
	    .fd = fd,
	    .path = path,
	    .second_fd = second_fd,
	    .second_path = second_path,
	});
}

/* --- files --------------------------------------------------------------- */

static mode_t mode_of(int flags, va_list list)
{
	if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE)
		return va_arg(list, mode_t);
	return 0;
}

int openat(int fd, const char *path, int flags, ...)
{
	va_list list;
	mode_t mode;

	va_start(list, flags);
	mode = mode_of(flags, list);
	va_end(list);
	return (int)about_path(OPEN, SYS_openat, fd, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list list;
	mode_t mode;

	va_start(list, flags);
	mode = mode_of(flags, list);
	va_end(list);
	return (int)about_path(OPEN, SYS_openat, AT_FDCWD, path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
	return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

int __openat_2(int fd, const char *path, int flags);
int __openat_2(int fd, const char *path, int flags)
{
	return openat(fd, path, flags);
}

int close(int fd)
{
	return (int)about_fd(CLOSE, SYS_close, fd, 0, 0);
}

ssize_t read(int fd, void *data, size_t size)
{
	return about_data(READ, SYS_read, fd, data, size, 0);
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
	return about_data(READ, SYS_pread64, fd, data, size, offset);
}

ssize_t write(int fd, const void *data, size_t size)
{
	return about_data(WRITE, SYS_write, fd, data, size, 0);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	return about_data(WRITE, SYS_pwrite64, fd, data, size, offset);
}

ssize_t readv(int fd, const struct iovec *parts, int count)
{
	return about_fd(READ, SYS_readv, fd, (long)parts, count);
}

/* Only the first part: a short write that the caller must live with. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
	while (count > 1 && parts->iov_len == 0)
		parts++, count--;
	return count == 0 ? 0 : write(fd, parts->iov_base, parts->iov_len);
}

int fsync(int fd)
{
	return (int)about_fd(FSYNC, SYS_fsync, fd, 0, 0);
}

int fdatasync(int fd)
{
	return (int)about_fd(FSYNC, SYS_fdatasync, fd, 0, 0);
}

int ftruncate(int fd, off_t length)
{
	return (int)about_fd(TRUNCATE, SYS_ftruncate, fd, length, 0);
}

int posix_fallocate(int fd, off_t offset, off_t length)
{
	return about_data(FALLOCATE, SYS_fallocate, fd, NULL, (size_t)offset,
		   length) < 0 ?
	    errno :
	    0;
}

int flock(int fd, int operation)
{
	return (int)about_fd(FLOCK, SYS_flock, fd, operation, 0);
}

/* Only the locks are of interest. */
int fcntl(int fd, int command, ...)
{
	va_list list;
	long value;

	va_start(list, command);
	value = va_arg(list, long);
	va_end(list);
	switch (command) {
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return (int)about_fd(LOCK, SYS_fcntl, fd, command, value);
	default:
		return (int)syscall(SYS_fcntl, fd, command, value);
	}
}

int fstat(int fd, struct stat *status)
{
	return (int)about_fd(STAT, SYS_fstat, fd, (long)status, 0);
}

int fstatat(int fd, const char *path, struct stat *status, int flags)
{
	return (int)about_path(STAT, SYS_newfstatat, fd, path, (long)status,
	    flags);
}

int stat(const char *path, struct stat *status)
{
	return fstatat(AT_FDCWD, path, status, 0);
}

int lstat(const char *path, struct stat *status)
{
	return fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int faccessat(int fd, const char *path, int mode, int flags)
{
	(void)flags;
	return (int)about_path(ACCESS, SYS_faccessat, fd, path, mode, 0);
}

int access(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, 0);
}

int renameat2(int fd, const char *path, int second_fd, const char *second_path,
    unsigned flags)
{
	return about_two_paths(RENAME, SYS_renameat2, fd, path, second_fd,
	    second_path, flags);
}

int renameat(int fd, const char *path, int second_fd, const char *second_path)
{
	return renameat2(fd, path, second_fd, second_path, 0);
}

int rename(const char *path, const char *second_path)
{
	return renameat2(AT_FDCWD, path, AT_FDCWD, second_path, 0);
}

int linkat(int fd, const char *path, int second_fd, const char *second_path,
    int flags)
{
	return about_two_paths(LINK, SYS_linkat, fd, path, second_fd,
	    second_path, (unsigned)flags);
}

int link(const char *path, const char *second_path)
{
	return linkat(AT_FDCWD, path, AT_FDCWD, second_path, 0);
}

int unlinkat(int fd, const char *path, int flags)
{
	return (int)about_path(UNLINK, SYS_unlinkat, fd, path, flags, 0);
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int fd, const char *path, mode_t mode)
{
	return (int)about_path(MKDIR, SYS_mkdirat, fd, path, mode, 0);
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int fchmod(int fd, mode_t mode)
{
	return (int)about_fd(CHMOD, SYS_fchmod, fd, mode, 0);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
	return (int)about_fd(CHOWN, SYS_fchown, fd, uid, gid);
}

int fchownat(int fd, const char *path, uid_t uid, gid_t gid, int flags)
{
	return (int)run(&(struct call){
	    .kind = CHOWN,
	    .number = SYS_fchownat,
	    .values = {fd, (long)path, uid, gid, flags},
	    .fd = fd,
	    .path = path,
	});
}

int futimens(int fd, const struct timespec times[2])
{
	return (int)run(&(struct call){
	    .kind = UTIME,
	    .number = SYS_utimensat,
	    .values = {fd, 0, (long)times},
	    .fd = fd,
	});
}

/* --- directories and processes: the library's work, not one call --------- */

/*
 * ISO C has no cast from an object's address to a function's; POSIX demands
 * that the bytes are the same.
 */
static void find_next(const char *name, void *function)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(function, &found, sizeof found);
}

static long work_opendir(const struct call *call)
{
	DIR *(*next)(const char *);

	find_next("opendir", &next);
	return (long)next(call->path);
}

static long work_fdopendir(const struct call *call)
{
	DIR *(*next)(int);

	find_next("fdopendir", &next);
	return (long)next(call->fd);
}

static long work_readdir(const struct call *call)
{
	struct dirent *(*next)(DIR *);

	find_next("readdir", &next);
	return (long)next((DIR *)call->values[0]);
}

static long work_fork(const struct call *call)
{
	pid_t (*next)(void);

	(void)call;
	find_next("fork", &next);
	return next();
}

/* run() says -1 for a failure, as the calls do; these have NULL. */
static void *pointer_of(long result)
{
	return result == -1 ? NULL : (void *)result;
}

DIR *opendir(const char *path)
{
	return pointer_of(run(&(struct call){
	    .kind = OPENDIR,
	    .work = work_opendir,
	    .fd = AT_FDCWD,
	    .path = path,
	}));
}

DIR *fdopendir(int fd)
{
	return pointer_of(run(&(struct call){
	    .kind = OPENDIR,
	    .work = work_fdopendir,
	    .fd = fd,
	}));
}

struct dirent *readdir(DIR *directory)
{
	return pointer_of(run(&(struct call){
	    .kind = READDIR,
	    .work = work_readdir,
	    .values = {(long)directory},
	    .fd = dirfd(directory),
	}));
}

pid_t fork(void)
{
	return (pid_t)run(&(struct call){
	    .kind = FORK,
	    .work = work_fork,
	    .fd = -1,
	});
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return (pid_t)run(&(struct call){
	    .kind = WAIT,
	    .number = SYS_wait4,
	    .values = {pid, (long)status, options},
	    .fd = -1,
	});
}

int pipe2(int ends[2], int flags)
{
	return (int)run(&(struct call){
	    .kind = PIPE,
	    .number = SYS_pipe2,
	    .values = {(long)ends, flags},
	    .fd = -1,
	});
}

int pipe(int ends[2])
{
	return pipe2(ends, 0);
}

/* --- the network --------------------------------------------------------- */

int socket(int domain, int type, int protocol)
{
	return (int)run(&(struct call){
	    .kind = SOCKET,
	    .number = SYS_socket,
	    .values = {domain, type, protocol},
	    .fd = -1,
	});
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return (int)about_fd(CONNECT, SYS_connect, fd, (long)address, length);
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	return (int)about_fd(BIND, SYS_bind, fd, (long)address, length);
}

int listen(int fd, int backlog)
{
	return (int)about_fd(LISTEN, SYS_listen, fd, backlog, 0);
}

int accept(int fd, struct sockaddr *restrict address,
    socklen_t *restrict length)
{
	return (int)about_fd(ACCEPT, SYS_accept, fd, (long)address,
	    (long)length);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
	return about_data(SEND, SYS_sendto, fd, data, size, flags);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags,
    const struct sockaddr *address, socklen_t length)
{
	return run(&(struct call){
	    .kind = SEND,
	    .number = SYS_sendto,
	    .values = {fd, (long)data, (long)size, flags, (long)address,
		length},
	    .fd = fd,
	    .data = data,
	    .size_at = 2,
	});
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	return about_fd(SEND, SYS_sendmsg, fd, (long)message, flags);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
	return about_data(RECV, SYS_recvfrom, fd, data, size, flags);
}

ssize_t recvfrom(int fd, void *restrict data, size_t size, int flags,
    struct sockaddr *restrict address, socklen_t *restrict length)
{
	return run(&(struct call){
	    .kind = RECV,
	    .number = SYS_recvfrom,
	    .values = {fd, (long)data, (long)size, flags, (long)address,
		(long)length},
	    .fd = fd,
	    .data = data,
	    .size_at = 2,
	});
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	return about_fd(RECV, SYS_recvmsg, fd, (long)message, flags);
}

int poll(struct pollfd *polled, nfds_t count, int milliseconds)
{
	struct timespec time = {
	    .tv_sec = milliseconds / 1000,
	    .tv_nsec = milliseconds % 1000 * 1000000L,
	};

	return (int)run(&(struct call){
	    .kind = POLL,
	    .number = SYS_ppoll,
	    .values = {(long)polled, (long)count,
		milliseconds < 0 ? 0 : (long)&time},
	    .fd = -1,
	});
}

/* --- the forms of -D_FORTIFY_SOURCE -------------------------------------- */

ssize_t __read_chk(int fd, void *data, size_t size, size_t room);
ssize_t __read_chk(int fd, void *data, size_t size, size_t room)
{
	return read(fd, data, size <= room ? size : room);
}

ssize_t __pread_chk(int fd, void *data, size_t size, off_t offset, size_t room);
ssize_t __pread_chk(int fd, void *data, size_t size, off_t offset, size_t room)
{
	return pread(fd, data, size <= room ? size : room, offset);
}

ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags);
ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags)
{
	return recv(fd, data, size <= room ? size : room, flags);
}

int __poll_chk(struct pollfd *polled, nfds_t count, int time, size_t room);
int __poll_chk(struct pollfd *polled, nfds_t count, int time, size_t room)
{
	(void)room;
	return poll(polled, count, time);
}

/* --- the clock ----------------------------------------------------------- */

int clock_gettime(clockid_t clock, struct timespec *time)
{
	int result = (int)syscall(SYS_clock_gettime, clock, time);

	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		time->tv_sec += plan.later;
	return result;
}

time_t time(time_t *result)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (result != NULL)
		*result = now.tv_sec;
	return now.tv_sec;
}

/* --- the names of -D_FILE_OFFSET_BITS=64, which are the same functions --- */

__asm__(".globl open64\n\t.set open64, open");
__asm__(".globl openat64\n\t.set openat64, openat");
__asm__(".globl creat64\n\t.set creat64, creat");
__asm__(".globl __open64_2\n\t.set __open64_2, __open_2");
__asm__(".globl __openat64_2\n\t.set __openat64_2, __openat_2");
__asm__(".globl pread64\n\t.set pread64, pread");
__asm__(".globl __pread64_chk\n\t.set __pread64_chk, __pread_chk");
__asm__(".globl pwrite64\n\t.set pwrite64, pwrite");
__asm__(".globl ftruncate64\n\t.set ftruncate64, ftruncate");
__asm__(".globl posix_fallocate64\n\t.set posix_fallocate64, posix_fallocate");
__asm__(".globl fcntl64\n\t.set fcntl64, fcntl");
__asm__(".globl fstat64\n\t.set fstat64, fstat");
__asm__(".globl fstatat64\n\t.set fstatat64, fstatat");
__asm__(".globl stat64\n\t.set stat64, stat");
__asm__(".globl lstat64\n\t.set lstat64, lstat");
__asm__(".globl readdir64\n\t.set readdir64, readdir");
