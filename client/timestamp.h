/* Times of records, 100 ns since 1601-01-01 UTC, as people and programs write them. */
#ifndef CLIENT_TIMESTAMP_H
#define CLIENT_TIMESTAMP_H

#include <stdint.h>

#include "buffer.h"

/* Local time (TZ), with so many digits behind the point, 6 at most: 13:05:09.012345, 13:05:09 */
void timestamp_clock(struct buffer *, uint64_t time, unsigned digits);
/* Local time as Process Monitor writes the time of day: 1:05:09.0123456 PM */
void timestamp_time_of_day(struct buffer *, uint64_t time);
/* RFC 3339, UTC, microseconds: 2024-02-29T12:05:09.012345Z */
void timestamp_rfc3339(struct buffer *, uint64_t time);

#endif
