/*
 * Every way of raising, filtering, handling and unwinding, for the tests of structured exception
 * handling. The compiler sees an exception only where a function is called, hence all the small
 * functions that must not be inlined.
 */
#include <ntifs.h>

#include "seh.h"

#define NOINLINE __attribute__((noinline))

static struct seh_request *R;

static NOINLINE VOID Note(CHAR Step)
{
    ULONG i = 0;

    while (i < sizeof(R->trace) - 2 && R->trace[i])
        i++;
    R->trace[i] = Step;
}

static NOINLINE VOID Write(volatile ULONG *Pointer)
{
    *Pointer = 1;
}

static NOINLINE VOID Fault(VOID)
{
    Write((volatile ULONG *)0x10);
}

/* Keeps what the exception says. */
static LONG Keep(PEXCEPTION_POINTERS Pointers, LONG Answer)
{
    R->code = (ULONG32)Pointers->ExceptionRecord->ExceptionCode;
    R->information[0] = Pointers->ExceptionRecord->ExceptionInformation[0];
    R->information[1] = Pointers->ExceptionRecord->ExceptionInformation[1];
    return Answer;
}

#define CAUGHT                                                                                     \
    __except (Keep(GetExceptionInformation(), EXCEPTION_EXECUTE_HANDLER))                          \
    {                                                                                              \
        Note('e');                                                                                 \
    }

/* ---- Handlers of several kinds ------------------------------------------------------------- */

static VOID TestFault(VOID)
{
    __try {
        Fault();
        Note('!');
    }
    CAUGHT
    R->result = 7;
}

static VOID TestFaultWrite(VOID)
{
    __try {
        Write(R->pointer);
        Note('!');
    }
    CAUGHT
}

static LONG Search(VOID)
{
    Note('s');
    return EXCEPTION_CONTINUE_SEARCH;
}

static VOID TestNestedTry(VOID)
{
    __try {
        __try {
            __try {
                Fault();
            } __finally {
                Note(AbnormalTermination() ? 'f' : '!');
            }
        } __except (Search()) {
            Note('!');
        }
    }
    CAUGHT
}

static NOINLINE VOID Third(VOID)
{
    __try {
        Fault();
    } __finally {
        Note('3');
    }
}

static NOINLINE VOID Second(VOID)
{
    __try {
        __try {
            Third();
            R->size++; /* else one call's return address begins another's scope */
        } __finally {
            Note('2');
        }
        Note('!');
    } __finally {
        Note('1');
    }
}

static LONG NoteFilter(VOID)
{
    Note('x');
    return EXCEPTION_EXECUTE_HANDLER;
}

static VOID TestFinallyOrder(VOID)
{
    __try {
        __try {
            Second();
        } __except (NoteFilter()) {
            R->code = (ULONG32)GetExceptionCode();
            Note('e');
        }
    } __finally {
        Note(AbnormalTermination() ? '!' : 'n');
    }
}

static VOID TestFinallyNormal(VOID)
{
    __try {
        Note('a');
        if (R->value == 0)
            __leave;
        Note('!');
    } __finally {
        Note(AbnormalTermination() ? '!' : 'f');
    }
    Note('z');
}

static ULONG Good = 42;

