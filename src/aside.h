/*
 * aside.h - ask what cannot be given a deadline in a process of its own
 *
 * The system's resolver waits as long as its own settings say, half a minute
 * and more, and no portable way leads around that.
 */
#ifndef ASIDE_H
#define ASIDE_H

#include <stdint.h>

#include "buf.h"
#include "error.h"

enum { ASIDE_MAX = 64 * 1024 }; /* bytes of an answer */

typedef void aside_job(const void *question, struct buf *answer);

/*
 * Run the job in a child process and take its answer; ERROR_NETWORK when there
 * is none by the deadline.  Where no process can be started it runs in this
 * one, without a deadline.
 */
int aside_ask(aside_job *job, const void *question, int64_t deadline,
    struct buf *answer, struct error *err);

#endif
