/*
 * process: what the kernel tells of other processes, below /proc. Most of it only root may see.
 */
#ifndef BEARWARD_CTL_DOCTOR_PROCESS_H
#define BEARWARD_CTL_DOCTOR_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PROCESS_PATH_SIZE = 4096 };

/* Visits each process of this system but our own; those of a container have another one. */
void process_visit(void (*visit)(pid_t pid, void *arg), void *arg);

/*
 * Returns whether a process has the network that we have: a web server of another one does not
 * listen where we would ask it. True where that cannot be seen.
 */
bool process_is_in_our_network(pid_t pid);

/*
 * Reads a file of a process, such as "cmdline", and ends it with a NUL. Returns its bytes; 0: it
 * cannot be read, or is empty.
 */
size_t process_read(pid_t pid, const char *name, char *text, size_t size);

/* Reads where a link of a process leads to, such as "exe". Returns false where it cannot. */
bool process_read_link(pid_t pid, const char *name, char path[PROCESS_PATH_SIZE]);

/* Finds a variable that a process was started with; value is "" where it has none. */
void process_find_variable(pid_t pid, const char *name, char value[PROCESS_PATH_SIZE]);

/* Returns the number behind a word in a file of a process ("PPid:" in status); -1: none. */
long process_find_number(pid_t pid, const char *name, const char *word);

/* Writes the unit of systemd that a process belongs to: "x.service"; "" where it is in none. */
void process_find_unit(pid_t pid, char *unit, size_t size);

/* Finds the path of the unix socket that a process has as a descriptor, else "". */
void process_find_socket(pid_t pid, int fd, char path[PROCESS_PATH_SIZE]);

/* Returns whether a process may write to a file, by its mode; true where it has ended. */
bool process_may_write(pid_t pid, const char *path);

#endif
