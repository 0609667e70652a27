/* Processor blocks, the current thread, IRQL, critical regions. */
#include "executive.h"
#include "../pe/exception.h"

#include <asm/prctl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Offsets in the KPCR of x64 that compilers and drivers rely on. */
enum {
    PCR_SELF = 0x18,
    PCR_CURRENT_PRCB = 0x20,
    PCR_IRQL = 0x50,
    PCR_PRCB = 0x180,
    PCR_CURRENT_THREAD = 0x188,
};

__thread struct nt_cpu *nt_current_cpu;

static void set_thread(struct nt_cpu *cpu, PETHREAD thread)
{
    cpu->thread = thread;
    memcpy(cpu->pcr + PCR_CURRENT_THREAD, &thread, sizeof(thread));
}

static void write_pointer(struct nt_cpu *cpu, size_t offset, const void *value)
{
    memcpy(cpu->pcr + offset, &value, sizeof(value));
}

/* With Windows' convention, as this and the next keep every caller that has it from saving ten
   vector registers, though they are hardly ever called. */
void NTAPI nt_thread_attach(void)
{
    struct nt_cpu *cpu = nt_current_cpu;

    if (cpu != NULL)
        return;
    cpu = aligned_alloc(64, (sizeof(*cpu) + 63) / 64 * 64);
    if (cpu == NULL)
        abort();
    memset(cpu, 0, sizeof(*cpu));
    write_pointer(cpu, PCR_SELF, cpu->pcr);
    write_pointer(cpu, PCR_CURRENT_PRCB, cpu->pcr + PCR_PRCB);
    cpu->own_thread = nt_thread_create(PsInitialSystemProcess, (uint32_t)syscall(SYS_gettid), true);
    set_thread(cpu, cpu->own_thread);
    if (syscall(SYS_arch_prctl, ARCH_SET_GS, cpu->pcr) != 0)
        abort();
    nt_current_cpu = cpu;
    nt_hurry_add(cpu);
    exception_thread_attach();
}

void nt_thread_detach(void)
{
    struct nt_cpu *cpu = nt_current_cpu;

    if (cpu == NULL)
        return;
    exception_thread_detach();
    nt_hurry_remove(cpu);
    syscall(SYS_arch_prctl, ARCH_SET_GS, 0L);
    nt_current_cpu = NULL;
    nt_object_dereference(cpu->own_thread);
    free(cpu);
}

struct nt_context nt_context_enter(PETHREAD thread, uint64_t clock)
{
    struct nt_cpu *cpu;
    struct nt_context previous;

    nt_thread_attach();
    cpu = nt_current_cpu;
    previous.thread = cpu->thread;
    previous.clock = cpu->clock;
    set_thread(cpu, thread);
    cpu->clock = clock;
    return previous;
}

void nt_context_leave(struct nt_context previous)
{
    set_thread(nt_current_cpu, previous.thread);
    nt_current_cpu->clock = previous.clock;
}

void nt_context_set_clock(uint64_t clock)
{
    nt_current_cpu->clock = clock;
}

PETHREAD nt_current_thread(void)
{
    if (nt_current_cpu == NULL)
        nt_thread_attach();
    return nt_current_cpu->thread;
}

/* ---- IRQL ---------------------------------------------------------------------------------- */

KIRQL nt_irql_set(KIRQL irql)
{
    KIRQL old;

    if (nt_current_cpu == NULL)
        nt_thread_attach();
    old = nt_current_cpu->irql;
    nt_current_cpu->irql = irql;
    nt_current_cpu->pcr[PCR_IRQL] = irql;
    return old;
}

void NTAPI nt_irql_too_high(KIRQL most, const char *function)
{
    nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                 "%s called at IRQL %u; it may be called at IRQL %u and below", function, nt_irql(),
                 most);
}

KIRQL NTAPI KeGetCurrentIrql(void)
{
    return nt_irql();
}

KIRQL NTAPI KfRaiseIrql(KIRQL irql)
{
    if (irql < nt_irql())
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "KeRaiseIrql to %u from the higher %u", irql, nt_irql());
    return nt_irql_set(irql);
}

