/*
 * __try and __except for native builds; on PE they are the compiler's.
 *
 *     __try {
 *         RtlCopyMemory(to, from, size);
 *     } __except (EXCEPTION_EXECUTE_HANDLER) {
 *         status = GetExceptionCode();
 *     }
 *
 * The differences from the compiler's:
 * - the stack is unwound to the __try before the filter is evaluated;
 * - a local variable that the body changes and the handler reads must be volatile;
 * - break and continue in the body leave the body, not a loop around it;
 * - a filter that answers EXCEPTION_CONTINUE_EXECUTION ends the process with a message;
 * - __finally and __leave are refused when compiling.
 */
#ifndef NT_SEH_NATIVE_H
#define NT_SEH_NATIVE_H

#include <setjmp.h>

/* It cannot know which variables the body leaves alone, and names them all. */
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Lives on the stack of the function that has the __try. */
struct nt_seh_frame {
    struct nt_seh_frame *previous; /* the thread's next outer frame; the host's */
    int entered;
    EXCEPTION_RECORD record; /* filled by the host before it jumps */
    EXCEPTION_POINTERS pointers;
    sigjmp_buf context;
};

/*
 * The host implements these three.
 *
 * nt_seh_push makes the frame the thread's innermost. An exception in the thread takes the
 * innermost frame off, fills `record` and `pointers`, and does siglongjmp(frame->context, 1).
 * nt_seh_pop takes the frame off where it is still on.
 * nt_seh_continue is given a frame whose filter did not want the exception: it goes on to the next
 * outer frame, and is unhandled where there is none. `disposition` is the filter's answer, 0 or -1.
 */
void nt_seh_push(struct nt_seh_frame *frame);
void nt_seh_pop(struct nt_seh_frame *frame);
void nt_seh_continue(struct nt_seh_frame *frame, int disposition) __attribute__((noreturn));

static __inline__ int nt_seh_enter(struct nt_seh_frame *frame)
{
    if (frame->entered)
        return 0;
    frame->entered = 1;
    nt_seh_push(frame);
    return 1;
}

static __inline__ int nt_seh_filter(struct nt_seh_frame *frame, int disposition)
{
    if (disposition <= 0)
        nt_seh_continue(frame, disposition);
    return 1;
}

#undef __try
#undef __except
#undef __finally
#undef __leave

#define __try                                                                                      \
    for (struct nt_seh_frame nt_seh_frame_ __attribute__((                                         \
             cleanup(nt_seh_pop))) = {NULL, 0, {0, 0, NULL, NULL, 0, {0}}, {NULL, NULL}, {}};      \
         nt_seh_enter(&nt_seh_frame_);)                                                            \
        if (sigsetjmp(nt_seh_frame_.context, 0) == 0)
/* clang-format off: it would take the parameter off the macro */
#define __except(filter) else if (nt_seh_filter(&nt_seh_frame_, (filter)))
/* clang-format on */
#define __finally _Static_assert(0, "__finally is not available in native builds");
#define __leave _Static_assert(0, "__leave is not available in native builds")

#define GetExceptionCode()        (nt_seh_frame_.record.ExceptionCode)
#define GetExceptionInformation() (&nt_seh_frame_.pointers)

#ifdef __cplusplus
}
#endif

#endif
