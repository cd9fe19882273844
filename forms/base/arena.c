#include "repli/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define OWN_BLOCKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWN_BLOCKS 1
#endif
#endif
#ifndef OWN_BLOCKS
#define OWN_BLOCKS 0 /* 1: every result gets a block of its own, so that the sanitizer sees an overrun */
#endif

#define BLOCK_BYTES ((size_t)64 * 1024)
#define ALIGN       alignof(max_align_t)

struct repli_arena_block {
    struct repli_arena_block *next;
    size_t size, used;
    alignas(max_align_t) unsigned char data[];
};

/* See arena.h: there is nothing better to do, and every store survives it. */
static _Noreturn void out_of_memory(void)
{
    static const char line[] = "repli: out of memory\n";
    ssize_t n = write(STDERR_FILENO, line, sizeof line - 1);
    (void)n;
    abort(); /* allowed: out of memory, see arena.h */
}

void *repli_xmalloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        out_of_memory();
    return p;
}

void *repli_xcalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        out_of_memory();
    return p;
}

void *repli_xrealloc(void *p, size_t size)
{
    void *q = realloc(p, size ? size : 1);
    if (!q)
        out_of_memory();
    return q;
}

char *repli_xstrdup(const char *s)
{
    size_t size = strlen(s) + 1;
    return memcpy(repli_xmalloc(size), s, size);
}

void repli_arena_done(struct repli_arena *a)
{
    while (a->head) {
        struct repli_arena_block *b = a->head;
        a->head = b->next;
        free(b);
    }
    a->used = 0;
}

/* A new block for `size` bytes.  A large one goes behind the head, so that the room left in the head is not lost. */
static struct repli_arena_block *new_block(struct repli_arena *a, size_t size)
{
    bool own = OWN_BLOCKS || size > BLOCK_BYTES / 4;
    size_t room = own ? size : BLOCK_BYTES;
    if (room > SIZE_MAX - sizeof(struct repli_arena_block))
        out_of_memory();
    struct repli_arena_block *b = repli_xmalloc(sizeof *b + room);
    *b = (struct repli_arena_block){.size = room};
    if (own && a->head) {
        b->next = a->head->next;
        a->head->next = b;
    } else {
        b->next = a->head;
        a->head = b;
    }
    return b;
}

void *repli_arena_raw(struct repli_arena *a, size_t size)
{
    struct repli_arena_block *b = a->head;
    size_t at = b ? (b->used + ALIGN - 1) / ALIGN * ALIGN : 0;
    if (!b || at > b->size || b->size - at < size || (OWN_BLOCKS && b->used)) {
        b = new_block(a, size);
        at = 0;
    }
    b->used = at + size;
    if (OWN_BLOCKS && size == 0)
        b->used = b->size; /* keeps two empty results apart */
    a->used += size;
    return b->data + at;
}

/* Zeroed here and not block by block: most arenas live for a moment and use little of their block. */
void *repli_arena_alloc(struct repli_arena *a, size_t size)
{
    void *p = repli_arena_raw(a, size);
    return size ? memset(p, 0, size) : p;
}

static size_t product(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    return count * size;
}

void *repli_arena_array(struct repli_arena *a, size_t count, size_t size)
{
    return repli_arena_alloc(a, product(count, size));
}

void *repli_arena_grow(struct repli_arena *a, void *old, size_t old_count, size_t new_count, size_t size)
{
    assert(new_count >= old_count);
    size_t all = product(new_count, size), had = old ? old_count * size : 0;
    unsigned char *p = repli_arena_raw(a, all);
    if (had)
        memcpy(p, old, had);
    if (all > had)
        memset(p + had, 0, all - had);
    return p;
}

char *repli_arena_strndup(struct repli_arena *a, const char *s, size_t n)
{
    if (n == SIZE_MAX)
        out_of_memory();
    char *p = repli_arena_raw(a, n + 1);
    if (n)
        memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *repli_arena_strdup(struct repli_arena *a, const char *s)
{
    return s ? repli_arena_strndup(a, s, strlen(s)) : NULL;
}

char *repli_arena_printf(struct repli_arena *a, const char *fmt, ...)
{
    char text[256]; /* nearly always enough: formatting twice would take twice as long */
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    if ((size_t)n < sizeof text)
        return repli_arena_strndup(a, text, (size_t)n);
    char *p = repli_arena_alloc(a, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return p;
}

char *repli_arena_join(struct repli_arena *a, ...)
{
    enum { PARTS = 32 };
    const char *parts[PARTS];
    size_t lens[PARTS], n = 0, all = 0;
    va_list ap;
    va_start(ap, a);
    for (const char *s; (s = va_arg(ap, const char *)) != NULL; n++) {
        assert(n < PARTS);
        parts[n] = s;
        lens[n] = strlen(s);
        all += lens[n];
    }
    va_end(ap);
    char *text = repli_arena_raw(a, all + 1), *to = text;
    for (size_t i = 0; i < n; to += lens[i++])
        memcpy(to, parts[i], lens[i]);
    *to = '\0';
    return text;
}

/* Room for `more` bytes and a NUL. */
static void reserve(struct repli_buf *b, size_t more)
{
    if (more > SIZE_MAX / 2 - b->len - 1)
        out_of_memory();
    size_t need = b->len + more + 1;
    if (need <= b->cap)
        return;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap *= 2;
    b->data = repli_xrealloc(b->data, cap);
    b->cap = cap;
}

void repli_buf_add_slowly(struct repli_buf *b, const void *data, size_t len)
{
    reserve(b, len);
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

char *repli_buf_room(struct repli_buf *b, size_t more)
{
    reserve(b, more);
    return b->data + b->len;
}

void repli_buf_wrote(struct repli_buf *b, size_t len)
{
    b->len += len;
    b->data[b->len] = '\0';
}

void repli_buf_printf(struct repli_buf *b, const char *fmt, ...)
{
    va_list ap;
    size_t need = 256; /* nearly always enough at once */
    for (;;) {
        reserve(b, need);
        size_t room = b->cap - b->len;
        va_start(ap, fmt);
        int n = vsnprintf(b->data + b->len, room, fmt, ap);
        va_end(ap);
        assert(n >= 0);
        need = (size_t)n;
        if (need < room)
            break;
    }
    b->len += need;
}

void repli_buf_done(struct repli_buf *b)
{
    free(b->data);
    *b = (struct repli_buf){0};
}
