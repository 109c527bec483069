# servers.sh - real mail servers on free ports of 127.0.0.1, run by tests/interop
#
# Each start_NAME writes its configuration below $D/NAME, starts the server in
# the foreground in a session of its own, so that its whole process group can
# be stopped, and returns when it answers.  Mail for user0 to user399 ends in
# $D/NAME/mail/USER/new, one file for each recipient; others are unknown.
# shellcheck shell=sh
# shellcheck disable=SC2154 # imported comes from run

certificates() (
	cd "$D" || exit 1
	cat >openssl.cnf <<-'END'
	[req]
	distinguished_name = name
	[name]
	[ca]
	basicConstraints = critical, CA:TRUE
	subjectKeyIdentifier = hash
	[server]
	basicConstraints = critical, CA:FALSE
	authorityKeyIdentifier = keyid
	subjectAltName = DNS:localhost, IP:127.0.0.1
	END
	certificate ca "/CN=Interop CA" -extensions ca &&
		certificate other "/CN=Other CA" -extensions ca &&
		certificate server "/CN=localhost" -extensions server \
			-CA ca.pem -CAkey ca.key &&
		certificate client "/CN=$LOGIN" -extensions server \
			-CA ca.pem -CAkey ca.key &&
		certificate stranger "/CN=$LOGIN" -extensions server \
			-CA other.pem -CAkey other.key &&
		chmod 644 server.key
)

certificate() {
	name=$1 subject=$2
	shift 2
	openssl req -x509 -config openssl.cnf -newkey ec \
		-pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj "$subject" -keyout "$name.key" -out "$name.pem" "$@" \
		2>openssl.log || { cat openssl.log; return 1; }
}

# The servers look for users that a machine without them does not have, so
# they see these through libnss_wrapper.  An ordinary user is all of them.
accounts() {
	if [ "$(id -u)" = 0 ]; then
		mail_id=65534 mail_group=65534 owner_id=64990 drop_id=64991
		mail_name=nobody mail_group_name=nogroup
		as_mail="setpriv --reuid=$mail_id --regid=$mail_group"
		as_mail="$as_mail --clear-groups"
	else
		mail_id=$(id -u) mail_group=$(id -g)
		owner_id=$mail_id drop_id=$mail_group
		mail_name=$(id -un) mail_group_name=$(id -gn) as_mail=
	fi
	{
		echo "root:x:0:0:root:/:/bin/false"
		echo "interop:x:$mail_id:$mail_group::/:/bin/false"
		echo "Debian-exim:x:$mail_id:$mail_group::/:/bin/false"
		echo "postfix:x:$owner_id:$owner_id::/:/bin/false"
	} >"$D/passwd"
	{
		echo "root:x:0:"
		echo "interop:x:$mail_group:"
		echo "Debian-exim:x:$mail_group:"
		echo "postfix:x:$owner_id:"
		echo "postdrop:x:$drop_id:"
	} >"$D/group"
	{
		echo "root: root"
		for n in $(seq 0 399); do echo "user$n: user$n"; done
	} >"$D/users"
}

# libraries ROOT: what LD_LIBRARY_PATH must be for the programs in it.
libraries() {
	find "$1" -name '*.so*' -printf '%h\n' | sort -u | paste -sd: -
}

# unpacked NAME [PEER]: a copy, because the servers must be able to reach it without privilege.
unpacked() {
	mkdir -p "$D/$1/mail" && cp -R "$PEERS/${2-$1}" "$D/$1/root" &&
		chmod -R go+rX "$D/$1/root" && libs=$(libraries "$D/$1/root")
}

make_mail_directory() {
	mkdir -p "$D/$1/mail" && chown "$mail_id:$mail_group" "$D/$1/mail"
}

# serve NAME COMMAND...: start it; its pid is its process group.
serve() {
	name=$1
	shift
	wrapper=$(find "$D/wrapper/root" -name libnss_wrapper.so)
	env LD_LIBRARY_PATH="$libs" LD_PRELOAD="$wrapper" \
		NSS_WRAPPER_PASSWD="$D/passwd" NSS_WRAPPER_GROUP="$D/group" \
		setsid "$@" >"$D/$name/output" 2>&1 </dev/null &
	pid=$!
	pids="$pids $pid"
}

