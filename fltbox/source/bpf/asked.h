/*
 * What Windows programs are asking wineserver for: the final components of names, while the request
 * is under way. wineserver opens the file, and its open is not told a second time.
 *
 * A component is compared by a hash of its last characters, of which those that are not ASCII are
 * left out: what the two cases of those are is no question for here.
 */
#ifndef FLTBOX_PROBE_ASKED_H
#define FLTBOX_PROBE_ASKED_H

#include "path.h"
#include "image.h"

#define S_IFDIR          0040000
#define ASKED_CHARACTERS 48
#define ASKED_NOTHING    5381
#define ASKED_ROOT       1 /* a drive's root directory, whatever Linux calls it */

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __type(key, uint64_t);
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

/* The thread's request is no longer under way. */
static __always_inline void answered(struct probe_thread *state)
{
    uint64_t *count, hash = state->asked;

    if (hash == 0)
        return;
    state->asked = 0;
    __sync_fetch_and_add(&shared.asking, -1);
    count = bpf_map_lookup_elem(&asked, &hash);
    if (count != NULL)
        __sync_fetch_and_add(count, -1);
    if (count != NULL && *count == 0)
        bpf_map_delete_elem(&asked, &hash);
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
__noinline int serves(void)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct scratch *s = get_scratch();
    struct served e = {.hash = ASKED_NOTHING};
    uint64_t *count;
    uint32_t size;

    if (s == NULL || !is_wineserver(task))
        return 0;
    /* What is there before the path does not count: the path begins with a slash. */
    size = s->tail_size;
    if (s->header.result >= 0)
        bpf_probe_read_kernel(e.last, ASKED_CHARACTERS,
                              &s->path[PATH_SPACE - 1 - ASKED_CHARACTERS]);
    else
        bpf_probe_read_kernel_str(
            e.last, ASKED_CHARACTERS + 1,
            &s->tail[size > ASKED_CHARACTERS ? (size - 1 - ASKED_CHARACTERS) & 0x1fff : 0]);
    bpf_loop(ASKED_CHARACTERS, add_served, &e, 0);
    count = bpf_map_lookup_elem(&asked, &e.hash);
    if (count == NULL && s->header.result >= 0 && s->header.type == S_IFDIR) {
        e.hash = ASKED_ROOT;
        count = bpf_map_lookup_elem(&asked, &e.hash);
    }
    return count != NULL && *count > 0;
}

#endif
