#!/bin/sh
#
# demo.sh - send one real message with the real program, and show everything;
# then another one while the server is away
#
# A small SMTP server (tests/peer.c) listens on 127.0.0.1 with TLS and a login.
# Nothing leaves this machine, and nothing is left behind.

set -eu
umask 077
cd "$(dirname "$0")/.."
sendmail=${SENDMAIL:-./sendmail}
peer=${PEER:-tests/peer}
for program in "$sendmail" "$peer"; do
	[ -x "$program" ] || { echo "demo: no $program: say make demo" >&2; exit 1; }
done
dir=$(mktemp -d "${TMPDIR:-/tmp}/sendoff-demo.XXXXXX")

# The server ends when nobody holds the other end of its standard input.
trap 'exec 3>&- 4<&-; wait; rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

bold=''
plain=''
if [ -t 1 ]; then
	bold=$(printf '\033[1m')
	plain=$(printf '\033[0m')
fi

title() {
	printf '\n%s%s%s\n\n' "$bold" "$1" "$plain"
}

indent() {
	sed 's/^\(.\)/    \1/'
}

# Where it puts the mail, and its port, if it is to be a certain one.
start_server() {
	mkdir "$1"
	"$peer" --serve --certs "$dir/certs" --user anna \
		--password correct-horse --store "$1" --port "${2-0}" \
		<"$dir/stop" >"$dir/said" &
	exec 3>"$dir/stop" 4<"$dir/said"
	read -r _ port <&4
}

stop_server() {
	exec 3>&-
	wait
	trips=$(sed -n 's/^round trips //p' <&4)
}

# A run of the program in the place where it would be: leaves code and output.
run() {
	code=0
	"$sendmail" -C "$dir/sendmail.conf" "$@" >"$dir/output" 2>&1 || code=$?
}

# The same, and tell it.
show() {
	echo "    \$ $sendmail $*"
	run "$@"
	indent <"$dir/output"
	echo "    exit code $code"
}

show_mail() {
	for message in "$1"/*; do
		[ ! -s "$message" ] || tr -d '\r' <"$message" | indent
	done
}

title '1. A mail server'

mkfifo "$dir/stop" "$dir/said"
"$peer" --make-certs "$dir/certs"
start_server "$dir/mail"
echo "    It listens at localhost:$port and wants STARTTLS and a login."

title '2. Four lines of configuration'

cat >"$dir/sendmail.conf" <<CONFIGURATION
[profile demo]
host     = localhost
user     = anna
password = correct-horse
CONFIGURATION
indent <"$dir/sendmail.conf"

# What only a demonstration needs.
cat >>"$dir/sendmail.conf" <<CONFIGURATION
port     = $port
tls_ca   = $dir/certs/ca.pem
[sendmail]
domain     = example.org
hostname   = web1.example.org
queue_dir  = $dir/queue
log        = $dir/log
transcript = $dir/transcript
CONFIGURATION
cat <<'WORDS'

    For this demonstration also port and tls_ca, because this server is not at
    the usual port and its certificate is not from one of the usual authorities.
WORDS

title '3. A message'

printf 'To: ben@example.net\nSubject: It works\n\nHello Ben,\n\n%s\n\nAnna\n' \
	'this came through TLS, and nobody saw my password.' >"$dir/message"
echo "    \$ $sendmail -t -f anna@example.org <message"
echo
indent <"$dir/message"

run -t -f anna@example.org <"$dir/message"
stop_server

title '4. What the program said, and its exit code'

if [ -s "$dir/output" ]; then
	indent <"$dir/output"
else
	echo '    (nothing: success is silent)'
fi
echo "    exit code $code"
[ "$code" -eq 0 ] || exit "$code"

title '5. The transcript of the session'
indent <"$dir/transcript"

title '6. What the server received'
show_mail "$dir/mail"

title '7. The log'
indent <"$dir/log"
printf '\n    %s round trips, connecting and TLS included.\n' "$trips"

title '8. Now the server is gone, and there is another message'

sed 's/^Subject: .*/Subject: Wait for me/' "$dir/message" >"$dir/second"
: >"$dir/log"
show -t -f anna@example.org <"$dir/second"
[ "$code" -eq 0 ] || exit "$code"
echo
echo '    That is success, for it is kept. The log:'
echo
indent <"$dir/log"

title '9. It waits, as mailq shows'

show -bp

title "10. The server is back at localhost:$port"

start_server "$dir/later" "$port"
echo '    Its turn would come in a minute. Who does not want to wait:'
echo
show --retry ALL
echo
show -q
[ "$code" -eq 0 ] || exit "$code"
echo
show -bp
stop_server

title '11. What the server received'
show_mail "$dir/later"
echo
grep -q '^Subject: Wait for me' "$dir"/later/*
