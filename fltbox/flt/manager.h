/*
 * The Filter Manager's insides, shared by the files of this folder only.
 *
 * Locks. `flt.lock` guards which filters, volumes, instances and server ports exist; it is never
 * held while a driver runs. A volume's `stack_lock` guards the array of its attached instances and
 * is held for reading only as long as it takes to note them. Contexts are guarded by striped locks
 * (context.c). Order: flt.lock, then stack_lock, then anything else; the others do not nest.
 *
 * Lifetimes. Every object has two counts. `references` keeps its memory. `rundown` counts the
 * references that drivers took (FltObjectReference and every function that returns a referenced
 * pointer); once the object is being torn down no more are given, and teardown waits for those that
 * are out, for FLT_PATIENCE_MS at most, and then reports them.
 */
#ifndef FLTBOX_FLT_MANAGER_H
#define FLTBOX_FLT_MANAGER_H

#include "flt.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define FLT_BUGCHECK 0xf5 /* FLTMGR_FILE_SYSTEM */
#define FLT_MAJORS   256

/* How long teardown waits for what a driver has out before it says so and goes on. */
extern unsigned flt_patience_ms;
/* How long a dispatch waits for an operation that a driver pended before that is a bug check. */
extern unsigned flt_pended_ms;

/* ---- Objects (object.c) --------------------------------------------------------------------- */

enum object_kind {
    OBJECT_FILTER = 0x746c4646,
    OBJECT_VOLUME = 0x6c6f5646,
    OBJECT_INSTANCE = 0x736e4946,
    OBJECT_GONE = 0x65646546,
};

struct object {
    uint32_t kind;
    atomic_uint references;
    atomic_uint rundown; /* OBJECT_CLOSING and a count */
};

#define OBJECT_CLOSING 0x80000000u

void object_init(struct object *, enum object_kind);
void object_reference(void *);
void object_dereference(void *);
/* On behalf of a driver; false where the object is being torn down. */
bool object_acquire(void *);
void object_release(void *);
bool object_closing(const void *);
/* From now on object_acquire fails; false where somebody else said so before. */
bool object_close(void *);
/* Waits for the drivers' references; the number of those still out. */
unsigned object_drain(void *);

/* Waits until `*counter & mask` is `at_most` or less, or patience ends (false). Whoever lowers a
   counter that may be waited for calls counter_lowered. */
bool counter_wait(const atomic_uint *counter, unsigned mask, unsigned at_most);
void counter_lowered(void);

/* ---- Filters (filter.c) --------------------------------------------------------------------- */

struct operation_callbacks {
    PFLT_PRE_OPERATION_CALLBACK pre;
    PFLT_POST_OPERATION_CALLBACK post;
};

enum { CONTEXT_TYPES = 7, CONTEXT_REGISTRATIONS = 4 };

struct context_registrations {
    unsigned count;
    FLT_CONTEXT_REGISTRATION entries[CONTEXT_REGISTRATIONS];
};

enum filter_state { FILTER_REGISTERED, FILTER_STARTED, FILTER_GONE };

struct _FLT_FILTER {
    struct object object;
    PFLT_FILTER next;
    struct nt_driver *driver;
    enum filter_state state;
    bool mandatory_unload; /* the reason that teardown callbacks are told */
    bool forgotten;        /* its driver is unloaded, all was said of it */
    bool kept;             /* for good: the driver left something behind */
    UNICODE_STRING name;
    UNICODE_STRING altitude;
    char *altitude_utf8;
    char *instances_key; /* ...\Instances */
    FLT_REGISTRATION registration;
    PDRIVER_UNLOAD old_unload; /* what DriverUnload was when it registered */
    struct operation_callbacks callbacks[FLT_MAJORS];
    struct context_registrations contexts[CONTEXT_TYPES];

    pthread_mutex_t contexts_lock;
    struct context *all_contexts;

    /* What the driver has out. */
    atomic_uint names, volumes;
    atomic_uint context_count;
    atomic_uint instances; /* those being set up or torn down too */

    /* What FltUnregisterFilter found. */
    unsigned leaked_filter, leaked_instances, leaked_contexts, leaked_ports, leaked_server_ports;
    unsigned stuck_operations;

    atomic_ullong pre_calls[FLT_MAJORS], post_calls[FLT_MAJORS];
    atomic_ullong completed, changed, cancelled, lost_completion_contexts;
};

