/* memory: a process takes little, and gives back what only its start or a busy time needed. */
#ifndef BEARWARD_SERVE_MEMORY_H
#define BEARWARD_SERVE_MEMORY_H

/* Before there are threads: they share the heaps of a few. */
void memory_prepare(void);

/*
 * What the heap has free, and the process's hold on pages of programs and libraries: most of those
 * were for the start. What is needed again comes back by itself, out of the system's cache.
 */
void memory_give_back(void);

#endif
