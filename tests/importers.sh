#!/bin/sh
# importers.sh - what the importers of contrib make of the files of others
#
# Each directory of tests/importers has the files of one, called after it, with
# the configuration and the words that are expected: "made" and "said".  PEER.all
# has every option of PEER's manual, one of which at a time is put into its
# "base".  SENDMAIL is the program that reads the outcome, ./sendmail if it is
# not set; with WRITE=yes what is expected is written anew.
set -u
cd "$(dirname "$0")/.." || exit 1
top=$PWD
sendmail=${SENDMAIL:-$top/sendmail}
cases=$top/tests/importers
dir=$(mktemp -d "${TMPDIR:-/tmp}/sendoff-importers.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
umask 077
HOME=/home/me
export HOME
unset XDG_CONFIG_HOME
passed=0
failed=0

count() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "importers.sh: $2" >&2
	fi
}

# The importer and its argument, in a directory of files; "status" is its exit.
import() {
	case $1 in
	msmtp) set -- msmtprc msmtprc ;;
	*) set -- "$1" "etc/$1" ;;
	esac
	"$top/contrib/from-$1" "$2" >"$dir/made" 2>"$dir/said"
	status=$?
}

is_good() {
	"$sendmail" -C "$dir/made" --check-config >"$dir/check" 2>&1 && return
	cat "$dir/check" >&2
	return 1
}

# 1 when there was something to say, 0 when not; and the outcome is usable.
exit_code_is_true() {
	if [ -s "$dir/said" ]; then
		[ "$status" -eq 1 ]
	else
		[ "$status" -eq 0 ]
	fi
}

