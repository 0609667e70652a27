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

void timestamp_clock(struct buffer *b, uint64_t time)
{
    struct tm tm;
    uint32_t rest = split(time, &tm, localtime_r);

    buffer_printf(b, "%02d:%02d:%02d.%06u", tm.tm_hour, tm.tm_min, tm.tm_sec, rest / 10);
}

void timestamp_time_of_day(struct buffer *b, uint64_t time)
{
    struct tm tm;
    uint32_t rest = split(time, &tm, localtime_r);

    buffer_printf(b, "%d:%02d:%02d.%07u %s", (tm.tm_hour + 11) % 12 + 1, tm.tm_min, tm.tm_sec, rest,
                  tm.tm_hour < 12 ? "AM" : "PM");
}

void timestamp_rfc3339(struct buffer *b, uint64_t time)
{
    struct tm tm;
    uint32_t rest = split(time, &tm, gmtime_r);

    buffer_printf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%06uZ", tm.tm_year + 1900, tm.tm_mon + 1,
                  tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, rest / 10);
}
