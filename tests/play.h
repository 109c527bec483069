/*
 * play.h - one dialogue (dialogue.h) over a real socket
 */
#ifndef PLAY_H
#define PLAY_H

#include "dialogue.h"
#include "error.h"

/*
 * Print "port N", take one connection, follow the file, print "delivered yes"
 * or "delivered no".  -1 with ERROR_BUG at the first thing the client does
 * otherwise, or when standard input ends before it comes.
 */
int play(const char *path, const char *certs, struct error *);

#endif
