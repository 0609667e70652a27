/*
 * Signals become exceptions. The handler runs on the alternate stack for as long as it takes to
 * write down what happened on the stack that faulted; everything else runs there, after it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "pe/seh.h"

#define RED_ZONE        128u
#define STACK_NEEDED    (48u << 10)   /* to dispatch an exception, and to report it */
#define STACK_NEAR      (1024u << 10) /* an access this far below a stack is its overflow */
#define SIGNAL_STACK    (64u << 10)
#define REPORT_STACK    (256u << 10)
#define GUARD           4096u

#define TRAP_DIVIDE     0
#define TRAP_DEBUG      1
#define TRAP_BREAKPOINT 3
#define TRAP_PROTECTION 13
#define TRAP_PAGE       14
#define PAGE_WRITE      0x02
#define PAGE_FETCH      0x10

#define EFLAGS_TF       0x000100
#define EFLAGS_DF       0x000400
#define EFLAGS_AC       0x040000

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
static struct sigaction previous[NSIG];

/* Two stacks in one mapping, each above a page that cannot be touched. */
static __thread struct {
    uint8_t *mapping;
    size_t size;
    unsigned attached;
    stack_t previous;
} stacks;

/* ---- ucontext and CONTEXT ------------------------------------------------------------------ */

static const int register_index[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static void from_ucontext(const ucontext_t *uc, struct pe_context *c)
{
    const greg_t *g = uc->uc_mcontext.gregs;

    memset(c, 0, sizeof *c);
    c->flags = PE_CONTEXT_FULL;
    for (unsigned i = 0; i < 16; i++)
        c->r[i] = (uint64_t)g[register_index[i]];
    c->rip = (uint64_t)g[REG_RIP];
    c->eflags = (uint32_t)g[REG_EFL];
    c->cs = (uint16_t)g[REG_CSGSFS];
    c->gs = (uint16_t)(g[REG_CSGSFS] >> 16);
    c->fs = (uint16_t)(g[REG_CSGSFS] >> 32);
    c->ss = (uint16_t)(g[REG_CSGSFS] >> 48);
    if (uc->uc_mcontext.fpregs) {
        memcpy(&c->fx, uc->uc_mcontext.fpregs, sizeof c->fx);
        /* The kernel keeps marks of its own where fxsave leaves room; they are not the driver's. */
        memset(c->fx.reserved4, 0, sizeof c->fx.reserved4);
    }
    c->mxcsr = c->fx.mxcsr;
}

static void to_ucontext(const struct pe_context *c, ucontext_t *uc)
{
    greg_t *g = uc->uc_mcontext.gregs;

    for (unsigned i = 0; i < 16; i++)
        g[register_index[i]] = (greg_t)c->r[i];
    g[REG_RIP] = (greg_t)c->rip;
    g[REG_EFL] = (greg_t)c->eflags;
    if (uc->uc_mcontext.fpregs)
        memcpy(uc->uc_mcontext.fpregs->_xmm, c->fx.xmm, sizeof c->fx.xmm);
}

/* ---- What happened ------------------------------------------------------------------------- */

static uint32_t float_code(int si_code)
{
    switch (si_code) {
    case FPE_FLTDIV:
        return PE_STATUS_FLOAT_DIVIDE_BY_ZERO;
    case FPE_FLTOVF:
        return PE_STATUS_FLOAT_OVERFLOW;
    case FPE_FLTUND:
        return PE_STATUS_FLOAT_UNDERFLOW;
    case FPE_FLTRES:
        return PE_STATUS_FLOAT_INEXACT_RESULT;
    default:
        return PE_STATUS_FLOAT_INVALID_OPERATION;
    }
}

static void access_violation(struct exception_event *e, uint64_t kind, uint64_t address)
{
    e->record.code = PE_STATUS_ACCESS_VIOLATION;
    e->record.parameters = 2;
    e->record.information[0] = kind; /* 0 read, 1 write, 8 execute */
    e->record.information[1] = address;
}

/* A general protection fault: software interrupts, privileged instructions, bad addresses. */
static void protection_fault(struct exception_event *e)
{
    const uint8_t *pc = (const uint8_t *)(uintptr_t)e->context.rip;
    unsigned vector = pe_find(pc) && pe_find(pc + 1) && pc[0] == 0xcd ? pc[1] : 0;

    if (vector == 0x29) {
        e->record.code = PE_STATUS_STACK_BUFFER_OVERRUN;
        e->record.flags = PE_EXCEPTION_NONCONTINUABLE;
        e->record.parameters = 1;
        e->record.information[0] = e->context.r[PE_RCX];
        e->fatal = true;
        snprintf(e->note, sizeof e->note, "fast fail code %llu",
                 (unsigned long long)e->context.r[PE_RCX]);
    } else if (vector == 0x2c) {
        e->record.code = PE_STATUS_ASSERTION_FAILURE;
    } else if (vector == 0x2d) {
        e->record.code = PE_STATUS_BREAKPOINT;
    } else if (exception_is_privileged(pc)) {
        e->record.code = PE_STATUS_PRIVILEGED_INSTRUCTION;
    } else {
        access_violation(e, 0, ~UINT64_C(0)); /* the processor does not say which address */
    }
}

static void describe(struct exception_event *e, int signo, const siginfo_t *si,
                     const ucontext_t *uc)
{
    const greg_t *g = uc->uc_mcontext.gregs;
    uint64_t trap = (uint64_t)g[REG_TRAPNO], error = (uint64_t)g[REG_ERR];
    uint64_t kind = error & PAGE_FETCH ? 8 : error & PAGE_WRITE ? 1 : 0;

    switch (signo) {
    case SIGFPE:
        if (trap != TRAP_DIVIDE)
            e->record.code = float_code(si->si_code);
        else if (exception_divides_by_zero(&e->context))
            e->record.code = PE_STATUS_INTEGER_DIVIDE_BY_ZERO;
        else
            e->record.code = PE_STATUS_INTEGER_OVERFLOW;
        break;
    case SIGILL:
        e->record.code = PE_STATUS_ILLEGAL_INSTRUCTION;
        break;
    case SIGTRAP:
        e->record.code = trap == TRAP_DEBUG ? PE_STATUS_SINGLE_STEP : PE_STATUS_BREAKPOINT;
        if (trap == TRAP_BREAKPOINT) {
            e->context.rip -= 1; /* Windows reports the int3, Linux what follows */
            e->record.parameters = 1;
        }
        break;
    case SIGBUS:
        if (si->si_code == BUS_ADRALN) {
            e->record.code = PE_STATUS_DATATYPE_MISALIGNMENT;
            break;
        }
        access_violation(e, kind, (uint64_t)(uintptr_t)si->si_addr);
        e->record.code = PE_STATUS_IN_PAGE_ERROR;
        e->record.parameters = 3;
        e->record.information[2] = PE_STATUS_UNEXPECTED_IO_ERROR;
        break;
    default:
        if (trap == TRAP_PAGE)
            access_violation(e, kind, (uint64_t)g[REG_CR2]);
        else
            protection_fault(e);
    }
    e->record.address = (const void *)(uintptr_t)e->context.rip;
}

/* ---- Where it happened --------------------------------------------------------------------- */

enum place { IN_DRIVER, IN_HOST, ELSEWHERE };

static bool in_leaf(uint64_t rip)
{
    return rip >= (uint64_t)(uintptr_t)exception_leaf_begin &&
           rip < (uint64_t)(uintptr_t)exception_leaf_end;
}

/* In an image; in a function that acts for its caller in one; or by a jump to nowhere from one. */
static bool in_driver(const struct pe_context *c)
{
    const void *caller;

    if (pe_find((const void *)(uintptr_t)c->rip))
        return true;
    if (!exception_read_stack(c->r[PE_RSP], &caller, 1))
        return false;
    return pe_find(caller) != NULL;
}

static enum place place_of(const struct pe_context *c, bool fetch, uint64_t *return_slot)
{
    bool image = pe_find((const void *)(uintptr_t)c->rip) != NULL;

    if (image || ((fetch || in_leaf(c->rip)) && in_driver(c)))
        return IN_DRIVER;
    return exception_driver_below(c, return_slot) ? IN_HOST : ELSEWHERE;
}

/* ---- The handler --------------------------------------------------------------------------- */

/* As if this module were not there. */
static void leave_to_previous(int signo, siginfo_t *si, void *uc)
{
    const struct sigaction *p = &previous[signo];

    if (p->sa_flags & SA_SIGINFO && p->sa_sigaction) {
        p->sa_sigaction(signo, si, uc);
    } else if (p->sa_handler == SIG_IGN && si->si_code <= 0) {
        return;
    } else if (p->sa_handler != SIG_DFL && p->sa_handler != SIG_IGN) {
        p->sa_handler(signo);
    } else {
        signal(signo, SIG_DFL);
        if (si->si_code <= 0)
            raise(signo); /* a fault repeats itself, a signal that was sent does not */
    }
}

/*
 * Room for the event: below the red zone, and below this handler's own frames where the thread has
 * no alternate stack. On the report stack where the thread's own is used up or rsp is not in it.
 */
static struct exception_event *place_event(const struct pe_context *c, bool *overflow, bool *astray)
{
    struct exception_stack s = exception_stack_bounds();
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uint64_t sp = c->r[PE_RSP];

    *overflow = sp < s.low + STACK_NEEDED && sp + STACK_NEAR >= s.low;
    *astray = !*overflow && (sp < s.low || sp > s.high);
    if ((*overflow || *astray) && stacks.mapping)
        sp = (uint64_t)(uintptr_t)(stacks.mapping + stacks.size);
    else if (here > s.low && here <= sp)
        sp = here - SIGNAL_STACK / 4;
    return (struct exception_event *)((sp - RED_ZONE - sizeof(struct exception_event)) &
                                      ~UINT64_C(63));
}

/* Lets the thread go on in exception_dispatch. */
static void redirect(const struct exception_event *from, ucontext_t *uc)
{
    greg_t *g = uc->uc_mcontext.gregs;
    bool overflow, astray;
    struct exception_event *e = place_event(&from->context, &overflow, &astray);

    *e = *from;
    if (overflow) {
        e->record.code = PE_STATUS_STACK_OVERFLOW;
        e->fatal = true;
    } else if (astray) {
        e->fatal = true;
        snprintf(e->note, sizeof e->note, "the stack pointer 0x%llx is not in the thread's stack",
                 (unsigned long long)from->context.r[PE_RSP]);
    }
    g[REG_RIP] = (greg_t)(uintptr_t)exception_dispatch;
    g[REG_RDI] = (greg_t)(uintptr_t)e;
    g[REG_RSP] = (greg_t)((uintptr_t)e - sizeof(void *)); /* as after a call */
    *(uint64_t *)(uintptr_t)g[REG_RSP] = 0;
    g[REG_EFL] &= ~(greg_t)(EFLAGS_DF | EFLAGS_TF | EFLAGS_AC);
    if (uc->uc_mcontext.fpregs) {
        uc->uc_mcontext.fpregs->mxcsr = 0x1f80; /* the driver may have unmasked exceptions */
        uc->uc_mcontext.fpregs->cwd = 0x37f;
    }
}

static void handle(int signo, siginfo_t *si, void *context)
{
    ucontext_t *uc = context;
    const greg_t *g = uc->uc_mcontext.gregs;
    bool page = g[REG_TRAPNO] == TRAP_PAGE;
    int error = errno;
    struct exception_event e;
    enum exception_emulated emulated = NOT_OURS;
    enum place place;

    if (si->si_code <= 0 || exception_reporting) { /* sent by somebody, or past all help */
        leave_to_previous(signo, si, context);
        return;
    }
    memset(&e, 0, sizeof e);
    from_ucontext(uc, &e.context);
    place = place_of(&e.context, page && g[REG_ERR] & PAGE_FETCH, &e.return_slot);
    if (place == IN_DRIVER && signo == SIGSEGV)
        emulated = exception_emulate(&e.context, page ? (uint64_t)g[REG_CR2] : ~UINT64_C(0), e.note,
                                     sizeof e.note);
    if (emulated == EMULATED) {
        to_ucontext(&e.context, uc);
        errno = error;
        return;
    }
    e.fatal = emulated == NOT_POSSIBLE;
    if (place == IN_DRIVER && !in_leaf(e.context.rip) &&
        !pe_find((const void *)(uintptr_t)e.context.rip))
        e.context.flags |= PE_CONTEXT_NOWHERE;
    describe(&e, signo, si, uc);
    if (place != IN_DRIVER && exception_native_raise)
        exception_native_raise(e.record.code);
    if (place == ELSEWHERE)
        leave_to_previous(signo, si, context);
    else
        redirect(&e, uc);
    errno = error;
}

/* ---- Set-up -------------------------------------------------------------------------------- */

void exception_init(void)
{
    struct sigaction action = {.sa_sigaction = handle,
                               .sa_flags = SA_ONSTACK | SA_SIGINFO | SA_NODEFER};
    struct sigaction now;

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_flags & SA_SIGINFO &&
            now.sa_sigaction == handle)
            continue;
        if (sigaction(signals[i], &action, &previous[signals[i]]) < 0) {
            perror("sigaction");
            abort();
        }
    }
}

