#include "handover.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char file[] = "the configuration for the submit socket";

bool handover_is_possible(const char *socket_path)
{
	struct stat status;

	return stat(socket_path, &status) == 0 && S_ISSOCK(status.st_mode) &&
	    status.st_uid != geteuid() && access(socket_path, W_OK) == 0;
}

bool handover_is_closed(const char *path)
{
	return access(path, R_OK) != 0 && errno == EACCES;
}

/* In the order of secret.h: what comes first is what will be read. */
bool handover_is_needed(const struct profile *profile)
{
	if (profile->password != NULL || profile->token != NULL)
		return false;
	if (profile->password_file != NULL)
		return handover_is_closed(profile->password_file);
	if (profile->token_file != NULL)
		return handover_is_closed(profile->token_file);
	return profile->password_credential != NULL &&
	    getenv("CREDENTIALS_DIRECTORY") == NULL;
}

static const char *no_variable(const char *name)
{
	(void)name;
	return NULL;
}

/*
 * Aliases are for the other side, which has the same ones; and one message must
 * stay one, since it gets its number there.
 */
int handover_configure(struct config *config, const char *socket_path,
    struct strlist *problems, struct error *err)
{
	struct buf text = {0};
	int result;

	buf_addf(&text,
	    "[sendmail]\n"
	    "aliases = none\n"
	    "[profile submit]\n"
	    "host = unix:%s\n"
	    "tls = none\n"
	    "auth = off\n"
	    "max_recipients = 10000\n",
	    socket_path);
	result = config_read(config, file, buf_text(&text), no_variable,
	    problems, err);
	buf_free(&text);
	return result;
}
