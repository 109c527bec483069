# sendoff - GNU make and BSD make both read this file.
#
# CC CFLAGS CPPFLAGS LDFLAGS PREFIX DESTDIR are yours; nothing that the build
# needs lives in them.  DEVELOPER=1 turns warnings into errors.

VERSION = 0.1.0

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
LOCALSTATEDIR ?= /var
RUNSTATEDIR ?= /run
SBINDIR ?= $(PREFIX)/sbin
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/sendoff
# Where systemd, if this host has it, looks for systemd/system and tmpfiles.d;
# nothing is installed for it when this is empty.
SYSTEMD_FOUND != [ ! -d /usr/lib/systemd/system ] && \
	[ ! -d /lib/systemd/system ] || echo '$(PREFIX)/lib'
SYSTEMDDIR ?= $(SYSTEMD_FOUND)

CC ?= cc
CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config
CLANG ?= clang
INSTALL ?= install

LIB_CFLAGS != $(PKG_CONFIG) --cflags openssl inih 2>/dev/null || :
LIB_LIBS != $(PKG_CONFIG) --libs openssl inih 2>/dev/null || :
# The resolver and dlopen(3), where they are not in the C library.
SYSTEM_LIBS != case "`uname -s`" in Linux) echo -lresolv -ldl;; \
	Darwin|SunOS) echo -lresolv;; esac
CHECK_CFLAGS != $(PKG_CONFIG) --cflags check 2>/dev/null || :
CHECK_LIBS != $(PKG_CONFIG) --libs check 2>/dev/null || :

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wwrite-strings -Wcast-qual -Wpointer-arith -Wundef -Wvla -Wformat=2 \
	-Wimplicit-fallthrough -Wswitch-enum -Wnull-dereference
WARN_CC != case "`$(CC) --version 2>/dev/null`" in *clang*) ;; \
	*) echo -Wlogical-op -Wduplicated-cond -Wjump-misses-init;; esac
WARN_ERROR != case "$(DEVELOPER)" in 1) echo -Werror;; esac

HARDEN = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	-fstack-clash-protection -fPIE
HARDEN_LD = -pie -Wl,-z,relro,-z,now -Wl,--as-needed

DEFINES = -DVERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"' \
	-DLOCALSTATEDIR='"$(LOCALSTATEDIR)"' -DRUNSTATEDIR='"$(RUNSTATEDIR)"'
ALL_CFLAGS = -std=c11 $(WARN) $(WARN_CC) $(WARN_ERROR) $(HARDEN) -MMD -MP \
	-include src/compat.h -Isrc $(DEFINES) $(LIB_CFLAGS) $(CPPFLAGS) \
	$(CFLAGS)
ALL_LDFLAGS = $(HARDEN_LD) $(CFLAGS) $(LDFLAGS)

# The floors of src/README: a file includes only its own floor or below.
FLOOR0 = src/base64.o src/buf.o src/date.o src/error.o src/json.o src/mem.o \
	src/origin.o src/strlist.o src/text.o src/utf8.o
FLOOR1 = src/address.o src/alias.o src/bearer.o src/command.o src/complete.o \
	src/decode.o src/digest.o src/dotstuff.o src/edit.o src/ehlo.o \
	src/encode.o src/entry.o src/entry_value.o src/envelope.o \
	src/expand.o src/group.o src/header.o src/mailbox.o src/mailq.o \
	src/members.o src/message.o src/mime.o src/notice.o src/pattern.o \
	src/permit.o src/phrase.o src/pin.o src/remedy.o src/reply.o \
	src/respond.o \
	src/rewrite.o src/rewrite_header.o src/route.o src/rule.o \
	src/ruleset.o src/sasl.o src/saslprep.o src/scan.o src/schedule.o \
	src/scram.o src/sha256.o src/site.o src/spool_name.o src/template.o \
	src/token.o src/trace.o src/transfer.o src/verb.o src/wishes.o \
	src/words.o src/wrap.o