/* The filter of the driver whose code called us; NULL. Not counted. */
PFLT_FILTER filter_current(void);
PFLT_FILTER filter_of(struct nt_driver *);     /* registered now; NULL. flt.lock is taken */
PFLT_FILTER filter_latest(struct nt_driver *); /* the last it registered, gone or not */
/* The driver goes: nobody asks for its filters any more. Some are kept, for those who may still
   look at them, and the oldest freed. */
void filters_forget(struct nt_driver *);
void filter_unregister(PFLT_FILTER);
/* What FltRegisterFilter puts into DRIVER_OBJECT.DriverUnload. */
VOID NTAPI filter_driver_unload(PDRIVER_OBJECT);

/* ---- Altitudes (altitude.c) ----------------------------------------------------------------- */

bool altitude_valid(PCUNICODE_STRING);
int altitude_compare(PCUNICODE_STRING, PCUNICODE_STRING);

/* ---- Volumes and instances (volume.c, instance.c) ------------------------------------------- */

/* What contexts hang on. */
struct context_slots {
    struct context *first;
};

struct _FLT_VOLUME {
    struct object object;
    PFLT_VOLUME next, previous;
    UNICODE_STRING device_name, dos_name, guid_name;
    char *directory; /* see struct flt_volume_info */
    FLT_FILESYSTEM_TYPE filesystem;
    DEVICE_TYPE device_type;
    bool read_only, removable;
    uint32_t sector_size;
    bool shares; /* names begin with a server and a share */
    PDEVICE_OBJECT device, disk;
    struct context_slots contexts;

    pthread_rwlock_t stack_lock;
    unsigned stack_count, stack_room;
    PFLT_INSTANCE *stack;    /* attached: callbacks are called; highest altitude first */
    PFLT_INSTANCE instances; /* all, those being set up or torn down too; flt.lock */
    struct named *named;     /* called.c */
};

/* What a volume is called (called.c); flt.lock is held, while the names are used too. */
struct volume_names {
    UNICODE_STRING device, dos;
    char *directory;
};

void called_add(PFLT_VOLUME);
void called_gone(PFLT_VOLUME); /* the volume goes, its names are known a while longer */

/* The volume whose name a path begins with, and how many units that takes. NULL: none has that
   name, or had it lately. */
const struct volume_names *called_find(const uint16_t *path, size_t count, size_t *prefix);

enum instance_state { INSTANCE_SETUP, INSTANCE_ATTACHED, INSTANCE_TEARDOWN, INSTANCE_DEAD };

struct _FLT_INSTANCE {
    struct object object;
    PFLT_INSTANCE next;
    PFLT_FILTER filter;
    PFLT_VOLUME volume;
    enum instance_state state;
    UNICODE_STRING name, altitude;
    atomic_uint operations; /* in flight */
    struct context_slots contexts;
};

#define INSTANCE_MANUAL     0x1u /* FltAttachVolume asked, not the Filter Manager itself */
#define INSTANCE_NEW_VOLUME 0x2u

/* Attaches one instance for each of the filter's instance keys that allows it. */
void instance_attach_automatic(PFLT_FILTER, PFLT_VOLUME, unsigned flags);
/* STATUS_FLT_DELETING_OBJECT where it is being torn down already. */
NTSTATUS instance_teardown(PFLT_INSTANCE, FLT_INSTANCE_TEARDOWN_FLAGS reason);
/* The next instance of the filter or of the volume (NULL: any) to tear down; referenced. */
PFLT_INSTANCE instance_first(PFLT_FILTER, PFLT_VOLUME);
void instance_free(PFLT_INSTANCE);
void volume_free(PFLT_VOLUME);
/* The volume that a volume or instance pointer means; NULL. */
PFLT_VOLUME volume_of(void *filter_object);
/* Count a driver's references to volumes, which belong to nobody; other objects are ignored. */
void volume_reference_taken(void *filter_object);
void volume_reference_returned(void *filter_object);

/* ---- Everything there is -------------------------------------------------------------------- */

struct flt_state {
    pthread_mutex_t lock;
    PFLT_FILTER filters; /* registered and gone ones, latest first */
    PFLT_VOLUME volumes, last_volume;
    atomic_uint dos_volumes; /* those with a directory, gone ones too */
    PFLT_PORT ports;
    POBJECT_TYPE device_type;
};
extern struct flt_state flt;

