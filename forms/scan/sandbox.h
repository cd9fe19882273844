/* Private to forms/scan: what processes that look at foreign bytes may still ask of the kernel. */
#ifndef REPLI_SCAN_SANDBOX_H
#define REPLI_SCAN_SANDBOX_H

#include "decode.h"

struct sock_filter;

/* A filter, made before any foreign byte is seen; code NULL = none could be made. */
struct sandbox {
    struct sock_filter *code;
    unsigned short len;
};

/* For the decoder of one kind of file.  Whatever it asks beyond memory, its own socket and the clock ends the
** process. */
void repli_sandbox_make(struct sandbox *box, enum decode_kind kind);
/* For pdftoppm: it opens fonts and configuration to read; sockets, other processes and every file to write are
** refused. */
void repli_sandbox_make_render(struct sandbox *box);
/* From here on, for ever, for this process and all it becomes.  false: the kernel takes no filters. */
bool repli_sandbox_enter(const struct sandbox *box);
void repli_sandbox_done(struct sandbox *box);

#endif
