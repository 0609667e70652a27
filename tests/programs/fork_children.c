/* 200 children, each of which opens a file that is there and one that is not; then 20 that exec. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 220; i++) {
        pid_t pid = fork();

        if (pid < 0)
            return 1;
        if (pid == 0) {
            char name[64];

            snprintf(name, sizeof(name), "/nonexistent/%d", i);
            if (open("/etc/passwd", O_RDONLY) < 0 || open(name, O_RDONLY) >= 0)
                _exit(1);
            if (i >= 200)
                execl("/bin/true", "true", (char *)NULL);
            _exit(0);
        }
        if (i % 50 == 0 && waitpid(pid, NULL, 0) < 0)
            return 1;
    }
    for (;;) {
        int status;
        pid_t pid = wait(&status);

        if (pid < 0)
            return 0;
        if (status != 0)
            return 1;
    }
}
