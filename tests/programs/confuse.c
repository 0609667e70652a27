/*
 * confuse HOW DIRECTORY TRIES: opens files while other threads interfere, and prints how often it
 * did. DIRECTORY has the files `good` and `secret` and the directories `one` and `two`.
 *
 *   closed    opens `link`, which leads to `secret`; another thread closes the descriptor at once.
 *             Then the link is turned to `good`
 *   taken     the same, but the other thread opens `good` with the number that it has closed
 *   renamed   a name alternates between `good/x` (no directory) and `nope/x` (not there)
 *   unmapped  a name that is there or not, on a page whose content is thrown away meanwhile
 *   moved     the working directory alternates between `one`, where `x` is a directory that may
 *             not be written, and `two`, where it is not there
 *
 * Only the first thread's opens count: of the first two each is of `secret`.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile bool done;
static volatile int number; /* that the next open will get */
static char *name;

static void *close_it(void *unused)
{
    (void)unused;
    while (!done)
        close(number);
    return NULL;
}

static void *take_it(void *unused)
{
    (void)unused;
    while (!done) {
        for (int i = 0; i < 3; i++)
            close(number + i);
        open("good", O_RDONLY);
    }
    return NULL;
}

static void *rename_it(void *unused)
{
    (void)unused;
    while (!done)
        memcpy(name, name[0] == 'g' ? "nope" : "good", 4);
    return NULL;
}

static void *unmap_it(void *unused)
{
    (void)unused;
    while (!done) {
        strcpy(name, "nope/x");
        madvise(name, 4096, MADV_DONTNEED);
    }
    return NULL;
}

static void *move(void *unused)
{
    (void)unused;
    while (!done) {
        if (chdir("../two") != 0 || chdir("../one") != 0)
            abort();
    }
    return NULL;
}

static void turn(const char *target)
{
    unlink("link");
    if (symlink(target, "link") != 0)
        abort();
}

static int open_link(void)
{
    int fd;

    turn("secret");
    fd = open("link", O_RDONLY);
    turn("good");
    return fd;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *how;
        void *(*other)(void *);
        bool link;
    } ways[] = {
        {"closed", close_it, true},    {"taken", take_it, true}, {"renamed", rename_it, false},
        {"unmapped", unmap_it, false}, {"moved", move, false},
    };
    int tries = argc == 4 ? atoi(argv[3]) : 0, count = 0;
    pthread_t other;
    size_t way = 0;

    while (argc == 4 && way < sizeof(ways) / sizeof(ways[0]) && strcmp(ways[way].how, argv[1]) != 0)
        way++;
    if (tries <= 0 || way == sizeof(ways) / sizeof(ways[0])) {
        fprintf(stderr, "usage: confuse closed|taken|renamed|unmapped|moved DIRECTORY TRIES\n");
        return 2;
    }
    name = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (name == MAP_FAILED || chdir(argv[2]) != 0)
        return 1;
    strcpy(name, ways[way].other == move ? "x" : "good/x");
    if (ways[way].other == move && chdir("one") != 0)
        return 1;
    number = dup(0);
    close(number);
    if (pthread_create(&other, NULL, ways[way].other, NULL) != 0)
        return 1;
    for (int i = 0; i < tries; i++) {
        if (ways[way].link)
            count += open_link() >= 0;
        else
            count += open(name, O_WRONLY) < 0;
        if (ways[way].other == take_it && i % 100 == 99)
            close_range(number + 1, ~0u, 0); /* those that it was not in time for */
    }
    done = true;
    pthread_join(other, NULL);
    printf("%d\n", count);
    return 0;
}
