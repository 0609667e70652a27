/*
 * The kernel's structures, no more of them than we look at. libbpf finds where the running kernel
 * has each member (CO-RE), so order and gaps here mean nothing.
 */
#ifndef FLTBOX_BPF_KERNEL_H
#define FLTBOX_BPF_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
    unsigned long r10, r9, r8, ax, cx, dx, si, di, bx, orig_ax, ip, sp;
};

typedef struct {
    int counter;
} atomic_t;

struct qstr {
    __u32 len;
    const unsigned char *name;
};

struct super_block {
    __u32 s_dev;
};

struct inode {
    __u16 i_mode;
    unsigned long i_ino;
    struct super_block *i_sb;
};

struct hlist_bl_node {
    struct hlist_bl_node **pprev;
};

struct dentry {
    struct hlist_bl_node d_hash;
    struct dentry *d_parent;
    struct qstr d_name;
};

struct vfsmount {
    struct dentry *mnt_root;
    struct super_block *mnt_sb;
};

struct ns_common {
    unsigned int inum;
};

struct mnt_namespace {
    struct ns_common ns;
};

struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
    struct mnt_namespace *mnt_ns;
    int mnt_id;
    __u64 mnt_id_unique; /* from Linux 6.8 on */
};

struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};

struct file {
    unsigned int f_mode;
    struct inode *f_inode;
    struct path f_path;
};

struct fdtable {
    unsigned int max_fds;
    struct file **fd;
};

struct files_struct {
    atomic_t count;
    struct fdtable *fdt;
};

typedef struct {
    unsigned int sequence;
} seqcount_t;

typedef struct {
    seqcount_t seqcount;
} seqcount_spinlock_t;

struct fs_struct {
    seqcount_spinlock_t seq;
    struct path root, pwd;
};

/* Since Linux 6.18. */
typedef struct {
    seqcount_spinlock_t seqcount;
} seqlock_t;

struct fs_struct___locked {
    seqlock_t seq;
};

struct nsproxy {
    struct mnt_namespace *mnt_ns;
};

struct pid_namespace {
    struct ns_common ns;
};

struct upid {
    int nr;
    struct pid_namespace *ns;
};

struct pid {
    unsigned int level;
    struct upid numbers[1];
};

struct signal_struct {
    atomic_t live;
    int group_exit_code;
    unsigned int flags;
};

struct mm_struct {
    atomic_t mm_users;
    struct file *exe_file;
    unsigned long arg_start, arg_end, env_start, env_end;
};

typedef struct {
    unsigned int val;
} kuid_t;

struct cred {
    kuid_t uid, fsuid;
};

struct thread_info {
    unsigned long flags;
    __u32 status;
};

struct thread_struct {
    unsigned long gsbase;
};

struct task_struct {
    struct thread_info thread_info;
    struct thread_struct thread;
    int pid, tgid;
    struct task_struct *group_leader, *real_parent;
    struct pid *thread_pid;
    __u64 start_boottime;
    __u64 self_exec_id;
    int exit_code;
    char comm[16];
    struct fs_struct *fs;
    struct files_struct *files;
    const struct cred *cred;
    struct nsproxy *nsproxy;
    struct signal_struct *signal;
    struct mm_struct *mm;
    struct completion *vfork_done; /* its parent waits for it in vfork */
};

struct trace_event_raw_sched_process_fork {
    int child_pid;
};

struct linux_binprm {
    struct file *file;
    const char *filename, *interp, *fdpath;
};

struct sigaction {
    void *sa_handler;
    unsigned long sa_flags;
};

struct k_sigaction {
    struct sigaction sa;
};

struct filename {
    const char *name;
    const char *uptr; /* where the program had it, NULL: nowhere; up to Linux 6.19 */
};

struct open_how {
    __u64 flags, mode, resolve;
};

/* What a request of io_uring's for an open has in its `cmd`. */
struct io_open {
    int dfd;
    __u32 file_slot;
    struct filename *filename;
    struct open_how how;
};

/* The name from Linux 7.0 on. */
struct delayed_filename___delayed {
    struct filename *__incomplete_filename;
};

struct io_open___delayed {
    struct delayed_filename___delayed filename;
};

struct io_cqe {
    __s32 res;
};

/* Of Linux 6.13 and later. */
struct io_rsrc_node {
    unsigned long file_ptr;
};

struct io_rsrc_data {
    unsigned int nr;
    struct io_rsrc_node **nodes;
};

struct io_file_table {
    struct io_rsrc_data data;
};

struct io_ring_ctx {
    struct io_file_table file_table;
};

struct io_cmd_data {
    struct file *file;
};

struct io_kiocb {
    struct io_cmd_data cmd;
    __u8 opcode;
    struct io_cqe cqe;
};

#pragma clang attribute pop

#endif
