/*
 * Structured exception handling: seh.sys raises every kind of exception and says, a letter for each
 * step, what its filters and handlers saw.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <pthread.h>
#include <cmocka.h>

#include "pe/exception.h"
#include "pe/pe.h"
#include "tests/drivers/seh.h"

#define MS_ABI __attribute__((ms_abi))

static struct pe_image *image;
static uint8_t irql = 1;
static uint8_t *pages; /* a page that can be read, one that cannot be touched */

static void *resolve(void *context, const char *module, const char *name, bool *is_data)
{
    (void)context;
    *is_data = false;
    if (strcasecmp(module, "ntoskrnl.exe") != 0)
        return NULL;
    for (const struct exception_export *e = exception_exports; e->name; e++)
        if (strcmp(e->name, name) == 0)
            return e->target;
    return NULL;
}

static void *export(const char *name)
{
    bool is_data;
    void *target = resolve(NULL, "ntoskrnl.exe", name, &is_data);

    assert_non_null(target);
    return target;
}

static uint8_t get_irql(void)
{
    return irql;
}

static void set_irql(uint8_t value)
{
    irql = value;
}

static const void *shared_page(void)
{
    static uint8_t page[4096];

    for (size_t i = 0; i < sizeof page; i++)
        page[i] = (uint8_t)i;
    return page;
}

static int set_up(void **state)
{
    char *error, *path;

    (void)state;
    assert_non_null(getenv("FT_TEST_DRIVERS"));
    assert_true(asprintf(&path, "%s/seh.sys", getenv("FT_TEST_DRIVERS")) > 0);
    image = pe_load(path, resolve, NULL, true, &error);
    if (!image)
        fail_msg("%s", error);
    free(path);
    pages = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages, 4096, PROT_READ), 0);
    exception_thread_attach();
    exception_get_irql = get_irql;
    exception_set_irql = set_irql;
    exception_shared_page = shared_page;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    exception_thread_detach();
    pe_unload(image);
    munmap(pages, 8192);
    return 0;
}

static uint32_t request(struct seh_request *r)
{
    uint32_t MS_ABI (*entry)(struct seh_request *, void *) =
        (uint32_t MS_ABI(*)(struct seh_request *, void *))image->entry;

    exception_init(); /* cmocka took the signals */
    r->magic = SEH_MAGIC;
    return entry(r, NULL);
}

/* Runs a test and compares what was caught and in which order. */
static struct seh_request run(struct seh_request r, uint32_t code, const char *trace)
{
    assert_int_equal(request(&r), 0);
    assert_string_equal(r.trace, trace);
    assert_int_equal(r.code, code);
    return r;
}

#define RUN(code, trace, ...) run((struct seh_request){__VA_ARGS__}, code, trace)

/* ---- What is handled ----------------------------------------------------------------------- */

static void a_fault_is_caught(void **state)
{
    struct seh_request r;

    (void)state;
    r = RUN(0xc0000005, "e", .test = SEH_FAULT);
    assert_int_equal(r.result, 7);
    assert_int_equal(r.information[0], 1);
    assert_int_equal(r.information[1], 0x10);
    r = RUN(0xc0000005, "e", .test = SEH_FAULT_WRITE, .pointer = pages + 4096);
    assert_int_equal(r.information[0], 1);
    assert_ptr_equal(r.information[1], pages + 4096);
    r = RUN(0xc0000005, "e", .test = SEH_NONCANONICAL);
    assert_int_equal(r.information[1], -1);
    for (int i = 0; i < 1000; i++) /* nothing is used up */
        RUN(0xc0000005, "e", .test = SEH_FAULT);
}

static void handlers_run_in_order(void **state)
{
    (void)state;
    RUN(0xc0000005, "sfe", .test = SEH_NESTED_TRY);
    RUN(0xc0000005, "x321en", .test = SEH_FINALLY_ORDER);
    RUN(0, "afz", .test = SEH_FINALLY_NORMAL);
}

static void a_filter_can_continue(void **state)
{
    struct seh_request r;

    (void)state;
    r = RUN(0, "mc", .test = SEH_CONTINUE);
    assert_int_equal(r.result, 42);
}

static void the_host_can_raise(void **state)
{
    (void)state;
    RUN(0xc0000022, "e", .test = SEH_RAISE, .value = 0xc0000022);
    RUN(0xc0000005, "e", .test = SEH_RAISE_BY_HOST, .routine = export("ExRaiseAccessViolation"));
    RUN(0x80000002, "e", .test = SEH_RAISE_BY_HOST,
        .routine = export("ExRaiseDatatypeMisalignment"));
}

