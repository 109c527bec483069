#include "aside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "wait.h"

enum { BLOCK = 4096 };

static _Noreturn void answer_and_end(aside_job *job, const void *question,
    int fd)
{
	struct buf answer = {.ceiling = ASIDE_MAX};
	struct error ignored; /* who reads nothing has no answer */

	job(question, &answer);
	(void)file_write(fd, buf_text(&answer), "the answer", &ignored);
	_exit(0);
}

static int read_answer(int fd, int64_t deadline, struct buf *answer,
    struct error *err)
{
	for (;;) {
		ssize_t count;

		if (wait_for(fd, POLLIN, deadline, err) < 0)
			return -1;
		count = file_read(fd, buf_room(answer, BLOCK), BLOCK,
		    "the answer", err);
		if (count <= 0)
			return (int)count;
		answer->length += (size_t)count;
		if (answer->length > ASIDE_MAX)
			return fail(err, ERROR_PROTOCOL,
			    "the answer is too long");
	}
}

int aside_ask(aside_job *job, const void *question, int64_t deadline,
    struct buf *answer, struct error *err)
{
	int ends[2];
	int result;
	pid_t child = -1;

	if (pipe(ends) == 0) {
		child = fork();
		if (child == 0)
			answer_and_end(job, question, ends[1]);
		(void)close(ends[1]);
		if (child < 0)
			(void)close(ends[0]);
	}
	if (child < 0) {
		job(question, answer);
		return 0;
	}
	result = read_answer(ends[0], deadline, answer, err);
	(void)close(ends[0]);
	if (result < 0)
		(void)kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return result;
}
