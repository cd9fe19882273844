/* HL7 v2: segments, fields, escapes, times. */
#include "exchange/hl7.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "repli/id.h"
#include "repli/text.h"

#define MAX_SEGMENTS 100000

void hl7_refuse(struct hl7 *m, const char *fmt, ...)
{
    char text[512];
    va_list args;
    if (m->status != REPLI_OK)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    m->status = repli_fail(m->err, REPLI_DATA, "%s", text);
}

/* The n-th part (from 1) between separators; empty when there are fewer. */
static struct hl7_span nth(struct hl7_span whole, char separator, size_t n)
{
    const char *at = whole.s, *end = whole.s + whole.len;
    for (; n > 1 && at < end; n--) {
        const char *next = memchr(at, separator, (size_t)(end - at));
        at = next ? next + 1 : end;
    }
    const char *stop = at < end ? memchr(at, separator, (size_t)(end - at)) : NULL;
    return (struct hl7_span){at, (size_t)((stop ? stop : end) - at)};
}

static bool is_named(struct hl7_span s, const char *name)
{
    return s.len >= 3 && memcmp(s.s, name, 3) == 0;
}

/* MSH-1 and MSH-2; what is not sent is as everybody has it. */
static void read_separators(struct hl7 *m)
{
    const struct hl7_span first = m->segments[0];
    char *const to[] = {&m->comp, &m->rep, &m->escape, &m->sub};
    m->field = first.len > 3 ? first.s[3] : '|';
    m->comp = '^', m->rep = '~', m->escape = '\\', m->sub = '&';
    if (!is_named(first, "MSH"))
        return;
    for (size_t i = 0; i < 4 && 4 + i < first.len && first.s[4 + i] != m->field; i++)
        if (!isalnum((unsigned char)first.s[4 + i]))
            *to[i] = first.s[4 + i];
}

bool hl7_split(struct hl7 *m, const char *text, size_t len)
{
    size_t cap = 0;
    for (size_t at = 0; at < len && m->nsegments < MAX_SEGMENTS;) {
        const char *end = memchr(text + at, '\r', len - at);
        size_t n = end ? (size_t)(end - text) - at : len - at;
        if (n >= 3) {
            if (m->nsegments == cap) {
                m->segments = repli_arena_grow(m->a, m->segments, cap, cap * 2 + 16, sizeof *m->segments);
                cap = cap * 2 + 16;
            }
            m->segments[m->nsegments++] = (struct hl7_span){text + at, n};
        }
        at += n + 1;
    }
    if (m->nsegments > 0)
        read_separators(m);
    return m->nsegments > 0;
}

const struct hl7_span *hl7_segment(const struct hl7 *m, const char *name, size_t from)
{
    for (size_t i = from; i < m->nsegments; i++)
        if (is_named(m->segments[i], name) && (m->segments[i].len == 3 || m->segments[i].s[3] == m->field))
            return &m->segments[i];
    return NULL;
}

/* MSH-1 is the separator itself, so its fields are one further left. */
static struct hl7_span field_of(const struct hl7 *m, const struct hl7_span *segment, size_t field)
{
    if (!segment)
        return (struct hl7_span){"", 0};
    return nth(*segment, m->field, is_named(*segment, "MSH") ? field : field + 1);
}

size_t hl7_repeats(const struct hl7 *m, const struct hl7_span *segment, size_t field)
{
    struct hl7_span f = field_of(m, segment, field);
    size_t n = f.len > 0;
    for (size_t i = 0; i < f.len; i++)
        n += f.s[i] == m->rep;
    return n;
}

struct hl7_span hl7_repeat(const struct hl7 *m, const struct hl7_span *segment, size_t field, size_t repetition)
{
    return nth(field_of(m, segment, field), m->rep, repetition);
}

/* ---- texts */

/* \X4142\: bytes; UTF-8 where they are that, else Latin-1. */
static void add_hex(struct repli_buf *out, const char *s, size_t len)
{
    uint8_t bytes[128];
    char pairs[257];
    size_t n = len / 2;
    if (len % 2 != 0 || n > sizeof bytes) {
        repli_buf_puts(out, "\xEF\xBF\xBD");
        return;
    }
    memcpy(pairs, s, len);
    pairs[len] = 0;
    if (!repli_unhex(pairs, bytes, n)) {
        repli_buf_puts(out, "\xEF\xBF\xBD");
        return;
    }
    bool utf8 = repli_utf8_valid((const char *)bytes, n);
    for (size_t i = 0; i < n; i++) {
        char two[2] = {(char)(0xC0 | bytes[i] >> 6), (char)(0x80 | (bytes[i] & 0x3F))};
        if (utf8 || bytes[i] < 0x80)
            repli_buf_add(out, &bytes[i], 1);
        else
            repli_buf_add(out, two, 2);
    }
}

