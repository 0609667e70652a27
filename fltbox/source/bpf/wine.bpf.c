/*
 * Windows programs under Wine: what they ask of NT.
 *
 * A Windows program's call of NtCreateFile leads to the function of that name in the Unix half of
 * Wine's ntdll, ntdll.so, which has Windows' calling convention. Our programs are where these
 * functions begin and return. Of functions that call each other the outermost counts: that is what
 * the program has asked for.
 *
 * This is an object of its own, loaded where there is a Wine, which has its maps in common with
 * probe.bpf.c. Programs on uprobes can be preempted, so they do not use the scratch of the
 * processor: records are made in the ring. They are not allowed to wait for a page either. What a
 * program asks is mostly there when it asks; where not, it is when the answer comes.
 */
#include "asked.h"
#include "send.h"

char program_license[] SEC("license") = "GPL";

#define STATUS_ERROR          0x80000000u

/* Offsets in Windows' structures, which programs rely on. */
#define TEB_SELF              0x30
#define TEB_PEB               0x60
#define PEB_PARAMETERS        0x20
#define PEB_SESSION           0x2c0
#define PARAMETERS_FLAGS      0x08
#define PARAMETERS_IMAGE      0x60
#define PARAMETERS_COMMAND    0x70
#define PARAMETERS_NORMALIZED 1 /* strings are pointers, not offsets */
#define FILE_BASIC_ATTRIBUTES 32
#define FILE_FULL_ATTRIBUTES  48

struct unicode_string {
    uint16_t length, room; /* bytes */
    uint64_t buffer;
};

struct object_attributes {
    uint32_t size;
    uint64_t root, name;
    uint32_t attributes;
};

/* How the name ends. With the call and not on the stack: what is there the verifier of Linux 7
   tells apart in each round of a loop, and does not come to an end. */
struct ending {
    uint64_t hash, component; /* so far; of the last component that is complete */
    uint32_t before;          /* the character before */
    uint32_t unused;
    uint16_t last[64];
};

/* A request that is under way. */
struct wine_call {
    uint64_t start; /* 0: none */
    uint64_t sp;    /* where it returns to */
    uint64_t back;  /* what is there at its beginning; until it returns, the kernel's own */
    uint64_t handle, object, result; /* where the caller has the handle, the attributes, and the
                                        status or what was asked for */
    uint64_t name;
    uint32_t name_size;
    uint32_t described; /* `object` and the name's place have been read */
    uint32_t nowhere;   /* nothing is known of its root, and Wine went to no directory */
    uint32_t unused;
    struct probe_request request;
    struct ending ending;
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct wine_call);
} calls SEC(".maps");

/* A duplicate that is being made. */
struct wine_duplicate {
    uint64_t sp, source, target;
    uint32_t attributes, options;
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct wine_duplicate);
} duplicates SEC(".maps");

struct wine_handle {
    uint64_t handle;
    uint32_t pid, begun; /* the process, and some of when it began: ids are used again */
};

/* Handles of files. Nothing is lost with one that is forgotten: a close that is not told leaves
   user space with a handle that is not used again before it is known anew. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 65536);
    __type(key, struct wine_handle);
    __type(value, uint32_t);
} handles SEC(".maps");

/* ---- Records ------------------------------------------------------------------------------- */

/* As they lie in the ring: see record.h. */
struct part_record {
    uint64_t to_header;
    struct probe_record header;
    uint8_t bytes[PROBE_PART_SIZE];
};

struct program_record {
    uint64_t to_header;
    struct probe_record header;
    struct probe_program program;
};

struct short_request_record {
    uint64_t to_header;
    struct probe_record header;
    struct probe_request request;
    uint8_t name[PROBE_NAME_INLINE];
};

struct long_request_record {
    uint64_t to_header;
    struct probe_record header;
    struct probe_request request;
    uint8_t name[PROBE_PART_SIZE];
};

struct short_record {
    uint64_t to_header;
    struct probe_record header;
};

static __always_inline void begin_record(struct probe_record *r, uint32_t kind,
                                         struct task_struct *task, struct probe_thread *state)
{
    fill(r, kind, task, state);
    r->lost = state->lost;
}

struct parts {
    uint64_t address;
    uint32_t size; /* bytes that are left */
    uint32_t sent;
    uint32_t which;
    uint32_t marks;
    bool lost;
};