FLOOR2 = src/config.o src/inifile.o src/keys.o src/nearest.o src/option.o \
	src/option_value.o src/options.o src/profile.o src/proxy.o \
	src/reading.o src/record.o src/report.o src/selection.o src/setter.o \
	src/setter_queue.o src/setter_reach.o src/setter_tls.o \
	src/smarthost.o src/value.o
FLOOR3 = src/aside.o src/background.o src/bury.o src/castore.o \
	src/certificate.o src/chance.o src/claim.o src/client.o \
	src/clock.o src/credential.o src/damaged.o \
	src/envelope_file.o src/feed.o src/file.o src/harden.o \
	src/identity.o src/idn.o \
	src/input.o src/log.o src/message_file.o src/net.o src/other_spools.o \
	src/outage.o src/race.o src/rate.o src/resolve.o src/run.o \
	src/secret.o src/signals.o src/socks.o src/spool.o src/srv.o \
	src/sweep.o src/tls.o src/tls_client.o src/tls_context.o \
	src/tls_reason.o src/tls_report.o src/transcript.o src/trust.o \
	src/wait.o
FLOOR4 = src/answers.o src/chat.o src/login.o src/mailing.o src/pump.o \
	src/server.o src/serving.o src/session.o src/smtp.o \
	src/transaction.o
FLOOR5 = src/address_test.o src/attempt.o src/bounce.o src/candidates.o \
	src/configure.o \
	src/drain.o src/dry_run.o src/explain.o src/follow.o src/handover.o \
	src/header_diff.o src/keep.o src/line.o src/listener.o \
	src/newaliases.o src/owed.o \
	src/places.o src/plan.o src/policy.o src/posting.o src/postpone.o \
	src/queue_crew.o src/queue_daemon.o src/queue_edit.o src/queue_list.o \
	src/queue_run.o src/queue_spools.o src/queue_users.o \
	src/queue_worker.o src/reception.o src/relay.o \
	src/sending.o src/settle.o src/show.o src/submission.o src/submit.o \
	src/tls_info.o
OBJECTS = $(FLOOR0) $(FLOOR1) $(FLOOR2) $(FLOOR3) $(FLOOR4) $(FLOOR5)

UNIT = tests/dialogue.o tests/dialogue_check.o tests/mint.o tests/outcome.o \
	tests/rehearsal.o tests/scratch.o tests/script.o tests/sink.o \
	tests/test_address.o \
	tests/test_alias.o tests/test_base.o tests/test_bury.o \
	tests/test_certificates.o \
	tests/test_claim.o tests/test_complete.o tests/test_config.o \
	tests/test_config_queue.o tests/test_credential.o \
	tests/test_handover.o tests/test_listener.o tests/test_permit.o \
	tests/test_config_rules.o \
	tests/test_configure.o tests/test_dialogues.o tests/test_encode.o \
	tests/test_entry.o tests/test_feed.o tests/test_file.o \
	tests/test_identity.o \
	tests/test_input.o tests/test_keep.o tests/test_limits.o \
	tests/test_log.o tests/test_mailq.o tests/test_message.o \
	tests/test_notice.o \
	tests/test_options.o tests/test_other_spools.o tests/test_plan.o \
	tests/test_queue_daemon.o tests/test_queue_edit.o \
	tests/test_queue_list.o tests/test_queue_run.o \
	tests/test_queue_users.o tests/test_rate.o \
	tests/test_reach.o \
	tests/test_relay.o tests/test_rewrite.o tests/test_rule.o \
	tests/test_sasl.o tests/test_secret.o tests/test_session.o \
	tests/test_server.o tests/test_settle.o \
	tests/test_show.o tests/test_spool.o tests/test_transcript.o \
	tests/test_verb.o \
	tests/unit.o tests/waiting.o tests/wire.o
