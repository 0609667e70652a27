#include "timestamp.h"

#include <time.h>

#define UNITS_PER_SECOND 10000000u
#define UNIX_EPOCH       11644473600 /* 1970-01-01 in seconds since 1601-01-01 */

/* The seconds as a date; the rest, in 100 ns, is returned. */
static uint32_t split(uint64_t time, struct tm *tm,
                      struct tm *(*convert)(const time_t *, struct tm *))
{
    time_t seconds = (time_t)(time / UNITS_PER_SECOND) - UNIX_EPOCH;

    if (convert(&seconds, tm) == NULL)
        *tm = (struct tm){.tm_mday = 1};
    return time % UNITS_PER_SECOND;
}

/* ":05:09" of 13:05:09.123: what follows the hour. */
static void minutes(struct buffer *b, const struct tm *tm)
{
    buffer_byte(b, ':');
    buffer_digits(b, tm->tm_min, 2);
    buffer_byte(b, ':');
    buffer_digits(b, tm->tm_sec, 2);
}

void timestamp_clock(struct buffer *b, uint64_t time, unsigned digits)
{
    struct tm tm;
    uint32_t rest = split(time, &tm, localtime_r) / 10;

    buffer_digits(b, tm.tm_hour, 2);
    minutes(b, &tm);
    if (digits == 0)
        return;
    for (unsigned i = digits; i < 6; i++)
        rest /= 10;
    buffer_byte(b, '.');
    buffer_digits(b, rest, digits);
}

void timestamp_time_of_day(struct buffer *b, uint64_t time)
{
    struct tm tm;
    uint32_t rest = split(time, &tm, localtime_r);

    buffer_decimal(b, (tm.tm_hour + 11) % 12 + 1);
    minutes(b, &tm);
    buffer_byte(b, '.');
    buffer_digits(b, rest, 7);
    buffer_string(b, tm.tm_hour < 12 ? " AM" : " PM");
}

/* Events come by the thousand in a second: what they have in common is kept from one to the next.
 */
void timestamp_rfc3339(struct buffer *b, uint64_t time)
{
    static char second[32];
    static size_t length;
    static uint64_t kept = UINT64_MAX;
    uint32_t rest = time % UNITS_PER_SECOND;

    if (kept != time / UNITS_PER_SECOND) {
        struct tm tm;

        split(time, &tm, gmtime_r);
        length = strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S.", &tm);
        kept = time / UNITS_PER_SECOND;
    }
    buffer_add(b, second, length);
    buffer_digits(b, rest / 10, 6);
    buffer_byte(b, 'Z');
}