/* Sends a part, as much as one takes. */
static long send_part(uint32_t i, struct parts *p)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_thread *state = bpf_task_storage_get(&threads, task, NULL, 0);
    struct part_record *record;
    uint32_t size = p->size < PROBE_PART_SIZE ? p->size : PROBE_PART_SIZE;

    (void)i;
    if (size == 0 || state == NULL)
        return 1;
    record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
    if (record == NULL) {
        p->lost = true;
        return 1;
    }
    record->to_header = sizeof(record->to_header);
    begin_record(&record->header, PROBE_PART, task, state);
    record->header.lost = 0; /* the record that they belong to says so */
    record->header.flags = p->which;
    record->header.mode = p->sent;
    record->header.name_size = size;
    if (bpf_probe_read_user(record->bytes, size, (void *)p->address) != 0) {
        record->header.marks |= PROBE_NAME_UNREADABLE;
        record->header.name_size = 0;
        p->marks |= PROBE_NAME_UNREADABLE;
        p->size = 0;
    } else {
        p->address += size;
        p->size -= size;
        p->sent += size;
    }
    bpf_ringbuf_submit(record, wake_up());
    return 0;
}

/* False: there was no room. */
static __always_inline bool send_string(uint32_t which, uint64_t address, uint32_t size)
{
    struct parts p = {.address = address, .size = size, .which = which};

    bpf_loop(65536 / PROBE_PART_SIZE, send_part, &p, 0);
    return !p.lost;
}

/* ---- What the program is ------------------------------------------------------------------- */

/* A string of the process's parameters. */
static __always_inline bool send_parameter(uint32_t which, uint64_t parameters, uint32_t offset,
                                           bool normalized)
{
    struct unicode_string s = {0};

    if (bpf_probe_read_user(&s, sizeof(s), (void *)(parameters + offset)) != 0)
        return true; /* user space does without */
    if (!normalized)
        s.buffer += parameters;
    return send_string(which, s.buffer, s.length);
}

static __always_inline bool send_program(struct task_struct *task, struct probe_thread *state,
                                         struct probe_thread *of_leader)
{
    struct program_record *record;
    struct mm_struct *mm = GET(task, mm);
    uint64_t teb = GET(task, thread.gsbase), self = 0, peb = 0, parameters = 0, size;
    uint32_t session = 0, flags = 0;

    bpf_probe_read_user(&self, sizeof(self), (void *)(teb + TEB_SELF));
    if (self == teb) {
        bpf_probe_read_user(&peb, sizeof(peb), (void *)(teb + TEB_PEB));
        bpf_probe_read_user(&session, sizeof(session), (void *)(peb + PEB_SESSION));
        bpf_probe_read_user(&parameters, sizeof(parameters), (void *)(peb + PEB_PARAMETERS));
        bpf_probe_read_user(&flags, sizeof(flags), (void *)(parameters + PARAMETERS_FLAGS));
        if (!send_parameter(PROBE_STRING_IMAGE, parameters, PARAMETERS_IMAGE,
                            flags & PARAMETERS_NORMALIZED) ||
            !send_parameter(PROBE_STRING_COMMAND, parameters, PARAMETERS_COMMAND,
                            flags & PARAMETERS_NORMALIZED))
            return false;
    }
    if (mm != NULL) {
        size = GET(mm, env_end) - GET(mm, env_start);
        if (!send_string(PROBE_STRING_ENVIRONMENT, GET(mm, env_start), size < 65536 ? size : 65535))
            return false;
    }
    record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
    if (record == NULL)
        return false;
    record->to_header = sizeof(record->to_header);
    begin_record(&record->header, PROBE_PROGRAM, task, state);
    record->header.lost = of_leader->lost_before;
    of_leader->lost_before = 0;
    record->header.name_size = sizeof(record->program);
    record->program.session = session;
    record->program.unused = 0;
    bpf_ringbuf_submit(record, wake_up());
    return true;
}

