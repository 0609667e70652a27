/* opens COUNT THREADS FILE: opens FILE COUNT times in all; it is there or it is not, but always the
 * same. */
#include "work.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

struct share {
    pthread_t thread;
    long count;
    long failed;
};

static const char *path;

static void *open_and_close(void *context)
{
    struct share *share = context;

    for (long i = 0; i < share->count; i++) {
        int fd = open(path, O_RDONLY);

        if (fd < 0)
            share->failed++;
        else
            close(fd);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: opens COUNT THREADS FILE");

    long count = work_number(argv[1]), threads = work_number(argv[2]), failed = 0;
    struct share *shares = calloc(threads, sizeof(*shares));

    if (!shares)
        err(1, "calloc");
    path = argv[3];

    uint64_t began = work_now();

    for (long i = 0; i < threads; i++) {
        shares[i].count = count / threads + (i < count % threads);
        if (i && pthread_create(&shares[i].thread, NULL, open_and_close, &shares[i]))
            errx(1, "pthread_create failed");
    }
    open_and_close(&shares[0]);
    for (long i = 1; i < threads; i++)
        pthread_join(shares[i].thread, NULL);

    work_done(count, count, began);
    for (long i = 0; i < threads; i++)
        failed += shares[i].failed;
    if (failed && failed != count)
        errx(1, "%ld of %ld opens failed", failed, count);
    free(shares);
    return 0;
}
