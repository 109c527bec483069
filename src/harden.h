/*
 * harden.h - a process that anybody may start, made safe
 */
#ifndef HARDEN_H
#define HARDEN_H

#include "error.h"

/*
 * Make the process safe to start by anybody, before anything else: descriptors
 * 0-2 open, no core dumps, umask 077, SIGPIPE ignored, timers and inherited
 * signal settings reset, and no privilege that the caller did not have.
 */
int harden_process(struct error *);

#endif
