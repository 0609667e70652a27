/* calls COUNT: COUNT system calls, none of which opens anything. */
#include "work.h"

#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: calls COUNT");

    long count = work_number(argv[1]);
    uint64_t began = work_now();

    for (long i = 0; i < count; i++)
        syscall(SYS_getppid);
    work_done(count, 0, began);
    return 0;
}
