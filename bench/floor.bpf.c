/* The least that a tracer of system calls can be: programs on both tracepoints that do nothing. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char program_license[] SEC("license") = "GPL";

SEC("raw_tp/sys_enter")
int call_begins(void *context)
{
    (void)context;
    return 0;
}

SEC("raw_tp/sys_exit")
int call_ends(void *context)
{
    (void)context;
    return 0;
}