void exception_thread_attach(void)
{
    size_t minimum = (size_t)sysconf(_SC_MINSIGSTKSZ);
    size_t signal_size = SIGNAL_STACK + ((minimum + GUARD - 1) & ~(size_t)(GUARD - 1));
    stack_t stack = {0};

    if (stacks.attached++)
        return;
    exception_stack_bounds(); /* not for the first time in the handler */
    stacks.size = 2 * GUARD + signal_size + REPORT_STACK;
    stacks.mapping = mmap(NULL, stacks.size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stacks.mapping == MAP_FAILED ||
        mprotect(stacks.mapping + GUARD, signal_size, PROT_READ | PROT_WRITE) < 0 ||
        mprotect(stacks.mapping + 2 * GUARD + signal_size, REPORT_STACK, PROT_READ | PROT_WRITE) <
            0) {
        perror("cannot allocate a signal stack");
        abort();
    }
    stack.ss_sp = stacks.mapping + GUARD;
    stack.ss_size = signal_size;
    if (sigaltstack(&stack, &stacks.previous) < 0) {
        perror("sigaltstack");
        abort();
    }
}

void exception_thread_detach(void)
{
    if (!stacks.attached || --stacks.attached)
        return;
    sigaltstack(&stacks.previous, NULL);
    munmap(stacks.mapping, stacks.size);
    stacks.mapping = NULL;
}
