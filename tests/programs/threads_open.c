/* Eight threads, each of which opens 50 files of its own, half of which are not there. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *directory;

static void *work(void *argument)
{
    long number = (long)argument;

    for (int i = 0; i < 50; i++) {
        char name[4096];
        int fd;

        snprintf(name, sizeof(name), "%s/t%ld.%d", directory, number, i);
        fd = open(name, i % 2 ? O_RDONLY : O_WRONLY | O_CREAT, 0600);
        if (fd >= 0)
            close(fd);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[8];

    if (argc != 2) {
        fprintf(stderr, "usage: threads_open DIRECTORY\n");
        return 2;
    }
    directory = argv[1];
    for (long i = 0; i < 8; i++) {
        if (pthread_create(&threads[i], NULL, work, (void *)i) != 0)
            return 1;
    }
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