static void probes_raise(void **state)
{
    struct seh_request r;

    (void)state;
    for (unsigned test = SEH_PROBE_READ; test <= SEH_PROBE_WRITE; test++) {
        uint8_t buffer[10000] = {1, 2, 3};
        RUN(0, "p", .test = test, .pointer = buffer + 1, .size = 9000, .value = 1);
        assert_int_equal(buffer[1], 2);
        RUN(0, "p", .test = test, .pointer = (void *)3, .size = 0, .value = 4);
        RUN(0x80000002, "e", .test = test, .pointer = (void *)0x10002, .size = 8, .value = 4);
        RUN(0xc0000005, "e", .test = test, .pointer = (void *)0xffff800000000000, .size = 1,
            .value = 1);
        /* A thread's own stack may lie there, and is let through. */
        if ((uintptr_t)buffer < 0x7fffff000000)
            RUN(0xc0000005, "e", .test = test, .pointer = (void *)0x7fffffff0000, .size = 1,
                .value = 1);
        RUN(0xc0000005, "e", .test = test, .pointer = (void *)0x7ffffffff000, .size = 1,
            .value = 1);
        RUN(0xc0000005, "e", .test = test, .pointer = (void *)0x10000, .size = -1ull, .value = 1);
    }
    RUN(0, "p", .test = SEH_PROBE_READ, .pointer = pages, .size = 8192, .value = 1);
    r = RUN(0xc0000005, "e", .test = SEH_PROBE_WRITE, .pointer = pages, .size = 1, .value = 1);
    assert_int_equal(r.information[0], 1);
    assert_ptr_equal(r.information[1], pages);
}

static void kinds_are_told_apart(void **state)
{
    struct seh_request r;

    (void)state;
    RUN(0xc0000094, "e", .test = SEH_DIVIDE, .size = 1, .value = 0);
    RUN(0xc0000095, "e", .test = SEH_DIVIDE, .size = 0x80000000, .value = 0xffffffff);
    r = RUN(0, "d", .test = SEH_DIVIDE, .size = 12, .value = 4);
    assert_int_equal(r.result, 3);
    RUN(0x80000003, "e", .test = SEH_INT3);
    RUN(0xc0000420, "e", .test = SEH_ASSERT);
    RUN(0xc0000096, "e", .test = SEH_PRIVILEGED);
    RUN(0xc000001d, "e", .test = SEH_ILLEGAL);
    r = RUN(0xc0000005, "e", .test = SEH_CALL, .pointer = NULL);
    assert_int_equal(r.information[0], 8);
    r = RUN(0xc0000005, "e", .test = SEH_CALL, .pointer = pages);
    assert_int_equal(r.information[0], 8);
    assert_ptr_equal(r.information[1], pages);
}

static void cr8_is_the_irql(void **state)
{
    struct seh_request r;

    (void)state;
    r = RUN(0, "", .test = SEH_CR8, .value = 2);
    assert_int_equal(r.result, 1);
    assert_int_equal(irql, 2);
    r = RUN(0, "", .test = SEH_CR8, .value = 0);
    assert_int_equal(r.result, 2);
}

static void shared_data_is_read(void **state)
{
    struct seh_request r;

    (void)state;
    RUN(0, "123456789abc", .test = SEH_SHARED_DATA);
    r = RUN(0xc0000005, "e", .test = SEH_SHARED_WRITE);
    assert_int_equal(r.information[0], 1);
    assert_true(r.information[1] == 0xfffff78000000014);
}

static void memory_functions_fault_for_their_caller(void **state)
{
    struct seh_request r;

    (void)state;
    RUN(0, "c", .test = SEH_MEMCPY, .pointer = pages, .size = 4096);
    for (size_t size = 1; size <= 200; size += 7) {
        r = RUN(0xc0000005, "e", .test = SEH_MEMCPY, .pointer = pages + 4097 - size, .size = size);
        assert_int_equal(r.information[0], 0);
        assert_ptr_equal(r.information[1], pages + 4096);
        r = RUN(0xc0000005, "e", .test = SEH_MEMSET, .pointer = pages, .size = size);
        assert_int_equal(r.information[0], 1);
    }
}

static void frames_and_registers_survive(void **state)
{
    struct seh_request r;

    (void)state;
    r = RUN(0xc0000005, "e", .test = SEH_REGISTERS);
    assert_int_equal(r.result, 1);
    RUN(0xc0000005, "fek", .test = SEH_LARGE_FRAME);
}