PEER = tests/certs.o tests/dialogue.o tests/dialogue_check.o tests/mint.o \
	tests/peer.o tests/play.o tests/serve.o tests/visit.o \
	tests/visit_login.o tests/visit_mail.o tests/wire.o
E2E = tests/cases_commands.o tests/cases_explanations.o \
	tests/cases_messages.o tests/cases_queue.o tests/cases_reach.o \
	tests/cases_rules.o tests/cases_server_mode.o \
	tests/cases_servers.o tests/cases_tls.o tests/dialogue.o \
	tests/dialogue_check.o tests/e2e.o tests/letters.o tests/process.o \
	tests/scenario.o tests/trial.o

# What a check in another build directory needs.
TREE = Makefile src tests man contrib sendmail.conf.example README LICENSE \
	.clang-format .clang-tidy

.SUFFIXES: .c .o
.PHONY: all check check-unit check-other-unit check-dialogues check-e2e \
	check-callers \
	check-importers check-interop check-linear check-package check-queue \
	check-socket lint format sanitize valgrind coverage fuzz bench demo \
	deb install uninstall dist clean libraries test-libraries

all: libraries sendmail

.c.o:
	$(CC) $(ALL_CFLAGS) $(CHECK_CFLAGS) -c -o $@ $<

libraries:
	@PKG_CONFIG="$(PKG_CONFIG)" sh contrib/deps missing build

test-libraries:
	@PKG_CONFIG="$(PKG_CONFIG)" sh contrib/deps missing test

sendmail: src/main.o $(OBJECTS)
	$(CC) $(ALL_LDFLAGS) -o $@ src/main.o $(OBJECTS) $(LIB_LIBS) $(SYSTEM_LIBS)

# --- tests ---------------------------------------------------------------

# Four parts, for make -j.
check: check-unit check-other-unit check-dialogues check-e2e

check-unit: libraries test-libraries sendmail tests/unit
	sh tests/floors.sh
	MAKE="$(MAKE)" sh tests/install.sh
	./tests/unit odd -dialogues

check-other-unit: libraries test-libraries tests/unit
	./tests/unit even -dialogues

check-dialogues: libraries test-libraries tests/unit
	./tests/unit dialogues

check-e2e: libraries sendmail tests/peer tests/e2e
	./tests/e2e

check-interop: sendmail tests/peer
	sh tests/interop/run

check-callers: sendmail tests/peer
	CC="$(CC)" sh tests/callers/run

check-importers: sendmail
	sh tests/importers.sh

check-linear: sendmail
	sh tests/linear.sh

check-package: tests/peer
	VERSION="$(VERSION)" MAKE="$(MAKE)" sh tests/package/deb.sh $(TREE)

check-socket: sendmail tests/peer
	MAKE="$(MAKE)" sh tests/socket/run

check-queue: sendmail tests/queue/shim.so
	sh tests/queue/run

# It defines what the C library does, and ISO C wants that to look otherwise.
tests/queue/shim.so: tests/queue/shim.c
	$(CC) -std=c11 $(WARN) $(WARN_CC) -Wno-pedantic -O2 -g -fPIC -shared \
		-o $@ tests/queue/shim.c

