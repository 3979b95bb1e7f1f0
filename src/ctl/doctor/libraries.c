/* libraries: doctor: whether libraries do what is asked of them. */
#include <json-c/json.h>
#include <string.h>

#include "ctl/doctor/doctor.h"
#include "text/json.h"

/* json-c 0.18, asked to be strict, takes no byte outside ASCII, and 0.16 takes all of these. */
static bool
reads(const char *text)
{
	struct json_object *value = NULL;	/* owned */
	const bool is_read = json_parse(text, strlen(text), &value) == ERR_OK;

	json_object_put(value);
	return is_read;
}

void
doctor_examine_libraries(struct doctor *doctor)
{
	const bool is_fine = reads("{\"username\": \"ren\xc3\xa9""e\"}") && reads("[1e400]") &&
	    !reads("{\"a\": 1, \"a\": 2}") && !reads("{'a': 1}");

	doctor_note(doctor, is_fine ? FINDING_FINE : FINDING_FAULT, "json-c",
	    doctor_text(doctor, "%s%s", json_c_version(), is_fine ? ""
	    : " does not read JSON as it should: names outside ASCII are refused, or worse"),
	    "take the version of your Debian:\napt-get install --reinstall 'libjson-c*'");
}
