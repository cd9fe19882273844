/* One arena per unit of work (one printed pack, one scanned page, one request): everything is freed at once.
**
** Out of memory ends the process (abort) after one line on stderr: every store in Repli is built to survive being
** killed at any instruction, and that path is tested; a hundred half-tested NULL paths would not be.
*/
#ifndef REPLI_ARENA_H
#define REPLI_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "repli/err.h"

struct repli_arena {
    struct repli_arena_block *head; /* NULL = empty; zero-initialise: struct repli_arena a = {0}; */
    size_t used;                    /* bytes handed out, for limits and tests */
};

void repli_arena_done(struct repli_arena *a); /* frees everything; the arena may be used again */

/* All results live until repli_arena_done(), are aligned for any type, and are never NULL. */
void *repli_arena_alloc(struct repli_arena *a, size_t size); /* zeroed; size 0 is allowed */
void *repli_arena_raw(struct repli_arena *a, size_t size);   /* not zeroed: for what is written at once */
void *repli_arena_array(struct repli_arena *a, size_t count,
                        size_t size); /* zeroed; aborts on overflow of count*size */
/* A larger copy: the first `old_count` items are those of `old` (NULL = none), the rest is zeroed.  `old` itself stays
** valid until _done; new_count >= old_count, else assert. */
void *repli_arena_grow(struct repli_arena *a, void *old, size_t old_count, size_t new_count, size_t size);
char *repli_arena_strdup(struct repli_arena *a, const char *s);            /* NULL stays NULL */
char *repli_arena_strndup(struct repli_arena *a, const char *s, size_t n); /* exactly n bytes + NUL */
char *repli_arena_printf(struct repli_arena *a, const char *fmt, ...) REPLI_PRINTF(2, 3);
/* Texts, one behind the other, up to a NULL: what printf does with "%s%s" at a fraction of its time. */
char *repli_arena_join(struct repli_arena *a, ...) REPLI_SENTINEL;

/* malloc family with the same rule (abort instead of NULL); free with free(). */
void *repli_xmalloc(size_t size);
void *repli_xcalloc(size_t count, size_t size);
void *repli_xrealloc(void *p, size_t size);
char *repli_xstrdup(const char *s);

/* Growing byte buffer.  Zero-initialise; `data` is NULL until something was added and NUL-terminated from then on (the
** NUL is not counted in `len`); it moves as the buffer grows.  _done frees it and leaves an empty buffer. */
struct repli_buf {
    char *data;
    size_t len, cap;
};
void repli_buf_add_slowly(struct repli_buf *b, const void *data, size_t len); /* the same: where room must be made */
static inline void repli_buf_add(struct repli_buf *b, const void *data, size_t len)
{
    if (len == 0 || b->cap - b->len <= len) { /* inline: thousands of short pieces a page */
        repli_buf_add_slowly(b, data, len);
        return;
    }
    memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}
/* Room for `more` bytes behind the text, to be written by the caller, who then says how many: repli_buf_wrote(). */
char *repli_buf_room(struct repli_buf *b, size_t more);
void repli_buf_wrote(struct repli_buf *b, size_t len);
static inline void repli_buf_puts(struct repli_buf *b, const char *s) /* inline: the length of a literal is known */
{
    repli_buf_add(b, s, strlen(s));
}
void repli_buf_printf(struct repli_buf *b, const char *fmt, ...) REPLI_PRINTF(2, 3);
void repli_buf_done(struct repli_buf *b);

#endif
