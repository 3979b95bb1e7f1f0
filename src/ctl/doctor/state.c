/* state: doctor: the state directory, and the disk that it is on. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/owner.h"
#include "ctl/doctor/doctor.h"

#define CHECK "state directory"

/* ---- Whose it is, as far as whoever typed the command can see */

static void
note_missing(struct doctor *doctor, const char *path, int reason)
{
	const char *account = getpwnam("bearward") != NULL ? "bearward" : "USER";

	if (reason == ENOENT)
		doctor_note(doctor, FINDING_FAULT, CHECK,
		    doctor_text(doctor, "%s does not exist", path), doctor_text(doctor,
		    "make it, for the account that runs the responders:\n"
		    "install -d -m 0700 -o %s -g %s %s\nbearward init", account, account, path));
	else
		doctor_note(doctor, FINDING_UNKNOWN, CHECK,
		    doctor_text(doctor, "%s cannot be reached: %s", path, strerror(reason)),
		    "look again as root:\nsudo bearward doctor");
}

static void
note_of_root(struct doctor *doctor, const char *path)
{
	const char *account = getpwnam("bearward") != NULL ? "bearward" : "USER";

	doctor_note(doctor, FINDING_FAULT, CHECK,
	    doctor_text(doctor, "%s belongs to root, and responders do not run as root", path),
	    doctor_text(doctor, "give it to the account that runs them:\nchown -R %s: %s",
	    account, path));
}

void
doctor_examine_place(struct doctor *doctor)
{
	const char *path = doctor->ctl->config.state_dir;
	char fault[OWNER_FAULT_SIZE], shown[OWNER_NAME_SIZE];
	struct owner owner;
	struct stat st;

	if (!doctor->has_settings)
		return;
	if (stat(path, &st) != 0)
		note_missing(doctor, path, errno);
	else if (st.st_uid == 0 && !doctor->ctl->config.allow_root)
		note_of_root(doctor, path);
	else if (!doctor->was_root && st.st_uid != geteuid() && !owner_find(path, &owner, fault))
		doctor_note(doctor, FINDING_UNKNOWN, CHECK, doctor_text(doctor,
		    "%s is of %s, and closed to you", path, owner_show(st.st_uid, shown)),
		    "look again as root:\nsudo bearward doctor");
	else
		doctor->is_owner = true;
}

/* ---- What is in it */

/* Below the state directory; anybody may read a public key. */
static const struct place {
	const char *path;
	mode_t closed;
} places[] = {
	{ "", S_IRWXO }, { "/keys", S_IRWXO }, { "/signing", S_IRWXO }, { "/public", S_IWOTH },
};

/* Returns what is wrong with a file, or NULL. Keys may be of root, as long as they can be read. */
static const char *
find_fault(struct doctor *doctor, const struct place *place, const char *name,
    const struct stat *st, uid_t owner)
{
	char shown[OWNER_NAME_SIZE];

	if (st->st_uid != owner && (st->st_uid != 0 || *place->path == '\0'))
		return doctor_text(doctor, "%s/%s in it is of %s", place->path, name,
		    owner_show(st->st_uid, shown));
	if ((st->st_mode & place->closed) != 0 && !(S_ISDIR(st->st_mode) && *place->path == '\0'))
		return doctor_text(doctor, "%s/%s in it is open to all accounts", place->path,
		    name);
	return NULL;
}

