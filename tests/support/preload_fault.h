/* What preload_fault.c and the tools that use it share. */
#ifndef REPLI_TEST_PRELOAD_FAULT_H
#define REPLI_TEST_PRELOAD_FAULT_H

#include <stdint.h>

#define FAULT_MODE_NAMES                                                                                               \
    "kill", "half", "eio-once", "eio-always", "full-once", "full-always", "fsync-once", "fsync-always", "count", "trace"
enum fault_mode {
    FAULT_KILL,
    FAULT_HALF,
    FAULT_EIO_ONCE,
    FAULT_EIO_ALWAYS,
    FAULT_FULL_ONCE,
    FAULT_FULL_ALWAYS,
    FAULT_FSYNC_ONCE,
    FAULT_FSYNC_ALWAYS,
    FAULT_COUNT, /* the modes before this one are faults */
    FAULT_TRACE,
    FAULT_NONE
};

enum fault_op {
    FAULT_OP_WRITE,
    FAULT_OP_TRUNCATE,
    FAULT_OP_SYNC,
    FAULT_OP_RENAME,
    FAULT_OP_UNLINK,
    FAULT_OP_CREATE,
    FAULT_OP_MKDIR,
    FAULT_OPS
};

#define FAULT_KILLED  86 /* exit code of a process that the fault ended */
#define FAULT_HARNESS 87 /* the harness itself went wrong */

/* Shared with the tool that runs the program. */
struct fault_says {
    int64_t ops; /* that this mode can hit */
    int64_t fired, op;
    int64_t by_op[FAULT_OPS];
};

/* One call in a trace; behind it the path, the second path of a rename, the bytes written. */
struct fault_event {
    uint32_t op, path_len, to_len, unused;
    uint64_t ino;
    int64_t offset, len; /* of a truncation: the new size is `offset` */
    int64_t said;        /* bytes on standard output when it happened */
};

#endif
