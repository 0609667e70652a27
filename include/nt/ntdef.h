/*
 * The base of the NT declarations: compiler differences, basic types, strings, lists, object
 * attributes, status macros. Everything else in this folder includes it.
 *
 * Two kinds of builds use these headers, both for x64 and both little-endian LLP64 in their data:
 *
 *   PE       clang --target=x86_64-pc-windows-msvc -nostdinc -ffreestanding: the driver itself.
 *            Imported names bind to ntoskrnl.exe and FLTMGR.SYS.
 *   native   gcc or clang for Linux, with -fshort-wchar -fms-extensions: the host, and drivers
 *            built for sanitizers and debuggers. NTAPI is the Microsoft calling convention and
 *            must stand in the definition of every function that is called through these headers;
 *            on PE it says nothing.
 *
 * Documentation: learn.microsoft.com, "Windows driver documentation", kernel reference.
 */
#ifndef NT_NTDEF_H
#define NT_NTDEF_H

#if !defined(_WIN32) && (!defined(__x86_64__) || __SIZEOF_WCHAR_T__ != 2)
#error "the NT headers need x86-64 and a 16-bit wchar_t: compile with -fshort-wchar -fms-extensions"
#endif

/* Drivers carry pragmas that other compilers do not know, and Microsoft's style of unnamed members.
 */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wunknown-pragmas"
#pragma clang diagnostic ignored "-Wignored-pragmas"
#pragma clang diagnostic ignored "-Wmicrosoft"
#pragma clang diagnostic ignored "-Wgnu-anonymous-struct"
#pragma clang diagnostic ignored "-Wnested-anon-types"
#pragma clang diagnostic ignored "-Wlanguage-extension-token"
#pragma clang diagnostic ignored "-Wpragma-pack"
#pragma clang diagnostic ignored "-Wmultichar" /* pool tags */
#pragma clang diagnostic ignored "-Wfour-char-constants"
#else
#pragma GCC diagnostic ignored "-Wmultichar"       /* pool tags */
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* g++ 12 wants it on the command line */
#endif

#include "sal.h"

#ifndef NTDDI_WIN10
#define NTDDI_WIN2K        0x05000000
#define NTDDI_WINXP        0x05010000
#define NTDDI_WS03         0x05020000
#define NTDDI_VISTA        0x06000000
#define NTDDI_WIN6         0x06000000
#define NTDDI_VISTASP1     0x06000100
#define NTDDI_WIN7         0x06010000
#define NTDDI_WIN8         0x06020000
#define NTDDI_WINBLUE      0x06030000
#define NTDDI_WIN10        0x0A000000
#define NTDDI_WIN10_TH2    0x0A000001
#define NTDDI_WIN10_RS1    0x0A000002
#define NTDDI_WIN10_RS2    0x0A000003
#define NTDDI_WIN10_RS3    0x0A000004
#define NTDDI_WIN10_RS4    0x0A000005
#define NTDDI_WIN10_RS5    0x0A000006
#define NTDDI_WIN10_19H1   0x0A000007
#define NTDDI_WIN10_VB     0x0A000008
#define NTDDI_WIN10_MN     0x0A000009
#define NTDDI_WIN10_FE     0x0A00000A
#define NTDDI_WIN10_CO     0x0A00000B
#define NTDDI_WIN10_NI     0x0A00000C
#define NTDDI_LONGHORN     NTDDI_VISTA
#define _WIN32_WINNT_WIN7  0x0601
#define _WIN32_WINNT_WIN8  0x0602
#define _WIN32_WINNT_WIN10 0x0A00
#endif
#ifndef NTDDI_VERSION
#define NTDDI_VERSION 0x0A000010
#endif
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif

#ifndef _AMD64_
#define _AMD64_
#endif
#if defined(_WIN32) && !defined(_WIN64)
#define _WIN64
#endif

/* ---- Linkage, calling convention, alignment -------------------------------------------------- */

#ifdef __cplusplus
#define EXTERN_C       extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END   }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

