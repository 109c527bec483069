/*
 * clock.h - the two clocks: one for people, one for deadlines
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#include "date.h"

/* Wall clock. */
struct moment clock_now(void);

/* Milliseconds of a clock that never jumps; deadlines are points on it. */
int64_t clock_ticks(void);

/* Milliseconds from now until the deadline, at least 0, for poll(2). */
int clock_left(int64_t deadline);

#endif