answers() {
	why=$(python3 "$HERE/mail.py" await "$1" "$pid" 2>&1) && return
	why="$why $(tail -n 2 "$D/$name/output" "$D/$name/log" 2>/dev/null |
		tr '\n' ' ')"
	return 1
}

# Whole groups, and by force those who have not ended after five seconds.
stop_servers() {
	[ -n "$pids" ] || return 0
	# shellcheck disable=SC2086 # words are meant
	groups=$(printf ' -%s' $pids)
	# shellcheck disable=SC2086
	{
		kill -s TERM -- $groups
		setsid sh -c 'sleep 5; kill -s KILL -- "$@"' sh $groups &
		wait $pids
		kill -s KILL -- "-$!" $groups
		wait
	} 2>/dev/null
	pids=
}

# What Dovecot asks whether a token is good; for that user and no other.
start_tokens() {
	token_port=$(python3 "$HERE/mail.py" ports 1)
	mkdir -p "$D/tokens"
	libs=
	serve tokens python3 "$HERE/mail.py" tokens "$token_port" "$TOKEN" \
		"$LOGIN"
	cat >"$D/tokens/dovecot" <<-END
	introspection_mode = post
	introspection_url = http://127.0.0.1:$token_port/introspect
	username_attribute = username
	active_attribute = active
	active_value = true
	scope = mail
	END
}

start_dovecot() {
	unpacked dovecot && make_mail_directory dovecot || return 1
	# This path is compiled in and no setting changes it; the processes run
	# in base_dir, so the same number of bytes can lead to the right place.
	LC_ALL=C sed -i 's,/usr/lib/dovecot/modules,../root//////////modules,' \
		"$D/dovecot/root/usr/lib/dovecot/libdovecot.so.0.0.0" &&
		ln -s usr/lib/dovecot/modules "$D/dovecot/root" || return 1
	sed 's/: .*/:{PLAIN}'"$PASSWORD"':::::/' "$D/users" >"$D/dovecot/passwd"
	cat >"$D/dovecot/conf" <<-END
	base_dir = $D/dovecot/run
	state_dir = $D/dovecot/run
	libexec_dir = $D/dovecot/root/usr/lib/dovecot
	import_environment = $imported
	log_path = $D/dovecot/log
	protocols = lmtp
	ssl = no
	default_internal_user = $mail_name
	default_internal_group = $mail_group_name
	default_login_user = $mail_name
	first_valid_uid = 1
	auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 oauthbearer xoauth2
	auth_username_format = %Ln
	auth_failure_delay = 0
	mail_location = maildir:$D/dovecot/mail/%n
	passdb {
	  driver = passwd-file
	  mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256
	  args = username_format=%n $D/dovecot/passwd
	}
	passdb {
	  driver = oauth2
	  mechanisms = oauthbearer xoauth2
	  args = $D/tokens/dovecot
	}
	userdb {
	  driver = passwd-file
	  args = username_format=%n $D/dovecot/passwd
	  default_fields = uid=$mail_id gid=$mail_group home=$D/dovecot/mail/%n
	}
	service auth {
	  unix_listener $D/dovecot/auth {
	    mode = 0666
	  }
	}
	service lmtp {
	  unix_listener $D/dovecot/lmtp {
	    mode = 0666
	  }
	}
	service anvil {
	  chroot =
	}
	service stats {
	  chroot =
	}
	END
	# The master would look for doveconf in /usr/bin.
	serve dovecot "$D/dovecot/root/usr/bin/doveconf" -f service=master \
		-m master -c "$D/dovecot/conf" \
		-e "$D/dovecot/root/usr/sbin/dovecot" -F -c "$D/dovecot/conf"
	answers "$D/dovecot/auth" && answers "$D/dovecot/lmtp"
}

