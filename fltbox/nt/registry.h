/*
 * The registry's tree, between registry.c, which keeps it, and the files that drivers reach it
 * through. What ends in _locked wants nt_registry_lock.
 */
#ifndef FLTBOX_NT_REGISTRY_H
#define FLTBOX_NT_REGISTRY_H

#include "executive.h"

struct key_name {
    wchar_t *units; /* terminated */
    size_t count;
};

struct key_value {
    struct key_value *next;
    struct key_name name;
    ULONG type;
    void *data;
    size_t size;
};

struct key {
    struct key *parent, *next, *children;
    struct key_name name;
    struct key_value *values;
    uint64_t written; /* 100 ns since 1601 */
    unsigned references;
    bool deleted;
};

extern pthread_mutex_t nt_registry_lock;

enum { KEY_OPEN = 0, KEY_CREATE_LAST = 1, KEY_CREATE_PATH = 2 };

/* From a key, or from the root for an absolute path. The result is borrowed. */
NTSTATUS nt_key_walk_locked(struct key *from, const wchar_t *units, size_t count, int create,
                            struct key **result, bool *created);
struct key *nt_key_child_locked(struct key *, const wchar_t *units, size_t count);
void nt_key_release_locked(struct key *);
NTSTATUS nt_key_delete_locked(struct key *);
/* Writes the absolute path where `units` is not NULL; returns how many units it has. */
size_t nt_key_path_locked(const struct key *, wchar_t *units);

struct key_value *nt_key_value_locked(struct key *, const wchar_t *units, size_t count);
NTSTATUS nt_key_set_value_locked(struct key *, const wchar_t *units, size_t count, ULONG type,
                                 const void *data, size_t size);
NTSTATUS nt_key_delete_value_locked(struct key *, const wchar_t *units, size_t count);

/* The key behind a handle; NULL object: none. Dereference the object. */
struct key_object {
    struct key *key;
};
NTSTATUS nt_key_open(const void *caller, struct key *from, const wchar_t *units, size_t count,
                     int create, ULONG attributes, ACCESS_MASK, ULONG *disposition, HANDLE *handle);

#endif
