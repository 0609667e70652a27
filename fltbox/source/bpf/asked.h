/*
 * What Windows programs are asking wineserver for: the final components of names, while the request
 * is under way. wineserver opens the file, and its open is not told a second time.
 *
 * A component is compared by a hash of its last characters, of which those that are not ASCII are
 * left out: what the two cases of those are is no question for here. The user is part of it:
 * wineserver serves its own user's programs only, and nobody can hide what another's does.
 *
 * Requests are counted, each in two of many places: one that is asked for has both. Nothing is ever
 * added or taken out, so that any number of threads that begin and end at once are counted right.
 */
#ifndef FLTBOX_PROBE_ASKED_H
#define FLTBOX_PROBE_ASKED_H

#include "path.h"
#include "ancestors.h"

#define S_IFDIR          0040000
#define ASKED_CHARACTERS 48
#define ASKED_NOTHING    5381
#define ASKED_ROOT       1 /* a drive's root directory, whatever Linux calls it */
#define ASKED_PLACE_BITS 14

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1 << ASKED_PLACE_BITS);
    __type(key, uint32_t);
    __type(value, uint64_t); /* requests */
} asked SEC(".maps");

static __always_inline bool is_separator(uint32_t character)
{
    return character == '/' || character == '\\';
}

static __always_inline uint64_t asked_add(uint64_t hash, uint32_t character)
{
    if (is_separator(character))
        return ASKED_NOTHING;
    if (character >= 'A' && character <= 'Z')
        character += 'a' - 'A';
    return character == 0 || character >= 0x80 ? hash : hash * 33 + character;
}

/* A component that has this hash, of the task's user. Not 0. */
static __always_inline uint64_t asked_by(struct task_struct *task, uint64_t hash)
{
    const struct cred *cred = GET(PLAIN(task), cred);

    hash = (hash ^ (uint64_t)GET(cred, uid.val) << 32) * 0x9e3779b97f4a7c15;
    return hash | 1;
}

static __always_inline uint64_t *asked_place(uint64_t hash, uint32_t which)
{
    uint32_t place = hash >> (64 - ASKED_PLACE_BITS - which * ASKED_PLACE_BITS);

    place &= (1 << ASKED_PLACE_BITS) - 1;
    return bpf_map_lookup_elem(&asked, &place);
}

static __always_inline void asked_count(uint64_t hash, int32_t more)
{
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t *count = asked_place(hash, i);

        if (count != NULL)
            __sync_fetch_and_add(count, more);
    }
    __sync_fetch_and_add(&shared.asking, more);
}

static __always_inline bool is_asked(uint64_t hash)
{
    const uint64_t *first = asked_place(hash, 0), *second = asked_place(hash, 1);

    return first != NULL && second != NULL && *first > 0 && *second > 0;
}

/* The thread's request is no longer under way. */
static __always_inline void answered(struct probe_thread *state)
{
    if (state->asked != 0)
        asked_count(state->asked, -1);
    state->asked = 0;
    state->relative = 0;
    state->requesting = 0;
}

/* It was not answered, and will not be: the thread ends, or executes something else. */
static __always_inline void abandoned(struct probe_thread *state)
{
    if (state->requesting)
        __sync_fetch_and_add(&shared.abandoned, 1);
    answered(state);
}

static __always_inline bool is_wineserver(struct task_struct *task)
{
    struct file *exe = executable_of(task);
    struct dentry *dentry;
    char name[16] = "";

    if (exe == NULL)
        return false;
    dentry = GET(exe, f_path.dentry);
    bpf_probe_read_kernel_str(name, sizeof(name), GET(dentry, d_name.name));
    for (int i = 0; i < 10; i++) {
        if (name[i] != "wineserver"[i])
            return false;
    }
    return true;
}

struct served {
    uint64_t hash;
    unsigned char last[64];
};

static long add_served(uint32_t i, struct served *e)
{
    e->hash = asked_add(e->hash, e->last[i & 63]);
    return 0;
}

/*
 * Is the open, of which the scratch has the path, or for a failure the name, by wineserver for a
 * request? To the verifier a function of its own, as write_path is.
 */
__noinline int serves(uint32_t which)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct scratch *s = get_scratch_of(which);
    struct served e = {.hash = ASKED_NOTHING};
    uint32_t size;

    if (s == NULL || !is_wineserver(task))
        return 0;
    /* What is there before the path does not count: the path begins with a slash. */
    size = s->name_size;
    if (s->header.result >= 0)
        bpf_probe_read_kernel(e.last, ASKED_CHARACTERS,
                              &s->path[PATH_SPACE - 1 - ASKED_CHARACTERS]);
    else
        bpf_probe_read_kernel_str(
            e.last, ASKED_CHARACTERS + 1,
            &s->tail[size > ASKED_CHARACTERS ? (size - 1 - ASKED_CHARACTERS) & 0x1fff : 0]);
    bpf_loop(ASKED_CHARACTERS, add_served, &e, 0);
    if (is_asked(asked_by(task, e.hash)))
        return 1;
    return s->header.result >= 0 && s->header.type == S_IFDIR &&
           is_asked(asked_by(task, ASKED_ROOT));
}

#endif
