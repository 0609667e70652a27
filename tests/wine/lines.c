#include "calls.h"

#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>

static FILE *output;
static CRITICAL_SECTION lock;
static bool failed;
static DWORD thread_slot;
/* Room for two names of the greatest length, each unit of which is escaped. */
static char text[2 * 6 * 34000 + 1024];
static size_t used;

bool lines_begin(const WCHAR *path)
{
    InitializeCriticalSection(&lock);
    thread_slot = TlsAlloc();
    output = path != NULL ? _wfopen(path, L"wb") : stdout;
    return output != NULL;
}

void lines_of_thread(unsigned thread)
{
    TlsSetValue(thread_slot, (void *)(ULONG_PTR)thread);
}

void wrong(const char *what)
{
    fprintf(stderr, "nt_calls: %s\n", what);
    fflush(stderr);
    failed = true;
}

bool anything_wrong(void)
{
    return failed;
}

static __attribute__((format(__MINGW_PRINTF_FORMAT, 1, 2))) void put(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    used += (size_t)vsnprintf(text + used, sizeof(text) - used, format, arguments);
    va_end(arguments);
}

/* Every unit on its own: names may have halves of surrogate pairs. */
static void put_string(const WCHAR *s, size_t length)
{
    put("\"");
    for (size_t i = 0; i < length; i++) {
        if (s[i] >= 0x20 && s[i] < 0x7F && s[i] != '"' && s[i] != '\\')
            text[used++] = (char)s[i];
        else
            put("\\u%04x", s[i]);
    }
    put("\"");
}

void line_print(const struct line *line)
{
    EnterCriticalSection(&lock);
    used = 0;
    put("{\"call\":\"%s\",\"thread\":%u,\"name\":", line->call,
        (unsigned)(ULONG_PTR)TlsGetValue(thread_slot));
    put_string(line->name, line->length);
    put(",\"relative_to\":");
    if (line->relative_to != NULL)
        put_string(line->relative_to, wcslen(line->relative_to));
    else
        put("null");
    if (line->creates)
        put(",\"access\":\"0x%08lx\",\"disposition\":%lu,\"options\":%lu,\"attributes\":%lu,"
            "\"share\":%lu",
            line->access, line->disposition, line->options, line->attributes, line->share);
    put(",\"status\":\"0x%08lx\"", line->status);
    if (line->creates && line->status >= 0)
        put(",\"information\":%lu", (ULONG)line->information);
    else
        put(",\"information\":null");
    put(",\"traced\":%s}\n", line->untraced ? "false" : "true");
    fwrite(text, 1, used, output);
    fflush(output);
    LeaveCriticalSection(&lock);
}
