/*
 * PE32+ for x86-64 as it lies in a file and in memory, and the records of x64 exception handling.
 *
 * Field names, offsets and values follow Microsoft's "PE Format" and "x64 exception handling"
 * documents. The loader has its own definitions so that it depends on nothing above it.
 */
#ifndef FLTBOX_PE_FORMAT_H
#define FLTBOX_PE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

/* ---- Headers ------------------------------------------------------------------------------- */

#define PE_DOS_MAGIC            0x5a4d     /* "MZ" */
#define PE_DOS_LFANEW           0x3c       /* where the DOS header holds the PE header's offset */
#define PE_SIGNATURE            0x00004550 /* "PE\0\0" */
#define PE_MACHINE_AMD64        0x8664
#define PE_MACHINE_I386         0x014c
#define PE_MACHINE_ARM64        0xaa64
#define PE_MACHINE_ARMNT        0x01c4
#define PE_MAGIC_32             0x10b
#define PE_MAGIC_64             0x20b
#define PE_FILE_RELOCS_STRIPPED 0x0001
#define PE_FILE_EXECUTABLE      0x0002
#define PE_SUBSYSTEM_NATIVE     1
#define PE_SECTIONS_MAX         96

struct pe_file_header {
    uint16_t machine;
    uint16_t number_of_sections;
    uint32_t time_date_stamp;
    uint32_t pointer_to_symbol_table;
    uint32_t number_of_symbols;
    uint16_t size_of_optional_header;
    uint16_t characteristics;
};
_Static_assert(sizeof(struct pe_file_header) == 20, "IMAGE_FILE_HEADER");

struct pe_directory {
    uint32_t rva;
    uint32_t size;
};

enum pe_directory_index {
    PE_DIRECTORY_EXPORT,
    PE_DIRECTORY_IMPORT,
    PE_DIRECTORY_RESOURCE,
    PE_DIRECTORY_EXCEPTION,
    PE_DIRECTORY_SECURITY, /* the only one with a file offset for its rva */
    PE_DIRECTORY_RELOCATION,
    PE_DIRECTORY_DEBUG,
    PE_DIRECTORY_ARCHITECTURE,
    PE_DIRECTORY_GLOBAL_POINTER,
    PE_DIRECTORY_TLS,
    PE_DIRECTORY_LOAD_CONFIG,
    PE_DIRECTORY_BOUND_IMPORT,
    PE_DIRECTORY_IAT,
    PE_DIRECTORY_DELAY_IMPORT,
    PE_DIRECTORY_CLR,
    PE_DIRECTORY_RESERVED,
    PE_DIRECTORIES,
};

/* Up to the directories, whose number varies. */
struct pe_optional_header {
    uint16_t magic;
    uint8_t major_linker_version;
    uint8_t minor_linker_version;
    uint32_t size_of_code;
    uint32_t size_of_initialized_data;
    uint32_t size_of_uninitialized_data;
    uint32_t address_of_entry_point;
    uint32_t base_of_code;
    uint64_t image_base;
    uint32_t section_alignment;
    uint32_t file_alignment;
    uint16_t os_version[2];
    uint16_t image_version[2];
    uint16_t subsystem_version[2];
    uint32_t win32_version;
    uint32_t size_of_image;
    uint32_t size_of_headers;
    uint32_t checksum;
    uint16_t subsystem;
    uint16_t dll_characteristics;
    uint64_t size_of_stack_reserve;
    uint64_t size_of_stack_commit;
    uint64_t size_of_heap_reserve;
    uint64_t size_of_heap_commit;
    uint32_t loader_flags;
    uint32_t number_of_rva_and_sizes;
};
_Static_assert(sizeof(struct pe_optional_header) == 112, "IMAGE_OPTIONAL_HEADER64");

struct pe_section_header {
    char name[8]; /* not terminated where it fills the field */
    uint32_t virtual_size;
    uint32_t virtual_address;
    uint32_t size_of_raw_data;
    uint32_t pointer_to_raw_data;
    uint32_t pointer_to_relocations;
    uint32_t pointer_to_line_numbers;
    uint16_t number_of_relocations;
    uint16_t number_of_line_numbers;
    uint32_t characteristics;
};
_Static_assert(sizeof(struct pe_section_header) == 40, "IMAGE_SECTION_HEADER");

#define PE_SCN_MEM_EXECUTE 0x20000000u
#define PE_SCN_MEM_WRITE   0x80000000u

/* ---- Relocations, imports, load configuration ---------------------------------------------- */

