/*
 * setter_reach.h - the setters for the way to a smarthost; see setter.h
 */
#ifndef SETTER_REACH_H
#define SETTER_REACH_H

#include "key.h"

key_setter set_host;
key_setter set_ip;
key_setter set_proxy;

#endif
