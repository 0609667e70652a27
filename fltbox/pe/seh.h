/*
 * Between the files of structured exception handling.
 *
 * The way of a fault: signal.c turns the signal into a context and a record on the stack that
 * faulted and continues in exception_dispatch there; dispatch.c walks the frames through unwind.c,
 * calls their handlers, and ends in exception_resume or exception_unhandled.
 */
#ifndef FLTBOX_PE_SEH_H
#define FLTBOX_PE_SEH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pe/exception.h"
#include "pe/format.h"
#include "pe/pe.h"

#define EXCEPTION_MS_ABI __attribute__((ms_abi))

/* An exception on its way from where it happened. Lies on the stack of the thread that it is in. */
struct exception_event {
    struct pe_context context;
    struct pe_exception_record record;
    char note[256];       /* a line of its own in the report, or empty */
    bool fatal;           /* not to be offered to handlers */
    uint64_t return_slot; /* not 0: in host code, for the driver's call that returns through it */
};

/*
 * A call from the host into a driver's filter, termination handler or language handler, made while
 * an exception is dispatched. Frames of the host have no unwind data that the walk could use; where
 * it meets such a call, it goes on from here.
 */
struct exception_call {
    const struct pe_context *context; /* first phase: where the exception happened */
    struct pe_dispatcher *dispatcher; /* second phase: the frame that is being unwound, else NULL */
};

/* ---- raise.S ------------------------------------------------------------------------------- */

/* Calls fn(a, b, c, d) in Windows' convention so that a walk finds `call`. */
uint64_t exception_invoke(struct exception_call *call, const void *fn, uint64_t a, uint64_t b,
                          uint64_t c, uint64_t d);
/* The address to which fn returns; at it, rsp + 0x28 holds `call`. */
extern const char exception_invoke_return[];

/* Loads every register. */
_Noreturn void exception_resume(const struct pe_context *);

/* leaf.S: from here to there, functions keep rsp as at entry and rdi, rsi in r10, r11. */
extern const char exception_leaf_begin[], exception_leaf_end[];

/* ---- unwind.c ------------------------------------------------------------------------------ */

/* The bounds of the calling thread's stack. */
struct exception_stack {
    uintptr_t low, high;
};
struct exception_stack exception_stack_bounds(void);

/* Copies 8-byte words from it; false where they are not all in it. */
bool exception_read_stack(uint64_t address, void *to, size_t words);

enum exception_step {
    STEP_FRAME,   /* a frame of an image: *dispatcher describes it, *context is its caller's */
    STEP_LEAF,    /* the same, without unwind data */
    STEP_CALL,    /* a call that a dispatcher made; *call is it, *context is unchanged */
    STEP_OUTSIDE, /* not in an image */
    STEP_BROKEN,  /* the stack or the unwind data make no sense */
};

/*
 * One frame up. `handler_flag` (PE_UNWIND_EHANDLER or _UHANDLER) selects the language handler to
 * report; NULL where the frame has none or is in its prologue or epilogue.
 */
enum exception_step exception_step(struct pe_context *context, unsigned handler_flag,
                                   struct pe_dispatcher *dispatcher, struct exception_call **call);

/* The same for a frame that is known: undoes `function` at `pc`. */
bool exception_unwind_frame(const struct pe_image *, const struct pe_function *, uint64_t pc,
                            unsigned handler_flag, struct pe_context *, uint64_t *frame,
                            void **handler, const void **handler_data);

/* ---- dispatch.c ---------------------------------------------------------------------------- */

/* Offers it to the handlers. */
_Noreturn void exception_dispatch(struct exception_event *);

/*
 * Leaves all frames from `from` up to the one whose establisher is `frame` through their
 * termination handlers, and goes on there at `ip` with `value` in rax. `record` may be NULL.
 */
_Noreturn void exception_unwind(const struct pe_context *from, uint64_t frame, uint64_t ip,
                                struct pe_exception_record *record, uint64_t value);

/* ---- scope.c ------------------------------------------------------------------------------- */

/* __C_specific_handler */
EXCEPTION_MS_ABI uint32_t exception_c_handler(struct pe_exception_record *, uint64_t frame,
                                              struct pe_context *, struct pe_dispatcher *);

/* ---- report.c ------------------------------------------------------------------------------ */

/* The thread is reporting an exception: another one now would be reported without end. */
extern __thread bool exception_reporting;

/* Ends in exception_unhandled with the driver's frames from `context` up. */
_Noreturn void exception_give_up(const struct pe_exception_record *, const struct pe_context *,
                                 const char *note);

/* A fault or raise in the host's own code at `context`. False: no driver called it. */
bool exception_driver_below(const struct pe_context *, uint64_t *return_slot);
_Noreturn void exception_give_up_host(const struct pe_exception_record *, const struct pe_context *,
                                      uint64_t return_slot, const char *note);

/* ---- emulate.c ----------------------------------------------------------------------------- */

enum exception_emulated {
    EMULATED,     /* the context has its effect */
    NOT_OURS,     /* an exception after all */
    NOT_POSSIBLE, /* ours to answer, but not in this form; `note` names the instruction */
};

/* An instruction that faulted; `touched` is the address, or ~0 where the fault has none. */
enum exception_emulated exception_emulate(struct pe_context *, uint64_t touched, char *note,
                                          size_t note_size);

/* What kind of general protection or divide fault the instruction at `pc` made. */
bool exception_is_privileged(const void *pc);
bool exception_divides_by_zero(const struct pe_context *);

#endif
