/* floor PROGRAM.o COMMAND...: runs the command while the BPF programs in the file are attached. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
    return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

int main(int argc, char **argv)
{
    struct bpf_program *program;
    struct bpf_object *object;
    int status;
    pid_t pid;

    if (argc < 3)
        return 2;
    libbpf_set_print(quiet);
    object = bpf_object__open_file(argv[1], NULL);
    if (object == NULL || bpf_object__load(object) != 0)
        return 125;
    bpf_object__for_each_program(program, object)
    {
        if (bpf_program__attach(program) == NULL)
            return 125;
    }
    pid = fork();
    if (pid == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 125;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