tests/unit: $(UNIT) $(OBJECTS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(UNIT) $(OBJECTS) $(CHECK_LIBS) $(LIB_LIBS) $(SYSTEM_LIBS)

tests/peer: $(PEER) $(OBJECTS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(PEER) $(OBJECTS) $(LIB_LIBS) $(SYSTEM_LIBS)

tests/e2e: $(E2E) $(OBJECTS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(E2E) $(OBJECTS) $(LIB_LIBS) $(SYSTEM_LIBS)

demo: sendmail tests/peer
	sh tests/demo.sh

bench: sendmail tests/peer
	sh tests/bench/run

# --- the same tests with other eyes --------------------------------------

sanitize:
	sh tests/elsewhere.sh sanitize $(TREE)
	cd build-sanitize && UBSAN_OPTIONS=halt_on_error=1 CK_TIMEOUT_MULTIPLIER=10 \
		$(MAKE) -j 2 check \
		CC="$(CC)" HARDEN= HARDEN_LD= DEVELOPER=1 \
		CFLAGS="-O1 -g -fsanitize=address,undefined \
		-fno-omit-frame-pointer -fno-sanitize-recover=undefined"

valgrind: sendmail tests/peer tests/unit tests/e2e
	sh tests/valgrind.sh

coverage:
	sh tests/elsewhere.sh coverage $(TREE)
	cd build-coverage && $(MAKE) check CC="$(CC)" HARDEN= HARDEN_LD= \
		CFLAGS="-O0 -g --coverage"
	cd build-coverage && gcovr -r . -f src --fail-under-line 85 \
		--print-summary

fuzz:
	sh tests/elsewhere.sh fuzz $(TREE)
	cd build-fuzz && export CLANG="$(CLANG)" LIBS="$(LIB_LIBS) $(SYSTEM_LIBS)" \
		OBJECTS="$(OBJECTS)" FLAGS="-std=c11 -include src/compat.h \
		-Isrc $(LIB_CFLAGS)" && sh tests/fuzz.sh

lint:
	FLAGS="-std=c11 -include src/compat.h -Isrc $(LIB_CFLAGS) \
		$(CHECK_CFLAGS)" sh tests/lint.sh

format:
	clang-format -i src/*.[ch] tests/*.[ch] tests/bench/*.c tests/queue/*.c

# --- in and out ----------------------------------------------------------

SPOOL = $(DESTDIR)$(LOCALSTATEDIR)/spool/sendoff
LOGS = $(DESTDIR)$(LOCALSTATEDIR)/log/sendoff
# What may be in the spool that is no mail, see spool.h, in words of find(1).
NO_MAIL = -name drain -o -name swept -o -path '*/rate/*'

SYSTEMD_FILES = systemd/system/sendoff-queue.service \
	systemd/system/sendoff-queue.timer systemd/system/sendoff.socket \
	systemd/system/sendoff@.service systemd/user/sendoff-queue.service \
	systemd/user/sendoff-queue.timer tmpfiles.d/sendoff.conf
IMPORTERS = from-dma from-msmtprc from-nullmailer from-postfix from-ssmtp
CONTRIB = cron/sendoff logrotate/sendoff sysusers.d/sendoff.conf \
	$(SYSTEMD_FILES)
# They name the usual places, so that they can be copied as they are.
LOCALIZE = sed 's,/usr/sbin/,$(SBINDIR)/,g; s,/var/,$(LOCALSTATEDIR)/,g; \
	s,/run/sendoff,$(RUNSTATEDIR)/sendoff,g'

# What "users" is for, contrib/tmpfiles.d/sendoff.conf says.
install: sendmail
	$(INSTALL) -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(BINDIR) \
		$(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(MANDIR)/man1 \
		$(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man8 \
		$(DESTDIR)$(SYSCONFDIR)
	$(INSTALL) -d -m 750 $(LOGS)
	$(INSTALL) -d -m 711 $(SPOOL)
	$(INSTALL) -d -m 1777 $(SPOOL)/users
	$(INSTALL) -m 755 sendmail $(DESTDIR)$(SBINDIR)/sendmail
	ln -sf $(SBINDIR)/sendmail $(DESTDIR)$(PREFIX)/lib/sendmail
	ln -sf $(SBINDIR)/sendmail $(DESTDIR)$(BINDIR)/mailq
	ln -sf $(SBINDIR)/sendmail $(DESTDIR)$(BINDIR)/newaliases
	$(INSTALL) -m 644 man/mailq.1 $(DESTDIR)$(MANDIR)/man1/mailq.1
	$(INSTALL) -m 644 man/sendmail.8 $(DESTDIR)$(MANDIR)/man8/sendmail.8
	$(INSTALL) -m 644 man/sendmail.conf.5 \
		$(DESTDIR)$(MANDIR)/man5/sendmail.conf.5
	$(INSTALL) -m 644 sendmail.conf.example \
		$(DESTDIR)$(SYSCONFDIR)/sendmail.conf.example
	put() { \
		$(INSTALL) -d $(DESTDIR)$$2/`dirname $$1` && \
		$(LOCALIZE) contrib/$$1 >$(DESTDIR)$$2/$$1 && \
		chmod 644 $(DESTDIR)$$2/$$1; \
	}; \
	for file in import.sh $(CONTRIB); do \
		put $$file $(DOCDIR) || exit 1; done; \
	[ -z "$(SYSTEMDDIR)" ] || for file in $(SYSTEMD_FILES); do \
		put $$file $(SYSTEMDDIR) || exit 1; done
	for file in $(IMPORTERS); do \
		$(INSTALL) -m 755 contrib/$$file $(DESTDIR)$(DOCDIR)/$$file || \
		exit 1; done

# The mail, the configuration, transcripts and logs stay: they are yours.  With
# PURGE=yes they go, too; but then nothing does while mail is in the spool, and
# what users have at home stays in any case.  (-delete, because a user could put
# a link in the place of a directory between find's look at it and rm's.)
uninstall:
	@[ "$(PURGE)" != yes ] || [ ! -d $(SPOOL) ] || \
		[ -z "`find $(SPOOL) ! -type d ! \( $(NO_MAIL) \)`" ] || { \
		echo "$(SPOOL) has mail in it, so nothing is removed:" \
		"see mailq, damaged and dead" >&2; exit 1; }
	rm -f $(DESTDIR)$(SBINDIR)/sendmail $(DESTDIR)$(PREFIX)/lib/sendmail \
		$(DESTDIR)$(BINDIR)/mailq $(DESTDIR)$(BINDIR)/newaliases \
		$(DESTDIR)$(MANDIR)/man1/mailq.1 \
		$(DESTDIR)$(MANDIR)/man8/sendmail.8 \
		$(DESTDIR)$(MANDIR)/man5/sendmail.conf.5 \
		$(DESTDIR)$(SYSCONFDIR)/sendmail.conf.example
	for file in import.sh $(IMPORTERS) $(CONTRIB); do \
		rm -f $(DESTDIR)$(DOCDIR)/$$file; done
	[ ! -d $(DESTDIR)$(DOCDIR) ] || \
		find $(DESTDIR)$(DOCDIR) -depth -type d -exec rmdir {} \; || :
	[ -z "$(SYSTEMDDIR)" ] || for file in $(SYSTEMD_FILES); do \
		rm -f $(DESTDIR)$(SYSTEMDDIR)/$$file; done
	[ "$(PURGE)" != yes ] || rm -rf $(LOGS) \
		$(DESTDIR)$(SYSCONFDIR)/sendmail.conf
	[ "$(PURGE)" != yes ] || [ ! -d $(SPOOL) ] || { \
		find $(SPOOL) -depth \( -type d -o $(NO_MAIL) \) -delete ; }

dist:
	git archive --prefix=sendoff-$(VERSION)/ HEAD | \
		gzip -9 >sendoff-$(VERSION).tar.gz

# For this machine's Debian; needs dpkg-dev.
deb: libraries
	VERSION="$(VERSION)" MAKE="$(MAKE)" sh contrib/debian/build $(TREE)

clean:
	rm -f sendmail src/*.[od] tests/*.[od] tests/unit tests/peer tests/e2e \
		tests/queue/shim.so sendoff-*.tar.gz \
		sendoff_*.deb
	rm -rf build-sanitize build-coverage build-fuzz build-deb

DEPENDENCIES != ls src/*.d tests/*.d 2>/dev/null || :
-include $(DEPENDENCIES)
