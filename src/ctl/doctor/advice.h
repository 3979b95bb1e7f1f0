/*
 * advice: prints what doctor has to say below its list.
 */
#ifndef BEARWARD_CTL_DOCTOR_ADVICE_H
#define BEARWARD_CTL_DOCTOR_ADVICE_H

#include <stdio.h>

#include "base/finding.h"
#include "ctl/table.h"

/*
 * Prints what was found, with the state in front, and what to do, in lines of the width of the
 * terminal. Each line of the advice after the first is to be typed, or written into a file: it
 * is indented more, and stays as it is. What could steer a terminal is escaped.
 */
void advice_print_finding(FILE *out, const char *state, const struct finding *finding,
    const struct table *table);

#endif
