/* Files of HL7 v2 messages: segments end with CR, LF or both, messages begin with MSH or between the bytes of MLLP. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "exchange/hl7.h"

#define BLOCK      65536
#define BEGIN_MLLP 0x0B
#define END_MLLP   0x1C

struct feeder {
    struct repli_import *imp;
    const char *file;
    struct repli_buf segment, message;
    int64_t number; /* of the message being read */
    bool too_long;
};

static bool begins(const char *s, size_t len, const char *name)
{
    return len >= 3 && memcmp(s, name, 3) == 0 && (len == 3 || !isalnum((unsigned char)s[3]));
}

/* Headers and trailers of batches and files carry nothing. */
static bool of_a_batch(const struct repli_buf *s)
{
    return begins(s->data, s->len, "FHS") || begins(s->data, s->len, "BHS") || begins(s->data, s->len, "BTS") ||
           begins(s->data, s->len, "FTS");
}

static enum repli_status end_message(struct feeder *f, struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    if (f->message.len == 0 && !f->too_long)
        return s;
    f->number++;
    if (f->too_long) {
        repli_record_import_at(f->imp->set.record, f->file, f->number, NULL);
        s = fhir_refused_piece(f->imp, "HL7", NULL, "larger than import_max_resource of site.yaml", err);
    } else {
        s = hl7_message(f->imp, f->file, f->number, f->message.data, f->message.len, err);
    }
    f->message.len = 0;
    f->too_long = false;
    return s;
}

/* A line that does not begin like a segment belongs to the one before: some senders break long texts. */
static void keep(struct feeder *f)
{
    bool named = f->segment.len >= 3 && isupper((unsigned char)f->segment.data[0]) &&
                 isalnum((unsigned char)f->segment.data[1]) && isalnum((unsigned char)f->segment.data[2]) &&
                 (f->segment.len == 3 || !isalnum((unsigned char)f->segment.data[3]));
    if (f->message.len + f->segment.len > (size_t)f->imp->set.max_resource)
        f->too_long = true;
    if (f->too_long)
        return;
    if (named && f->message.len > 0)
        repli_buf_puts(&f->message, "\r");
    else if (f->message.len > 0)
        repli_buf_puts(&f->message, " ");
    repli_buf_add(&f->message, f->segment.data, f->segment.len);
}

static enum repli_status end_segment(struct feeder *f, struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    size_t skip = f->segment.len >= 3 && memcmp(f->segment.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (skip < f->segment.len && strchr(" \t\f", f->segment.data[skip]))
        skip++;
    f->segment.len -= skip;
    if (f->segment.len == 0)
        return s;
    memmove(f->segment.data, f->segment.data + skip, f->segment.len + 1);
    if (begins(f->segment.data, f->segment.len, "MSH") || of_a_batch(&f->segment))
        s = end_message(f, err);
    if (!of_a_batch(&f->segment))
        keep(f);
    f->segment.len = 0;
    return s;
}

static enum repli_status feed(struct feeder *f, const char *data, size_t len, struct repli_err *err)
{
    static const char ends[] = {'\r', '\n', BEGIN_MLLP, END_MLLP};
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; i < len && s == REPLI_OK;) {
        size_t n = 0;
        while (i + n < len && !memchr(ends, data[i + n], sizeof ends))
            n++;
        if (f->segment.len + n > (size_t)f->imp->set.max_resource)
            f->too_long = true; /* the rest of this line is not kept */
        else
            repli_buf_add(&f->segment, data + i, n);
        i += n;
        if (i == len)
            break;
        s = end_segment(f, err);
        if (s == REPLI_OK && (data[i] == BEGIN_MLLP || data[i] == END_MLLP))
            s = end_message(f, err);
        i++;
    }
    return s;
}

static enum repli_status finish(struct feeder *f, enum repli_status s, struct repli_err *err)
{
    if (s == REPLI_OK)
        s = end_segment(f, err);
    if (s == REPLI_OK)
        s = end_message(f, err);
    repli_buf_done(&f->segment);
    repli_buf_done(&f->message);
    return s;
}

/* MSH, a batch header or, where the header was lost, any segment that follows it in an ADT message. */
bool hl7_looks_like(const char *data, size_t len)
{
    static const char *const names[] = {"MSH", "FHS", "BHS", "EVN", "PID", "PV1"};
    size_t at = len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (at < len && data[at] != 0 && strchr(" \t\r\n\f\v\x1C", data[at])) /* \v is the first byte of MLLP */
        at++;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (len - at > 3 && begins(data + at, len - at, names[i]) && ispunct((unsigned char)data[at + 3]))
            return true;
    return false;
}

enum repli_status repli_import_hl7(struct repli_import *imp, const char *file, const char *data, size_t len,
                                   struct repli_err *err)
{
    struct feeder f = {.imp = imp, .file = file};
    return finish(&f, feed(&f, data, len, err), err);
}

enum repli_status hl7_file(struct repli_import *imp, const char *path, struct repli_err *err)
{
    struct feeder f = {.imp = imp, .file = path};
    char *block = repli_xmalloc(BLOCK);
    enum repli_status s = REPLI_OK;
    int n = 0, code;
    gzFile file = gzopen(path, "rb");
    while (file && s == REPLI_OK && (n = gzread(file, block, BLOCK)) > 0)
        s = feed(&f, block, (size_t)n, err);
    const char *why = !file ? strerror(errno) : gzerror(file, &code);
    bool broken = !file || n < 0 || (n == 0 && code != Z_OK && code != Z_STREAM_END);
    if (broken && s == REPLI_OK) { /* the message that was cut off is none */
        f.segment.len = f.message.len = 0;
        repli_record_import_at(imp->set.record, path, f.number + 1, NULL);
        s = fhir_refused_piece(imp, "HL7", NULL, why, err);
    }
    if (file)
        (void)gzclose(file);
    free(block);
    return finish(&f, s, err);
}
