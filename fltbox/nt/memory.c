/* Memory descriptor lists and addresses. All memory is resident and of one process here. */
#include "executive.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096

/* Where Windows draws the lines on x64. Everything in this process lies below them. */
PVOID MmHighestUserAddress = (PVOID)0x7ffffffeffff;
PVOID MmSystemRangeStart = (PVOID)0xffff800000000000;
ULONG_PTR MmUserProbeAddress = 0x7fffffff0000;

static size_t pages_of(PVOID address, size_t length)
{
    return (((uintptr_t)address & (PAGE - 1)) + length + PAGE - 1) / PAGE;
}

PMDL NTAPI IoAllocateMdl(PVOID address, ULONG length, BOOLEAN secondary, BOOLEAN charge, PIRP irp)
{
    size_t size = sizeof(MDL) + pages_of(address, length) * sizeof(PFN_NUMBER);
    PMDL mdl;

    (void)charge;
    IRQL_AT_MOST(DISPATCH_LEVEL);
    mdl = nt_pool_allocate(CALLER, POOL_FLAG_NON_PAGED, size, TAG('M', 'd', 'l', ' '));
    if (mdl == NULL)
        return NULL;
    mdl->Size = (CSHORT)(size <= INT16_MAX ? size : INT16_MAX);
    mdl->StartVa = (PVOID)((uintptr_t)address & ~(uintptr_t)(PAGE - 1));
    mdl->ByteOffset = (ULONG)((uintptr_t)address & (PAGE - 1));
    mdl->ByteCount = length;
    if (irp != NULL) {
        PMDL *last = &irp->MdlAddress;

        while (secondary && *last != NULL)
            last = &(*last)->Next;
        *last = mdl;
    }
    return mdl;
}

VOID NTAPI IoFreeMdl(PMDL mdl)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    if (mdl->MdlFlags & MDL_PAGES_LOCKED)
        nt_bug_check(0x76 /* PROCESS_HAS_LOCKED_PAGES */, "MDL %p freed while its pages are locked",
                     (void *)mdl);
    nt_pool_free(mdl);
}

VOID NTAPI MmBuildMdlForNonPagedPool(PMDL mdl)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    mdl->MappedSystemVa = (uint8_t *)mdl->StartVa + mdl->ByteOffset;
    mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
}

/* Reads, or writes back, a byte of each page through the kernel, which does not fault. */
static bool accessible(const uint8_t *address, size_t length)
{
    size_t page, last = pages_of((PVOID)address, length);

    for (page = 0; page < last; page++) {
        uint8_t byte;
        const uint8_t *at =
            page == 0 ? address
                      : (const uint8_t *)(((uintptr_t)address & ~(PAGE - 1ul)) + page * PAGE);
        struct iovec to = {&byte, 1}, from = {(void *)at, 1};

        if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != 1)
            return false;
    }
    return true;
}

VOID NTAPI MmProbeAndLockPages(PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation)
{
    const uint8_t *address = (const uint8_t *)mdl->StartVa + mdl->ByteOffset;

    (void)mode;
    IRQL_AT_MOST(DISPATCH_LEVEL);
    if (!accessible(address, mdl->ByteCount))
        nt_raise(STATUS_ACCESS_VIOLATION);
    mdl->MdlFlags |= MDL_PAGES_LOCKED;
    if (operation != IoReadAccess)
        mdl->MdlFlags |= MDL_WRITE_OPERATION;
    mdl->Process = (void *)IoGetCurrentProcess();
}

VOID NTAPI MmUnlockPages(PMDL mdl)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    if (!(mdl->MdlFlags & MDL_PAGES_LOCKED))
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "MDL %p unlocked; its pages are not locked", (void *)mdl);
    mdl->MdlFlags &= (CSHORT) ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION | MDL_MAPPED_TO_SYSTEM_VA);
    mdl->Process = NULL;
}

PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL mdl, KPROCESSOR_MODE mode, MEMORY_CACHING_TYPE cache,
                                         PVOID requested, ULONG bug_check, ULONG priority)
{
    (void)mode;
    (void)cache;
    (void)requested;
    (void)bug_check;
    (void)priority;
    /* The pages are in the address space already, where they are. */
    mdl->MappedSystemVa = (uint8_t *)mdl->StartVa + mdl->ByteOffset;
    mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
    return mdl->MappedSystemVa;
}

VOID NTAPI MmUnmapLockedPages(PVOID address, PMDL mdl)
{
    if (address != mdl->MappedSystemVa)
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "MDL %p unmapped from %p; it is mapped at %p", (void *)mdl, address,
                     mdl->MappedSystemVa);
    mdl->MdlFlags &= (CSHORT)~MDL_MAPPED_TO_SYSTEM_VA;
}

BOOLEAN NTAPI MmIsAddressValid(PVOID address)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return accessible(address, 1);
}

PVOID NTAPI MmGetSystemRoutineAddress(PUNICODE_STRING name)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    for (const struct nt_export *e = nt_exports; e->module != NULL; e++) {
        size_t i = 0, count = name->Length / sizeof(wchar_t);

        while (i < count && e->name[i] != '\0' && name->Buffer[i] == (unsigned char)e->name[i])
            i++;
        if (i == count && e->name[i] == '\0')
            return e->target;
    }
    return NULL;
}
