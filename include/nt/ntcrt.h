/*
 * The C library as drivers have it. On PE these are ntoskrnl's exports. Natively the narrow ones
 * are the C library's own; the wide ones, whose characters have 16 bits here and 32 there, and the
 * ones that only Microsoft's library has, are the host's nt_ functions under their usual names.
 */
#ifndef NT_NTCRT_H
#define NT_NTCRT_H

#ifdef _WIN32

#ifndef _SIZE_T_DEFINED
#define _SIZE_T_DEFINED
typedef __SIZE_TYPE__ size_t;
#endif
#ifndef _PTRDIFF_T_DEFINED
#define _PTRDIFF_T_DEFINED
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#endif
#if !defined(__cplusplus) && !defined(_WCHAR_T_DEFINED)
#define _WCHAR_T_DEFINED
typedef __WCHAR_TYPE__ wchar_t;
#endif
#ifndef _VA_LIST_DEFINED
#define _VA_LIST_DEFINED
typedef __builtin_va_list va_list;
#endif
#ifndef va_start
#define va_start(list, last) __builtin_va_start(list, last)
#define va_arg(list, type)   __builtin_va_arg(list, type)
#define va_end(list)         __builtin_va_end(list)
#define va_copy(to, from)    __builtin_va_copy(to, from)
#endif
#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __INTPTR_TYPE__ intptr_t;

#define NT_VA_LIST           va_list
#define NT_VA_START(v, last) va_start(v, last)
#define NT_VA_END(v)         va_end(v)

#ifdef __cplusplus
extern "C" {
#endif

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

size_t strlen(const char *string);
size_t strnlen(const char *string, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t count);
char *strcpy(char *to, const char *from);
char *strncpy(char *to, const char *from, size_t count);
char *strcat(char *to, const char *from);
char *strncat(char *to, const char *from, size_t count);
char *strchr(const char *string, int character);
char *strrchr(const char *string, int character);
char *strstr(const char *string, const char *part);
int tolower(int character);
int toupper(int character);

#else

#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* The argument list of a variadic NTAPI function: the platform's own va_list does not fit it. */
#define NT_VA_LIST           __builtin_ms_va_list
#define NT_VA_START(v, last) __builtin_ms_va_start(v, last)
#define NT_VA_END(v)         __builtin_ms_va_end(v)

/* The C library's headers come before, so that what they declare keeps its own name. */
#define wcslen               nt_wcslen
#define wcsnlen              nt_wcsnlen
#define wcscmp               nt_wcscmp
#define wcsncmp              nt_wcsncmp
#define wcscpy               nt_wcscpy
#define wcsncpy              nt_wcsncpy
#define wcscat               nt_wcscat
#define wcsncat              nt_wcsncat
#define wcschr               nt_wcschr
#define wcsrchr              nt_wcsrchr
#define wcsstr               nt_wcsstr
#define wcsspn               nt_wcsspn
#define towlower             nt_towlower
#define towupper             nt_towupper
#define iswctype             nt_iswctype
#define _wcsicmp             nt__wcsicmp
#define _wcsnicmp            nt__wcsnicmp
#define _wcslwr              nt__wcslwr
#define _wcsupr              nt__wcsupr
#define _wcsnset             nt__wcsnset
#define _stricmp             nt__stricmp
#define _strnicmp            nt__strnicmp
#define _strlwr              nt__strlwr
#define _strupr              nt__strupr
#define _snprintf            nt__snprintf
#define _vsnprintf           nt__vsnprintf
#define _snwprintf           nt__snwprintf
#define _vsnwprintf          nt__vsnwprintf

#ifdef __cplusplus
extern "C" {
#endif

#endif

NTSYSAPI size_t NTAPI wcslen(const WCHAR *string);
NTSYSAPI size_t NTAPI wcsnlen(const WCHAR *string, size_t limit);
NTSYSAPI int NTAPI wcscmp(const WCHAR *a, const WCHAR *b);
NTSYSAPI int NTAPI wcsncmp(const WCHAR *a, const WCHAR *b, size_t count);
NTSYSAPI WCHAR *NTAPI wcscpy(WCHAR *to, const WCHAR *from);
NTSYSAPI WCHAR *NTAPI wcsncpy(WCHAR *to, const WCHAR *from, size_t count);
NTSYSAPI WCHAR *NTAPI wcscat(WCHAR *to, const WCHAR *from);
NTSYSAPI WCHAR *NTAPI wcsncat(WCHAR *to, const WCHAR *from, size_t count);
NTSYSAPI WCHAR *NTAPI wcschr(const WCHAR *string, WCHAR character);
NTSYSAPI WCHAR *NTAPI wcsrchr(const WCHAR *string, WCHAR character);
NTSYSAPI WCHAR *NTAPI wcsstr(const WCHAR *string, const WCHAR *part);
NTSYSAPI size_t NTAPI wcsspn(const WCHAR *string, const WCHAR *set);
NTSYSAPI WCHAR NTAPI towlower(WCHAR character);
NTSYSAPI WCHAR NTAPI towupper(WCHAR character);
NTSYSAPI int NTAPI iswctype(WCHAR character, USHORT type);

/* Case is folded within ASCII. */
NTSYSAPI int NTAPI _wcsicmp(const WCHAR *a, const WCHAR *b);
NTSYSAPI int NTAPI _wcsnicmp(const WCHAR *a, const WCHAR *b, size_t count);
NTSYSAPI WCHAR *NTAPI _wcslwr(WCHAR *string);
NTSYSAPI WCHAR *NTAPI _wcsupr(WCHAR *string);
NTSYSAPI WCHAR *NTAPI _wcsnset(WCHAR *string, WCHAR character, size_t count);
NTSYSAPI int NTAPI _stricmp(const char *a, const char *b);
NTSYSAPI int NTAPI _strnicmp(const char *a, const char *b, size_t count);
NTSYSAPI char *NTAPI _strlwr(char *string);
NTSYSAPI char *NTAPI _strupr(char *string);

/* Not terminated where the result does not fit; then they answer -1. Sizes are in characters. */
NTSYSAPI int NTAPI _snprintf(char *to, size_t size, const char *format, ...);
NTSYSAPI int NTAPI _vsnprintf(char *to, size_t size, const char *format, NT_VA_LIST arguments);
NTSYSAPI int NTAPI _snwprintf(WCHAR *to, size_t size, const WCHAR *format, ...);
NTSYSAPI int NTAPI _vsnwprintf(WCHAR *to, size_t size, const WCHAR *format, NT_VA_LIST arguments);

#ifdef __cplusplus
}
#endif

#endif
