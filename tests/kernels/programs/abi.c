/*
 * abi: the calls of each of the ways into the kernel, without a library. Built three times: as it
 * is, a 64-bit program that makes 32-bit (int 0x80) and x32 calls; -m32; -mx32. Each ends with the
 * number of the calls whose results were not what they should be.
 */
typedef unsigned long long u64;

#define AT_FDCWD (-100)
#define ENOENT   2

#if defined(__x86_64__) && defined(__ILP32__)
#define IS_X32
#endif

#ifndef IS_X32
static long call_32(long nr, long a, long b, long c, long d)
{
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d)
                     : "memory"
#ifdef __x86_64__
                       ,
                       "r8", "r9", "r10", "r11"
#endif
    );
    return (int)result;
}

/* The name lies where 32 bits reach it: the program is linked there. */
static int calls_32(const char *name, const char *missing)
{
    static const u64 how[3];
    int wrong = 0;

    wrong += call_32(5, (long)name, 0, 0, 0) < 0;                             /* open */
    wrong += call_32(5, (long)missing, 0, 0, 0) != -ENOENT;                   /* open */
    wrong += call_32(8, (long)missing, 0600, 0, 0) != -ENOENT;                /* creat */
    wrong += call_32(295, AT_FDCWD, (long)missing, 0, 0) != -ENOENT;          /* openat */
    wrong += call_32(437, AT_FDCWD, (long)missing, (long)how, 24) != -ENOENT; /* openat2 */
    wrong += call_32(11, (long)missing, 0, 0, 0) != -ENOENT;                  /* execve */
    return wrong;
}
#endif

#ifdef __x86_64__
static long call_64(u64 nr, u64 a, u64 b, u64 c, u64 d)
{
    register u64 r10 __asm__("r10") = d;
    long long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return (long)result;
}

#define AS(pointer) ((u64)(unsigned long)(pointer))
#define X32         0x40000000u

static int calls_x32(const char *name, const char *missing)
{
    static const u64 how[3];
    int wrong = 0;

    wrong += call_64(X32 | 2, AS(name), 0, 0, 0) < 0;
    wrong += call_64(X32 | 2, AS(missing), 0, 0, 0) != -ENOENT;
    wrong += call_64(X32 | 85, AS(missing), 0600, 0, 0) != -ENOENT;
    wrong += call_64(X32 | 257, AT_FDCWD, AS(missing), 0, 0) != -ENOENT;
    wrong += call_64(X32 | 437, AT_FDCWD, AS(missing), AS(how), 24) != -ENOENT;
    wrong += call_64(X32 | 520, AS(missing), 0, 0, 0) != -ENOENT;
    return wrong;
}
#endif

__attribute__((noreturn, used)) static void run(void)
{
    int wrong = 0;

#ifdef __x86_64__
    wrong += calls_x32("/etc/hostname", "/nonexistent/x32");
#endif
#ifndef IS_X32
    wrong += calls_32("/etc/hostname", "/nonexistent/i386");
#endif
    for (;;) {
#ifdef IS_X32
        call_64(X32 | 60, wrong, 0, 0, 0);
#elif defined(__x86_64__)
        call_64(60, wrong, 0, 0, 0);
#else
        call_32(1, wrong, 0, 0, 0);
#endif
    }
}

/* The kernel does not align the stack as a function expects it. */
__asm__(".globl _start\n_start:\n"
#ifdef __x86_64__
        "and $-16, %rsp\ncall run\n"
#else
        "and $-16, %esp\ncall run\n"
#endif
);
