/* Sources: other threads that change what a call is about while it runs. Whatever they try, a path
   is right or marked. */
#include "scenario.h"

#include <pthread.h>
#include <sys/socket.h>

enum { TRIES = 20000 };

static volatile bool over;

static void *close_always(void *unused)
{
    (void)unused;
    while (!over)
        close(50);
    return NULL;
}

static void *replace_always(void *good)
{
    while (!over)
        dup2((int)(long)good, 50);
    return NULL;
}

static void *replace_and_sleep(void *good)
{
    while (!over) {
        dup2((int)(long)good, 50);
        usleep(1);
    }
    return NULL;
}

static void *open_always(void *unused)
{
    int fd;

    (void)unused;
    while (!over) {
        close(50);
        fd = open("good", O_RDONLY);
        if (fd > 50)
            close(fd);
    }
    return NULL;
}

static void *copy_always(void *good)
{
    int fd;

    while (!over) {
        close(50);
        fd = fcntl((int)(long)good, F_DUPFD, 50);
        if (fd > 50)
            close(fd);
    }
    return NULL;
}

static int sockets[2];

/* Sends it to itself. */
static void *receive_always(void *good)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    char byte = 0;
    struct iovec data = {&byte, 1};

    while (!over) {
        struct msghdr message = {.msg_iov = &data,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof(control)};
        int fd;

        control.header = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.header), &(int){(int)(long)good}, sizeof(int));
        MUST(sendmsg(sockets[0], &message, 0) == 1);
        close(50);
        MUST(recvmsg(sockets[1], &message, 0) == 1);
        memcpy(&fd, CMSG_DATA(&control.header), sizeof(int));
        if (fd > 50)
            close(fd);
    }
    return NULL;
}

/* When it is opened, the link leads to the secret file; before and after, to the good one. */
static int spoof(void *(*work)(void *))
{
    pthread_t thread;
    long good = open("good", O_RDONLY);

    MUST(good >= 0);
    for (int fd = open("/dev/null", O_RDONLY); fd < 49;)
        MUST((fd = dup(fd)) >= 0);
    MUST(pthread_create(&thread, NULL, work, (void *)good) == 0);
    for (int i = 0; i < TRIES; i++) {
        MUST(unlink("link") == 0 && symlink("secret", "link") == 0);
        MUST(open("link", O_WRONLY) >= 0);
        MUST(unlink("link") == 0 && symlink("good", "link") == 0);
        for (int fd = 50; fd < 60; fd++)
            close(fd);
    }
    over = true;
    pthread_join(thread, NULL);
    return 0;
}

static int do_close(void)
{
    return spoof(close_always);
}

static int do_replace(void)
{
    return spoof(replace_always);
}

static int do_replace_and_sleep(void)
{
    return spoof(replace_and_sleep);
}

static int do_open(void)
{
    return spoof(open_always);
}

static int do_copy(void)
{
    return spoof(copy_always);
}

static int do_receive(void)
{
    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets) == 0);
    for (int i = 0; i < 2; i++) /* out of the way */
        MUST((sockets[i] = dup2(sockets[i], 100 + i)) >= 0);
    return spoof(receive_always);
}

static void prepare(const char *name)
{
    char path[5000];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", scenario_directory, name);
    fd = open(path, O_WRONLY | O_CREAT, 0644);
    assert_true(fd >= 0);
    close(fd);
}

static void expect_no_spoof(const char *scenario)
{
    size_t opens = 0, right = 0, wrong = 0;
    struct trace t;

    prepare("good");
    prepare("secret");
    prepare("link");
    trace_scenario(&t, scenario);
    for (size_t i = t.marked; i < t.count; i++) {
        const struct event *e = &t.events[i];
        bool secret;

        if (e->a.kind != ACTIVITY_OPEN || e->a.flags != O_WRONLY)
            continue;
        secret = strcmp(e->path + strlen(scenario_directory), "/secret") == 0;
        opens++;
        right += secret;
        wrong += !secret && !e->a.path_uncertain;
    }
    print_message("%zu of %zu shown right, %zu marked\n", right, opens, opens - right - wrong);
    assert_int_equal(opens, TRIES);
    assert_int_equal(wrong, 0);
    trace_free(&t);
}