#ifdef _WIN32
#define NTAPI
#define DECLSPEC_IMPORT      __declspec(dllimport)
#define DECLSPEC_EXPORT      __declspec(dllexport)
#define DECLSPEC_NORETURN    __declspec(noreturn)
#define DECLSPEC_NOINLINE    __declspec(noinline)
#define DECLSPEC_ALIGN(x)    __declspec(align(x))
#define DECLSPEC_SELECTANY   __declspec(selectany)
#define DECLSPEC_ALLOCATE(x) __declspec(allocate(x))
#else
#define NTAPI __attribute__((ms_abi))
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT      __attribute__((visibility("default")))
#define DECLSPEC_NORETURN    __attribute__((noreturn))
#define DECLSPEC_NOINLINE    __attribute__((noinline))
#define DECLSPEC_ALIGN(x)    __attribute__((aligned(x)))
#define DECLSPEC_SELECTANY   __attribute__((weak))
#define DECLSPEC_ALLOCATE(x) __attribute__((section(x)))
#if !defined(__clang__)
#define __int64 long long
#define __int32 int
#define __int16 short
#define __int8 char
#endif
#ifndef __cdecl
#define __cdecl
#endif
#ifndef __stdcall
#define __stdcall
#endif
#ifndef __fastcall
#define __fastcall
#endif
#ifndef __forceinline
#define __forceinline __inline__ __attribute__((always_inline))
#endif
#ifndef __declspec
#define __declspec(x) NT_DECLSPEC_##x
#define NT_DECLSPEC_noinline __attribute__((noinline))
#define NT_DECLSPEC_noreturn __attribute__((noreturn))
#define NT_DECLSPEC_dllimport
#define NT_DECLSPEC_dllexport
#define NT_DECLSPEC_selectany __attribute__((weak))
#define NT_DECLSPEC_align(x)  __attribute__((aligned(x)))
#endif
#endif

#define NTSYSAPI     DECLSPEC_IMPORT
#define NTKERNELAPI  DECLSPEC_IMPORT
#define NTHALAPI     DECLSPEC_IMPORT
#define NTSYSCALLAPI DECLSPEC_IMPORT
#define FASTCALL     NTAPI
#define WINAPI       NTAPI
#define CALLBACK     NTAPI
#define DECLSPEC_DEPRECATED_DDK
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(64)
#define POINTER_ALIGNMENT   DECLSPEC_ALIGN(8)
#define UNALIGNED
#define RESTRICTED_POINTER
#define FORCEINLINE  static __forceinline
#define CFORCEINLINE FORCEINLINE
#define __unaligned
#ifndef FAR
#define FAR
#endif
#define CONST const
#define VOID  void
#define OPTIONAL
#define MEMORY_ALLOCATION_ALIGNMENT 16
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Basic types ----------------------------------------------------------------------------- */

typedef char CHAR, *PCHAR, *LPCH, *PCH, CCHAR, *PCCHAR;
typedef signed char SCHAR, *PSCHAR;
typedef unsigned char UCHAR, *PUCHAR, BYTE, *PBYTE, BOOLEAN, *PBOOLEAN;
typedef const char *PCCH, *LPCCH;
typedef const UCHAR *PCUCHAR;
typedef short SHORT, *PSHORT, CSHORT, *PCSHORT;
typedef unsigned short USHORT, *PUSHORT, WORD, *PWORD;
typedef int INT, *PINT, BOOL, *PBOOL;
typedef unsigned int UINT, *PUINT;
#ifdef _WIN32
typedef long LONG, *PLONG;
typedef unsigned long ULONG, *PULONG, DWORD, *PDWORD;
#else
typedef int LONG, *PLONG;
typedef unsigned int ULONG, *PULONG, DWORD, *PDWORD;
#endif
typedef const ULONG *PCULONG;
typedef LONG HRESULT;
typedef ULONG CLONG, *PCLONG, LOGICAL, *PLOGICAL, LCID, *PLCID, ULONG32, *PULONG32, DWORD32;
typedef LONG LONG32, *PLONG32;
typedef long long LONGLONG, *PLONGLONG, LONG64, *PLONG64, LONG_PTR, *PLONG_PTR, INT_PTR, *PINT_PTR,
    SSIZE_T, *PSSIZE_T, USN;
