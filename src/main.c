#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "address_test.h"
#include "config.h"
#include "configure.h"
#include "dry_run.h"
#include "error.h"
#include "explain.h"
#include "file.h"
#include "harden.h"
#include "identity.h"
#include "listener.h"
#include "log.h"
#include "newaliases.h"
#include "options.h"
#include "places.h"
#include "queue_daemon.h"
#include "queue_edit.h"
#include "queue_list.h"
#include "queue_run.h"
#include "queue_users.h"
#include "reception.h"
#include "route.h"
#include "submit.h"
#include "tls_info.h"
#include "utf8.h"

static const struct sources sources = {
    .system_file = SYSCONFDIR "/sendmail.conf",
    .submit_socket = RUNSTATEDIR "/sendoff/submit",
};
#ifdef __linux__
static const char own_program[] = "/proc/self/exe";
#else
static const char own_program[] = "/usr/sbin/sendmail";
#endif

enum { DRAIN_MS = 10 * 1000 };

/*
 * What is done in one mode: fills sentences with one for each problem and
 * returns -1 with the worst.  fd is where its output goes.
 */
typedef int worker(const struct options *, const struct config *,
    const struct identity *, int fd, struct strlist *sentences, struct error *);

static int deliver(const struct options *options, const struct config *config,
    const struct identity *identity, int fd, struct strlist *sentences,
    struct error *err)
{
	(void)fd; /* success is silent */
	return submit_message(options, config, identity, sentences, err);
}

/* Root's run is for all that the system's spool holds. */
static int run_queues(const struct options *options,
    const struct config *config, const struct identity *identity, int fd,
    struct strlist *sentences, struct error *err)
{
	int result = queue_run(options, config, identity, fd, sentences, err);
	struct error theirs;

	if (result == 1)
		return 0; /* asked to end, and that is what it does */
	if (identity->uid != 0 || options->config_file != NULL ||
	    config_settings(config)->queue_dir != NULL ||
	    queue_users_run(places_users, own_program, options,
		&queue_users_limits, sentences, &theirs) == 0)
		return result;
	if (result == 0 || theirs.kind > err->kind)
		*err = theirs;
	return -1;
}

static const struct {
	worker *work;       /* NULL: not part of this version, or not here */
	bool reads_message; /* from standard input, which may be a pipe */
} modes[] = {
    [MODE_DELIVER] = {deliver, true},
    [MODE_SERVER] = {receive_mail, false},
    [MODE_QUEUE_LIST] = {queue_list, false},
    [MODE_QUEUE_RUN] = {run_queues, false},
    [MODE_QUEUE_EDIT] = {queue_edit, false},
    [MODE_DRY_RUN] = {dry_run, true},
    [MODE_EXPLAIN] = {explain, true},
    [MODE_ADDRESS_TEST] = {test_addresses, false},
    [MODE_VERIFY] = {verify_recipients, false},
    [MODE_ALIASES] = {check_aliases, false},
    [MODE_TLS_INFO] = {tls_info, false},
    [MODE_HELP] = {NULL, false}, /* the last one */
};

/* A line for each. */
static void print_sentences(FILE *file, const char *prefix,
    const struct strlist *sentences)
{
	for (size_t i = 0; i < sentences->count; i++) {
		struct buf line = {0};

		utf8_add_visible(&line, text_of(sentences->items[i]));
		(void)fprintf(file, "%s%s\n", prefix, buf_string(&line));
		buf_free(&line);
	}
}

static int finish(const struct options *options,
    const struct strlist *sentences, const struct error *err)
{
	if (!options->is_quiet && options->mode != MODE_SERVER)
		print_sentences(stderr, "sendmail: ", sentences);
	return error_exit_code(err->kind);
}

/*
 * A caller that writes into a pipe must see the exit code, not SIGPIPE.  In the
 * other modes nobody writes, or not before an answer.
 */
static void drain(const struct options *options)
{
	if (modes[options->mode].reads_message && options->message_file == NULL)
		file_drain(STDIN_FILENO, DRAIN_MS);
}

/* Nothing can be done for who has called us. */
static void turn_away(const struct options *options, const struct error *err)
{
	if (options->mode == MODE_SERVER)
		reception_turn_away(STDOUT_FILENO, err);
	else
		drain(options);
}

static int work(const struct options *options, const struct config *config,
    const struct identity *identity)
{
	struct strlist sentences = {0};
	struct error err = {0};
	int code;

	if (modes[options->mode].work(options, config, identity, STDOUT_FILENO,
		&sentences, &err) == 0)
		err.kind = ERROR_NONE;
	/* After success, too: there may be more behind a lone dot. */
	drain(options);
	code = finish(options, &sentences, &err);
	strlist_free(&sentences);
	return code;
}

