/*
 * uring_open FILE...: opens each through io_uring, with openat2 and for reading, and prints a line
 * "FILE RESULT" for each. Exits with 77 where there is no io_uring.
 */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
    int fd;
    unsigned *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
    struct io_uring_sqe *sqes;
    struct io_uring_cqe *cqes;
} ring;

static void *map(size_t size, uint64_t offset)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, offset);
}

static int set_up(void)
{
    struct io_uring_params p = {0};
    char *sq, *cq;

    ring.fd = syscall(SYS_io_uring_setup, 4, &p);
    if (ring.fd < 0)
        return -1;
    sq = map(p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
    cq = map(p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
    ring.sqes = map(p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
    if (sq == MAP_FAILED || cq == MAP_FAILED || ring.sqes == MAP_FAILED)
        return -1;
    ring.sq_tail = (unsigned *)(sq + p.sq_off.tail);
    ring.sq_mask = (unsigned *)(sq + p.sq_off.ring_mask);
    ring.sq_array = (unsigned *)(sq + p.sq_off.array);
    ring.cq_head = (unsigned *)(cq + p.cq_off.head);
    ring.cq_tail = (unsigned *)(cq + p.cq_off.tail);
    ring.cq_mask = (unsigned *)(cq + p.cq_off.ring_mask);
    ring.cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
    return 0;
}

static int open_one(const char *name)
{
    struct open_how how = {.flags = O_RDONLY};
    unsigned slot = *ring.sq_tail & *ring.sq_mask;
    struct io_uring_sqe *sqe = &ring.sqes[slot];
    int result;

    memset(sqe, 0, sizeof(*sqe));
    sqe->opcode = IORING_OP_OPENAT2;
    sqe->fd = AT_FDCWD;
    sqe->addr = (uintptr_t)name;
    sqe->len = sizeof(how);
    sqe->off = (uintptr_t)&how;
    ring.sq_array[slot] = slot;
    __atomic_store_n(ring.sq_tail, *ring.sq_tail + 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
        return -1000;
    if (__atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE) == *ring.cq_head)
        return -1001;
    result = ring.cqes[*ring.cq_head & *ring.cq_mask].res;
    __atomic_store_n(ring.cq_head, *ring.cq_head + 1, __ATOMIC_RELEASE);
    return result;
}

int main(int argc, char **argv)
{
    if (set_up() != 0)
        return 77;
    for (int i = 1; i < argc; i++)
        printf("%s %d\n", argv[i], open_one(argv[i]));
    return 0;
}