typedef unsigned long long ULONGLONG, *PULONGLONG, ULONG64, *PULONG64, DWORD64, *PDWORD64,
    DWORDLONG, ULONG_PTR, *PULONG_PTR, UINT_PTR, *PUINT_PTR, DWORD_PTR, *PDWORD_PTR, SIZE_T,
    *PSIZE_T, KAFFINITY, *PKAFFINITY;
typedef signed char INT8, *PINT8;
typedef short INT16, *PINT16;
typedef int INT32, *PINT32;
typedef long long INT64, *PINT64;
typedef unsigned char UINT8, *PUINT8;
typedef unsigned short UINT16, *PUINT16;
typedef unsigned int UINT32, *PUINT32;
typedef unsigned long long UINT64, *PUINT64;
typedef double DOUBLE;
typedef float FLOAT;

#ifdef __cplusplus
typedef wchar_t WCHAR;
#else
typedef __WCHAR_TYPE__ WCHAR;
#endif
typedef WCHAR *PWCHAR, *LPWCH, *PWCH, *NWPSTR, *LPWSTR, *PWSTR, **PZPWSTR;
typedef const WCHAR *LPCWCH, *PCWCH, *PCWCHAR, *LPCWSTR, *PCWSTR, *PCUWSTR;
typedef PCWSTR *PZPCWSTR;
typedef WCHAR *PZZWSTR, *PNZWCH;
typedef const WCHAR *PCZZWSTR, *PCNZWCH;
typedef CHAR *LPSTR, *PSTR, *PNZCH;
typedef const CHAR *LPCSTR, *PCSTR, *PCSZ, *PCNZCH;

typedef void *PVOID, *LPVOID, *HANDLE, *PVOID64;
typedef const void *LPCVOID, *PCVOID;
typedef HANDLE *PHANDLE;
typedef LONG NTSTATUS, *PNTSTATUS;
typedef UCHAR KIRQL, *PKIRQL;
typedef CCHAR KPROCESSOR_MODE;
typedef ULONG ACCESS_MASK, *PACCESS_MASK;
typedef LONG KPRIORITY;
typedef PVOID PSECURITY_DESCRIPTOR, PSID;

#ifndef NULL
#ifdef __cplusplus
#define NULL __null
#else
#define NULL ((void *)0)
#endif
#endif
#define FALSE        0
#define TRUE         1

#define MINCHAR      0x80
#define MAXCHAR      0x7f
#define MAXUCHAR     0xff
#define MINSHORT     0x8000
#define MAXSHORT     0x7fff
#define MAXUSHORT    0xffff
#define MINLONG      0x80000000
#define MAXLONG      0x7fffffff
#define MAXULONG     0xffffffff
#define MAXLONGLONG  (0x7fffffffffffffffLL)
#define MAXUINT_PTR  (~((UINT_PTR)0))
#define MAXULONG_PTR (~((ULONG_PTR)0))
#define MAXSIZE_T    (~((SIZE_T)0))

/* ---- Composite basic types ------------------------------------------------------------------- */