struct pe_relocation_block {
    uint32_t rva;
    uint32_t size; /* with this header */
};

#define PE_REL_ABSOLUTE 0
#define PE_REL_HIGHLOW  3
#define PE_REL_DIR64    10

struct pe_import_descriptor {
    uint32_t original_first_thunk;
    uint32_t time_date_stamp;
    uint32_t forwarder_chain;
    uint32_t name;
    uint32_t first_thunk;
};
_Static_assert(sizeof(struct pe_import_descriptor) == 20, "IMAGE_IMPORT_DESCRIPTOR");

#define PE_IMPORT_BY_ORDINAL        (UINT64_C(1) << 63)

/* Offsets in IMAGE_LOAD_CONFIG_DIRECTORY64. */
#define PE_CONFIG_SECURITY_COOKIE   88
#define PE_CONFIG_GUARD_CF_CHECK    112
#define PE_CONFIG_GUARD_CF_DISPATCH 120

/* ---- Unwind data --------------------------------------------------------------------------- */

struct pe_function {
    uint32_t begin;
    uint32_t end;
    uint32_t unwind; /* bit 0: the rva of another pe_function instead */
};
_Static_assert(sizeof(struct pe_function) == 12, "RUNTIME_FUNCTION");

struct pe_unwind_info {
    uint8_t version_flags; /* version in bits 0-2, PE_UNWIND_* in bits 3-7 */
    uint8_t prolog_size;
    uint8_t code_count;
    uint8_t frame; /* register in bits 0-3, offset / 16 in bits 4-7 */
    /* then the codes, an even number of slots; then a pe_function (chained) or handler and data */
};

#define PE_UNWIND_EHANDLER  1
#define PE_UNWIND_UHANDLER  2
#define PE_UNWIND_CHAININFO 4

enum pe_unwind_op {
    PE_UWOP_PUSH_NONVOL,
    PE_UWOP_ALLOC_LARGE,
    PE_UWOP_ALLOC_SMALL,
    PE_UWOP_SET_FPREG,
    PE_UWOP_SAVE_NONVOL,
    PE_UWOP_SAVE_NONVOL_FAR,
    PE_UWOP_EPILOG, /* version 2 */
    PE_UWOP_SPARE,
    PE_UWOP_SAVE_XMM128,
    PE_UWOP_SAVE_XMM128_FAR,
    PE_UWOP_PUSH_MACHFRAME,
};

struct pe_scope {
    uint32_t begin;
    uint32_t end;
    uint32_t handler; /* filter or termination handler; 1: EXCEPTION_EXECUTE_HANDLER */
    uint32_t target;  /* 0: a termination handler */
};

/* ---- Exceptions ---------------------------------------------------------------------------- */

struct pe_m128 {
    uint64_t low;
    int64_t high;
};

/* What fxsave writes. */
struct pe_fxsave {
    uint16_t control_word;
    uint16_t status_word;
    uint8_t tag_word;
    uint8_t reserved1;
    uint16_t error_opcode;
    uint32_t error_offset;
    uint16_t error_selector;
    uint16_t reserved2;
    uint32_t data_offset;
    uint16_t data_selector;
    uint16_t reserved3;
    uint32_t mxcsr;
    uint32_t mxcsr_mask;
    struct pe_m128 st[8];
    struct pe_m128 xmm[16];
    uint8_t reserved4[96];
};
_Static_assert(sizeof(struct pe_fxsave) == 512, "XSAVE_FORMAT");

/* General registers in the order in which instructions and unwind codes number them. */
enum pe_register {
    PE_RAX,
    PE_RCX,
    PE_RDX,
    PE_RBX,
    PE_RSP,
    PE_RBP,
    PE_RSI,
    PE_RDI,
    PE_R8,
    PE_R9,
    PE_R10,
    PE_R11,
    PE_R12,
    PE_R13,
    PE_R14,
    PE_R15,
};

#define PE_CONTEXT_FULL    0x0010000fu /* control, integer, segments, floating point */
#define PE_CONTEXT_NOWHERE 0x08000000u /* ours: rip is a bad address that was called */