/* What stands between two escape characters.  Highlighting says nothing, line breaks are blanks, unknown ones stay. */
static void add_escape(const struct hl7 *m, struct repli_buf *out, const char *s, size_t len)
{
    const char *at = len == 1 ? strchr("FSTRE", *s) : NULL;
    const char to[] = {m->field, m->comp, m->sub, m->rep, m->escape};
    if (at && *at)
        repli_buf_add(out, &to[at - "FSTRE"], 1);
    else if (len > 1 && *s == 'X')
        add_hex(out, s + 1, len - 1);
    else if (len > 1 && *s == '.')
        repli_buf_puts(out, " ");
    else if (!(len == 1 && (*s == 'H' || *s == 'N')))
        repli_buf_add(out, s - 1, len + 2);
}

static const char *value(struct hl7 *m, struct hl7_span v)
{
    struct repli_buf out = {0};
    if (v.len == 0 || (v.len == 2 && v.s[0] == '"' && v.s[1] == '"'))
        return NULL;
    for (size_t i = 0; i < v.len;) {
        const char *end = v.s[i] == m->escape ? memchr(v.s + i + 1, m->escape, v.len - i - 1) : NULL;
        if (end && end > v.s + i + 1) {
            add_escape(m, &out, v.s + i + 1, (size_t)(end - v.s) - i - 1);
            i = (size_t)(end - v.s) + 1;
        } else {
            repli_buf_add(&out, v.s + i, 1);
            i++;
        }
    }
    const char *clean = repli_text_clean(m->a, out.data ? out.data : "", out.len, NULL);
    repli_buf_done(&out);
    return *clean ? clean : NULL;
}

const char *hl7_part(struct hl7 *m, struct hl7_span repetition, size_t comp, size_t sub)
{
    return value(m, nth(nth(repetition, m->comp, comp), m->sub, sub));
}

const char *hl7_field(struct hl7 *m, const struct hl7_span *segment, size_t field)
{
    return hl7_part(m, hl7_repeat(m, segment, field, 1), 1, 1);
}

static const char *join(struct hl7 *m, const char *left, const char *right)
{
    return left && right ? repli_arena_printf(m->a, "%s %s", left, right) : left ? left : right;
}

const char *hl7_name(struct hl7 *m, struct hl7_span xcn)
{
    const char *before = join(m, hl7_part(m, xcn, 6, 1), hl7_part(m, xcn, 3, 1));
    return join(m, before, hl7_part(m, xcn, 2, 1));
}

/* ---- times */

/* The digits before a fraction or an offset; false when there is anything else. */
static bool digits_of(const char *text, char digits[15], size_t *count, int *offset_s, bool *has_offset)
{
    size_t n = strspn(text, "0123456789");
    const char *rest = text + n;
    int64_t zone = 0;
    if (n < 4 || n > 14 || n % 2 != 0)
        return false;
    memcpy(digits, text, n);
    digits[n] = 0;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    *has_offset = *rest == '+' || *rest == '-';
    if (*has_offset) {
        if (strlen(rest) != 5 || !repli_integer(rest + 1, 0, 1400, &zone) || zone % 100 > 59)
            return false;
        *offset_s = (int)(zone / 100 * 3600 + zone % 100 * 60) * (*rest == '-' ? -1 : 1);
        rest += 5;
    }
    *count = n;
    return *rest == 0;
}

static int number(const char *s, size_t len)
{
    int v = 0;
    for (size_t i = 0; i < len; i++)
        v = v * 10 + (s[i] - '0');
    return v;
}

static const char *date_text(struct hl7 *m, const char *digits, size_t count)
{
    if (count == 4)
        return repli_arena_printf(m->a, "%.4s", digits);
    if (count == 6)
        return repli_arena_printf(m->a, "%.4s-%.2s", digits, digits + 4);
    return repli_arena_printf(m->a, "%.4s-%.2s-%.2s", digits, digits + 4, digits + 6);
}

