/* The table behind repli_file_unsafe_fs(), apart for its test. */
#ifndef REPLI_FILE_INTERNAL_H
#define REPLI_FILE_INTERNAL_H

/* Name of a file system's kind by its magic number when it cannot be trusted, else NULL. */
const char *repli_fs_unsafe(unsigned long magic);

#endif
