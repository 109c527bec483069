# logins.sh - every mechanism, with each server that has it
# shellcheck shell=sh
# shellcheck disable=SC2154 # server comes from checks.sh

# configure_auth SERVER PORT [LINE...]: PORT as in port.PORT, STARTTLS.
configure_auth() {
	server=$1 number=$(cat "$D/$1/port.$2")
	shift 2
	configure conf localhost "$number" "tls = starttls" "user = $LOGIN" \
		"from = sender@$DOMAIN" "$(trusted)" "$@"
}

certificate_of() {
	echo "tls_cert = $D/$1.pem"
	echo "tls_key = $D/$1.key"
}

# was_used NAME: in the session before.
was_used() {
	tail -n 40 "$D/transcript" | grep -qw -e "> AUTH $1" || {
		echo "no AUTH $1 in the transcript"
		return 1
	}
}

# logs_in SERVER PORT NAME LINES: with nothing else allowed.
logs_in() {
	name=$3 lines=$4
	configure_auth "$1" "$2" "$lines" "auth = $name" &&
		one_recipient "$1" conf && was_used "$name"
}

# chooses SERVER PORT NAME LINES: the best there is.
chooses() {
	name=$3 lines=$4
	configure_auth "$1" "$2" "$lines" &&
		one_recipient "$1" conf && was_used "$name"
}

# is_kept_out SERVER PORT NAME LINES: exit code 77 and no mail.
is_kept_out() {
	name=$3 lines=$4
	configure_auth "$1" "$2" "$lines" "auth = $name" &&
		header "kept out" >sent &&
		sends 77 -C conf -i "$to" <sent && is_refused
}

check_passwords() {
	label=$1 port=$2
	shift 2
	for mechanism; do
		check "$label: auth $mechanism" logs_in "$server" "$port" \
			"$mechanism" "$(password)"
		check "$label: auth $mechanism, wrong password" is_kept_out \
			"$server" "$port" "$mechanism" "password = wrong"
	done
}

check_logins_postfix() {
	server=postfix
	check_passwords "dovecot sasl" starttls SCRAM-SHA-256 SCRAM-SHA-1 \
		PLAIN LOGIN CRAM-MD5 DIGEST-MD5
	check "dovecot sasl: auto takes SCRAM" chooses postfix starttls \
		SCRAM-SHA-256 "$(password)"
	for mechanism in OAUTHBEARER XOAUTH2; do
		check "dovecot sasl: auth $mechanism" logs_in postfix \
			starttls "$mechanism" "token = $TOKEN"
		check "dovecot sasl: auth $mechanism, wrong token" \
			is_kept_out postfix starttls "$mechanism" \
			"token = t0ken-of-nobody"
	done
	check "dovecot sasl: auto takes OAUTHBEARER" chooses postfix starttls \
		OAUTHBEARER "token = $TOKEN"
	check_passwords "cyrus sasl" cyrus SCRAM-SHA-256 SCRAM-SHA-1 PLAIN \
		LOGIN CRAM-MD5 DIGEST-MD5
	check "no secret of a login in log and transcript" no_secret_written
	check "no refused login sends" nothing_refused_arrived
}

check_logins_exim() {
	server=exim
	check_passwords exim starttls PLAIN LOGIN CRAM-MD5
	check "exim: auth EXTERNAL" logs_in exim starttls EXTERNAL \
		"$(certificate_of client)"
	check "exim: auto takes EXTERNAL" chooses exim starttls EXTERNAL \
		"$(certificate_of client)"
	check "exim: auth EXTERNAL, a stranger" is_kept_out exim starttls \
		EXTERNAL "$(certificate_of stranger)"
	check "no refused login sends" nothing_refused_arrived
}
