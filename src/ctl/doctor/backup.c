/* backup: doctor: when the last backup was made. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "ctl/doctor/doctor.h"

#define PLACE LOCALSTATEDIR "/backups/bearward"

enum { DAY = 86400, OLD_DAYS = 8 };

/*
 * Returns when the newest file in a directory was written; 0: there is none, or errno is set. A
 * backup that was not completed has a name that is hidden.
 */
static time_t
find_newest(const char *path)
{
	DIR *directory;		/* owned */
	struct dirent *entry;
	time_t newest = 0;
	struct stat st;

	errno = 0;
	if ((directory = opendir(path)) == NULL)
		return 0;
	while ((entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.' &&
		    fstatat(dirfd(directory), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_mtime > newest)
			newest = st.st_mtime;
	(void)closedir(directory);
	errno = 0;
	return newest;
}

void
doctor_look_for_backup(struct doctor *doctor)
{
	doctor->newest_backup = find_newest(PLACE);
	doctor->backup_reason = errno;
}

void
doctor_examine_backup(struct doctor *doctor)
{
	const time_t newest = doctor->newest_backup;
	const int reason = doctor->backup_reason;
	const long days = (long)(time(NULL) - newest) / DAY;

	/* A PostgreSQL is saved by means of its own, of which nothing is seen here. */
	if (*doctor->ctl->config.database != '\0')
		return;
	if (newest == 0 && reason != 0 && reason != ENOENT)
		doctor_note(doctor, FINDING_UNKNOWN, "backup",
		    doctor_text(doctor, PLACE " cannot be read: %s", strerror(reason)),
		    "look again as root:\nsudo bearward doctor");
	else if (newest == 0)
		doctor_note(doctor, FINDING_RISK, "backup", "there is none in " PLACE,
		    "if you have none elsewhere either, make one each day (INSTALL, \"Running "
		    "it\"):\nbearward backup " PLACE " --keep 14");
	else
		doctor_note(doctor, days < OLD_DAYS ? FINDING_FINE : FINDING_RISK, "backup",
		    doctor_text(doctor, "the last one was made %ld days ago", days),
		    "see why no newer one is there, or make one now:\n"
		    "systemctl status bearward-backup.timer\n"
		    "bearward backup " PLACE " --keep 14");
}
