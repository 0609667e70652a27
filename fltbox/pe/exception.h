/*
 * Structured exception handling for code in PE images, on Linux signals.
 *
 * A fault in driver code (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP) becomes an exception that is
 * dispatched through the image's unwind data to its __except and __finally blocks, as Windows does
 * it. A host function can raise one in its caller's name. Reads of CR8 and of KUSER_SHARED_DATA
 * are answered instead. What nobody handles ends in `exception_unhandled`.
 */
#ifndef FLTBOX_EXCEPTION_H
#define FLTBOX_EXCEPTION_H

#include <stdint.h>

/*
 * Installs the signal handlers; once per process. A signal whose address lies neither in an image
 * nor below a driver's call is left to the handler that was there before.
 */
void exception_init(void);

/* Per thread, before it runs driver code: the alternate signal stack. And its release. */
void exception_thread_attach(void);
void exception_thread_detach(void);

/*
 * What nobody handled. Called on the faulting thread, in ordinary (not signal) context, with the
 * NTSTATUS code, the address of the instruction, the address that it touched (or 0), and a
 * one-per-line stack of driver frames. Must not return. Set by the executive.
 */
extern void (*exception_unhandled)(uint32_t code, const void *instruction, const void *touched,
                                   const char *frames);

#endif
