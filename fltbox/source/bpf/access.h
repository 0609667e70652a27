/*
 * How the kernel's structures are read.
 *
 * The programs are built twice. Where the kernel has bpf_rdonly_cast (Linux 6.2) a pointer found
 * anywhere can be given its type, and members are plain loads, which fault to 0. Elsewhere
 * (PROBE_READS) each is a call of bpf_probe_read_kernel: the same, but several times slower.
 */
#ifndef FLTBOX_BPF_ACCESS_H
#define FLTBOX_BPF_ACCESS_H

#include "kernel.h"
#include "record.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/*
 * The compiler leaves out a mask where it has proved that it changes nothing. Of that proof the
 * verifier of Linux 6.1 and 6.12 knows nothing, and refuses the access. After this the compiler
 * knows nothing either.
 */
#define KNOWN_NOTHING(value) __asm__ volatile("" : "+r"(value))

#ifdef PROBE_READS
#define GET(pointer, member) BPF_CORE_READ(pointer, member)
#define AS(type, pointer)    ((type *)(pointer))
#else
void *bpf_rdonly_cast(const void *pointer, __u32 type) __ksym;

#define GET(pointer, member) ((pointer)->member)
#define AS(type, pointer)    ((type *)bpf_rdonly_cast(pointer, bpf_core_type_id_kernel(type)))
#endif

/*
 * The same structure, but for the verifier one that was found anywhere. For each pointer that is
 * loaded from one that was handed to the program (a task, a tracepoint's argument) the verifier of
 * Linux 6.4 to 6.18 looks through the names of all the kernel's types, more than once, whether what
 * it leads to may be trusted too: that was three quarters of the time that a start took.
 */
#define PLAIN(pointer) AS(__typeof__(*(pointer)), pointer)

#endif
