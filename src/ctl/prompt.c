/* prompt: reads passwords and secrets, from the terminal without echo or from stdin. */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/text.h"
#include "hash/password.h"

enum { SECRET_LEN_MAX = PASSWORD_BYTES_MAX, RECOMMENDED = 15 };	/* bytes; characters */

/* What ends a program in the midst of a prompt must not leave the terminal without echo. */
static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static volatile sig_atomic_t caught;

struct quiet {
	struct termios before;
	struct sigaction actions[SIGNALS];
	sigset_t mask;
};

static void
on_signal(int signal)
{
	caught = signal;
}

/* Puts everything back, and then lets a signal that came do its work. */
static void
quiet_end(int fd, const struct quiet *quiet)
{
	tcsetattr(fd, TCSAFLUSH, &quiet->before);
	sigprocmask(SIG_SETMASK, &quiet->mask, NULL);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &quiet->actions[i], NULL);
	if (caught != 0)
		raise(caught);
}

/*
 * Switches the echo off. From here on signals wait until read_secret() lets them in, so that none
 * slips in between a look at `caught` and the wait for the next key.
 */
static bool
quiet_start(int fd, struct quiet *quiet)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct termios silent;
	sigset_t ours;

	if (tcgetattr(fd, &quiet->before) == -1)
		return false;
	silent = quiet->before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);

	caught = 0;
	sigemptyset(&ours);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&ours, signals[i]);
	sigprocmask(SIG_BLOCK, &ours, &quiet->mask);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &action, &quiet->actions[i]);
	if (tcsetattr(fd, TCSAFLUSH, &silent) == 0)
		return true;
	quiet_end(fd, quiet);
	return false;
}

static const char *
fault_of_secret(const char *secret, size_t len)
{
	if (len == 0)
		return "nothing was read; nothing was changed";
	if (len > SECRET_LEN_MAX)
		return "longer than 1024 bytes; take a shorter one";
	return text_is_utf8(secret, len) ? NULL : "not UTF-8 text; type it in a UTF-8 locale";
}

/* Waits for a byte with these signals blocked (NULL: those that are), and reads it. */
static ssize_t
read_byte(int fd, const sigset_t *mask, char *byte)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	return ppoll(&wanted, 1, NULL, mask) == -1 ? -1 : read(fd, byte, 1);
}

/* Reads one line byte by byte: a stdio buffer would keep a copy. NULL, or what is wrong. */
static const char *
read_secret(int fd, const sigset_t *mask, char **secret)
{
	char *line = calloc(1, SECRET_LEN_MAX + 2);	/* owned, secret */
	const char *fault;
	size_t len = 0;
	ssize_t got = 0;

	*secret = NULL;
	if (line == NULL)
		return "out of memory";
	while (len <= SECRET_LEN_MAX && (got = read_byte(fd, mask, line + len)) == 1 &&
	    line[len] != '\n')
		len++;
	line[len] = '\0';
	if (len > 0 && line[len - 1] == '\r')
		line[--len] = '\0';
	fault = got == -1 ? strerror(errno) : fault_of_secret(line, len);
	if (fault == NULL) {
		*secret = line;
		return NULL;
	}
	secret_wipe(line, SECRET_LEN_MAX + 2);
	free(line);
	return fault;
}

static bool
read_stdin(char **secret)
{
	const char *fault = read_secret(STDIN_FILENO, NULL, secret);

	if (fault != NULL)
		(void)ctl_fail("%s", fault);
	return fault == NULL;
}

static bool
ask(int tty, const char *question, char **secret)
{
	struct quiet quiet;
	const char *fault;

	*secret = NULL;
	if (!quiet_start(tty, &quiet)) {
		(void)ctl_fail("cannot switch the terminal's echo off: %s", strerror(errno));
		return false;
	}
	dprintf(tty, "%s", question);
	fault = read_secret(tty, &quiet.mask, secret);
	dprintf(tty, "\n");
	quiet_end(tty, &quiet);
	if (fault != NULL)
		(void)ctl_fail("%s", fault);
	return fault == NULL;
}

static bool
is_equal(const char *secret, const char *second)
{
	const size_t len = strlen(secret);

	return strlen(second) == len && secret_equal(secret, second, len);
}

/* Asks on the terminal; with a second question the same must be typed again. */
static bool
ask_on_terminal(const char *question, const char *again, char **secret)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	char *second = NULL;	/* owned, secret */
	bool is_same;

	if (tty == -1) {
		(void)ctl_fail("cannot open the terminal: %s", strerror(errno));
		return false;
	}
	is_same = ask(tty, question, secret);
	if (is_same && again != NULL) {
		is_same = ask(tty, again, &second);
		if (is_same && !is_equal(*secret, second)) {
			is_same = false;
			(void)ctl_fail("the two are not the same; nothing was changed");
		}
	}
	close(tty);
	secret_free(second);
	if (is_same)
		return true;
	secret_free(*secret);
	*secret = NULL;
	return false;
}

/* Reads a line to its end, and as much of it as fits. */
static void
read_answer(int tty, char *answer, size_t size)
{
	size_t len = 0;
	char byte;

	while (read(tty, &byte, 1) == 1 && byte != '\n')
		if (len + 1 < size)
			answer[len++] = byte;
	answer[len] = '\0';
}

bool
ctl_asks(const struct ctl *ctl)
{
	return ctl->typed[OPT_YES] == NULL && isatty(STDIN_FILENO);
}

bool
ctl_confirm(const struct ctl *ctl, const char *question)
{
	char answer[8] = "";
	int tty;

	if (!ctl_asks(ctl))
		return true;
	if ((tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) == -1) {
		(void)ctl_fail("cannot open the terminal: %s", strerror(errno));
		return false;
	}
	dprintf(tty, "%s Type yes: ", question);
	read_answer(tty, answer, sizeof(answer));
	close(tty);
	if (strcmp(answer, "yes") == 0)
		return true;
	(void)ctl_fail("nothing was changed");
	return false;
}

bool
ctl_read_password(const struct ctl *ctl, const char *username, char **secret)
{
	const long least = ctl->config.password_min_length;
	char question[CTL_SHOWN_SIZE + 128], name[CTL_SHOWN_SIZE], hint[64] = "";

	if (!isatty(STDIN_FILENO))
		return read_stdin(secret);
	/* NIST SP 800-63B-4, section 3.1.1.2, of a password that is the only factor. */
	if (least < RECOMMENDED)
		snprintf(hint, sizeof(hint), "; a phrase of %d or more is best", RECOMMENDED);
	snprintf(question, sizeof(question), "At least %ld character%s%s.\nNew password for %s: ",
	    least, least == 1 ? "" : "s", hint, ctl_show(username, name));
	return ask_on_terminal(question, "Again: ", secret);
}

bool
ctl_read_key(char **secret)
{
	if (!isatty(STDIN_FILENO))
		return read_stdin(secret);
	return ask_on_terminal("Secret: ", NULL, secret);
}

bool
ctl_read_known_password(const char *question, char **secret)
{
	*secret = NULL;
	return isatty(STDIN_FILENO) && ask_on_terminal(question, NULL, secret);
}