static void handlers_may_fault(void **state)
{
    (void)state;
    RUN(0xc0000005, "ie", .test = SEH_TRY_IN_FILTER);
    RUN(0xc0000225, "xxfe", .test = SEH_FAULT_IN_FILTER);
    RUN(0xc0000225, "12e", .test = SEH_FAULT_IN_FINALLY);
}

static void a_driver_can_walk_its_stack(void **state)
{
    struct seh_request r;

    (void)state;
    r = RUN(0, "", .test = SEH_WALK,
            .routines = {export("RtlCaptureContext"), export("RtlLookupFunctionEntry"),
                         export("RtlVirtualUnwind")});
    assert_true(r.result >= 1 && r.result <= 3);
    assert_null(pe_find((void *)(uintptr_t)r.value)); /* it ended in this program */
}

static void *on_a_thread(void *argument)
{
    exception_thread_attach();
    for (int i = 0; i < 300; i++) {
        RUN(0xc0000022, "e", .test = SEH_RAISE, .value = 0xc0000022);
        RUN(0xc0000094, "e", .test = SEH_DIVIDE, .size = 1, .value = 0);
    }
    exception_thread_detach();
    return argument;
}

static void threads_have_stacks_of_their_own(void **state)
{
    pthread_t thread;

    /* One at a time: the driver keeps its request in a variable. */
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&thread, NULL, on_a_thread, NULL), 0);
        pthread_join(thread, NULL);
    }
}

/* ---- What is not --------------------------------------------------------------------------- */

static void report(uint32_t code, const void *instruction, const void *touched, const char *frames)
{
    char where[256];

    fprintf(stderr, "code %08x at %s touched %p\n%s", code,
            pe_describe(instruction, where, sizeof where), touched, frames);
    _exit(125);
}

/* Runs a test in a child; its report. */
static char *report_of(struct seh_request r)
{
    static char text[8192];
    size_t used = 0;
    int status, fds[2];
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(fds[1], STDERR_FILENO);
        alarm(20);
        exception_unhandled = report;
        request(&r);
        _exit(1);
    }
    close(fds[1]);
    while ((n = read(fds[0], text + used, sizeof text - 1 - used)) > 0)
        used += (size_t)n;
    text[used] = 0;
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 125)
        fail_msg("status 0x%x, said: %s", status, text);
    return text;
}

#define REPORT(...) report_of((struct seh_request){__VA_ARGS__})

static void assert_says(const char *text, const char *what)
{
    if (!strstr(text, what))
        fail_msg("no '%s' in: %s", what, text);
}

static void the_unhandled_is_reported(void **state)
{
    char *text;

    (void)state;
    text = REPORT(.test = SEH_UNHANDLED);
    assert_says(text, "code c0000005 at seh.sys+0x");
    assert_says(text, "touched 0x10\nseh.sys+0x");
    assert_says(text, "(DriverEntry+0x");
    text = REPORT(.test = SEH_FASTFAIL);
    assert_says(text, "code c0000409");
    assert_says(text, "fast fail code 3\n");
    text = REPORT(.test = SEH_SHARED_UNSUPPORTED);
    assert_says(text, "this form of reading KUSER_SHARED_DATA (at 0xfffff78000000010) is not "
                      "supported: fld ");
    text = REPORT(.test = SEH_CONTINUE_RAISED);
    assert_says(text, "code c0000025");
    text = REPORT(.test = SEH_ENDLESS_FILTER);
    assert_says(text, "endless nesting of exception 0xc0000225");
    assert_says(text, "while handling an exception at\n");
}

static void an_overflow_of_the_stack_is_reported(void **state)
{
    char *text;

    (void)state;
    text = REPORT(.test = SEH_STACK_OVERFLOW);
    assert_says(text, "code c00000fd at seh.sys+0x");
    assert_says(text, "...\n");
}

static MS_ABI void fault_in_host(volatile int *p)
{
    *p = 1;
}

static MS_ABI void call_back(void *r)
{
    struct seh_request inner = {.test = SEH_UNHANDLED};

    (void)r;
    request(&inner);
}

static void faults_of_the_host_are_not_the_drivers(void **state)
{
    char *text;

    (void)state;
    text = REPORT(.test = SEH_HOST_CALL, .routine = fault_in_host, .pointer = (void *)0x30);
    assert_says(text, "touched 0x30\nin host function ");
    assert_says(text, ", called from seh.sys+0x");
    assert_says(text, "(DriverEntry+0x");
    /* The driver's __except is below a host function that is not done. */
    text = REPORT(.test = SEH_HOST_CALL, .routine = call_back);
    assert_says(text, "code c0000005 at seh.sys+0x");
}

