#include "repli/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Ends a text that was cut at the end of `text` (size bytes, full) with an ellipsis, never inside a UTF-8 sequence. */
static void mark_cut(char *text, size_t size)
{
    static const char ellipsis[] = "\xE2\x80\xA6";
    size_t end = size - sizeof ellipsis;
    while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80)
        end--;
    memcpy(text + end, ellipsis, sizeof ellipsis);
}

enum repli_status repli_fail(struct repli_err *err, enum repli_status status, const char *fmt, ...)
{
    assert(status != REPLI_OK);
    if (!err || err->status != REPLI_OK)
        return status;
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    if (n < 0)
        err->text[0] = '\0';
    else if ((size_t)n >= sizeof err->text)
        mark_cut(err->text, sizeof err->text);
    err->status = status;
    return status;
}

enum repli_status repli_err_prefix(struct repli_err *err, const char *fmt, ...)
{
    if (!err || err->status == REPLI_OK)
        return err ? err->status : REPLI_OK;
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    size_t used = n < 0 ? 0 : (size_t)n;
    if (used < sizeof err->text) {
        int m = snprintf(err->text + used, sizeof err->text - used, ": %s", old);
        used += m < 0 ? 0 : (size_t)m;
    }
    if (used >= sizeof err->text)
        mark_cut(err->text, sizeof err->text);
    return err->status;
}

void repli_err_clear(struct repli_err *err)
{
    if (err)
        *err = (struct repli_err){0};
}

const char *repli_status_text(enum repli_status status)
{
    switch (status) {
#define TEXT(name, code, text)                                                                                         \
    case REPLI_##name:                                                                                                 \
        return text;
        REPLI_STATUS_LIST(TEXT)
#undef TEXT
    }
    return "unknown status";
}