/* As introduce() in image.h. */
static __always_inline void introduce_program(struct task_struct *task, struct probe_thread *state)
{
    struct probe_thread *of_leader;

    state->windows = PROBE_IS_WINDOWS;
    if (state->told == PROBE_TOLD)
        return;
    of_leader =
        bpf_task_storage_get(&threads, task->group_leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (of_leader == NULL)
        return;
    of_leader->windows = PROBE_IS_WINDOWS;
    if (of_leader->told != PROBE_TOLD && send_program(task, state, of_leader))
        of_leader->told = PROBE_TOLD;
    if (of_leader->told == PROBE_TOLD)
        state->told = PROBE_TOLD;
    else
        __sync_fetch_and_add(&shared.unheard, 1);
}

static __always_inline int wine_main(void)
{
    struct probe_thread *state = state_of(bpf_get_current_task_btf());

    if (state != NULL)
        state->windows = PROBE_WINDOWS_BEGINS;
    return 0;
}

/* ---- A request begins ---------------------------------------------------------------------- */

/* Windows' calling convention: four in registers, others above the return address and room for
   those. The context can be read at fixed places only, so it is read at once. */
struct parameters {
    uint64_t first, second, third, fourth, sp;
};

#define TAKE_PARAMETERS(registers)                                                                 \
    {                                                                                              \
        (registers)->cx, (registers)->dx, (registers)->r8, (registers)->r9, (registers)->sp        \
    }

static __always_inline uint64_t on_stack(const struct parameters *p, uint32_t offset)
{
    uint64_t value = 0;

    bpf_probe_read_user(&value, sizeof(value), (void *)(p->sp + offset));
    return value;
}

static __always_inline void take_parameters(const struct parameters *p, uint32_t function,
                                            struct wine_call *call)
{
    struct probe_request *r = &call->request;

    r->function = function;
    switch (function) {
    case PROBE_CREATE_FILE:
        r->attributes = on_stack(p, 0x30);
        r->share = on_stack(p, 0x38);
        r->disposition = on_stack(p, 0x40);
        r->options = on_stack(p, 0x48);
        break;
    case PROBE_OPEN_FILE:
        r->share = on_stack(p, 0x28);
        r->options = on_stack(p, 0x30);
        break;
    default:
        call->object = p->first;
        call->result = p->second;
        return;
    }
    call->handle = p->first;
    r->access = p->second;
    call->object = p->third;
    call->result = p->fourth;
}

static __always_inline void describe(struct wine_call *call)
{
    struct object_attributes object = {0};
    struct unicode_string name = {0};

    if (bpf_probe_read_user(&object, sizeof(object), (void *)call->object) != 0)
        return;
    /* Without a name it is the directory itself that is opened. */
    if (object.name != 0 && bpf_probe_read_user(&name, sizeof(name), (void *)object.name) != 0)
        return;
    call->request.root = object.root;
    call->request.object_attributes = object.attributes;
    call->name = name.buffer;
    call->name_size = name.length & ~1;
    call->described = 1;
}

struct ending_at {
    struct ending *ending;
};

static long add_last(uint32_t i, struct ending_at *at)
{
    struct ending *e = at->ending;
    uint16_t character = e->last[i & 63];

    if (is_separator(character) && e->hash != ASKED_NOTHING)
        e->component = e->before == ':' ? ASKED_ROOT : e->hash;
    e->before = character;
    e->hash = asked_add(e->hash, character);
    return 0;
}

static __always_inline void ask(struct task_struct *task, struct probe_thread *state,
                                struct wine_call *call)
{
    struct ending *e = &call->ending;
    struct ending_at at = {e};
    uint64_t hash;
    uint32_t size = call->name_size < 2 * ASKED_CHARACTERS ? call->name_size : 2 * ASKED_CHARACTERS;

    __builtin_memset(e, 0, sizeof(*e));
    e->hash = e->component = ASKED_NOTHING;
    KNOWN_NOTHING(size);
    if (bpf_probe_read_user(e->last, size & 127, (void *)(call->name + call->name_size - size)) !=
        0)
        return;
    bpf_loop(ASKED_CHARACTERS, add_last, &at, 0);
    /* A directory may have a separator at its end. */
    hash = e->hash != ASKED_NOTHING ? e->hash : e->component;
    if (hash == ASKED_NOTHING)
        return;
    state->asked = asked_by(task, hash);
    asked_count(state->asked, 1);
}

static __always_inline struct wine_handle handle_of(struct task_struct *task, uint64_t handle)
{
    struct task_struct *leader = GET(task, group_leader);
    struct wine_handle key = {
        .handle = handle, .pid = GET(task, tgid), .begun = GET(leader, start_boottime) >> 20};

    return key;
}

static __always_inline bool is_known(struct task_struct *task, uint64_t handle)
{
    struct wine_handle key = handle_of(task, handle);

    return bpf_map_lookup_elem(&handles, &key) != NULL;
}

/* Is the thread in a request, and this is how Wine does it? */
static __always_inline bool is_within(struct wine_call *call, uint64_t sp)
{
    uint64_t there = 0;

    if (call->start == 0 || call->sp <= sp)
        return false;
    bpf_probe_read_user(&there, sizeof(there), (void *)call->sp);
    return there != call->back;
}

static __always_inline int request_begins(struct pt_regs *registers)
{
    volatile struct parameters taken = TAKE_PARAMETERS(registers);
    struct parameters p = taken;
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_thread *state = wanted_state_of(task);
    struct wine_call *call;

    if (state == NULL)
        return 0;
    call = bpf_task_storage_get(&calls, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (call == NULL) {
        count_lost(state);
        return 0;
    }
    if (is_within(call, p.sp))
        return 0;
    if (call->start != 0) /* it has ended in an exception, which Wine makes a status */
        __sync_fetch_and_add(&shared.unreturned, 1);
    answered(state);
    __builtin_memset(call, 0, sizeof(*call));
    call->start = bpf_ktime_get_boot_ns();
    call->sp = p.sp;
    call->back = on_stack(&p, 0);
    take_parameters(&p, bpf_get_attach_cookie(registers), call);
    describe(call);
    if (call->described)
        ask(task, state, call);
    state->requesting = 1;
    /* What cannot be read yet, because nobody has touched the page, may be that too. */
    state->relative =
        !call->described || (call->request.root != 0 && !is_known(task, call->request.root));
    return 0;
}

/* ---- A request is answered ----------------------------------------------------------------- */

static __always_inline void take_results(struct task_struct *task, struct wine_call *call)
{
    struct probe_request *r = &call->request;
    struct wine_handle key;
    uint32_t one = 1;

    switch (r->function) {
    case PROBE_CREATE_FILE:
    case PROBE_OPEN_FILE:
        bpf_probe_read_user(&r->information, sizeof(r->information), (void *)(call->result + 8));
        bpf_probe_read_user(&r->handle, sizeof(r->handle), (void *)call->handle);
        key = handle_of(task, r->handle);
        bpf_map_update_elem(&handles, &key, &one, BPF_ANY);
        break;
    case PROBE_QUERY_ATTRIBUTES:
        bpf_probe_read_user(&r->file_attributes, sizeof(r->file_attributes),
                            (void *)(call->result + FILE_BASIC_ATTRIBUTES));
        break;
    case PROBE_QUERY_FULL_ATTRIBUTES:
        bpf_probe_read_user(&r->file_attributes, sizeof(r->file_attributes),
                            (void *)(call->result + FILE_FULL_ATTRIBUTES));
        break;
    }
}

/* What both sizes have in common. */
static __always_inline void fill_request(struct probe_record *header, struct probe_request *request,
                                         uint8_t *name, uint32_t room, struct task_struct *task,
                                         struct probe_thread *state, struct wine_call *call,
                                         struct parts *p)
{
    begin_record(header, PROBE_REQUEST, task, state);
    header->start = call->start;
    header->marks |= p->marks;
    if (call->nowhere)
        header->marks |= PROBE_NO_BASE;
    header->mode = p->sent;
    *request = call->request;
    if (p->size > room || bpf_probe_read_user(name, p->size, (void *)p->address) != 0) {
        header->marks |= PROBE_NAME_UNREADABLE;
        p->size = 0;
    }
    if (!call->described)
        header->marks |= PROBE_NAME_UNREADABLE;
    header->name_size = sizeof(*request) + p->size;
}

/* False: there was no room. */
static __always_inline bool send_request(struct task_struct *task, struct probe_thread *state,
                                         struct wine_call *call, int32_t status)
{
    struct parts p = {.address = call->name, .size = call->name_size, .which = PROBE_STRING_NAME};

    if (p.size > PROBE_PART_SIZE) {
        bpf_loop(65536 / PROBE_PART_SIZE, send_part, &p, 0);
        if (p.lost)
            return false;
    }
    if (p.size <= PROBE_NAME_INLINE) {
        struct short_request_record *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

        if (record == NULL)
            return false;
        record->to_header = sizeof(record->to_header);
        fill_request(&record->header, &record->request, record->name, PROBE_NAME_INLINE, task,
                     state, call, &p);
        record->header.result = status;
        bpf_ringbuf_submit(record, wake_up());
    } else {
        struct long_request_record *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

        if (record == NULL)
            return false;
        record->to_header = sizeof(record->to_header);
        fill_request(&record->header, &record->request, record->name, PROBE_PART_SIZE, task, state,
                     call, &p);
        record->header.result = status;
        bpf_ringbuf_submit(record, wake_up());
    }
    state->lost = 0;
    return true;
}

static __always_inline int request_ends(struct pt_regs *registers)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct wine_call *call = bpf_task_storage_get(&calls, task, NULL, 0);
    struct probe_thread *state = bpf_task_storage_get(&threads, task, NULL, 0);
    uint32_t status = registers->ax;

    if (shared.stopped || call == NULL || state == NULL || call->start == 0 ||
        registers->sp != call->sp + sizeof(call->back))
        return 0;
    call->nowhere = state->relative;
    answered(state);
    judge(task, state);
    if (state->verdict != PROBE_UNWANTED) {
        introduce_program(task, state);
        if (!call->described)
            describe(call);
        if (status < STATUS_ERROR)
            take_results(task, call);
        if (process_id(task) != 0 && !send_request(task, state, call, status))
            count_lost(state);
    }
    call->start = 0;
    return 0;
}

/* ---- Handles ------------------------------------------------------------------------------- */

static __always_inline void send_handle(uint32_t kind, struct task_struct *task,
                                        struct probe_thread *state, uint64_t handle, uint64_t other,
                                        uint32_t attributes, uint32_t options)
{
    struct short_record *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

    if (record == NULL) {
        __sync_fetch_and_add(&shared.unheard, 1);
        return;
    }
    record->to_header = sizeof(record->to_header);
    begin_record(&record->header, kind, task, state);
    record->header.lost = 0;
    record->header.request = handle;
    record->header.resolve = other;
    record->header.flags = attributes;
    record->header.mode = options;
    bpf_ringbuf_submit(record, wake_up());
}

static __always_inline int close_begins(struct pt_regs *registers)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct wine_handle key = handle_of(task, registers->cx);
    struct probe_thread *state;

    if (bpf_map_delete_elem(&handles, &key) != 0)
        return 0;
    state = wanted_state_of(task);
    if (state != NULL)
        send_handle(PROBE_CLOSE, task, state, key.handle, 0, 0, 0);
    return 0;
}

