/*
 * Clocks. While the calling thread has a clock of its own (nt_context_enter), all of them stand at
 * the moment that it gives: what a driver measures between two calls for one request is then the
 * time between the moments that they belong to.
 */
#include "executive.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define UNITS_PER_SECOND     10000000ull           /* of 100 ns */
#define UNIX_EPOCH           116444736000000000ull /* 1970 in 100 ns since 1601 */
#define SECONDS_1601_TO_1970 11644473600ull
#define SECONDS_1601_TO_1980 11960006400ull
#define TICK                 156250 /* 15.625 ms, as Windows has it */

/* The system time at which the performance counter stood at 0: when the machine started. */
static uint64_t boot_time;

static uint64_t read_clock(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * UNITS_PER_SECOND + (uint64_t)now.tv_nsec / 100;
}

void nt_time_init(void)
{
    boot_time = read_clock(CLOCK_REALTIME) + UNIX_EPOCH - read_clock(CLOCK_MONOTONIC);
}

static uint64_t own_clock(void)
{
    const struct nt_cpu *cpu = nt_cpu();

    return cpu != NULL ? cpu->clock : 0;
}

uint64_t nt_system_time(void)
{
    uint64_t clock = own_clock();

    return clock != 0 ? clock : read_clock(CLOCK_REALTIME) + UNIX_EPOCH;
}

static uint64_t counter(void)
{
    uint64_t clock = own_clock();

    if (clock == 0)
        return read_clock(CLOCK_MONOTONIC);
    return clock - boot_time;
}

VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER time)
{
    time->QuadPart = (LONGLONG)nt_system_time();
}

LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER frequency)
{
    LARGE_INTEGER now;

    if (frequency != NULL)
        frequency->QuadPart = UNITS_PER_SECOND;
    now.QuadPart = (LONGLONG)counter();
    return now;
}

uint64_t nt_interrupt_time(void)
{
    return counter();
}

uint64_t nt_tick_count(void)
{
    return counter() / TICK;
}

ULONG NTAPI KeQueryTimeIncrement(VOID)
{
    return TICK;
}

ULONG64 NTAPI KeQueryInterruptTimePrecise(PULONG64 performance_counter)
{
    uint64_t now = counter();

    *performance_counter = now;
    return now;
}

ULONGLONG NTAPI KeQueryUnbiasedInterruptTime(VOID)
{
    return counter();
}

VOID NTAPI KeStallExecutionProcessor(ULONG microseconds)
{
    uint64_t end = nt_monotonic() + (uint64_t)microseconds * 1000;

    while (nt_monotonic() < end)
        __builtin_ia32_pause();
}

/* ---- Local time ---------------------------------------------------------------------------- */

/* East of Greenwich, in units. */
static int64_t zone_offset(uint64_t time)
{
    time_t seconds = (time_t)((int64_t)(time / UNITS_PER_SECOND) - (int64_t)SECONDS_1601_TO_1970);
    struct tm local;

    if (localtime_r(&seconds, &local) == NULL)
        return 0;
    return (int64_t)local.tm_gmtoff * (int64_t)UNITS_PER_SECOND;
}

VOID NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER system, PLARGE_INTEGER local)
{
    local->QuadPart = system->QuadPart + zone_offset(nt_system_time());
}

VOID NTAPI ExLocalTimeToSystemTime(PLARGE_INTEGER local, PLARGE_INTEGER system)
{
    system->QuadPart = local->QuadPart - zone_offset(nt_system_time());
}

/* ---- Calendar ------------------------------------------------------------------------------ */

static const short days_before[13] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days of all years from 1601 to the one before `year`. */
static uint64_t days_before_year(unsigned year)
{
    uint64_t y = year - 1601;

    return y * 365 + y / 4 - y / 100 + y / 400;
}

static unsigned days_before_month(unsigned year, unsigned month) /* month from 0 to 12 */
{
    return (unsigned)days_before[month] + (month > 1 && is_leap(year));
}

VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER time, PTIME_FIELDS fields)
{
    uint64_t milliseconds = (uint64_t)time->QuadPart / 10000;
    uint64_t days = milliseconds / 86400000;
    unsigned within = (unsigned)(milliseconds % 86400000), month = 0;
    unsigned year = 1601 + (unsigned)(days / 366);

    while (days_before_year(year + 1) <= days)
        year++;
    fields->Weekday = (CSHORT)((days + 1) % 7); /* 1601-01-01 was a Monday */
    days -= days_before_year(year);
    while (days_before_month(year, month + 1) <= days)
        month++;
    fields->Year = (CSHORT)year;
    fields->Month = (CSHORT)(month + 1);
    fields->Day = (CSHORT)(days - days_before_month(year, month) + 1);
    fields->Hour = (CSHORT)(within / 3600000);
    fields->Minute = (CSHORT)(within / 60000 % 60);
    fields->Second = (CSHORT)(within / 1000 % 60);
    fields->Milliseconds = (CSHORT)(within % 1000);
}

BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS fields, PLARGE_INTEGER time)
{
    unsigned year = (unsigned)fields->Year, month = (unsigned)fields->Month - 1;
    uint64_t days;

    if (fields->Year < 1601 || fields->Year > 30827 || fields->Month < 1 || fields->Month > 12 ||
        fields->Day < 1 ||
        (unsigned)fields->Day >
            days_before_month(year, month + 1) - days_before_month(year, month) ||
        fields->Hour < 0 || fields->Hour > 23 || fields->Minute < 0 || fields->Minute > 59 ||
        fields->Second < 0 || fields->Second > 59 || fields->Milliseconds < 0 ||
        fields->Milliseconds > 999)
        return FALSE;
    days = days_before_year(year) + days_before_month(year, month) + (unsigned)fields->Day - 1;
    time->QuadPart =
        (LONGLONG)(((days * 24 + (unsigned)fields->Hour) * 60 + (unsigned)fields->Minute) * 60 +
                   (unsigned)fields->Second) *
            (LONGLONG)UNITS_PER_SECOND +
        fields->Milliseconds * 10000ll;
    return TRUE;
}

static BOOLEAN seconds_since(const LARGE_INTEGER *time, uint64_t epoch, PULONG seconds)
{
    uint64_t all = (uint64_t)time->QuadPart / UNITS_PER_SECOND;

    if (all < epoch || all - epoch > UINT32_MAX)
        return FALSE;
    *seconds = (ULONG)(all - epoch);
    return TRUE;
}

BOOLEAN NTAPI RtlTimeToSecondsSince1970(PLARGE_INTEGER time, PULONG seconds)
{
    IRQL_AT_MOST(APC_LEVEL);
    return seconds_since(time, SECONDS_1601_TO_1970, seconds);
}

BOOLEAN NTAPI RtlTimeToSecondsSince1980(PLARGE_INTEGER time, PULONG seconds)
{
    IRQL_AT_MOST(APC_LEVEL);
    return seconds_since(time, SECONDS_1601_TO_1980, seconds);
}

VOID NTAPI RtlSecondsSince1970ToTime(ULONG seconds, PLARGE_INTEGER time)
{
    IRQL_AT_MOST(APC_LEVEL);
    time->QuadPart = (LONGLONG)((SECONDS_1601_TO_1970 + seconds) * UNITS_PER_SECOND);
}

VOID NTAPI RtlSecondsSince1980ToTime(ULONG seconds, PLARGE_INTEGER time)
{
    IRQL_AT_MOST(APC_LEVEL);
    time->QuadPart = (LONGLONG)((SECONDS_1601_TO_1980 + seconds) * UNITS_PER_SECOND);
}

/* ---- UUIDs --------------------------------------------------------------------------------- */

NTSTATUS NTAPI ExUuidCreate(UUID *uuid)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (syscall(SYS_getrandom, uuid, sizeof(*uuid), 0) != (long)sizeof(*uuid))
        return STATUS_RETRY;
    uuid->Data3 = (USHORT)((uuid->Data3 & 0x0fff) | 0x4000);
    uuid->Data4[0] = (UCHAR)((uuid->Data4[0] & 0x3f) | 0x80);
    return STATUS_SUCCESS;
}