static void test_close(void **state)
{
    (void)state;
    expect_no_spoof("close");
}

static void test_replace(void **state)
{
    (void)state;
    expect_no_spoof("replace");
}

static void test_replace_and_sleep(void **state)
{
    (void)state;
    expect_no_spoof("replace_and_sleep");
}

static void test_open(void **state)
{
    (void)state;
    expect_no_spoof("open");
}

static void test_copy(void **state)
{
    (void)state;
    expect_no_spoof("copy");
}

static void test_receive(void **state)
{
    (void)state;
    expect_no_spoof("receive");
}

/* A name that is there and one that is not, in the same bytes. */
static char flipped[] = "good";

static void *flip(void *unused)
{
    (void)unused;
    while (!over) {
        flipped[0] = 'n';
        flipped[0] = 'g';
    }
    return NULL;
}

static int do_flip(void)
{
    pthread_t thread;

    MUST(pthread_create(&thread, NULL, flip, NULL) == 0);
    for (int i = 0; i < TRIES; i++) {
        int fd = open(flipped, O_WRONLY);

        MUST(fd >= 0 || errno == ENOENT);
        close(fd);
    }
    over = true;
    pthread_join(thread, NULL);
    return 0;
}

static void test_flip(void **state)
{
    size_t opens = 0, wrong = 0;
    struct trace t;

    (void)state;
    prepare("good");
    trace_scenario(&t, "flip");
    for (size_t i = t.marked; i < t.count; i++) {
        const struct event *e = &t.events[i];

        if (e->a.kind != ACTIVITY_OPEN)
            continue;
        opens++;
        wrong += !e->a.path_uncertain &&
                 strcmp(e->path + strlen(scenario_directory), e->a.error == 0 ? "/good" : "/nood");
    }
    assert_int_equal(opens, TRIES);
    assert_int_equal(wrong, 0);
    trace_free(&t);
}

/* Threads that do nothing cast no doubt. */
static void *sleep_always(void *ready)
{
    MUST(write((int)(long)ready, "r", 1) == 1);
    pause();
    return NULL;
}

static int do_idle(void)
{
    pthread_t thread;
    int ready[2];
    char byte;

    MUST(pipe(ready) == 0);
    for (int i = 0; i < 8; i++)
        MUST(pthread_create(&thread, NULL, sleep_always, (void *)(long)ready[1]) == 0);
    for (int i = 0; i < 8; i++)
        MUST(read(ready[0], &byte, 1) == 1);
    usleep(100000);
    for (int i = 0; i < 100; i++)
        MUST(open("good", O_RDONLY) >= 0 && open("none", O_RDONLY) < 0);
    _exit(0);
}

static void test_idle(void **state)
{
    size_t opens = 0, opened = 0, failed = 0;
    struct trace t;

    (void)state;
    prepare("good");
    trace_scenario(&t, "idle");
    for (size_t i = t.marked; i < t.count; i++) {
        const struct activity *a = &t.events[i].a;

        opens += a->kind == ACTIVITY_OPEN;
        opened += a->error == 0 && a->path_uncertain;
        failed += a->error != 0 && a->path_uncertain;
    }
    assert_int_equal(opens, 200);
    assert_int_equal(opened, 0);
    /* Where no program may be put on functions the kernel side cannot know that they were idle. */
    if (tested_source == &source_bpf && failed > 0)
        assert_int_equal(failed, 100);
    else
        assert_int_equal(failed, 0);
    trace_free(&t);
}

const struct scenario scenarios[] = {
    {"close", do_close}, {"replace", do_replace}, {"replace_and_sleep", do_replace_and_sleep},
    {"open", do_open},   {"copy", do_copy},       {"receive", do_receive},
    {"flip", do_flip},   {"idle", do_idle},       {NULL, NULL},
};

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        scenario_test(test_close),
        scenario_test(test_replace),
        scenario_test(test_replace_and_sleep),
        scenario_test(test_open),
        scenario_test(test_copy),
        scenario_test(test_receive),
        scenario_test(test_flip),
        scenario_test(test_idle),
    };

    scenario_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
