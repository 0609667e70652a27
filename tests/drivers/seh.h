/*
 * What tests/unit/test_pe_seh.c asks of seh.sys. Its entry point takes a request instead of a
 * driver object: nothing else can load it.
 */
#ifndef TESTS_DRIVERS_SEH_H
#define TESTS_DRIVERS_SEH_H

#define SEH_MAGIC 0x5345483121212121ull

enum seh_test {
    SEH_NOTHING,
    SEH_FAULT,              /* in a called function, caught */
    SEH_FAULT_WRITE,        /* at `pointer` */
    SEH_NESTED_TRY,         /* a filter that goes on searching, a finally, an outer __except */
    SEH_FINALLY_ORDER,      /* over three functions */
    SEH_FINALLY_NORMAL,     /* without an exception, left early */
    SEH_CONTINUE,           /* a filter that mends the context */
    SEH_CONTINUE_RAISED,    /* the same for what cannot be continued */
    SEH_RAISE,              /* ExRaiseStatus(`value`) */
    SEH_RAISE_BY_HOST,      /* `routine` called, which raises */
    SEH_PROBE_READ,         /* `pointer`, `size`, `value` is the alignment */
    SEH_PROBE_WRITE,        /* the same */
    SEH_DIVIDE,             /* `size` / `value` as int */
    SEH_CR8,                /* reads it into `result`, writes `value` */
    SEH_SHARED_DATA,        /* reads it in many forms */
    SEH_SHARED_WRITE,       /* which nobody may */
    SEH_SHARED_UNSUPPORTED, /* in a form that is not answered */
    SEH_MEMCPY,             /* from `pointer`, `size` */
    SEH_MEMSET,             /* at `pointer`, `size` */
    SEH_REGISTERS,          /* nonvolatile registers survive an exception */
    SEH_LARGE_FRAME,        /* so does a frame that needs __chkstk and a frame pointer */
    SEH_CALL,               /* `pointer` is called */
    SEH_NONCANONICAL,
    SEH_INT3,
    SEH_ASSERT,
    SEH_FASTFAIL,
    SEH_PRIVILEGED,
    SEH_ILLEGAL,
    SEH_TRY_IN_FILTER,    /* an exception within a filter, handled there */
    SEH_FAULT_IN_FILTER,  /* not handled there, but outside */
    SEH_FAULT_IN_FINALLY, /* while unwinding */
    SEH_ENDLESS_FILTER,   /* that faults every time */
    SEH_UNHANDLED,        /* a fault without __try */
    SEH_HOST_CALL,        /* calls `routine` with `pointer`, under __try */
    SEH_STACK_OVERFLOW,
    SEH_WALK, /* walks its own stack with the routines given */
    SEH_TESTS,
};

struct seh_request {
    unsigned long long magic;
    unsigned test; /* enum seh_test */
    unsigned code; /* out: the exception's */
    unsigned long long information[2];
    unsigned long long value, size, result;
    void *pointer, *routine;
    void *routines[3]; /* RtlCaptureContext, RtlLookupFunctionEntry, RtlVirtualUnwind */
    char trace[64];    /* out: a letter for each step, terminated */
};

#endif