/* ---- Contexts (context.c, contextset.c) ----------------------------------------------------- */

struct context {
    struct context *next, *previous; /* the filter's, contexts_lock */
    struct context *link;            /* the object's, by its stripe */
    struct context_slots *_Atomic target;
    PFLT_FILTER filter;
    const FLT_CONTEXT_REGISTRATION *registration;
    void *owner; /* instance or, for volume contexts, filter; set while linked */
    atomic_uint references;
    FLT_CONTEXT_TYPE type;
    bool paged;
    size_t size;
    uint64_t guard; /* last: what is written before the driver's part hits it */
};
_Static_assert(sizeof(struct context) % 16 == 0, "the driver's part is aligned as pool is");

struct context *context_header(PFLT_CONTEXT); /* bug-checks where it is none */
void context_release(struct context *);
NTSTATUS context_set(struct context_slots *, void *owner, FLT_CONTEXT_TYPE,
                     FLT_SET_CONTEXT_OPERATION, PFLT_CONTEXT, PFLT_CONTEXT *old);
NTSTATUS context_get(struct context_slots *, void *owner, FLT_CONTEXT_TYPE, PFLT_CONTEXT *);
NTSTATUS context_delete(struct context_slots *, void *owner, FLT_CONTEXT_TYPE, PFLT_CONTEXT *old);
bool context_unlink(struct context *); /* and releases the object's reference */
void context_slots_clear(struct context_slots *);
/* Unlinks all that the filter set on behalf of `owner` (NULL: all). */
void contexts_remove(PFLT_FILTER, void *owner);

/* ---- Files (file.c, stream.c) --------------------------------------------------------------- */

/*
 * What the file systems call a stream control block: the open file's FsContext, one per file that
 * the box knows. A bounded number is kept after the last file object is gone, so that stream and
 * file contexts live on as they do on Windows while a file stays in use; the oldest is dropped,
 * and its contexts with it, when there are too many. A file that was created is a new one, even
 * where it has got the number of a file that was deleted.
 */
struct stream {
    FSRTL_ADVANCED_FCB_HEADER header; /* first: FsContext points here */
    uint64_t id[2];
    PFLT_VOLUME volume;
    unsigned files;
    bool hashed;
    struct stream *chain, *older, *newer;
    struct context_slots contexts;
};

struct stream *stream_open(PFLT_VOLUME, const uint64_t id[2], bool created);
void stream_close(struct stream *);
void streams_drop(PFLT_VOLUME); /* the volume goes */

struct file {
    FILE_OBJECT object; /* first */
    PFLT_VOLUME volume;
    struct stream *stream; /* while open */
    bool directory;
    bool opened;
    bool unnamed;              /* as flt_create has it */
    UNICODE_STRING final_name; /* normalized, within the volume; valid while open */
    struct context_slots contexts;
    wchar_t *buffer; /* FileName and final_name */
    size_t room;     /* units */
};

struct file *file_acquire(PFLT_VOLUME, const struct flt_create *);
void file_opened(struct file *, const struct flt_create *);
void file_release(struct file *);
struct file *file_of(PFILE_OBJECT); /* NULL where it is not one of ours */

/* ---- Operations (dispatch.c, operation.c) --------------------------------------------------- */

enum node_state {
    NODE_SKIPPED, /* no post-operation callback is due */
    NODE_DUE,
    NODE_DONE, /* called, or drained */
};

/* An instance's part in an operation. */
struct node {
    PFLT_INSTANCE instance;
    PFLT_FILTER filter;
    struct operation_callbacks callbacks;
    FLT_RELATED_OBJECTS objects;
    FLT_IO_PARAMETER_BLOCK before; /* as the pre-operation callback got it */
    void *completion_context;
    enum node_state state;
    bool held;     /* counted in instance->operations */
    bool detached; /* the instance was torn down by what its own callback did */
    PFLT_GET_OPERATION_STATUS_CALLBACK status_callback;
    void *status_context;
    FLT_IO_PARAMETER_BLOCK status_block;
};

enum phase { PHASE_PRE, PHASE_POST, PHASE_DRAIN };

