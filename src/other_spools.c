#include "other_spools.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

struct owners {
	uid_t *uids;
	size_t count;
};

static int compare(const void *a, const void *b)
{
	const uid_t *first = a;
	const uid_t *second = b;

	return (*first > *second) - (*first < *second);
}

/* One spelling only: no user has two directories, "7" and "07". */
static bool is_number_of(const char *name, uid_t uid)
{
	char number[24];

	(void)snprintf(number, sizeof number, "%ju", (uintmax_t)uid);
	return strcmp(name, number) == 0;
}

static bool is_spool(DIR *place, const char *name, uid_t *owner)
{
	struct stat status;

	if (fstatat(dirfd(place), name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*owner = status.st_uid;
	return S_ISDIR(status.st_mode) && is_number_of(name, status.st_uid);
}

static void add_owner(struct owners *owners, DIR *place, const char *name)
{
	uid_t owner;

	if (!is_spool(place, name, &owner))
		return;
	owners->uids =
	    mem_grow(owners->uids, owners->count, sizeof *owners->uids);
	owners->uids[owners->count++] = owner;
}

/* However many names there are: nobody can have more than one that counts. */
static int read_owners(struct owners *owners, DIR *place, const char *path,
    struct error *err)
{
	const struct dirent *entry;

	errno = 0;
	while ((entry = readdir(place)) != NULL) {
		add_owner(owners, place, entry->d_name);
		errno = 0;
	}
	if (errno != 0)
		return fail_errno(err, ERROR_IO, "%s cannot be read", path);
	return 0;
}

static DIR *open_place(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *place = fd >= 0 ? fdopendir(fd) : NULL;

	if (place == NULL && fd >= 0)
		(void)close(fd);
	return place;
}

static int find_owners(struct owners *owners, const char *path,
    struct error *err)
{
	DIR *place = open_place(path);
	int result;

	if (place == NULL && errno == ENOENT)
		return 0;
	if (place == NULL)
		return fail_errno(err, ERROR_IO, "%s cannot be opened", path);
	result = read_owners(owners, place, path, err);
	(void)closedir(place);
	return result;
}

int other_spools_each(const char *directory, other_spools_visitor *visit,
    void *context, struct error *err)
{
	struct owners owners = {0};
	int result = find_owners(&owners, directory, err);

	if (owners.count > 0)
		qsort(owners.uids, owners.count, sizeof *owners.uids, compare);
	for (size_t i = 0; result == 0 && i < owners.count; i++) {
		struct buf path = {0};

		buf_addf(&path, "%s/%ju", directory, (uintmax_t)owners.uids[i]);
		result = visit(context, buf_string(&path), owners.uids[i], err);
		buf_free(&path);
	}
	free(owners.uids);
	return result;
}

static bool is_number(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return name[digits] == '\0' && digits > 0 && digits <= 10 &&
	    (name[0] != '0' || digits == 1);
}

size_t other_spools_find_squatted(const char *directory, struct buf *path)
{
	DIR *place = open_place(directory);
	const struct dirent *entry;
	size_t count = 0;
	uid_t owner;

	/* What cannot be read is told by who reads it. */
	if (place == NULL)
		return 0;
	while ((entry = readdir(place)) != NULL) {
		if (!is_number(entry->d_name) ||
		    is_spool(place, entry->d_name, &owner))
			continue;
		if (count++ == 0)
			buf_addf(path, "%s/%s", directory, entry->d_name);
	}
	(void)closedir(place);
	return count;
}
