/*
 * other FILE: what is traced while something else works. It opens FILE now and then until there is
 * a byte to read, by which it is told that the tracer shows it; then it does nothing until the end
 * of its input.
 */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char byte;

    if (argc != 2)
        return 2;
    while (!poll(&input, 1, 5))
        close(open(argv[1], O_RDONLY));
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    return 0;
}
