#!/bin/sh
# install.sh - make install and make uninstall, by an ordinary user too
#
# MAKE is the make(1) to use.  Once with DESTDIR, as a packager does, and once
# with a PREFIX of its own, so that what the units start is there.
set -eu
umask 027
cd "$(dirname "$0")/.."
make=${MAKE:-make}
dir=$(mktemp -d "${TMPDIR:-/tmp}/sendoff-install.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "install.sh: $*" >&2
	exit 1
}

run() {
	$make -s "$@" >"$dir/said" 2>&1
}

expect() {
	[ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

mode() {
	find "$root$1" -prune -type "$2" -perm "$3" | grep -q . ||
		fail "$1 is not of type $2 and mode $3"
}

# What stands there, without the directories that every system has.
list() {
	(cd "$root" && find . ! -type d ! -path './usr/share/doc/*') | sort
}

root=$dir/root
packager() {
	target=$1
	shift
	run "$target" DESTDIR="$root" PREFIX=/usr SYSTEMDDIR=/usr/lib "$@"
}

a_package_holds_nothing_else() {
	packager install || fail "install: $(cat "$dir/said")"
	expect files "$(list | tr '\n' ' ')" "./etc/sendmail.conf.example \
./usr/bin/mailq ./usr/bin/newaliases \
./usr/lib/sendmail ./usr/lib/systemd/system/sendoff-queue.service \
./usr/lib/systemd/system/sendoff-queue.timer \
./usr/lib/systemd/system/sendoff.socket \
./usr/lib/systemd/system/sendoff@.service \
./usr/lib/systemd/user/sendoff-queue.service \
./usr/lib/systemd/user/sendoff-queue.timer \
./usr/lib/tmpfiles.d/sendoff.conf ./usr/sbin/sendmail \
./usr/share/man/man1/mailq.1 ./usr/share/man/man5/sendmail.conf.5 \
./usr/share/man/man8/sendmail.8 "
	for file in "$root"/usr/share/doc/sendoff/*/*; do
		[ -f "$file" ] || [ -d "$file" ] || fail "no contrib files"
	done
}

nothing_is_privileged_and_the_spool_is_closed() {
	expect "what is set-id" "$(find "$root" -type f \
		\( -perm -4000 -o -perm -2000 \))" ""
	mode /usr/sbin/sendmail f 755
	mode /usr/lib/systemd/system/sendoff-queue.service f 644
	mode /usr/lib/systemd/system/sendoff.socket f 644
	mode /var/spool/sendoff d 711
	mode /var/spool/sendoff/users d 1777
	mode /var/log/sendoff d 750
}

the_package_knows_nothing_of_where_it_was_made() {
	grep -rl "$dir" "$root" && fail "it does"
	for link in bin/mailq bin/newaliases lib/sendmail; do
		expect "$link" "$(readlink "$root/usr/$link")" \
			/usr/sbin/sendmail
	done
}

mail_logs_and_configuration_survive() {
	spool=$root/var/spool/sendoff
	mkdir -p "$spool/queue" "$spool/rate" "$spool/users/33/messages"
	touch "$spool/users/33/messages/A1" "$spool/drain" "$spool/swept" \
		"$spool/rate/main"
	touch "$root/etc/sendmail.conf" "$root/var/log/sendoff/transcript.log"
	packager uninstall || fail "uninstall: $(cat "$dir/said")"
	expect files "$(list | tr '\n' ' ')" "./etc/sendmail.conf \
./var/log/sendoff/transcript.log ./var/spool/sendoff/drain \
./var/spool/sendoff/rate/main ./var/spool/sendoff/swept \
./var/spool/sendoff/users/33/messages/A1 "
	[ ! -d "$root/usr/share/doc/sendoff" ] || fail "doc stays"
}

a_purge_with_mail_in_the_spool_removes_nothing() {
	packager install
	before=$(list)
	packager uninstall PURGE=yes && fail "a purge took the mail"
	grep -q 'has mail in it' "$dir/said" || fail "purge is silent"
	expect files "$(list)" "$before"
}

a_purge_without_mail_leaves_nothing() {
	rm "$root/var/spool/sendoff/users/33/messages/A1"
	packager uninstall PURGE=yes || fail "purge: $(cat "$dir/said")"
	expect files "$(list)" ""
	[ ! -d "$root/var/spool/sendoff" ] || fail "the spool stays"
	[ ! -d "$root/var/log/sendoff" ] || fail "the logs stay"
	packager uninstall PURGE=yes || fail "nothing cannot be purged"
}

without_systemd_there_is_nothing_for_it() {
	packager install SYSTEMDDIR=
	expect units "$(list | grep -e systemd -e tmpfiles)" ""
	packager uninstall SYSTEMDDIR=
}

the_units_start_what_was_installed() {
	here="PREFIX=$dir/here SYSCONFDIR=$dir/here/etc \
		LOCALSTATEDIR=$dir/here/var SYSTEMDDIR=$dir/here/lib"
	# shellcheck disable=SC2086 # words are meant
	run install $here || fail "install: $(cat "$dir/said")"
	units=$dir/here/lib/systemd
	grep -q "^ExecStart=$dir/here/sbin/sendmail -q\$" \
		"$units/system/sendoff-queue.service" || fail "wrong path"
	grep -q "^d $dir/here/var/spool/sendoff  *0711 root root -\$" \
		"$dir/here/lib/tmpfiles.d/sendoff.conf" || fail "wrong spool"
	grep -q "root	$dir/here/sbin/sendmail -q\$" \
		"$dir/here/share/doc/sendoff/cron/sendoff" || fail "wrong cron"
	command -v systemd-analyze >/dev/null || return 0
	export XDG_RUNTIME_DIR="$dir"
	for scope in system user; do
		systemd-analyze "--$scope" --man=no verify \
			"$units/$scope"/* >"$dir/said" 2>&1 ||
			fail "$scope units: $(cat "$dir/said")"
		[ ! -s "$dir/said" ] || fail "$scope units: $(cat "$dir/said")"
	done
}

count=0
for fact in a_package_holds_nothing_else \
	nothing_is_privileged_and_the_spool_is_closed \
	the_package_knows_nothing_of_where_it_was_made \
	mail_logs_and_configuration_survive \
	a_purge_with_mail_in_the_spool_removes_nothing \
	a_purge_without_mail_leaves_nothing \
	without_systemd_there_is_nothing_for_it \
	the_units_start_what_was_installed; do
	$fact
	count=$((count + 1))
done
echo "$count passed, 0 failed"
