/* The kernel side of the bpf source, built for kernels of three kinds (bpf/access.h, bpf/thread.h), inside this program. */
    .section .rodata
    .balign 8
    .globl bpf_probe, bpf_probe_end, bpf_probe_7, bpf_probe_7_end
    .globl bpf_probe_reads, bpf_probe_reads_end, bpf_wine, bpf_wine_end
bpf_probe:
    .incbin "probe.o"
bpf_probe_end:
    .balign 8
bpf_probe_7:
    .incbin "probe_7.o"
bpf_probe_7_end:
    .balign 8
bpf_probe_reads:
    .incbin "probe_reads.o"
bpf_probe_reads_end:
    .balign 8
bpf_wine:
    .incbin "wine.o"
bpf_wine_end:
    .section .note.GNU-stack, "", @progbits