static const char *
find_fault_in(struct doctor *doctor, const struct place *place, uid_t owner)
{
	const char *path = doctor_text(doctor, "%s%s", doctor->ctl->config.state_dir, place->path);
	const char *fault = NULL;
	DIR *directory = opendir(path);		/* owned */
	struct dirent *entry;
	struct stat st;

	while (directory != NULL && fault == NULL && (entry = readdir(directory)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    fstatat(dirfd(directory), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			fault = find_fault(doctor, place, entry->d_name, &st, owner);
	if (directory != NULL)
		(void)closedir(directory);
	else if (errno != ENOENT)
		fault = doctor_text(doctor, "%s cannot be read: %s", path, strerror(errno));
	return fault;
}

static void
examine_rights(struct doctor *doctor)
{
	const char *path = doctor->ctl->config.state_dir;
	char fault[OWNER_FAULT_SIZE], shown[OWNER_NAME_SIZE];
	const char *inner = NULL;
	struct owner owner;

	if (!owner_find(path, &owner, fault)) {
		doctor_note(doctor, FINDING_FAULT, CHECK, fault, NULL);
		return;
	}
	owner_show(owner.account, shown);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && inner == NULL; i++)
		inner = find_fault_in(doctor, &places[i], owner.account);
	if (inner != NULL)
		doctor_note(doctor, FINDING_FAULT, CHECK, inner, doctor_text(doctor,
		    "nobody but %s is to have them:\nchown -R %s: %s\nchmod -R o-rwx %s", shown,
		    shown, path, path));
	else
		doctor_note(doctor, FINDING_FINE, CHECK, doctor_text(doctor, "%s, of %s%s", path,
		    shown, owner.is_shared ? ", shared with a group" : " alone"), NULL);
}

/* ---- The disk */

/* Where processes share no memory by files, or locks go wrong: see storage of SQLite, WAL. */
static const char *
find_network_type(const char *path)
{
	static const struct { unsigned magic; const char *name; } types[] = {
		{ 0x6969, "NFS" }, { 0x517b, "SMB" }, { 0xff534d42, "SMB" }, { 0xfe534d42, "SMB" },
		{ 0x65735546, "FUSE" }, { 0x01021997, "9p" }, { 0x00c36400, "Ceph" },
		{ 0x5346414f, "AFS" }, { 0x73757245, "Coda" }, { 0x0bd00bd0, "Lustre" },
	};
	struct statfs fs;

	if (statfs(path, &fs) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if ((unsigned)fs.f_type == types[i].magic)
			return types[i].name;
	return NULL;
}

static void
examine_file_system(struct doctor *doctor)
{
	const struct config *config = &doctor->ctl->config;
	const char *type = find_network_type(config->state_dir);

	if (type == NULL || *config->database != '\0')
		doctor_note(doctor, FINDING_FINE, "file system", type == NULL ? "a local one"
		    : type, NULL);
	else if (config->journal_mode == JOURNAL_WAL)
		doctor_note(doctor, FINDING_FAULT, "file system", doctor_text(doctor,
		    "%s is on %s, where journal_mode = wal loses data", config->state_dir, type),
		    "stop the responders, move the directory to a local disk, or write into the "
		    "settings:\njournal_mode = delete");
	else
		doctor_note(doctor, FINDING_RISK, "file system",
		    doctor_text(doctor, "%s is on %s", config->state_dir, type),
		    "a local disk is safer: whether locks hold there, nothing on this host can "
		    "tell");
}

enum { MIB = 1 << 20, LITTLE_MIB = 256, NO_MIB = 16, LITTLE_FILES = 1000, NO_FILES = 50 };

static void
examine_space(struct doctor *doctor)
{
	const char *path = doctor->ctl->config.state_dir;
	enum finding_kind kind = FINDING_FINE;
	unsigned long long mib;
	struct statvfs fs;

	if (statvfs(path, &fs) != 0) {
		doctor_note(doctor, FINDING_UNKNOWN, "disk space", strerror(errno), NULL);
		return;
	}
	mib = (unsigned long long)fs.f_bavail * fs.f_frsize / MIB;
	/* Some file systems count no files. */
	if (mib < LITTLE_MIB || (fs.f_files > 0 && fs.f_favail < LITTLE_FILES))
		kind = FINDING_RISK;
	if (mib < NO_MIB || (fs.f_files > 0 && fs.f_favail < NO_FILES))
		kind = FINDING_FAULT;
	doctor_note(doctor, kind, "disk space", fs.f_files == 0
	    ? doctor_text(doctor, "%llu MiB left", mib)
	    : doctor_text(doctor, "%llu MiB and %llu files left", mib,
	    (unsigned long long)fs.f_favail), doctor_text(doctor,
	    "make room on the disk of %s: while it is full, nobody signs in. See what takes "
	    "it:\ndf -h %s\ndf -i %s", path, path, path));
}

void
doctor_examine_state(struct doctor *doctor)
{
	examine_rights(doctor);
	examine_file_system(doctor);
	examine_space(doctor);
}
