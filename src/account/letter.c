/* letter: writes what a user is told as a message for a program that sends mail. */
#include "account/letter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "config/public_url.h"
#include "text/mail.h"

enum { ADDRESS_SIZE = 512, NUMBER_SIZE = 24, ID_SIZE = 64 };

/* The texts of values that are made for one letter. */
struct texts {
	char moment[sizeof("2026-11-26 11:34 UTC")];
	char hours[NUMBER_SIZE], minutes[NUMBER_SIZE];
	char account_page[ADDRESS_SIZE], link_page[ADDRESS_SIZE];
};

/* As the day and the time of the reader's place are not known. */
static void
write_moment(int64_t at, char *text, size_t size)
{
	const time_t moment = (time_t)at;
	struct tm tm;

	if (gmtime_r(&moment, &tm) == NULL ||
	    strftime(text, size, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		*text = '\0';
}

static void
make_texts(const struct config *config, const struct message_facts *facts, struct texts *texts)
{
	const char *site = public_url_get(config);

	*texts = (struct texts){0};
	write_moment(facts->at, texts->moment, sizeof(texts->moment));
	if (config->link_ttl % 3600 != 0)
		snprintf(texts->minutes, NUMBER_SIZE, "%ld", (config->link_ttl + 59) / 60);
	else if (config->link_ttl > 3600)
		snprintf(texts->hours, NUMBER_SIZE, "%ld", config->link_ttl / 3600);
	if (!config->signin || site == NULL)
		return;
	snprintf(texts->account_page, ADDRESS_SIZE, "%s/account/password", site);
	snprintf(texts->link_page, ADDRESS_SIZE, "%s/link", site);
}

/* An address of IPv6 would be no name of a host. */
static void
find_host(const struct config *config, char host[ADDRESS_SIZE])
{
	const char *site = public_url_get(config);
	const char *begin = site == NULL ? NULL : strstr(site, "://") + 3;

	if (begin == NULL || *begin == '[')
		begin = "localhost";
	snprintf(host, ADDRESS_SIZE, "%.*s", (int)strcspn(begin, ":/"), begin);
}

static const char *
known(const char *network)
{
	return strcmp(network, "-") == 0 ? "?" : network;
}

static enum err
render(const struct config *config, const struct pages *pages, const struct letter *letter,
    char **subject, char **body)
{
	const struct message_facts *facts = letter->facts;
	struct texts texts;
	const struct page_value values[] = {
		{ .name = "username", .text = letter->user->username },
		{ .name = "moment", .text = texts.moment },
		{ .name = "network", .text = known(facts->network) },
		{ .name = "agent", .text = facts->agent },
		{ .name = "account_page", .text = texts.account_page },
		{ .name = "link_page", .text = texts.link_page },
		{ .name = "link", .text = letter->link },
		{ .name = "hour", .text = config->link_ttl == 3600 ? "1" : "" },
		{ .name = "hours", .text = texts.hours },
		{ .name = "minutes", .text = texts.minutes },
		{0},
	};

	make_texts(config, facts, &texts);
	return pages_render_message(pages, message_name(facts->kind), facts->language, values,
	    subject, body);
}

enum err
letter_write(const struct config *config, const struct pages *pages, const struct letter *letter,
    char **text, size_t *len)
{
	char *subject = NULL, *body = NULL;	/* owned; body: secret */
	char id[ID_SIZE], host[ADDRESS_SIZE];
	struct mail mail = {
		.to = letter->to, .from = config->notify_from,
		.from_name = config->service_name, .id = id, .host = host,
		.date = letter->facts->at,
	};
	enum err err;

	*text = NULL;
	/* The same each time that it is sent, so that a reader's program may notice. */
	snprintf(id, sizeof(id), "bearward.%" PRId64 ".%" PRId64, letter->facts->at, letter->id);
	find_host(config, host);
	err = render(config, pages, letter, &subject, &body);
	mail.subject = subject;
	mail.body = body;
	if (err == ERR_OK)
		err = mail_write(&mail, text, len);
	secret_free(body);
	free(subject);
	return err;
}
