#include "scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "file.h"

/* Behind error.h: it has a macro fail(). */
#include <check.h>

enum { FILE_MAX = 64 * 1024 * 1024 };

void scratch_make(struct scratch *scratch)
{
	const char *parent = getenv("TMPDIR");
	struct buf template = {0};

	*scratch = (struct scratch){0};
	buf_addf(&template, "%s/sendoff.XXXXXX",
	    parent != NULL ? parent : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(template.data));
	scratch->directory = text_dup(buf_text(&template));
	buf_free(&template);
}

static int remove_entry(const char *path, const struct stat *status, int type,
    struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

void scratch_remove(struct scratch *scratch)
{
	ck_assert_int_eq(nftw(scratch->directory, remove_entry, 8,
			     FTW_DEPTH | FTW_PHYS),
	    0);
	strlist_free(&scratch->paths);
	free(scratch->directory);
}

const char *scratch_path(struct scratch *scratch, const char *name)
{
	strlist_addf(&scratch->paths, "%s/%s", scratch->directory, name);
	return scratch->paths.items[scratch->paths.count - 1];
}

const char *scratch_write(struct scratch *scratch, const char *name,
    struct text text)
{
	const char *path = scratch_path(scratch, name);
	struct error err = {0};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(file_write(fd, text, path, &err), 0);
	ck_assert_int_eq(close(fd), 0);
	return path;
}

bool scratch_read(struct scratch *scratch, const char *name, struct buf *buf)
{
	struct error err;

	return file_add(buf, scratch_path(scratch, name), FILE_MAX, NULL,
		   ERROR_IO, &err) == 0;
}

int scratch_fork(int (*function)(void *), void *argument)
{
	int status = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(function(argument));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