# Cyrus SASL's mechanisms with a file of passwords, for Postfix.
cyrus() {
	cp -R "$PEERS/cyrus" "$D/cyrus" && chmod -R go+rX "$D/cyrus" || return 1
	ln -s "$(find "$D/cyrus" -name sasl2 -path '*/lib/*/sasl2')" \
		"$D/cyrus/modules"
	mkdir "$D/postfix/etc/sasl"
	cat >"$D/postfix/etc/sasl/smtpd.conf" <<-END
	pwcheck_method: auxprop
	auxprop_plugin: sasldb
	sasldb_path: $D/cyrus/sasldb2
	mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256
	END
	printf %s "$PASSWORD" | env SASL_PATH="$D/cyrus/modules" \
		LD_LIBRARY_PATH="$libs:$(libraries \
		"$D/cyrus")" "$D/cyrus/usr/sbin/saslpasswd2" -p -c \
		-f "$D/cyrus/sasldb2" -u "mail.$DOMAIN" "$LOGIN" &&
		chmod 644 "$D/cyrus/sasldb2" &&
		libs="$libs:$(libraries "$D/cyrus")"
}

start_postfix() {
	# shellcheck disable=SC2046 # words are meant
	set -- $(python3 "$HERE/mail.py" ports 4)
	unpacked postfix && make_mail_directory postfix || return 1
	mkdir -p "$D/postfix/etc" "$D/postfix/data" "$D/postfix/queue" &&
		cyrus || return 1
	for name in incoming active bounce corrupt defer deferred flush hold \
	    maildrop private public trace; do
		mkdir "$D/postfix/queue/$name"
	done
	chown -R "$owner_id:$drop_id" "$D/postfix/data" "$D"/postfix/queue/*
	mkdir "$D/postfix/queue/pid"
	awk -v domain="$DOMAIN" -F: '{ print $1 "@" domain " " $1 "/" }' \
		"$D/users" >"$D/postfix/etc/users"
	cat >"$D/postfix/etc/main.cf" <<-END
	compatibility_level = 3.6
	queue_directory = $D/postfix/queue
	data_directory = $D/postfix/data
	command_directory = $D/postfix/root/usr/sbin
	daemon_directory = $D/postfix/root/usr/lib/postfix/sbin
	shlib_directory = $D/postfix/root/usr/lib/postfix
	meta_directory = $D/postfix/etc
	import_environment = $imported MAIL_CONFIG SASL_PATH=$D/cyrus/modules
	maillog_file = $D/postfix/log
	maillog_file_prefixes = $D
	mail_owner = postfix
	setgid_group = postdrop
	default_privs = interop
	myhostname = mail.$DOMAIN
	mydestination =
	mynetworks =
	inet_interfaces = 127.0.0.1
	inet_protocols = ipv4
	alias_maps =
	message_size_limit = 20000000
	virtual_mailbox_domains = $DOMAIN
	virtual_mailbox_maps = texthash:$D/postfix/etc/users
	virtual_mailbox_base = $D/postfix/mail
	virtual_mailbox_limit = 0
	virtual_uid_maps = static:$mail_id
	virtual_gid_maps = static:$mail_group
	smtpd_tls_cert_file = $D/server.pem
	smtpd_tls_key_file = $D/server.key
	smtpd_tls_security_level = encrypt
	smtpd_sasl_auth_enable = yes
	smtpd_sasl_type = dovecot
	smtpd_sasl_path = $D/dovecot/auth
	smtpd_relay_restrictions = permit_sasl_authenticated, reject
	smtpd_error_sleep_time = 0
	END
	cat >"$D/postfix/etc/master.cf" <<-END
	127.0.0.1:$1 inet n - n - - smtpd
	127.0.0.1:$2 inet n - n - - smtpd
	  -o smtpd_tls_wrappermode=yes
	127.0.0.1:$3 inet n - n - - smtpd
	  -o message_size_limit=100000
	127.0.0.1:$4 inet n - n - - smtpd
	  -o smtpd_sasl_type=cyrus
	  -o smtpd_sasl_path=smtpd
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	tlsmgr unix - - n 1000? 1 tlsmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	error unix - - n - - error
	retry unix - - n - - error
	virtual unix - n n - - virtual
	proxymap unix - - n - - proxymap
	anvil unix - - n - 1 anvil
	postlog unix-dgram n - n - 1 postlogd
	END
	serve postfix "$D/postfix/root/usr/lib/postfix/sbin/master" \
		-c "$D/postfix/etc" -d
	answers "$1" || return 1
	server_ports postfix "$1" "$2" "$3"
	echo "$4" >"$D/postfix/port.cyrus"
}

start_exim() {
	# shellcheck disable=SC2046 # words are meant
	set -- $(python3 "$HERE/mail.py" ports 3)
	unpacked exim exim-heavy && make_mail_directory exim || return 1
	mkdir -p "$D/exim/spool" && chmod 644 "$D/exim/conf" 2>/dev/null
	cat >"$D/exim/conf" <<-END
	exim_path = $D/exim/root/usr/sbin/exim4
	spool_directory = $D/exim/spool
	log_file_path = $D/exim/log-%s
	keep_environment = ^LD_ : ^NSS_
	exim_user = interop
	exim_group = interop
	never_users =
	deliver_drop_privilege = true
	primary_hostname = mail.$DOMAIN
	domainlist local = $DOMAIN
	local_interfaces = 127.0.0.1
	daemon_smtp_ports = $1 : $2 : $3
	tls_on_connect_ports = $2
	tls_advertise_hosts = *
	tls_certificate = $D/server.pem
	tls_privatekey = $D/server.key
	tls_try_verify_hosts = *
	tls_verify_certificates = $D/ca.pem
	message_size_limit = \${if eq{\$received_port}{$3}{100000}{20000000}}
	auth_advertise_hosts = \${if def:tls_in_cipher{*}}
	rfc1413_query_timeout = 0s
	smtp_accept_max = 50
	host_lookup =
	queue_only = false
	timezone = UTC
	acl_smtp_rcpt = rcpt
	acl_smtp_data = accept

	begin acl
	rcpt:
	  deny !authenticated = *
	  deny message = unknown user
	    !verify = recipient
	  accept

	begin routers
	mailbox:
	  driver = accept
	  domains = +local
	  local_parts = lsearch;$D/users
	  transport = maildir

	begin transports
	maildir:
	  driver = appendfile
	  directory = $D/exim/mail/\$local_part_data
	  maildir_format
	  create_directory
	  delivery_date_add
	  envelope_to_add
	  return_path_add
	  user = interop
	  group = interop

	begin authenticators
	external:
	  driver = external
	  public_name = EXTERNAL
	  server_advertise_condition = \$tls_in_certificate_verified
	  server_condition = \${if eq{\$auth1}{$LOGIN}}
	  server_set_id = \$auth1
	cram:
	  driver = cram_md5
	  public_name = CRAM-MD5
	  server_secret = \${if eq{\$auth1}{$LOGIN}{$PASSWORD}fail}
	  server_set_id = \$auth1
	plain:
	  driver = plaintext
	  public_name = PLAIN
	  server_prompts = :
	  server_condition = \${if and{{eq{\$auth2}{$LOGIN}}{eq{\$auth3}{$PASSWORD}}}}
	  server_set_id = \$auth2
	login:
	  driver = plaintext
	  public_name = LOGIN
	  server_prompts = User Name : Password
	  server_condition = \${if and{{eq{\$auth1}{$LOGIN}}{eq{\$auth2}{$PASSWORD}}}}
	  server_set_id = \$auth1
	END
	chown -R "$mail_id:$mail_group" "$D/exim/spool" "$D/exim"
	# shellcheck disable=SC2086 # words are meant
	serve exim $as_mail "$D/exim/root/usr/sbin/exim4" \
		-C "$D/exim/conf" -bdf
	answers "$1" || return 1
	server_ports exim "$1" "$2" "$3"
}

server_ports() {
	echo "$2" >"$D/$1/port.starttls"
	echo "$3" >"$D/$1/port.implicit"
	echo "$4" >"$D/$1/port.small"
}
