# import.sh - what the importers share; sourced from their own directory
#
# An importer is a program of awk on the standard input of run_import, with
# the functions below in front of it.  Files are read and values are written by
# awk alone, so that no value is ever seen by a shell.
#
# shellcheck shell=sh

importer=${0##*/}

# Exit codes: all went over, something did not, there is nothing to read.
nothing_to_read() {
	printf '%s: nothing to read: %s\n' "$importer" "$*" >&2
	exit 2
}

is_readable() {
	[ -f "$1" ] && [ -r "$1" ]
}

# What an argument is, and the arguments: at most one, and it is no option.
check_arguments() {
	what=$1
	shift
	case $#${1-} in
	0 | 1[!-]*) ;;
	1-h | 1--help)
		printf 'usage: %s [%s] > sendmail.conf\n' "$importer" "$what"
		exit 0
		;;
	*)
		printf 'usage: %s [%s]\n' "$importer" "$what" >&2
		exit 2
		;;
	esac
}

run_import() {
	program=$(import_library && cat)
	LC_ALL=C IMPORTER=$importer exec awk "$program" "$@" </dev/null
}

import_library() {
	cat <<'END'
# --- what is said -------------------------------------------------------------

# A name from a file or an argument, fit for a line of text.
function clean(text) {
	gsub(/[\001-\037\177]/, "?", text)
	return length(text) > 200 ? substr(text, 1, 200) "..." : text
}

function at(file, line) {
	return clean(file) (line > 0 ? ":" line : "")
}

# Once, however many profiles it concerns.
function lack(where, sentence) {
	sentence = (where == "" ? "" : where ": ") sentence
	if (!(sentence in said))
		print sentence | "cat 1>&2"
	said[sentence] = 1
	has_lack = 1
}

# --- texts --------------------------------------------------------------------

function trim(text) {
	sub(/^[ \t]+/, "", text)
	sub(/[ \t]+$/, "", text)
	return text
}

# Each of the bytes in it, with no regular expression that needs to know them.
function replace_all(text, old, new,	out, n) {
	while ((n = index(text, old)) > 0) {
		out = out substr(text, 1, n - 1) new
		text = substr(text, n + length(old))
	}
	return out text
}

# RFC 3629 4.
function is_utf8(text) {
	gsub(/[\302-\337][\200-\277]/, "", text)
	gsub(/\340[\240-\277][\200-\277]/, "", text)
	gsub(/[\341-\354\356\357][\200-\277][\200-\277]/, "", text)
	gsub(/\355[\200-\237][\200-\277]/, "", text)
	gsub(/\360[\220-\277][\200-\277][\200-\277]/, "", text)
	gsub(/[\361-\363][\200-\277][\200-\277][\200-\277]/, "", text)
	gsub(/\364[\200-\217][\200-\277][\200-\277]/, "", text)
	return text !~ /[\200-\377]/
}

function is_number(text, min, max) {
	return text ~ /^[0-9]+$/ && length(text) <= 9 && text + 0 >= min &&
	    text + 0 <= max
}

function is_ip4(text,	part, n, i) {
	n = split(text, part, ".")
	for (i = 1; i <= n; i++)
		if (!is_number(part[i], 0, 255) || part[i] ~ /^0./)
			return 0
	return n == 4
}

function is_ip6(text,	part, n, i, double) {
	double = index(text, "::")
	if (text !~ /^[0-9A-Fa-f:]+$/ || text ~ /:::|^:[^:]|[^:]:$/ ||
	    index(substr(text, double + 1), "::") > 0 && double > 0)
		return 0
	n = split(text, part, ":")
	for (i = 1; i <= n; i++)
		if (length(part[i]) > 4)
			return 0
	return n > 2 && (double > 0 ? n <= 8 : n == 8)
}

function is_ip(text) {
	return is_ip4(text) || is_ip6(text)
}

function has_good_labels(text,	part, n, i) {
	n = split(text, part, ".")
	for (i = 1; i <= n; i++)
		if (part[i] == "" || length(part[i]) > 63 ||
		    part[i] ~ /^-|-$/)
			return 0
	return n > 0 && length(text) <= 253
}

function is_domain(text) {
	return text ~ /^[A-Za-z0-9.-]+$/ && has_good_labels(text)
}

function is_host(text) {
	return is_ip(text) || text ~ /^[A-Za-z0-9_.\200-\377-]+$/ &&
	    is_utf8(text) && has_good_labels(text)
}

# What needs quotes within an address, and what reads like a file or a command,
# is left to the administrator.
function is_local(text) {
	return text ~ /^[A-Za-z0-9!#$%&'*+\/=?^_`{|}~.-]+$/ &&
	    text !~ /^[.|\/]|\.$|\.\./ && length(text) <= 64
}

function is_address(text,	n) {
	n = index(text, "@")
	return n > 1 && is_local(substr(text, 1, n - 1)) &&
	    is_domain(substr(text, n + 1))
}

# As is_address(), or without a domain.
function is_mailbox(text) {
	return is_address(text) || is_local(text)
}

function span(seconds) {
	seconds += 0
	if (seconds > 0 && seconds % 86400 == 0)
		return seconds / 86400 "d"
	if (seconds > 0 && seconds % 3600 == 0)
		return seconds / 3600 "h"
	if (seconds > 0 && seconds % 60 == 0)
		return seconds / 60 "m"
	return seconds "s"
}

# The waits of one that doubles them, in seconds.
function doubled(first, last,	list) {
	first = first < 1 ? 1 : first
	last = last > 86400 ? 86400 : last
	while (first < last) {
		list = list span(first) " "
		first *= 2
	}
	return list span(last < 1 ? 1 : last)
}

# --- files --------------------------------------------------------------------

# Some awks end when they are to read a directory.  The shell that knows reads
# the name, and evaluates nothing.
function is_file(name,	command) {
	command = "IFS= read -r name && [ -f \"$name\" ] && [ -r \"$name\" ]"
	print name | command
	return close(command) == 0
}

# Into text[1..n], without line ends; n, or -1 if it cannot be read.
function read_lines(file, text,	n, line, result, name) {
	# "-" would be the standard input.
	name = file ~ /^\// ? file : "./" file
	if (!is_file(name))
		return -1
	while ((result = (getline line < name)) > 0) {
		sub(/\r$/, "", line)
		text[++n] = line
	}
	close(name)
	return result < 0 ? -1 : n + 0
}

function first_line(file,	text) {
	return read_lines(file, text) > 0 ? trim(text[1]) : ""
}

function note_source(file) {
	sources = sources "; " clean(file) "\n"
}

# --- the configuration --------------------------------------------------------

# Empty when it cannot be written: sendmail.conf(5) has no escape for "${" in
# double quotes, and none for "'" in single ones.
function quoted(text, is_secret) {
	if (text == "" || length(text) > 60000 ||
	    text ~ /[\001-\010\012-\037\177]/ || !is_utf8(text))
		return ""
	if (!is_secret && text !~ /^["';#\t ]|[\t ];|[\t ]$/ &&
	    index(text, "${") == 0)
		return text
	if (index(text, "'") == 0)
		return "'" text "'"
	if (index(text, "${") > 0)
		return ""
	text = replace_all(text, "\\", "\\\\")
	return "\"" replace_all(text, "\"", "\\\"") "\""
}

function is_secret_key(key) {
	return key == "password" || key == "token" || key == "proxy" ||
	    key == "tls_key_password"
}

function is_fit(key, value) {
	if (key == "port")
		return is_number(value, 1, 65535)
	if (key == "max_recipients")
		return is_number(value, 1, 100000)
	if (key == "domain" || key == "hostname")
		return is_domain(value)
	if (key == "tls_name")
		return is_host(value)
	if (key == "source")
		return is_ip(value)
	if (key == "from")
		return is_address(value)
	if (key == "bounce_to")
		return value == "none" || is_address(value)
	if (key == "aliases" || key == "log")
		return value ~ /^\// || value == "none" || value == "syslog"
	if (key ~ /_file$|^tls_(ca|crl|cert|key)$/)
		return value ~ /^\//
	return value != ""
}

function open_section(section) {
	if (section in line_count)
		return
	line_count[section] = 0
	section_list[++section_count] = section
}

function add_line(section, text) {
	open_section(section)
	line[section, ++line_count[section]] = text
	return line_count[section]
}

function note(section, text) {
	add_line(section, "; " clean(text))
}

function has(section, key) {
	return (section, key) in place
}

function drop(section, key) {
	if (!has(section, key))
		return
	line[section, place[section, key]] = ""
	delete place[section, key]
	delete given[section, key]
}

# Left for the administrator to complete.
function comment_out(section, key) {
	line[section, place[section, key]] = \
	    ";" line[section, place[section, key]]
	delete place[section, key]
	delete given[section, key]
}

# A value of its own type, or a word about it; is it there now?
function set(section, key, value, where,	text) {
	if (!is_fit(key, value)) {
		lack(where, key " of [" section "] cannot have this value: " \
		    "set it by hand")
		return 0
	}
	text = quoted(value, is_secret_key(key))
	if (text == "") {
		lack(where, cannot_quote(section, key))
		return 0
	}
	set_text(section, key, text, value, where)
	return 1
}

function cannot_quote(section, key) {
	if (key == "password" || key == "token")
		return "the " key " of [" section "] has control " \
		    "characters, is not UTF-8, or has both ' and ${: put it " \
		    "into a file and name that in " key "_file"
	return key " of [" section "] has bytes that cannot be written: set " \
	    "it by hand"
}

function set_text(section, key, text, value, where) {
	if (is_secret_key(key))
		has_secret = 1
	open_section(section)
	if (!has(section, key))
		place[section, key] = ++line_count[section]
	line[section, place[section, key]] = key " = " text
	given[section, key] = value
	origin[section, key] = where
}

# Text that a rule or a route takes as it stands: "$" means something there.
function add_rule(section, key, pattern, result, where,	text) {
	text = quoted(pattern " -> " result, 0)
	if (text == "") {
		lack(where, "this address cannot be written in a rule: add " \
		    "it to [" section "] by hand")
		return 0
	}
	add_line(section, key " = " text)
	return 1
}

# An address as a pattern, or empty: "*" means something.
function pattern_of(address) {
	return is_mailbox(address) && address !~ /\*/ ? address : ""
}

function result_of(address) {
	return is_mailbox(address) ? replace_all(address, "$", "$$") : ""
}

# A list with commas between, or empty if one of them is no address.
function results_of(list,	part, n, i, out, one) {
	n = split(list, part, ",")
	for (i = 1; i <= n; i++) {
		one = result_of(trim(part[i]))
		if (one == "")
			return ""
		out = out (out == "" ? "" : ", ") one
	}
	return out
}

# The names of sections have letters, digits and "-_.@+".
function name_of(text,	name, n) {
	gsub(/[^A-Za-z0-9_.@+-]/, "-", text)
	text = substr(text == "" ? "-" : text, 1, 32)
	for (name = text; ("profile " name) in line_count; )
		name = text "-" ++n
	return name
}

function use_rules(section, name) {
	if (index(" " rules_of[section] " ", " " name " ") == 0)
		rules_of[section] = rules_of[section] \
		    (rules_of[section] == "" ? "" : " ") name
}

# A host with its port; the name of an address in colons needs brackets.
function host_entry(host, port) {
	if (is_ip6(host))
		host = "[" host "]"
	return port == "" ? host : host ":" port
}

# --- what a profile needs to be one -------------------------------------------

function has_credential(section) {
	return has(section, "password") || has(section, "password_file") ||
	    has(section, "password_command") || has(section, "token") ||
	    has(section, "token_command")
}

function drop_credential(section) {
	drop(section, "password")
	drop(section, "password_file")
	drop(section, "password_command")
	drop(section, "token")
	drop(section, "token_command")
}

# Nothing of it means anything without TLS.
function drop_tls(section) {
	drop(section, "tls_verify")
	drop(section, "tls_ca")
	drop(section, "tls_crl")
	drop(section, "tls_cert")
	drop(section, "tls_key")
	drop(section, "tls_min")
	drop(section, "tls_name")
}

function settle_login(section) {
	if (has_credential(section) && !has(section, "user")) {
		lack(origin[section, "auth"], "[" section "] has a " \
		    "password and no user, so it does not log in: add both")
		drop_credential(section)
	}
	if (has(section, "user") && !has_credential(section) &&
	    !has(section, "tls_cert"))
		comment_out(section, "user")
	if (given[section, "auth"] == "EXTERNAL" && !has(section, "tls_cert")) {
		lack(origin[section, "auth"], "auth = EXTERNAL of [" section \
		    "] needs tls_cert: add both")
		drop(section, "auth")
	}
	if (given[section, "auth"] != "off" &&
	    given[section, "auth"] != "EXTERNAL" && !has_credential(section))
		drop(section, "auth")
	if (given[section, "auth"] == "off" || !has_credential(section))
		drop(section, "auth_plaintext")
}

function settle_profile(section) {
	if (!has(section, "host")) {
		note(section, "Put your smarthost here.")
		set(section, "host", "smarthost.invalid")
	}
	if (given[section, "tls"] == "none")
		drop_tls(section)
	if (given[section, "tls_verify"] == "no")
		drop(section, "tls_crl")
	if (has(section, "tls_key") && !has(section, "tls_cert")) {
		lack(origin[section, "tls_key"], "tls_key of [" section \
		    "] needs tls_cert: add both")
		drop(section, "tls_key")
	}
	if (given[section, "host"] ~ /^unix:/)
		drop(section, "proxy")
	settle_login(section)
	if (has(section, "override_from") && !has(section, "from")) {
		lack(origin[section, "override_from"], "override_from of [" \
		    section "] needs from: add both")
		drop(section, "override_from")
	}
	settle_rules(section)
}

# Those of which something could be written.
function settle_rules(section,	name, n, i, list) {
	n = split(rules_of[section], name, " ")
	for (i = 1; i <= n; i++)
		if (("rewrite " name[i]) in line_count)
			list = list (list == "" ? "" : " ") name[i]
	if (list != "")
		set(section, "rewrite", list)
}

# --- the end ------------------------------------------------------------------

function print_section(section,	i) {
	print "\n[" section "]"
	for (i = 1; i <= line_count[section]; i++)
		if (line[section, i] != "")
			print line[section, i]
}

function print_kind(kind,	i) {
	for (i = 1; i <= section_count; i++)
		if (section_list[i] == kind ||
		    index(section_list[i], kind " ") == 1)
			print_section(section_list[i])
}

function print_head() {
	print "; sendmail.conf - made by " ENVIRON["IMPORTER"] " of"
	printf "%s", sources
	if (has_secret) {
		print "; It holds a password: \"umask 077\" before it is " \
		    "made, or \"chmod 600\" at once."
	}
	print "; sendmail --check-config says whether it is good, " \
	    "sendmail.conf(5) what it means."
}

function finish(	i, first, count) {
	for (i = 1; i <= section_count; i++) {
		if (section_list[i] !~ /^profile /)
			continue
		first = first == "" ? substr(section_list[i], 9) : first
		count++
		settle_profile(section_list[i])
	}
	if (count > 1 && !has("sendmail", "default_profile"))
		set("sendmail", "default_profile", first)
	print_head()
	print_kind("sendmail")
	print_kind("profile")
	print_kind("rewrite")
	print_kind("route")
	close("cat 1>&2")
	exit has_lack
}

END
}
