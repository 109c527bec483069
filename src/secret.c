#include "secret.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "run.h"

static int add_value(const char *value, struct buf *out, struct error *err)
{
	(void)err;
	buf_add_string(out, value);
	return 0;
}

/* Relative to what?  The directory is chosen by whoever started us. */
static int add_file(const char *path, struct buf *out, struct error *err)
{
	if (path[0] != '/')
		return fail(err, ERROR_CONFIG,
		    "the path of the file does not begin with /");
	return file_add(out, path, SECRET_MAX, NULL, ERROR_CONFIG, err);
}

static int add_output(const char *command, struct buf *out, struct error *err)
{
	return run_command(command, SECRET_MAX, SECRET_TIME_LIMIT, out, err);
}

static int add_variable(const char *name, struct buf *out, struct error *err)
{
	const char *value = getenv(name);

	if (value == NULL)
		return fail(err, ERROR_CONFIG,
		    "the environment variable that it names is not set");
	buf_add_string(out, value);
	return 0;
}

/* systemd.exec(5), LoadCredential=; a name with a slash could leave it. */
static int add_credential(const char *name, struct buf *out, struct error *err)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	struct buf path = {0};
	int result;

	if (directory == NULL || directory[0] != '/')
		return fail(err, ERROR_CONFIG,
		    "there is no $CREDENTIALS_DIRECTORY; the systemd unit needs LoadCredential=");
	if (strchr(name, '/') != NULL || name[0] == '.' || name[0] == '\0')
		return fail(err, ERROR_CONFIG,
		    "the name of a credential has no slash and no leading dot");
	buf_addf(&path, "%s/%s", directory, name);
	result = file_add(out, buf_string(&path), SECRET_MAX, NULL,
	    ERROR_CONFIG, err);
	buf_free(&path);
	if (result != 0)
		return fail(err, ERROR_CONFIG,
		    "$CREDENTIALS_DIRECTORY has no readable credential of that name");
	return 0;
}

static int keep_first_line(struct buf *out, struct error *err)
{
	struct text rest = buf_text(out);
	struct text line = {0};

	/* Nothing at all has no line either. */
	(void)text_split(&rest, '\n', &line);
	if (line.length > 0 && line.data[line.length - 1] == '\r')
		line.length--;
	if (line.length == 0)
		return fail(err, ERROR_CONFIG, "the first line is empty");
	if (text_find(line, '\0') < line.length)
		return fail(err, ERROR_CONFIG,
		    "there is a NUL byte in the first line");
	if (line.length > SECRET_MAX)
		return fail(err, ERROR_CONFIG, "it is longer than %d bytes",
		    SECRET_MAX);
	OPENSSL_cleanse(out->data + line.length, out->length - line.length);
	out->length = line.length;
	return 0;
}

struct source {
	const char *key;
	const char *value;
	int (*add)(const char *value, struct buf *, struct error *);
};

static int read_first(const struct source sources[], size_t count,
    struct buf *out, struct error *err)
{
	size_t i = 0;

	while (i < count && sources[i].value == NULL)
		i++;
	if (i == count)
		return fail(err, ERROR_CONFIG, "the profile has no %s",
		    sources[0].key);
	if (sources[i].add(sources[i].value, out, err) == 0 &&
	    keep_first_line(out, err) == 0)
		return 0;
	buf_wipe(out);
	return fail_within(err, "%s: ", sources[i].key);
}

bool secret_has_password(const struct profile *profile)
{
	return profile->password != NULL || profile->password_file != NULL ||
	    profile->password_command != NULL ||
	    profile->password_env != NULL ||
	    profile->password_credential != NULL;
}

bool secret_has_token(const struct profile *profile)
{
	return profile->token != NULL || profile->token_file != NULL ||
	    profile->token_command != NULL;
}

bool secret_has_key_password(const struct profile *profile)
{
	return profile->tls_key_password != NULL ||
	    profile->tls_key_password_file != NULL ||
	    profile->tls_key_password_command != NULL;
}

int secret_read_password(const struct profile *profile, struct buf *out,
    struct error *err)
{
	const struct source sources[] = {
	    {"password", profile->password, add_value},
	    {"password_file", profile->password_file, add_file},
	    {"password_command", profile->password_command, add_output},
	    {"password_env", profile->password_env, add_variable},
	    {"password_credential", profile->password_credential,
		add_credential},
	};

	return read_first(sources, sizeof sources / sizeof *sources, out, err);
}

int secret_read_token(const struct profile *profile, struct buf *out,
    struct error *err)
{
	const struct source sources[] = {
	    {"token", profile->token, add_value},
	    {"token_file", profile->token_file, add_file},
	    {"token_command", profile->token_command, add_output},
	};

	return read_first(sources, sizeof sources / sizeof *sources, out, err);
}

int secret_read_key_password(const struct profile *profile, struct buf *out,
    struct error *err)
{
	const struct source sources[] = {
	    {"tls_key_password", profile->tls_key_password, add_value},
	    {"tls_key_password_file", profile->tls_key_password_file, add_file},
	    {"tls_key_password_command", profile->tls_key_password_command,
		add_output},
	};

	return read_first(sources, sizeof sources / sizeof *sources, out, err);
}
