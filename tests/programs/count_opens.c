/*
 * count_opens N THREADS: each thread opens, in the working directory, N times a file that is not
 * there, counted-PID-..., and prints how many opens were made by all.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int each;

static void *work(void *number)
{
    char name[64];

    snprintf(name, sizeof(name), "counted-%d-%d", getpid(), (int)(long)number);
    for (int i = 0; i < each; i++) {
        if (open(name, O_RDONLY) >= 0)
            exit(1);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[64];
    int count;

    if (argc != 3)
        return 2;
    each = atoi(argv[1]);
    count = atoi(argv[2]);
    if (count < 1 || count > 64)
        return 2;
    for (int i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, work, (void *)(long)i) != 0)
            return 1;
    }
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    printf("%d\n", each * count);
    return 0;
}
