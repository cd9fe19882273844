/* Files: whole reads with a limit, atomic durable writes, folders. */
#ifndef REPLI_FILE_H
#define REPLI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "repli/arena.h"
#include "repli/err.h"

/* Reads a whole file into the arena (a NUL follows its `*len` bytes).  REPLI_IO when it cannot, or when the file has
** more than `max` bytes. */
REPLI_MUST_CHECK enum repli_status repli_file_read(const char *path, size_t max, struct repli_arena *a, char **data,
                                                   size_t *len, struct repli_err *err);

/* Durable and atomic: `path`.tmp-PID in the same folder, written and checked, fsync, rename, fsync of the folder.
** After a failure the old file, if any, is untouched and no temporary file is left (only when the very last step, the
** folder's fsync, fails, is the new file in place already and may not outlive a power cut). `mode` e.g. 0600. */
REPLI_MUST_CHECK enum repli_status repli_file_write(const char *path, const void *data, size_t len, unsigned mode,
                                                    struct repli_err *err);

/* The second half of the above for a temporary file that somebody else wrote: fsync, rename, fsync folder.  `tmp` is
** removed after a failure. */
REPLI_MUST_CHECK enum repli_status repli_file_commit(const char *tmp, const char *path, struct repli_err *err);

REPLI_MUST_CHECK enum repli_status repli_dir_make(const char *path, unsigned mode,
                                                  struct repli_err *err); /* with parents; exists = ok */
REPLI_MUST_CHECK enum repli_status repli_dir_sync(const char *path, struct repli_err *err);

/* Names (not paths) in a folder, sorted by bytes, without "." and "..", NULL-terminated.  REPLI_IO if unreadable. */
REPLI_MUST_CHECK enum repli_status repli_dir_list(const char *path, struct repli_arena *a, char ***names, size_t *count,
                                                  struct repli_err *err);

bool repli_file_exists(const char *path); /* anything: file, folder, device */
/* "dir/name" in the arena, with one slash between; `name` is never taken as absolute. */
char *repli_path_join(struct repli_arena *a, const char *dir, const char *name);

/* File systems on which SQLite's locks or fsync cannot be trusted (NFS, CIFS/SMB, 9p, FUSE, overlay and their like).
** Returns the name of the kind ("nfs"), or NULL when the folder is fine.  `dir` must exist.  REPLI_ALLOW_FS=1 in the
** environment makes every file system fine: for tests in containers, never for a site. */
const char *repli_file_unsafe_fs(const char *dir);

/* All n bytes, whatever write() takes at a time.  false: errno says why. */
bool repli_write_all(int fd, const void *data, size_t n);

/* SHA-256; of many parts: init, add each, end. */
struct repli_sha256 {
    uint64_t state[13];
};
void repli_sha256_init(struct repli_sha256 *);
void repli_sha256_add(struct repli_sha256 *, const void *data, size_t len);
void repli_sha256_end(struct repli_sha256 *, uint8_t out[32]);
void repli_sha256(const void *data, size_t len, uint8_t out[32]);
REPLI_MUST_CHECK enum repli_status repli_sha256_file(const char *path, uint8_t out[32], struct repli_err *err);

/* Copies a file to `to`, which must not exist, syncs it, and reads it back from the medium: REPLI_IO when that differs.
** `sha256` of its bytes, may be NULL. */
REPLI_MUST_CHECK enum repli_status repli_copy_verified(const char *from, const char *to, unsigned mode,
                                                       uint8_t sha256[32], struct repli_err *err);
/* A folder with everything in it, plain files and folders only, verified; links and devices are refused. */
REPLI_MUST_CHECK enum repli_status repli_copy_tree(const char *from, const char *to, struct repli_err *err);
/* Removes a folder with everything in it; what is not there is fine.  Links are removed, not followed. */
REPLI_MUST_CHECK enum repli_status repli_remove_tree(const char *path, struct repli_err *err);

#endif