struct operation {
    FLT_CALLBACK_DATA data; /* first */
    uint32_t magic;
    enum phase phase;
    FLT_IO_PARAMETER_BLOCK block;
    struct operation *outer; /* of the same host thread */
    const struct flt_create *create;
    struct file *file;
    PFLT_VOLUME volume;
    struct node *nodes;
    unsigned count, current;
    struct name *names;  /* asked for so far */
    bool completed;      /* by a filter; the file system's answer is not seen */
    PFLT_FILTER regions; /* whose callback last entered or left one without the other; NULL */

    sem_t resumed; /* a pended operation goes on */
    atomic_uint resumptions;
    FLT_PREOP_CALLBACK_STATUS resumed_status;
    void *resumed_context;

    IO_SECURITY_CONTEXT security;
    ACCESS_STATE access;
};

#define OPERATION_MAGIC 0x706f4646u

struct operation *operation_of(PFLT_CALLBACK_DATA); /* bug-checks where it is none */
struct operation *operation_innermost(void);        /* the calling thread's; NULL */
/* Calls the post-operation callbacks that this thread owes to the instance, as draining; returns
   how often the thread still counts in instance->operations. */
unsigned operations_drain(PFLT_INSTANCE);

/* ---- Names (name.c, parse.c) ---------------------------------------------------------------- */

struct name {
    struct name *next;  /* the operation's */
    PFLT_FILTER filter; /* whose references are counted; may be NULL */
    atomic_uint references;
    uint32_t magic;
    FLT_FILE_NAME_INFORMATION information;
    /* the text follows */
};

void names_forget(struct operation *);
void parse_final_component(PCUNICODE_STRING rest, UNICODE_STRING *parent, UNICODE_STRING *final,
                           UNICODE_STRING *extension, UNICODE_STRING *stream);

/* ---- Ports (port.c) ------------------------------------------------------------------------- */

enum port_kind { PORT_SERVER = 0x72735046, PORT_CLIENT = 0x6c635046 };

/* What PFLT_PORT points to. */
struct _FLT_PORT {
    enum port_kind kind;
    atomic_uint references;
    PFLT_PORT next; /* in flt.ports */
    PFLT_FILTER filter;
};

struct server_port {
    struct _FLT_PORT port;
    UNICODE_STRING name;
    bool ignore_case;
    bool closed;
    void *cookie;
    PFLT_CONNECT_NOTIFY connect;
    PFLT_DISCONNECT_NOTIFY disconnect;
    PFLT_MESSAGE_NOTIFY message;
    LONG most, connections;
};

/* A connection: the driver's client port and the user's handle. */
struct filter_port {
    struct _FLT_PORT port;
    struct server_port *server; /* referenced */
    void *cookie;
    bool driver_open;  /* FltCloseClientPort has not been called */
    atomic_uint calls; /* connect and message callbacks under way */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool disconnected; /* nothing is sent any more, either way */
    bool notified;     /* DisconnectNotifyCallback was called */
    unsigned waiters;  /* in filter_get_message */
    uint64_t last_id;
    struct message *queued, **queue_end; /* not yet taken, oldest first */
    struct message *taken;               /* waiting for a reply */
};

/* FltSendMessage's, on its stack. */
struct message {
    struct message *next;
    uint64_t id;
    const void *data;
    ULONG length;
    void *reply; /* NULL: none is wanted */
    ULONG reply_room, reply_length;
    NTSTATUS reply_status;
    enum { MESSAGE_QUEUED, MESSAGE_TAKEN, MESSAGE_REPLIED } state;
};

void port_release(PFLT_PORT);
/* Ends a connection: wakes those who wait and calls DisconnectNotifyCallback, once. */
void port_disconnect(struct filter_port *);
/* Disconnects clients, closes what the driver left open and counts it. */
void ports_unregister(PFLT_FILTER);

/* ---- Strings (string.c) --------------------------------------------------------------------- */

/* A malloc'ed copy, terminated. Memory for the Filter Manager's own objects is not optional: where
   it is out, the process ends with a message. */
void string_copy(UNICODE_STRING *to, PCUNICODE_STRING from);
void string_from_utf8(UNICODE_STRING *to, const char *);
char *string_utf8(PCUNICODE_STRING);
void string_free(UNICODE_STRING *);
size_t string_units(const WCHAR *); /* of a terminated one */
bool string_equal(PCUNICODE_STRING, PCUNICODE_STRING, bool ignore_case);
void *memory_get(size_t); /* zeroed */

#endif