/* Well-formed is not enough: something must be sent with it. */
static int check_config(const struct options *options,
    const struct config *config, struct findings *findings)
{
	bool has_routes =
	    options->profile == NULL && config_routes(config)->count > 0;
	struct error err;

	/* Where there are routes, they may be all that is needed. */
	if (findings->problems.count == 0 &&
	    config_profile(config, options->profile, &err) == NULL)
		strlist_add(has_routes ? &findings->warnings :
					 &findings->problems,
		    text_of(err.text));
	print_sentences(stdout, "", &findings->problems);
	print_sentences(stdout, "warning: ", &findings->warnings);
	return error_exit_code(findings->problems.count > 0 ? ERROR_CONFIG :
							      ERROR_NONE);
}

/*
 * Package scripts and monitors call newaliases and mailq before anybody has
 * written a configuration.
 */
static bool may_go_on(const struct options *options,
    const struct findings *findings)
{
	return findings->has_no_file &&
	    (options->mode == MODE_ALIASES ||
		options->mode == MODE_QUEUE_LIST ||
		options->mode == MODE_QUEUE_EDIT);
}

/* Only deliveries are logged; who looks at something sees what there is. */
static void log_findings(const struct options *options,
    const struct identity *identity, const struct strlist *warnings,
    const struct error *err)
{
	if (options->mode != MODE_DELIVER && options->mode != MODE_SERVER &&
	    options->mode != MODE_QUEUE_RUN)
		return;
	if (err->kind != ERROR_NONE)
		log_sentence(LEVEL_ERROR, identity->id, err->text);
	else
		for (size_t i = 0; i < warnings->count; i++)
			log_sentence(LEVEL_WARNING, identity->id,
			    warnings->items[i]);
}

/* The modes that need a configuration. */
static int run_configured(const struct options *options,
    const struct identity *identity)
{
	struct config *config = config_new();
	struct findings findings = {0};
	struct error err = {0};
	int result =
	    configure(config, options, identity, &sources, &findings, &err);
	int code;

	log_open(config_settings(config));
	log_findings(options, identity, &findings.warnings, &err);
	if (options->mode == MODE_CHECK_CONFIG) {
		code = check_config(options, config, &findings);
	} else if (result == 0 || may_go_on(options, &findings)) {
		code = work(options, config, identity);
	} else {
		turn_away(options, &err);
		code = finish(options, &findings.problems, &err);
	}
	log_close();
	findings_free(&findings);
	config_free(config);
	return code;
}

static int fail_alone(const struct options *options, const struct error *err)
{
	struct strlist sentences = {0};
	int code;

	turn_away(options, err);
	strlist_addf(&sentences, "%s", err->text);
	code = finish(options, &sentences, err);
	strlist_free(&sentences);
	return code;
}

/* What it takes to know who runs this, and to do it once. */
static int run_once(const struct options *options)
{
	struct identity identity = {0};
	struct error err = {0};
	int code;

	if (identity_find(&identity, &err) < 0)
		return fail_alone(options, &err);
	code = run_configured(options, &identity);
	identity_free(&identity);
	return code;
}

/* Each round has an identity and a configuration of its own. */
static int run_round(void *options)
{
	return run_once(options);
}

/* Nobody at a socket waits for what the caller's command line asked for. */
static int serve(void *context)
{
	struct options options = *(const struct options *)context;

	options.mode = MODE_SERVER;
	options.mode_name = "-bs";
	return run_once(&options);
}

static int listen_alone(const struct options *options)
{
	struct options own = *options;
	struct error err = {0};

	if (listener_run(options->socket, serve, &own, &err) < 0)
		return fail_alone(options, &err);
	return error_exit_code(ERROR_NONE);
}

/*
 * A client of -bs may have both outputs on one pipe, and takes whatever is not
 * a reply for the end of its server.
 */
static void close_stderr(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null < 0)
		return;
	(void)dup2(null, STDERR_FILENO);
	(void)close(null);
}

static int run(struct options *options)
{
	struct error err = {0};

	if (options->mode == MODE_VERSION) {
		(void)printf("sendmail (sendoff) %s\n", VERSION);
		return error_exit_code(ERROR_NONE);
	}
	if (options->mode == MODE_HELP) {
		(void)fputs(options_help, stdout);
		return error_exit_code(ERROR_NONE);
	}
	if (options->mode == MODE_LISTENER)
		return listen_alone(options);
	if (modes[options->mode].work == NULL &&
	    options->mode != MODE_CHECK_CONFIG) {
		(void)fail(&err, ERROR_NO_MODE,
		    "%s is not part of this version; nothing was done",
		    options->mode_name);
		return fail_alone(options, &err);
	}
	if (options->mode == MODE_SERVER)
		close_stderr();
	if (options->mode != MODE_QUEUE_RUN || options->interval == 0)
		return run_once(options);
	queue_daemon(options->interval, run_round, options);
	return error_exit_code(ERROR_NONE);
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct error err = {0};

	if (harden_process(&err) < 0 ||
	    options_parse(&options, argc, argv, &err) < 0) {
		options = (struct options){0};
		return fail_alone(&options, &err);
	}
	return run(&options);
}
