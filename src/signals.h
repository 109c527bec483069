/*
 * signals.h - asked to end, by signals that nothing handles
 *
 * They are blocked, and looked at when it suits: no handler, no state, and no
 * system call that is interrupted.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct signals {
	sigset_t blocked;
	sigset_t before; /* the mask as it was */
};

/*
 * Block SIGTERM, SIGINT (unless it is ignored: a shell's "&" means what it
 * does) and SIGCHLD.
 */
void signals_block(struct signals *);
void signals_restore(const struct signals *);

/*
 * Wait for one of those that are blocked, until a deadline (clock.h): its
 * number, or 0 at the deadline and sometimes before.
 */
int signals_wait(const struct signals *, int64_t deadline);

/* SIGTERM or SIGINT has come and waits. */
bool signals_ask_to_end(void);

/* The same, and whoever asks ends: it must not end the process once more. */
bool signals_take_request(void);

#endif