KIRQL NTAPI KeRaiseIrqlToDpcLevel(void)
{
    return KfRaiseIrql(DISPATCH_LEVEL);
}

void NTAPI KeLowerIrql(KIRQL irql)
{
    if (irql > nt_irql())
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "KeLowerIrql to %u from the lower %u", irql, nt_irql());
    nt_irql_set(irql);
}

/* ---- Critical and guarded regions ---------------------------------------------------------- */

void NTAPI KeEnterCriticalRegion(void)
{
    IRQL_AT_MOST(APC_LEVEL);
    nt_current_thread()->kernel_apc_disable--;
}

void NTAPI KeLeaveCriticalRegion(void)
{
    PETHREAD thread = nt_current_thread();

    IRQL_AT_MOST(APC_LEVEL);
    if (thread->kernel_apc_disable == 0)
        nt_bug_check(BUGCHECK_APC_INDEX_MISMATCH,
                     "KeLeaveCriticalRegion without KeEnterCriticalRegion");
    thread->kernel_apc_disable++;
}

void NTAPI KeEnterGuardedRegion(void)
{
    IRQL_AT_MOST(APC_LEVEL);
    nt_current_thread()->special_apc_disable--;
}

void NTAPI KeLeaveGuardedRegion(void)
{
    PETHREAD thread = nt_current_thread();

    IRQL_AT_MOST(APC_LEVEL);
    if (thread->special_apc_disable == 0)
        nt_bug_check(BUGCHECK_APC_INDEX_MISMATCH,
                     "KeLeaveGuardedRegion without KeEnterGuardedRegion");
    thread->special_apc_disable++;
}

long nt_regions(void)
{
    const struct _KTHREAD *thread = nt_current_cpu->thread;

    return -(thread->kernel_apc_disable + thread->special_apc_disable);
}

BOOLEAN NTAPI KeAreApcsDisabled(void)
{
    PETHREAD thread = nt_current_thread();

    IRQL_AT_MOST(DISPATCH_LEVEL);
    return thread->kernel_apc_disable != 0 || thread->special_apc_disable != 0;
}

BOOLEAN NTAPI KeAreAllApcsDisabled(void)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return nt_current_thread()->special_apc_disable != 0 || nt_irql() >= APC_LEVEL;
}

/* ---- Processors ---------------------------------------------------------------------------- */

ULONG NTAPI KeQueryActiveProcessorCount(PKAFFINITY active)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    if (count < 1)
        count = 1;
    if (count > 64)
        count = 64; /* of one group, as documented */
    if (active != NULL)
        *active = count == 64 ? ~(KAFFINITY)0 : ((KAFFINITY)1 << count) - 1;
    return (ULONG)count;
}

ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT group)
{
    return group == 0 || group == 0xffff ? KeQueryActiveProcessorCount(NULL) : 0;
}

ULONG NTAPI KeQueryMaximumProcessorCountEx(USHORT group)
{
    return KeQueryActiveProcessorCountEx(group);
}

ULONG NTAPI KeQueryMaximumProcessorCount(void)
{
    return KeQueryActiveProcessorCount(NULL);
}

KAFFINITY NTAPI KeQueryActiveProcessors(void)
{
    KAFFINITY active;

    KeQueryActiveProcessorCount(&active);
    return active;
}

ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER number)
{
    ULONG cpu = (ULONG)sched_getcpu() % KeQueryActiveProcessorCount(NULL);

    if (number != NULL)
        *number = (PROCESSOR_NUMBER){.Number = (UCHAR)cpu};
    return cpu;
}

/* ---- Stacks -------------------------------------------------------------------------------- */

void NTAPI IoGetStackLimits(PULONG_PTR low, PULONG_PTR high)
{
    pthread_attr_t attributes;
    void *address = NULL;
    size_t size = 0;

    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &address, &size);
        pthread_attr_destroy(&attributes);
    }
    *low = (ULONG_PTR)address;
    *high = (ULONG_PTR)address + size;
}

ULONG_PTR NTAPI IoGetRemainingStackSize(void)
{
    ULONG_PTR low, high;

    IoGetStackLimits(&low, &high);
    return (ULONG_PTR)__builtin_frame_address(0) - low;
}