typedef union _LARGE_INTEGER {
    struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef struct _GUID {
    ULONG Data1;
    USHORT Data2;
    USHORT Data3;
    UCHAR Data4[8];
} GUID, *LPGUID;
typedef const GUID *LPCGUID;
#ifdef __cplusplus
#define REFGUID const GUID &
#else
#define REFGUID const GUID *
#endif

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY, *PRLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct DECLSPEC_ALIGN(16) _SLIST_ENTRY {
    struct _SLIST_ENTRY *Next;
} SLIST_ENTRY, *PSLIST_ENTRY;

typedef union DECLSPEC_ALIGN(16) _SLIST_HEADER {
    struct {
        ULONGLONG Alignment;
        ULONGLONG Region;
    };
    struct {
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 48;
        ULONGLONG Reserved : 4;
        ULONGLONG NextEntry : 60;
    } HeaderX64;
} SLIST_HEADER, *PSLIST_HEADER;

/* Lengths are in bytes; Buffer need not be terminated. */
typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING, UTF8_STRING,
    *PUTF8_STRING;
typedef const STRING *PCSTRING, *PCANSI_STRING, *PCOEM_STRING, *PCUTF8_STRING;

typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef const OBJECT_ATTRIBUTES *PCOBJECT_ATTRIBUTES;

typedef struct _CLIENT_ID {
    HANDLE UniqueProcess;
    HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;
typedef enum _WAIT_TYPE { WaitAll, WaitAny, WaitNotification, WaitDequeue, WaitDpc } WAIT_TYPE;

/* ---- Object attributes ----------------------------------------------------------------------- */

#define OBJ_INHERIT                       0x00000002L
#define OBJ_PERMANENT                     0x00000010L
#define OBJ_EXCLUSIVE                     0x00000020L
#define OBJ_CASE_INSENSITIVE              0x00000040L
#define OBJ_OPENIF                        0x00000080L
#define OBJ_OPENLINK                      0x00000100L
#define OBJ_KERNEL_HANDLE                 0x00000200L
#define OBJ_FORCE_ACCESS_CHECK            0x00000400L
#define OBJ_IGNORE_IMPERSONATED_DEVICEMAP 0x00000800L
#define OBJ_DONT_REPARSE                  0x00001000L
#define OBJ_VALID_ATTRIBUTES              0x00001FF2L

#define InitializeObjectAttributes(p, n, a, r, s)                                                  \
    {                                                                                              \
        (p)->Length = sizeof(OBJECT_ATTRIBUTES);                                                   \
        (p)->RootDirectory = r;                                                                    \
        (p)->Attributes = a;                                                                       \
        (p)->ObjectName = n;                                                                       \
        (p)->SecurityDescriptor = s;                                                               \
        (p)->SecurityQualityOfService = NULL;                                                      \
    }
#define RTL_CONSTANT_OBJECT_ATTRIBUTES(n, a)                                                       \
    {                                                                                              \
        sizeof(OBJECT_ATTRIBUTES), NULL, (PUNICODE_STRING)(n), a, NULL, NULL                       \
    }
#define RTL_INIT_OBJECT_ATTRIBUTES(n, a)   RTL_CONSTANT_OBJECT_ATTRIBUTES(n, a)

/* ---- Statuses -------------------------------------------------------------------------------- */

#define NT_SUCCESS(status)                 (((NTSTATUS)(status)) >= 0)
#define NT_INFORMATION(status)             ((((ULONG)(status)) >> 30) == 1)
#define NT_WARNING(status)                 ((((ULONG)(status)) >> 30) == 2)
#define NT_ERROR(status)                   ((((ULONG)(status)) >> 30) == 3)

/* ---- Conveniences ---------------------------------------------------------------------------- */

#define UNREFERENCED_PARAMETER(p)          ((void)(p))
#define DBG_UNREFERENCED_PARAMETER(p)      ((void)(p))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(v) ((void)(v))
#define ARGUMENT_PRESENT(p)                ((CHAR *)((ULONG_PTR)(p)) != (CHAR *)NULL)
#define DEFAULT_UNREACHABLE                                                                        \
    default:                                                                                       \
        __builtin_unreachable()

#define FIELD_OFFSET(type, field)   ((LONG) __builtin_offsetof(type, field))
#define UFIELD_OFFSET(type, field)  ((ULONG) __builtin_offsetof(type, field))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field)                                                      \
    (FIELD_OFFSET(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_CONTAINS_FIELD(p, size, field)                                                         \
    ((((PCHAR)(&(p)->field)) + sizeof((p)->field)) <= (((PCHAR)(p)) + (size)))
#define CONTAINING_RECORD(address, type, field)                                                    \
    ((type *)((PCHAR)(address) - (ULONG_PTR) __builtin_offsetof(type, field)))
#define RTL_NUMBER_OF(a)                 (sizeof(a) / sizeof((a)[0]))
#define RTL_NUMBER_OF_V1(a)              RTL_NUMBER_OF(a)
#define RTL_NUMBER_OF_V2(a)              RTL_NUMBER_OF(a)
#define ARRAYSIZE(a)                     RTL_NUMBER_OF(a)
#define _ARRAYSIZE(a)                    RTL_NUMBER_OF(a)
#define RTL_NUMBER_OF_FIELD(type, field) (RTL_NUMBER_OF(((type *)0)->field))
#define RTL_BITS_OF(x)                   (sizeof(x) * 8)
#define RTL_BITS_OF_FIELD(type, field)   (RTL_BITS_OF(((type *)0)->field))

#define RTL_CONSTANT_STRING(s)                                                                     \
    {                                                                                              \
        sizeof(s) - sizeof((s)[0]), sizeof(s), (NT_STRING_POINTER(s))                              \
    }
#ifdef __cplusplus
extern "C++" {
inline char *nt_string_pointer(const char *s)
{
    return const_cast<char *>(s);
}
inline wchar_t *nt_string_pointer(const wchar_t *s)
{
    return const_cast<wchar_t *>(s);
}
}
#define NT_STRING_POINTER(s) nt_string_pointer(s)
#else
#define NT_STRING_POINTER(s) (void *)(s)
#endif
#define DECLARE_CONST_UNICODE_STRING(variable, string)                                             \
    const WCHAR variable##_buffer[] = string;                                                      \
    const UNICODE_STRING variable = {sizeof(string) - sizeof(WCHAR), sizeof(string),               \
                                     (PWCH)variable##_buffer}
#define DECLARE_GLOBAL_CONST_UNICODE_STRING(variable, string)                                      \
    extern const DECLSPEC_SELECTANY UNICODE_STRING variable;                                       \
    const DECLSPEC_SELECTANY UNICODE_STRING variable = RTL_CONSTANT_STRING(string)
#define DECLARE_UNICODE_STRING_SIZE(variable, size)                                                \
    WCHAR variable##_buffer[size];                                                                 \
    UNICODE_STRING variable = {0, (size) * sizeof(WCHAR), variable##_buffer}

#ifdef __cplusplus
#define C_ASSERT(e) static_assert(e, #e)
#else
#define C_ASSERT(e) _Static_assert(e, #e)
#endif

#define MAKEWORD(low, high) ((USHORT)(((UCHAR)(low)) | ((USHORT)((UCHAR)(high))) << 8))
#define LOWORD(l)           ((USHORT)((ULONG_PTR)(l)&0xffff))
#define HIWORD(l)           ((USHORT)((((ULONG_PTR)(l)) >> 16) & 0xffff))
#define LOBYTE(w)           ((UCHAR)((ULONG_PTR)(w)&0xff))
#define HIBYTE(w)           ((UCHAR)((((ULONG_PTR)(w)) >> 8) & 0xff))

#define HandleToULong(h)    ((ULONG)(ULONG_PTR)(h))
#define HandleToUlong(h)    HandleToULong(h)
#define HandleToLong(h)     ((LONG)(LONG_PTR)(h))
#define ULongToHandle(u)    ((HANDLE)(ULONG_PTR)(u))
#define UlongToHandle(u)    ULongToHandle(u)
#define LongToHandle(l)     ((HANDLE)(LONG_PTR)(l))
#define PtrToUlong(p)       ((ULONG)(ULONG_PTR)(p))
#define PtrToULong(p)       PtrToUlong(p)
#define PtrToLong(p)        ((LONG)(LONG_PTR)(p))
#define PtrToUint(p)        ((UINT)(UINT_PTR)(p))
#define ULongToPtr(u)       ((PVOID)(ULONG_PTR)(u))
#define UlongToPtr(u)       ULongToPtr(u)
#define LongToPtr(l)        ((PVOID)(LONG_PTR)(l))
#define Int32x32To64(a, b)  (((LONGLONG)(LONG)(a)) * ((LONGLONG)(LONG)(b)))
#define UInt32x32To64(a, b) (((ULONGLONG)(ULONG)(a)) * ((ULONGLONG)(ULONG)(b)))

#ifndef min
#ifndef __cplusplus
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif

/* Flags of an enumeration combine as the integers that they are. */
#ifdef __cplusplus
#define DEFINE_ENUM_FLAG_OPERATORS(type)                                                           \
    extern "C++" {                                                                                 \
    inline constexpr type operator|(type a, type b)                                                \
    {                                                                                              \
        return type(((ULONG)a) | ((ULONG)b));                                                      \
    }                                                                                              \
    inline constexpr type operator&(type a, type b)                                                \
    {                                                                                              \
        return type(((ULONG)a) & ((ULONG)b));                                                      \
    }                                                                                              \
    inline constexpr type operator~(type a)                                                        \
    {                                                                                              \
        return type(~((ULONG)a));                                                                  \
    }                                                                                              \
    inline type &operator|=(type &a, type b)                                                       \
    {                                                                                              \
        return a = a | b;                                                                          \
    }                                                                                              \
    inline type &operator&=(type &a, type b)                                                       \
    {                                                                                              \
        return a = a & b;                                                                          \
    }                                                                                              \
    }
#else
#define DEFINE_ENUM_FLAG_OPERATORS(type)
#endif

/* Names a GUID; <initguid.h> makes it make one. */
#ifndef DEFINE_GUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) EXTERN_C const GUID name
#endif
#define IsEqualGUID(a, b)        (!memcmp((a), (b), sizeof(GUID)))

#define ANYSIZE_ARRAY            1
#define ANSI_NULL                ((CHAR)0)
#define UNICODE_NULL             ((WCHAR)0)
#define UNICODE_STRING_MAX_BYTES ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS (32767)
#ifndef TEXT
#define TEXT(s) L##s
#endif

#ifdef __cplusplus
}
#endif

#include "ntcrt.h"
#ifdef INITGUID
#include "initguid.h"
#endif

/* ---- Structured exceptions ------------------------------------------------------------------- */

#define EXCEPTION_EXECUTE_HANDLER    1
#define EXCEPTION_CONTINUE_SEARCH    0
#define EXCEPTION_CONTINUE_EXECUTION (-1)
#define EXCEPTION_MAXIMUM_PARAMETERS 15
#define EXCEPTION_NONCONTINUABLE     0x1

typedef struct _EXCEPTION_RECORD {
    NTSTATUS ExceptionCode;
    ULONG ExceptionFlags;
    struct _EXCEPTION_RECORD *ExceptionRecord;
    PVOID ExceptionAddress;
    ULONG NumberParameters;
    ULONG_PTR ExceptionInformation[EXCEPTION_MAXIMUM_PARAMETERS];
} EXCEPTION_RECORD, *PEXCEPTION_RECORD;

typedef struct _EXCEPTION_POINTERS {
    PEXCEPTION_RECORD ExceptionRecord;
    struct _CONTEXT *ContextRecord;
} EXCEPTION_POINTERS, *PEXCEPTION_POINTERS;

#ifdef _WIN32
EXTERN_C unsigned long __cdecl _exception_code(void);
EXTERN_C void *__cdecl _exception_info(void);
EXTERN_C int __cdecl _abnormal_termination(void);
#define GetExceptionCode()        ((NTSTATUS)_exception_code())
#define GetExceptionInformation() ((PEXCEPTION_POINTERS)_exception_info())
#define AbnormalTermination()     _abnormal_termination()
#ifndef __cplusplus
#define try     __try
#define except  __except
#define finally __finally
#define leave   __leave
#endif
#else
#include "seh_native.h"
#endif

#endif
