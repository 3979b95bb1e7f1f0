/* deadline: ends a test program that hangs. */
#ifndef DEADLINE_H
#define DEADLINE_H

/*
 * Ends the process in ten minutes, whatever it does by then. A program begins with a deadline; a
 * process that it forks has none until it asks.
 */
void deadline_set(void);

#endif
