/*
 * What the works share. A work does its operations between two looks at the clock and then prints
 * one line, so that the start of a tracer, and of the program itself, is not counted.
 */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t work_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

static inline long work_number(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);

    if (*end || number < 1)
        errx(2, "%s is not a number above 0", text);
    return number;
}

/* operations: what the time is divided by; events: what a tracer that misses nothing shows. */
static inline void work_done(long operations, long events, uint64_t began)
{
    printf("work operations=%ld events=%ld ns=%ju\n", operations, events,
           (uintmax_t)(work_now() - began));
}

#endif