each_case_is_as_expected() {
	for case in "$cases"/*/; do
		name=$(basename "$case")
		cd "$case" || exit 1
		import "${name%%-*}"
		cd "$top" || exit 1
		if [ "${WRITE-}" = yes ]; then
			cp "$dir/made" "$case/made"
			cp "$dir/said" "$case/said"
		fi
		is_good
		count $? "$name is no configuration"
		exit_code_is_true
		count $? "$name: exit $status"
		diff -u "$case/made" "$dir/made" >&2
		count $? "$name is not as it was"
		diff -u "$case/said" "$dir/said" >&2
		count $? "$name says something else"
	done
}

# Into $dir/in; "FILE: LINE" is another file than the peer's first.
write_files() {
	rm -rf "$dir/in"
	mkdir -p "$dir/in/etc/$1"
	case $1 in
	msmtp) file=$dir/in/msmtprc ;;
	ssmtp) file=$dir/in/etc/ssmtp/ssmtp.conf ;;
	dma) file=$dir/in/etc/dma/dma.conf ;;
	nullmailer) file=$dir/in/etc/nullmailer/remotes ;;
	esac
	sed -n 's/^base //p' "$cases/$1.all" >"$file"
	printf 'root:x:0:0:::\n' >"$dir/in/etc/passwd"
	printf 'me|smtp.example.com:secret\n' >"$dir/in/etc/$1/auth.conf"
	case $2 in
	'') ;;
	@*) line=${2#@}
		printf '%s\n' "${line#* }" >"$dir/in/etc/$1/${line%% *}" ;;
	+*) sed "1s|\$| ${2#+}|" "$file" >"$file.new"
		mv "$file.new" "$file" ;;
	*) printf '%s\n' "$2" >>"$file" ;;
	esac
}

is_like_base() {
	grep -v '^;' "$dir/made" | cmp -s "$dir/base" -
}

# "same" is for what the base or sendmail does anyway.
every_option_is_carried_over_or_named() {
	write_files "$1" ''
	(cd "$dir/in" && import "$1")
	grep -v '^;' "$dir/made" >"$dir/base"
	while read -r kind option; do
		[ "$kind" != base ] || continue
		write_files "$1" "$option"
		cd "$dir/in" || exit 1
		import "$1"
		cd "$top" || exit 1
		is_good && exit_code_is_true
		count $? "$1: $option: exit $status"
		found="set"
		is_like_base && found="same"
		[ ! -s "$dir/said" ] || found=named
		[ "$found" = "$kind" ]
		count $? "$1: $option is $found"
	done <"$cases/$1.all"
}

# All parameters of postconf(5) at once: each is in the outcome, is named, or
# is one of those that were carried over.
every_parameter_of_postfix_is_known() {
	mkdir -p "$dir/pf"
	{
		sed 's/^[a-z]* \(.*\)/\1 = yes/' "$cases/postfix.all"
		echo 'relayhost = [h.example]'
		echo 'smtp_tcp_port = 25'
	} >"$dir/pf/main.cf"
	"$top/contrib/from-postfix" "$dir/pf" >"$dir/made" 2>"$dir/said"
	is_good
	count $? "the parameters of postfix make no configuration"
	while read -r kind name; do
		found=carried
		grep -Eq "^;.* $name( |\$)" "$dir/made" && found=useless
		grep -Fq ": $name is not carried over" "$dir/said" &&
			found=named
		[ "$kind" = "$found" ]
		count $? "postfix: $name is $found"
	done <"$cases/postfix.all"
}

nothing_to_read_is_2() {
	for peer in msmtprc ssmtp nullmailer dma postfix; do
		"$top/contrib/from-$peer" "$dir/none" >"$dir/made" 2>"$dir/said"
		[ $? -eq 2 ] && [ ! -s "$dir/made" ] && [ -s "$dir/said" ]
		count $? "from-$peer reads what is not there"
		"$top/contrib/from-$peer" a b >"$dir/made" 2>"$dir/said"
		[ $? -eq 2 ]
		count $? "from-$peer takes two arguments"
	done
}

# In words, no value may end up in a shell, nor a secret on standard error.
values_are_only_values() {
	mkdir -p "$dir/sh"
	# shellcheck disable=SC2016 # as it is
	evil='$(touch '$dir'/evil)`touch '$dir'/evil`;touch '$dir'/evil'
	cat >"$dir/sh/msmtprc" <<-END
	account $evil
	host h.example
	auth on
	user $evil
	password $evil
	passwordeval $evil
	logfile $evil
	END
	printf '%s\n' "h.example smtp user=u pass='$evil'" >"$dir/sh/remotes"
	printf 'SMARTHOST h.example\nAUTHPATH %s\n' "$dir/sh/auth.conf" \
		>"$dir/sh/dma.conf"
	printf 'u|h.example:%s\nu|other.example:%s\n' "$evil" "$evil" \
		>"$dir/sh/auth.conf"
	printf 'mailhub=h.example\nAuthUser=u\nAuthPass=%s\n' "$evil" \
		>"$dir/sh/ssmtp.conf"
	printf 'relayhost=[h.example]\nsmtp_sasl_auth_enable=yes\n%s\n' \
		"smtp_sasl_password_maps=hash:$dir/sh/sasl" >"$dir/sh/main.cf"
	printf '[h.example] u:%s\nother %s\n' "$evil" "$evil" >"$dir/sh/sasl"
	for peer in msmtprc ssmtp nullmailer dma postfix; do
		argument=$dir/sh
		[ "$peer" != msmtprc ] || argument=$dir/sh/msmtprc
		"$top/contrib/from-$peer" "$argument" >"$dir/made" 2>"$dir/said"
		[ ! -e "$dir/evil" ] && ! grep -q touch "$dir/said"
		count $? "from-$peer: a value was more than a value"
		is_good
		count $? "from-$peer: an odd value makes no configuration"
	done
}

# What a server of one connection is told, in hexadecimal.
listen_for_password() {
	python3 - "$dir/port" "$dir/heard" <<'END'
import base64, os, socket, sys
server = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(server.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.settimeout(30)
heard = b""
peer = server.accept()[0]
peer.settimeout(30)
stream = peer.makefile("rb")
peer.sendall(b"220 here\r\n")
for line in stream:
    word = line.split()[0].upper()
    if word == b"EHLO":
        peer.sendall(b"250-here\r\n250 AUTH PLAIN\r\n")
    elif word == b"AUTH":
        heard = base64.b64decode(line.split()[2]).split(b"\0")[2]
        peer.sendall(b"535 5.7.8 enough\r\n")
    else:
        peer.sendall(b"221 bye\r\n")
        break
with open(sys.argv[2], "wb") as out:
    out.write(heard)
END
}

# The way of a password: file of the peer, configuration, wire.
password_arrives() {
	rm -f "$dir/port" "$dir/heard"
	listen_for_password &
	server=$!
	tries=0
	until [ -s "$dir/port" ] || [ $tries -ge 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	printf 'account a\nhost 127.0.0.1\nport %s\nauth plain\nuser u\n' \
		"$(cat "$dir/port")" >"$dir/msmtprc"
	printf 'from a@example.com\npassword "%s"\n' "$1" >>"$dir/msmtprc"
	"$top/contrib/from-msmtprc" "$dir/msmtprc" >"$dir/made" 2>"$dir/said"
	printf '[sendmail]\nlog = none\ntranscript = none\nqueue = never\n' \
		>>"$dir/made"
	echo | "$sendmail" -C "$dir/made" b@example.com >"$dir/check" 2>&1
	wait "$server"
	printf '%s' "$1" | cmp -s - "$dir/heard"
	count $? "a password did not arrive as it was"
}

every_byte_of_a_password_arrives() {
	command -v python3 >/dev/null || return
	while IFS= read -r password; do
		password_arrives "$password"
	done <<-'END'
	simple
	 !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNO 
	PQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~
	'single'
	"double"
	back\slash\\es\"'\
	${HOME} $HOME ; comment
	; # '
	ümläut 日本
	END
}

each_case_is_as_expected
for peer in msmtp ssmtp nullmailer dma; do
	every_option_is_carried_over_or_named "$peer"
done
every_parameter_of_postfix_is_known
nothing_to_read_is_2
values_are_only_values
every_byte_of_a_password_arrives
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