#define THIS_PROCESS           (~0ull)
#define DUPLICATE_CLOSE_SOURCE 1

/* NtDuplicateObject(source process, source, target process, target, access, attributes, options) */
static __always_inline int duplicate_begins(struct pt_regs *registers)
{
    const struct parameters p = TAKE_PARAMETERS(registers);
    struct task_struct *task = bpf_get_current_task_btf();
    struct wine_duplicate *duplicate, new = {0};

    /* In or from another process: what comes of that is looked at when it is used. */
    if (p.first != THIS_PROCESS || p.third != THIS_PROCESS || !is_known(task, p.second))
        return 0;
    new.sp = p.sp;
    new.source = p.second;
    new.target = p.fourth;
    new.attributes = on_stack(&p, 0x30);
    new.options = on_stack(&p, 0x38);
    duplicate = bpf_task_storage_get(&duplicates, task, &new, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (duplicate != NULL)
        *duplicate = new;
    return 0;
}

static __always_inline int duplicate_ends(struct pt_regs *registers)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct wine_duplicate *duplicate = bpf_task_storage_get(&duplicates, task, NULL, 0);
    struct probe_thread *state;
    struct wine_handle key = handle_of(task, 0);
    uint32_t one = 1;

    if (duplicate == NULL || registers->sp != duplicate->sp + 8)
        return 0;
    duplicate->sp = 0;
    if ((uint32_t)registers->ax >= STATUS_ERROR)
        return 0;
    state = wanted_state_of(task);
    if (state == NULL ||
        bpf_probe_read_user(&key.handle, sizeof(key.handle), (void *)duplicate->target) != 0)
        return 0;
    bpf_map_update_elem(&handles, &key, &one, BPF_ANY);
    send_handle(PROBE_DUPLICATE, task, state, duplicate->source, key.handle, duplicate->attributes,
                duplicate->options);
    if (duplicate->options & DUPLICATE_CLOSE_SOURCE) {
        key.handle = duplicate->source;
        bpf_map_delete_elem(&handles, &key);
    }
    return 0;
}

/* ---- The programs -------------------------------------------------------------------------- */

/* One for all beginnings and one for all returns, so that each takes one link. */
SEC("uprobe")
int begins(struct pt_regs *registers)
{
    switch (bpf_get_attach_cookie(registers)) {
    case PROBE_WINE_MAIN:
        return wine_main();
    case PROBE_CLOSE_HANDLE:
        return close_begins(registers);
    case PROBE_DUPLICATE_OBJECT:
        return duplicate_begins(registers);
    default:
        return request_begins(registers);
    }
}

SEC("uretprobe")
int ends(struct pt_regs *registers)
{
    return bpf_get_attach_cookie(registers) == PROBE_DUPLICATE_OBJECT ? duplicate_ends(registers)
                                                                      : request_ends(registers);
}
