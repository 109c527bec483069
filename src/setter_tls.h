/*
 * setter_tls.h - setters for the keys that begin with tls_; see setter.h
 */
#ifndef SETTER_TLS_H
#define SETTER_TLS_H

#include "key.h"

key_setter set_tls_verify;
key_setter set_tls_min;
key_setter set_tls_name;
key_setter set_ciphers;
key_setter set_pins;

#endif
