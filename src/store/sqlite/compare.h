/*
 * compare: tells whether two SQLite files have the same content. For the files of `sqlite` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_COMPARE_H
#define BEARWARD_STORE_SQLITE_COMPARE_H

enum compare_result {
	COMPARE_SAME,		/* all tables, with all rows, and everything else of the schema */
	COMPARE_NOTHING,	/* the second has nothing in it */
	COMPARE_DIFFERENT,	/* or one of them cannot be read */
};

/* Compares what is committed in two files. What a killed process left half done is undone. */
enum compare_result compare_files(const char *a, const char *b);

#endif