struct pe_context {
    _Alignas(16) uint64_t home[6];
    uint32_t flags;
    uint32_t mxcsr;
    uint16_t cs, ds, es, fs, gs, ss;
    uint32_t eflags;
    uint64_t dr[6];
    uint64_t r[16]; /* by enum pe_register */
    uint64_t rip;
    struct pe_fxsave fx;
    struct pe_m128 vector[26];
    uint64_t vector_control;
    uint64_t debug[5];
};
_Static_assert(sizeof(struct pe_context) == 1232, "CONTEXT");
_Static_assert(offsetof(struct pe_context, flags) == 48, "CONTEXT.ContextFlags");
_Static_assert(offsetof(struct pe_context, cs) == 56, "CONTEXT.SegCs");
_Static_assert(offsetof(struct pe_context, eflags) == 68, "CONTEXT.EFlags");
_Static_assert(offsetof(struct pe_context, r) == 120, "CONTEXT.Rax");
_Static_assert(offsetof(struct pe_context, rip) == 248, "CONTEXT.Rip");
_Static_assert(offsetof(struct pe_context, fx) == 256, "CONTEXT.FltSave");
_Static_assert(offsetof(struct pe_context, fx.xmm) == 416, "CONTEXT.Xmm0");
_Static_assert(offsetof(struct pe_context, vector) == 768, "CONTEXT.VectorRegister");

struct pe_exception_record {
    uint32_t code;
    uint32_t flags;
    struct pe_exception_record *record;
    const void *address;
    uint32_t parameters;
    uint64_t information[15];
};
_Static_assert(sizeof(struct pe_exception_record) == 152, "EXCEPTION_RECORD");
_Static_assert(offsetof(struct pe_exception_record, information) == 32, "ExceptionInformation");

#define PE_EXCEPTION_NONCONTINUABLE  0x01u
#define PE_EXCEPTION_UNWINDING       0x02u
#define PE_EXCEPTION_EXIT_UNWIND     0x04u
#define PE_EXCEPTION_NESTED_CALL     0x10u
#define PE_EXCEPTION_TARGET_UNWIND   0x20u
#define PE_EXCEPTION_COLLIDED_UNWIND 0x40u
#define PE_EXCEPTION_UNWIND          0x66u /* any of the four that say: second phase */

enum pe_disposition {
    PE_CONTINUE_EXECUTION,
    PE_CONTINUE_SEARCH,
    PE_NESTED_EXCEPTION,
    PE_COLLIDED_UNWIND,
};

struct pe_exception_pointers {
    struct pe_exception_record *record;
    struct pe_context *context;
};

/* DISPATCHER_CONTEXT */
struct pe_dispatcher {
    uint64_t control_pc;
    uint64_t image_base;
    const struct pe_function *function;
    uint64_t frame;
    uint64_t target_ip;
    struct pe_context *context;
    void *handler;
    const void *handler_data;
    void *history;
    uint32_t scope_index;
    uint32_t fill;
};
_Static_assert(sizeof(struct pe_dispatcher) == 80, "DISPATCHER_CONTEXT");

/* ---- Status codes -------------------------------------------------------------------------- */

#define PE_STATUS_DATATYPE_MISALIGNMENT    0x80000002u
#define PE_STATUS_BREAKPOINT               0x80000003u
#define PE_STATUS_SINGLE_STEP              0x80000004u
#define PE_STATUS_ACCESS_VIOLATION         0xc0000005u
#define PE_STATUS_IN_PAGE_ERROR            0xc0000006u
#define PE_STATUS_ILLEGAL_INSTRUCTION      0xc000001du
#define PE_STATUS_NONCONTINUABLE_EXCEPTION 0xc0000025u
#define PE_STATUS_UNWIND                   0xc0000027u
#define PE_STATUS_BAD_STACK                0xc0000028u
#define PE_STATUS_INVALID_UNWIND_TARGET    0xc0000029u
#define PE_STATUS_FLOAT_DENORMAL_OPERAND   0xc000008du
#define PE_STATUS_FLOAT_DIVIDE_BY_ZERO     0xc000008eu
#define PE_STATUS_FLOAT_INEXACT_RESULT     0xc000008fu
#define PE_STATUS_FLOAT_INVALID_OPERATION  0xc0000090u
#define PE_STATUS_FLOAT_OVERFLOW           0xc0000091u
#define PE_STATUS_FLOAT_UNDERFLOW          0xc0000093u
#define PE_STATUS_INTEGER_DIVIDE_BY_ZERO   0xc0000094u
#define PE_STATUS_INTEGER_OVERFLOW         0xc0000095u
#define PE_STATUS_PRIVILEGED_INSTRUCTION   0xc0000096u
#define PE_STATUS_UNEXPECTED_IO_ERROR      0xc00000e9u
#define PE_STATUS_STACK_OVERFLOW           0xc00000fdu
#define PE_STATUS_STACK_BUFFER_OVERRUN     0xc0000409u
#define PE_STATUS_ASSERTION_FAILURE        0xc0000420u

#endif