/* A doubled hour means its first pass; a skipped one is no time. */
static bool instant(struct hl7 *m, const char *digits, size_t count, int offset_s, bool has_offset, int64_t *utc)
{
    int64_t at[2];
    int hour = count >= 10 ? number(digits + 8, 2) : 0, minute = count >= 12 ? number(digits + 10, 2) : 0,
        second = count >= 14 ? number(digits + 12, 2) : 0;
    const char *date = date_text(m, digits, count);
    if (!repli_date_valid(date) || hour > 23 || minute > 59 || second > 59)
        return false;
    if (has_offset) {
        const char *day = count >= 8 ? date : repli_arena_printf(m->a, "%s%s", date, count == 4 ? "-01-01" : "-01");
        const char *iso = repli_arena_printf(m->a, "%sT%02d:%02d:%02dZ", day, hour, minute, second);
        if (!repli_fhir_time(iso, m->imp->set.zone, utc))
            return false;
        *utc -= offset_s;
        return true;
    }
    if (repli_zone_instants(m->imp->set.zone, number(digits, 4), count >= 6 ? number(digits + 4, 2) : 1,
                            count >= 8 ? number(digits + 6, 2) : 1, hour, minute, at) == 0)
        return false;
    *utc = at[0] + second;
    return true;
}

const int64_t *hl7_time(struct hl7 *m, const struct hl7_span *segment, size_t field, const char *name)
{
    char digits[15];
    size_t count = 0;
    int offset_s = 0;
    bool has_offset = false;
    int64_t utc;
    const char *text = hl7_field(m, segment, field);
    if (!text)
        return NULL;
    if (!digits_of(text, digits, &count, &offset_s, &has_offset) ||
        !instant(m, digits, count, offset_s, has_offset, &utc)) {
        hl7_refuse(m, "%s '%.40s' is no time", name, text);
        return NULL;
    }
    int64_t *out = repli_arena_alloc(m->a, sizeof *out);
    *out = utc;
    return out;
}

const char *hl7_date(struct hl7 *m, const struct hl7_span *segment, size_t field, const char *name)
{
    char digits[15];
    size_t count = 0;
    int offset_s;
    bool has_offset;
    const char *text = hl7_field(m, segment, field);
    if (!text)
        return NULL;
    const char *date =
        digits_of(text, digits, &count, &offset_s, &has_offset) ? date_text(m, digits, count < 8 ? count : 8) : "";
    if (!repli_date_valid(date)) {
        hl7_refuse(m, "%s '%.40s' is no date", name, text);
        return NULL;
    }
    return date;
}

/* ---- identifiers */

const char *hl7_id(struct hl7 *m, const char *const *texts)
{
    struct repli_hash h;
    uint8_t hash[32];
    char hex[25];
    repli_hash_init(&h);
    for (; *texts; texts++)
        repli_hash_text(&h, *texts);
    repli_hash_final(&h, hash);
    repli_hex(hash, 12, hex);
    return repli_arena_printf(m->a, "hl7-%s", hex);
}

static const char *configured(const struct hl7 *m, const char *authority)
{
    for (size_t i = 0; i < m->imp->set.nauthorities; i++)
        if (strcmp(m->imp->set.authorities[i].name, authority) == 0)
            return m->imp->set.authorities[i].system;
    return NULL;
}

/* Numbers of persons that a sender without authorities writes beside its own: they must not meet the hospital's. */
static bool own_number(const char *type)
{
    static const char *const own[] = {"MR", "PI", "PT", "PN", "VN", "AN"};
    for (size_t i = 0; type && i < sizeof own / sizeof *own; i++)
        if (strcmp(type, own[i]) == 0)
            return true;
    return !type;
}

const char *hl7_system(struct hl7 *m, struct hl7_span cx, size_t authority, const char *type)
{
    const char *name = hl7_part(m, cx, authority, 1), *universal = hl7_part(m, cx, authority, 2);
    const char *kind = hl7_part(m, cx, authority, 3), *ours = configured(m, universal ? universal : "");
    if (universal && ours)
        return ours;
    if (universal && kind && strcmp(kind, "ISO") == 0)
        return repli_arena_printf(m->a, "urn:oid:%s", universal);
    if (universal && kind && (strcmp(kind, "UUID") == 0 || strcmp(kind, "GUID") == 0))
        return repli_arena_printf(m->a, "urn:uuid:%s", universal);
    if (universal && (strstr(universal, "://") || strncmp(universal, "urn:", 4) == 0))
        return universal;
    ours = configured(m, name ? name : "");
    if (ours && (name || own_number(type)))
        return ours;
    if (!name && !universal)
        return own_number(type) ? "urn:repli:hl7" : repli_arena_printf(m->a, "urn:repli:hl7-type:%s", type);
    return repli_arena_printf(m->a, "urn:repli:hl7:%s%s%s", name ? name : "", universal ? "&" : "",
                              universal ? universal : "");
}