static LONG Mend(PEXCEPTION_POINTERS Pointers)
{
    Note('m');
    Pointers->ContextRecord->Rcx = (ULONG64)&Good;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static NOINLINE ULONG ReadThroughRcx(ULONG *Pointer)
{
    ULONG value;

    __asm__ volatile("movl (%1), %0" : "=a"(value) : "c"(Pointer));
    return value;
}

static VOID TestContinue(VOID)
{
    __try {
        R->result = ReadThroughRcx((ULONG *)0x20);
        Note('c');
    } __except (Mend(GetExceptionInformation())) {
        Note('!');
    }
}

static VOID TestContinueRaised(VOID)
{
    __try {
        ExRaiseStatus(STATUS_ACCESS_DENIED);
    } __except (EXCEPTION_CONTINUE_EXECUTION) {
        Note('!');
    }
}

/* ---- Exceptions of several kinds ----------------------------------------------------------- */

static VOID TestRaise(VOID)
{
    __try {
        ExRaiseStatus((NTSTATUS)R->value);
        Note('!');
    }
    CAUGHT
}

static VOID TestHostCall(VOID)
{
    VOID (*routine)(PVOID) = (VOID(*)(PVOID))R->routine;

    __try {
        routine(R->pointer);
        Note('r');
    }
    CAUGHT
}

static VOID TestProbe(BOOLEAN ForWrite)
{
    __try {
        if (ForWrite)
            ProbeForWrite(R->pointer, (SIZE_T)R->size, (ULONG)R->value);
        else
            ProbeForRead(R->pointer, (SIZE_T)R->size, (ULONG)R->value);
        Note('p');
    }
    CAUGHT
}

static NOINLINE LONG32 Divide(volatile LONG32 *A, volatile LONG32 *B)
{
    LONG32 quotient, remainder;

    __asm__ volatile("cltd; idivl %3" : "=a"(quotient), "=&d"(remainder) : "a"(*A), "m"(*B) : "cc");
    return quotient;
}

static VOID TestDivide(VOID)
{
    LONG32 a = (LONG32)R->size, b = (LONG32)R->value;

    __try {
        R->result = (ULONG64)Divide(&a, &b);
        Note('d');
    }
    CAUGHT
}

static NOINLINE VOID Breakpoint(VOID)
{
    __asm__ volatile("int3");
}

static NOINLINE VOID Assertion(VOID)
{
    __asm__ volatile("int $0x2c");
}

static NOINLINE VOID FastFail(VOID)
{
    __asm__ volatile("int $0x29" : : "c"(3));
}

static NOINLINE VOID Privileged(VOID)
{
    __asm__ volatile("wbinvd");
}

static NOINLINE VOID Illegal(VOID)
{
    __asm__ volatile("ud2");
}

static NOINLINE VOID NonCanonical(VOID)
{
    Write((volatile ULONG *)0x0123456789abcdefull);
}

static VOID TestKind(VOID (*Routine)(VOID))
{
    __try {
        Routine();
        Note('!');
    }
    CAUGHT
}

/* ---- What is answered ---------------------------------------------------------------------- */

static VOID TestCr8(VOID)
{
    ULONG64 irql, value = R->value;

    __asm__ volatile("movq %%cr8, %0" : "=r"(irql));
    R->result = irql;
    __asm__ volatile("movq %0, %%cr8" : : "r"(value));
}

#define SHARED(type, offset) (*(volatile type *)(0xfffff78000000000ull + (offset)))

/* The page counts up, a byte each: every read has a value that its offset gives away. */
static VOID TestSharedData(VOID)
{
    ULONG64 wide = 0, low = 0, shared = 0xfffff78000000000ull;
    ULONG r;
    UCHAR equal, below;

    Note(SHARED(ULONG64, 0x08) == 0x0f0e0d0c0b0a0908ull ? '1' : '!');
    Note(SHARED(ULONG, 0x14) == 0x17161514 ? '2' : '!');
    Note(SHARED(USHORT, 0x20) == 0x2120 ? '3' : '!');
    Note(SHARED(UCHAR, 0x33) == 0x33 ? '4' : '!');
    Note(SHARED(CHAR, 0x90) == (CHAR)0x90 ? '5' : '!');
    __asm__ volatile("movslq 0x84(%1), %0" : "=r"(wide) : "r"(shared));
    Note(wide == 0xffffffff87868584ull ? '6' : '!');
    __asm__ volatile("movabsl 0xfffff78000000320, %%eax" : "=a"(r));
    Note(r == 0x23222120 ? '7' : '!');
    __asm__ volatile("cmpl $0x17161514, 0x14(%2); sete %0; setb %1"
                     : "=r"(equal), "=r"(below)
                     : "r"(shared)
                     : "cc");
    Note(equal && !below ? '8' : '!');
    __asm__ volatile("cmpb 0x10(%2), %b3; sete %0; setb %1"
                     : "=r"(equal), "=r"(below)
                     : "r"(shared), "r"(5)
                     : "cc");
    Note(!equal && below ? '9' : '!');
    __asm__ volatile("movdqu 0x40(%2), %%xmm0; movq %%xmm0, %0; psrldq $8, %%xmm0; movq %%xmm0, %1"
                     : "=r"(low), "=r"(wide)
                     : "r"(shared)
                     : "xmm0");
    Note(low == 0x4746454443424140ull && wide == 0x4f4e4d4c4b4a4948ull ? 'a' : '!');
    wide = 3;
    __asm__ volatile("imulq 0x08(%1), %0" : "+r"(wide) : "r"(shared) : "cc");
    Note(wide == 0x0f0e0d0c0b0a0908ull * 3 ? 'b' : '!');
    wide = 0x1111111111111111ull;
    __asm__ volatile("movb 0x7f(%1), %%ah" : "+a"(wide) : "r"(shared));
    Note(wide == 0x1111111111117f11ull ? 'c' : '!');
}

static VOID TestSharedWrite(VOID)
{
    __try {
        Write((volatile ULONG *)0xfffff78000000014ull);
        Note('!');
    }
    CAUGHT
}

static VOID TestSharedUnsupported(VOID)
{
    __asm__ volatile("fldt 0x10(%0)" : : "r"(0xfffff78000000000ull));
}

/* ---- Memory functions ---------------------------------------------------------------------- */

static VOID TestMemory(BOOLEAN Set)
{
    UCHAR buffer[4096];

    __try {
        if (Set)
            memset(R->pointer, 0x5a, (SIZE_T)R->size);
        else
            memcpy(buffer, R->pointer, (SIZE_T)R->size);
        Note('c');
        R->result = buffer[0];
    }
    CAUGHT
}

/* ---- Registers and frames ------------------------------------------------------------------ */

#define EVERY_NONVOLATILE                                                                          \
    "rbx", "rsi", "rdi", "r12", "r13", "r14", "r15", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",      \
        "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

static NOINLINE VOID Trample(VOID)
{
    __asm__ volatile("movq $-1, %%rbx; movq $-1, %%rsi; movq $-1, %%rdi; movq $-1, %%r12;"
                     "movq $-1, %%r13; movq $-1, %%r14; movq $-1, %%r15; pcmpeqd %%xmm6, %%xmm6;"
                     "pcmpeqd %%xmm7, %%xmm7; pcmpeqd %%xmm10, %%xmm10; pcmpeqd %%xmm15, %%xmm15;"
                     "movl $1, 0x10"
                     :
                     :
                     : EVERY_NONVOLATILE, "memory");
}

static NOINLINE VOID TrampleCaught(VOID)
{
    __try {
        Trample();
    }
    CAUGHT
}

typedef LONG64 VECTOR __attribute__((vector_size(16)));

/* The compiler keeps as much of this as it can in nonvolatile registers over the call. */
static NOINLINE BOOLEAN RegistersHold(volatile ULONG64 *N, volatile VECTOR *V)
{
    ULONG64 a = N[0], b = N[1], c = N[2], d = N[3], e = N[4], f = N[5];
    VECTOR v = V[0], w = V[1], x = V[2], y = V[3], z = V[4];
    VECTOR sum;

    TrampleCaught();
    sum = (v ^ V[0]) | (w ^ V[1]) | (x ^ V[2]) | (y ^ V[3]) | (z ^ V[4]);
    return a == N[0] && b == N[1] && c == N[2] && d == N[3] && e == N[4] && f == N[5] &&
           sum[0] == 0 && sum[1] == 0;
}

static NOINLINE VOID Large(volatile UCHAR *Out, ULONG Size)
{
    volatile UCHAR buffer[40000];
    volatile UCHAR *dynamic = __builtin_alloca(Size);

    buffer[0] = dynamic[0] = Out[0];
    buffer[39999] = dynamic[Size - 1] = 1;
    __try {
        Fault();
    } __finally {
        Note(buffer[39999] == 1 && dynamic[Size - 1] == 1 && Size == 9000 ? 'f' : '!');
    }
}

static VOID TestLargeFrame(VOID)
{
    UCHAR byte = 3;

    __try {
        Large(&byte, 9000);
    }
    CAUGHT
    Note(byte == 3 ? 'k' : '!');
}

/* ---- Exceptions in handlers ---------------------------------------------------------------- */

static NOINLINE LONG FilterWithTry(VOID)
{
    __try {
        ExRaiseStatus(STATUS_NOT_FOUND);
    } __except (GetExceptionCode() == STATUS_NOT_FOUND ? EXCEPTION_EXECUTE_HANDLER
                                                       : EXCEPTION_CONTINUE_SEARCH) {
        Note('i');
    }
    return EXCEPTION_EXECUTE_HANDLER;
}

static VOID TestTryInFilter(VOID)
{
    __try {
        Fault();
    } __except (FilterWithTry()) {
        R->code = (ULONG32)GetExceptionCode();
        Note('e');
    }
}

static NOINLINE LONG FaultOnce(BOOLEAN Always)
{
    static ULONG calls;

    Note('x');
    if (calls++ == 0 || Always)
        ExRaiseStatus(STATUS_NOT_FOUND);
    return EXCEPTION_CONTINUE_SEARCH;
}

static NOINLINE VOID FaultyFilter(BOOLEAN Always)
{
    __try {
        __try {
            Fault();
            R->size++; /* as above */
        } __finally {
            Note('f');
        }
    } __except (FaultOnce(Always)) {
        Note('!');
    }
}

static VOID TestFaultInFilter(BOOLEAN Always)
{
    __try {
        FaultyFilter(Always);
    }
    CAUGHT
}

static NOINLINE VOID FaultyFinally(VOID)
{
    __try {
        __try {
            __try {
                Fault();
                R->size++; /* as above */
            } __finally {
                Note('1');
                ExRaiseStatus(STATUS_NOT_FOUND);
            }
        } __finally {
            Note('2');
        }
    } __except (GetExceptionCode() == STATUS_ACCESS_VIOLATION ? EXCEPTION_EXECUTE_HANDLER
                                                              : EXCEPTION_CONTINUE_SEARCH) {
        Note('!');
    }
}

static VOID TestFaultInFinally(VOID)
{
    __try {
        FaultyFinally();
    }
    CAUGHT
}

/* ---- The stack ----------------------------------------------------------------------------- */

static NOINLINE ULONG Recurse(volatile UCHAR *Above)
{
    volatile UCHAR buffer[512];

    buffer[0] = Above[0];
    if (R->magic != SEH_MAGIC)
        return 0;
    return buffer[0] + Recurse(buffer) + 1;
}

typedef struct {
    ULONG32 Begin, End, Unwind;
} FUNCTION_ENTRY;

static NOINLINE VOID Walk(VOID)
{
    VOID (*capture)(PCONTEXT) = (VOID(*)(PCONTEXT))R->routines[0];
    FUNCTION_ENTRY *(*lookup)(ULONG64, PULONG64, PVOID) =
        (FUNCTION_ENTRY * (*)(ULONG64, PULONG64, PVOID)) R->routines[1];
    PVOID(*unwind)
    (ULONG, ULONG64, ULONG64, FUNCTION_ENTRY *, PCONTEXT, PVOID *, PULONG64, PVOID) =
        (PVOID(*)(ULONG, ULONG64, ULONG64, FUNCTION_ENTRY *, PCONTEXT, PVOID *, PULONG64,
                  PVOID))R->routines[2];
    CONTEXT context;

    capture(&context);
    for (;;) {
        ULONG64 base, frame;
        PVOID data;
        FUNCTION_ENTRY *entry = lookup(context.Rip, &base, NULL);

        if (!entry)
            break;
        if (context.Rip - base < entry->Begin || context.Rip - base >= entry->End)
            Note('!');
        unwind(0, base, context.Rip, entry, &context, &data, &frame, NULL);
        R->result++;
    }
    R->value = context.Rip;
}

/* ---- Requests ------------------------------------------------------------------------------ */

static VOID TestRaiseNothing(VOID)
{
}

static VOID TestProbeRead(VOID)
{
    TestProbe(FALSE);
}

static VOID TestProbeWrite(VOID)
{
    TestProbe(TRUE);
}

static VOID TestMemcpy(VOID)
{
    TestMemory(FALSE);
}

static VOID TestMemset(VOID)
{
    TestMemory(TRUE);
}

static VOID TestRegisters(VOID)
{
    ULONG64 numbers[6] = {1, 2, 3, 4, 5, 6};
    VECTOR vectors[5] = {{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}};

    R->result = RegistersHold(numbers, vectors);
}

static VOID TestCallPointer(VOID)
{
    TestKind((VOID(*)(VOID))R->pointer);
}

static VOID TestNonCanonical(VOID)
{
    TestKind(NonCanonical);
}

static VOID TestInt3(VOID)
{
    TestKind(Breakpoint);
}

static VOID TestAssert(VOID)
{
    TestKind(Assertion);
}

static VOID TestFastFail(VOID)
{
    TestKind(FastFail);
}

static VOID TestPrivileged(VOID)
{
    TestKind(Privileged);
}

static VOID TestIllegal(VOID)
{
    TestKind(Illegal);
}

static VOID TestFaultInFilterOnce(VOID)
{
    TestFaultInFilter(FALSE);
}

static VOID TestEndlessFilter(VOID)
{
    TestFaultInFilter(TRUE);
}

static VOID TestStackOverflow(VOID)
{
    UCHAR byte = 0;

    R->result = Recurse(&byte);
}

/* A table of addresses: what the image needs relocations for. */
static VOID (*const Tests[SEH_TESTS])(VOID) = {
    [SEH_NOTHING] = TestRaiseNothing,
    [SEH_FAULT] = TestFault,
    [SEH_FAULT_WRITE] = TestFaultWrite,
    [SEH_NESTED_TRY] = TestNestedTry,
    [SEH_FINALLY_ORDER] = TestFinallyOrder,
    [SEH_FINALLY_NORMAL] = TestFinallyNormal,
    [SEH_CONTINUE] = TestContinue,
    [SEH_CONTINUE_RAISED] = TestContinueRaised,
    [SEH_RAISE] = TestRaise,
    [SEH_RAISE_BY_HOST] = TestHostCall,
    [SEH_PROBE_READ] = TestProbeRead,
    [SEH_PROBE_WRITE] = TestProbeWrite,
    [SEH_DIVIDE] = TestDivide,
    [SEH_CR8] = TestCr8,
    [SEH_SHARED_DATA] = TestSharedData,
    [SEH_SHARED_WRITE] = TestSharedWrite,
    [SEH_SHARED_UNSUPPORTED] = TestSharedUnsupported,
    [SEH_MEMCPY] = TestMemcpy,
    [SEH_MEMSET] = TestMemset,
    [SEH_REGISTERS] = TestRegisters,
    [SEH_LARGE_FRAME] = TestLargeFrame,
    [SEH_CALL] = TestCallPointer,
    [SEH_NONCANONICAL] = TestNonCanonical,
    [SEH_INT3] = TestInt3,
    [SEH_ASSERT] = TestAssert,
    [SEH_FASTFAIL] = TestFastFail,
    [SEH_PRIVILEGED] = TestPrivileged,
    [SEH_ILLEGAL] = TestIllegal,
    [SEH_TRY_IN_FILTER] = TestTryInFilter,
    [SEH_FAULT_IN_FILTER] = TestFaultInFilterOnce,
    [SEH_FAULT_IN_FINALLY] = TestFaultInFinally,
    [SEH_ENDLESS_FILTER] = TestEndlessFilter,
    [SEH_UNHANDLED] = Fault,
    [SEH_HOST_CALL] = TestHostCall,
    [SEH_STACK_OVERFLOW] = TestStackOverflow,
    [SEH_WALK] = Walk,
};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    struct seh_request *request = (struct seh_request *)DriverObject;

    UNREFERENCED_PARAMETER(RegistryPath);
    if (!request || request->magic != SEH_MAGIC || request->test >= SEH_TESTS)
        return STATUS_INVALID_PARAMETER;
    R = request;
    Tests[request->test]();
    return STATUS_SUCCESS;
}
