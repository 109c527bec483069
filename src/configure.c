#include "configure.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "handover.h"

void configure_add_path(struct buf *buf, const struct identity *identity,
    const char *variable, const char *below_home, const char *name)
{
	const char *directory = getenv(variable);

	/* The XDG Base Directory Specification ignores relative ones. */
	if (directory != NULL && *directory == '/')
		buf_addf(buf, "%s/%s", directory, name);
	else
		buf_addf(buf, "%s/%s/%s", identity->home, below_home, name);
}

/* The environment as config_read() asks for it. */
static const char *variable(const char *name)
{
	return getenv(name);
}

static int read_file(struct config *config, const char *path,
    struct stat *status, struct strlist *problems, struct error *err)
{
	struct buf contents = {0};
	int result = file_add(&contents, path, CONFIG_MAX_FILE, status,
	    ERROR_CONFIG, err);

	if (result < 0)
		strlist_addf(problems,
		    "%s; see sendmail.conf(5) for who may read it", err->text);
	else
		result = config_read(config, path, buf_text(&contents),
		    variable, problems, err);
	buf_wipe(&contents);
	return result;
}

/* A file of root's may be for a group; what a user owns is for nobody else. */
static bool is_open_to_others(const struct stat *status)
{
	mode_t others = status->st_uid == 0 ? S_IRWXO : S_IRWXG | S_IRWXO;

	return (status->st_mode & others) != 0;
}

/* Read a file that the caller chose or owns. */
static int read_own(struct config *config, const char *path,
    struct strlist *problems, struct error *err)
{
	struct stat status;

	if (read_file(config, path, &status, problems, err) < 0)
		return -1;
	if (!config_has_secret(config, path) || !is_open_to_others(&status))
		return 0;
	strlist_addf(problems,
	    "%s holds a password and is open to others; say chmod 600", path);
	return fail(err, ERROR_CONFIG, "%s",
	    problems->items[problems->count - 1]);
}

static int read_system(struct config *config, const char *path,
    struct findings *findings, struct error *err)
{
	struct stat status;

	if (read_file(config, path, &status, &findings->problems, err) < 0)
		return -1;
	if (config_has_secret(config, path) && (status.st_mode & S_IRWXO) != 0)
		strlist_addf(&findings->warnings,
		    "%s holds a password and everybody on this host may read "
		    "it",
		    path);
	return 0;
}

static int fail_unconfigured(struct strlist *problems, const char *system_file,
    const char *user_file, struct error *err)
{
	strlist_addf(problems,
	    "there is no configuration: write one to %s or %s; four lines do: "
	    "[profile mail] / host = smtp.example.com / user = me@example.com "
	    "/ password = ...",
	    system_file, user_file);
	return fail(err, ERROR_CONFIG, "%s", problems->items[0]);
}

static int read_files(struct config *config, const char *user_file,
    const char *system_file, struct findings *findings, struct error *err)
{
	struct strlist *problems = &findings->problems;
	bool has_user_file = access(user_file, R_OK) == 0;
	/* One that is closed to us is no matter when we have our own. */
	bool has_system_file =
	    access(system_file, has_user_file ? R_OK : F_OK) == 0;
	int result = 0;

	if (has_user_file)
		result = read_own(config, user_file, problems, err);
	if (has_system_file && result == 0)
		result = read_system(config, system_file, findings, err);
	findings->has_no_file = !has_user_file && !has_system_file;
	if (findings->has_no_file)
		result =
		    fail_unconfigured(problems, system_file, user_file, err);
	return result;
}

static int check_files(struct config *config, int result,
    struct strlist *problems, struct error *err)
{
	struct error later;

	if (result == 0)
		return config_check(config, problems, err);
	/* What else is wrong is for --check-config to tell. */
	(void)config_check(config, problems, &later);
	return -1;
}

static bool is_closed_profile(const struct config *config, const char *name)
{
	struct error ignored; /* no profile has no secret */
	const struct profile *profile = config_profile(config, name, &ignored);

	return profile != NULL && handover_is_needed(profile);
}

/* Of the profile, or of one that a route may choose. */
static bool has_closed_secret(const struct config *config,
    const struct options *options)
{
	const struct routes *routes = config_routes(config);
	bool is_closed = is_closed_profile(config, options->profile);

	for (size_t i = 0; options->profile == NULL && i < routes->count; i++) {
		char *name = text_dup(routes->items[i].profile);

		is_closed = is_closed || is_closed_profile(config, name);
		free(name);
	}
	return is_closed;
}

int configure(struct config *config, const struct options *options,
    const struct identity *identity, const struct sources *sources,
    struct findings *findings, struct error *err)
{
	struct strlist *problems = &findings->problems;
	const char *socket = sources->submit_socket;
	struct buf own_file = {0};
	bool may_hand_over;
	int result;

	configure_add_path(&own_file, identity, "XDG_CONFIG_HOME", ".config",
	    "sendmail.conf");
	may_hand_over = options->config_file == NULL &&
	    access(buf_string(&own_file), R_OK) != 0 &&
	    handover_is_possible(socket);
	if (options->config_file != NULL)
		result = read_own(config, options->config_file, problems, err);
	else if (may_hand_over && handover_is_closed(sources->system_file))
		result = handover_configure(config, socket, problems, err);
	else
		result = read_files(config, buf_string(&own_file),
		    sources->system_file, findings, err);
	result = check_files(config, result, problems, err);
	if (result == 0 && may_hand_over &&
	    has_closed_secret(config, options)) {
		config_reset(config);
		result = handover_configure(config, socket, problems, err);
		result = check_files(config, result, problems, err);
	}
	buf_free(&own_file);
	return result;
}

void findings_free(struct findings *findings)
{
	strlist_free(&findings->problems);
	strlist_free(&findings->warnings);
}