/* ---- Native code --------------------------------------------------------------------------- */

static sigjmp_buf native_frame;
static volatile uint32_t native_code;

static int native_raise(uint32_t code)
{
    native_code = code;
    siglongjmp(native_frame, 1);
}

static int no_native_frame(uint32_t code)
{
    native_code = code;
    return 0;
}

static void native_code_has_its_own_frames(void **state)
{
    void MS_ABI (*raise_status)(uint32_t) = (void MS_ABI (*)(uint32_t)) export("ExRaiseStatus");

    (void)state;
    exception_init();
    exception_native_raise = native_raise;
    if (sigsetjmp(native_frame, 0) == 0)
        raise_status(0xc0000022);
    assert_int_equal(native_code, 0xc0000022);
    for (volatile int i = 0; i < 3; i++) {
        native_code = 0;
        if (sigsetjmp(native_frame, 0) == 0)
            nt_memcpy(pages + 4096, pages, 10);
        assert_int_equal(native_code, 0xc0000005);
    }
    exception_native_raise = NULL;
}

static void own_handler(int signo)
{
    _exit(signo);
}

static void other_faults_are_left_alone(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    for (int sent = 0; sent < 2; sent++) {
        pid = fork();
        if (pid == 0) {
            signal(SIGSEGV, own_handler);
            exception_init();
            exception_native_raise = no_native_frame;
            if (sent)
                raise(SIGSEGV);
            else
                *(volatile int *)(pages + 4096) = 1;
            _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == SIGSEGV);
    }
}

/* ---- Memory functions ---------------------------------------------------------------------- */

static void memory_functions_work(void **state)
{
    static uint8_t a[1400], b[400], expected[1400];

    (void)state;
    for (size_t size = 0; size < 1100; size += size < 150 ? 1 : 237)
        for (size_t from = 0; from < 100; from += 9)
            for (size_t to = 0; to < 100; to += 11) {
                for (size_t i = 0; i < sizeof a; i++)
                    a[i] = expected[i] = (uint8_t)(i * 7);
                memmove(expected + to, expected + from, size);
                assert_ptr_equal(nt_memmove(a + to, a + from, size), a + to);
                assert_memory_equal(a, expected, sizeof a);
            }
    for (size_t size = 0; size < 40; size++) {
        memset(b, 1, sizeof b);
        assert_ptr_equal(nt_memset(b + 3, 0x1ff, size), b + 3);
        for (size_t i = 0; i < 60; i++)
            assert_int_equal(b[i], i >= 3 && i < 3 + size ? 0xff : 1);
        memcpy(a, b, sizeof b);
        assert_int_equal(nt_memcmp(a, b, size), 0);
        assert_int_equal(nt_compare_memory(a, b, size), size);
        for (size_t i = 0; i < size; i++) {
            b[i]++;
            assert_true((nt_memcmp(a, b, size) < 0) == (memcmp(a, b, size) < 0));
            assert_true((nt_memcmp(b, a, size) > 0) == (memcmp(b, a, size) > 0));
            assert_int_equal(nt_compare_memory(a, b, size), i);
            b[i]--;
        }
    }
    assert_int_equal(nt_strlen("four"), 4);
    assert_int_equal(nt_wcslen((const uint16_t[]){'a', 'b', 0x100, 0}), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_is_caught),
        cmocka_unit_test(handlers_run_in_order),
        cmocka_unit_test(a_filter_can_continue),
        cmocka_unit_test(the_host_can_raise),
        cmocka_unit_test(probes_raise),
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(cr8_is_the_irql),
        cmocka_unit_test(shared_data_is_read),
        cmocka_unit_test(memory_functions_fault_for_their_caller),
        cmocka_unit_test(frames_and_registers_survive),
        cmocka_unit_test(handlers_may_fault),
        cmocka_unit_test(a_driver_can_walk_its_stack),
        cmocka_unit_test(threads_have_stacks_of_their_own),
        cmocka_unit_test(the_unhandled_is_reported),
        cmocka_unit_test(an_overflow_of_the_stack_is_reported),
        cmocka_unit_test(faults_of_the_host_are_not_the_drivers),
        cmocka_unit_test(native_code_has_its_own_frames),
        cmocka_unit_test(other_faults_are_left_alone),
        cmocka_unit_test(memory_functions_work),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
