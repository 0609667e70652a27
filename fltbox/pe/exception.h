/*
 * Structured exception handling for code in PE images, on Linux signals.
 *
 * A fault in driver code (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP) becomes an exception that is
 * dispatched through the image's unwind data to its __except and __finally blocks, as Windows does
 * it. A host function can raise one in its caller's name. Reads of CR8 and of KUSER_SHARED_DATA
 * are answered instead. What nobody handles ends in `exception_unhandled`.
 *
 * An exception passes from callee to caller within a driver, and from the functions of memory
 * below. It does not pass through other host functions: a fault within one, or in a callback that
 * the host made, is reported and never resumes a driver with half of a host function done.
 */
#ifndef FLTBOX_EXCEPTION_H
#define FLTBOX_EXCEPTION_H

#include <stddef.h>
#include <stdint.h>

/*
 * Installs the signal handlers, for the process; again where something else took them (cmocka does
 * for each test). A signal whose address lies neither in an image nor below a driver's call is left
 * to the handler that was there before.
 */
void exception_init(void);

/* Per thread, before it runs driver code: the alternate signal stack. And its release. */
void exception_thread_attach(void);
void exception_thread_detach(void);

/*
 * What nobody handled. Called on the faulting thread, in ordinary (not signal) context, with the
 * NTSTATUS code, the address of the instruction, the address that it touched (or 0), and a
 * one-per-line stack of driver frames, to which the first line may add what the code cannot say
 * ("fast fail code 3"). The string is the caller's. Must not return. Set by the executive; without
 * it the report goes to standard error and the process ends with status 125.
 */
extern void (*exception_unhandled)(uint32_t code, const void *instruction, const void *touched,
                                   const char *frames);

/*
 * For a signal handler, of the thread that it interrupted: the address at which that is in a
 * driver, or to which it will return there; NULL where neither can be found. `context` is the
 * handler's third argument.
 */
const void *exception_interrupted_in(const void *context);

/* ---- Set by the executive; each may stay NULL ---------------------------------------------- */

/*
 * CR8 as drivers read and write it. NULL: a privileged instruction. Called in a signal handler of
 * a fault in driver code.
 */
extern uint8_t (*exception_get_irql)(void);
extern void (*exception_set_irql)(uint8_t irql);

/*
 * A page laid out as KUSER_SHARED_DATA, current: what a driver reads at 0xFFFFF78000000000. NULL:
 * an access violation. Called as above, so it must not take a lock or allocate.
 */
extern const void *(*exception_shared_page)(void);

/*
 * For drivers that are compiled natively: goes (siglongjmp) to the innermost handler frame of the
 * calling thread, or returns 0 where there is none. Tried first where the code that faults or
 * raises is in no image. May be called in a signal handler.
 */
extern int (*exception_native_raise)(uint32_t code);

/* ---- Given to drivers ---------------------------------------------------------------------- */

/*
 * What ntoskrnl.exe exports and this module implements, ends with a NULL name: ExRaiseStatus,
 * ExRaiseAccessViolation, ExRaiseDatatypeMisalignment, ProbeForRead, ProbeForWrite,
 * RtlCaptureContext, RtlLookupFunctionEntry, RtlVirtualUnwind, RtlUnwind, RtlUnwindEx,
 * RtlPcToFileHeader, __C_specific_handler, __chkstk, and the functions of memory and strings
 * below. Prototypes of the documented ones are in the NT headers; here each is only an address.
 */
struct exception_export {
    const char *name;
    void *target;
};
extern const struct exception_export exception_exports[];

/*
 * memcpy and its like for drivers: a bad pointer faults in the caller's name, so that its __except
 * sees it, as on Windows.
 */
#define EXCEPTION_LEAF __attribute__((ms_abi))
EXCEPTION_LEAF void *nt_memcpy(void *to, const void *from, size_t size);
EXCEPTION_LEAF void *nt_memmove(void *to, const void *from, size_t size);
EXCEPTION_LEAF void *nt_memset(void *to, int value, size_t size);
EXCEPTION_LEAF int nt_memcmp(const void *a, const void *b, size_t size);
EXCEPTION_LEAF size_t nt_compare_memory(const void *a, const void *b, size_t size);
EXCEPTION_LEAF size_t nt_strlen(const char *);
EXCEPTION_LEAF size_t nt_wcslen(const uint16_t *);

#endif
