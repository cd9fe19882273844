/* One HL7 v2 message: what it is, whether it was here before, and all of it or nothing. */
#include <string.h>

#include "exchange/hl7.h"
#include "repli/id.h"
#include "repli/text.h"

/* UTF-8 when it is that, whatever MSH-18 declares; else Latin-1. */
static const char *as_utf8(struct repli_arena *a, const char *text, size_t *len)
{
    if (repli_utf8_valid(text, *len))
        return text;
    char *out = repli_arena_alloc(a, *len * 2 + 1), *w = out;
    for (size_t i = 0; i < *len; i++) {
        unsigned char b = (unsigned char)text[i];
        if (b < 0x80) {
            *w++ = (char)b;
        } else {
            *w++ = (char)(0xC0 | b >> 6);
            *w++ = (char)(0x80 | (b & 0x3F));
        }
    }
    *len = (size_t)(w - out);
    return out;
}

static bool used(const char *event)
{
    static const char *const events[] = {"A01", "A02", "A03", "A04", "A08", "A11", "A12", "A13", "A40"};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (strcmp(event, events[i]) == 0)
            return true;
    return false;
}

static void when(struct hl7 *m)
{
    const struct hl7_span *evn = hl7_segment(m, "EVN", 0);
    const int64_t *happened = hl7_time(m, evn, 6, "EVN-6"), *recorded = hl7_time(m, evn, 2, "EVN-2");
    const int64_t *sent = hl7_time(m, hl7_segment(m, "MSH", 0), 7, "MSH-7");
    m->when_utc = happened ? happened : recorded ? recorded : sent;
}

/* A40 may merge several pairs, a PID and the MRG after it. */
static void merges(struct hl7 *m)
{
    const struct hl7_span *pid = NULL;
    bool any = false;
    for (size_t i = 0; i < m->nsegments && m->status == REPLI_OK; i++) {
        const struct hl7_span *one = &m->segments[i];
        if (one == hl7_segment(m, "PID", i))
            pid = one;
        if (one != hl7_segment(m, "MRG", i))
            continue;
        if (!pid)
            hl7_refuse(m, "has an MRG without a PID before it");
        else
            hl7_merge(m, pid, one);
        any = true;
        pid = NULL;
    }
    if (!any)
        hl7_refuse(m, "has no MRG: nobody is merged");
}

static enum repli_status apply(struct hl7 *m)
{
    const struct hl7_span *pid = hl7_segment(m, "PID", 0), *pv1 = hl7_segment(m, "PV1", 0);
    when(m);
    if (strcmp(m->event, "A40") == 0) {
        merges(m);
        return m->status;
    }
    if (!pid)
        hl7_refuse(m, "has no PID");
    else if (hl7_segment(m, "PID", (size_t)(pid - m->segments) + 1))
        hl7_refuse(m, "has more than one PID");
    else if (!pv1 && strcmp(m->event, "A08") != 0)
        hl7_refuse(m, "has no PV1: it does not say which stay");
    const char *patient = m->status == REPLI_OK ? hl7_person(m, pid, NULL) : NULL;
    if (m->status == REPLI_OK && pv1)
        hl7_stay(m, patient, pid, pv1);
    return m->status;
}

struct header {
    const char *type, *event, *control; /* "ADT", "A01", MSH-10 */
    const char *name;                   /* "ADT^A01" */
};

/* MSH-9; EVN-1 where there is no MSH, or none that says it. */
static struct header read_header(struct hl7 *m)
{
    const struct hl7_span *msh = hl7_segment(m, "MSH", 0), *evn = hl7_segment(m, "EVN", 0);
    struct header h = {.type = hl7_part(m, hl7_repeat(m, msh, 9, 1), 1, 1),
                       .event = hl7_part(m, hl7_repeat(m, msh, 9, 1), 2, 1),
                       .control = hl7_field(m, msh, 10)};
    if (!h.type && evn)
        h.type = "ADT";
    if (!h.event && h.type && strcmp(h.type, "ADT") == 0)
        h.event = hl7_field(m, evn, 1);
    if (h.type)
        h.name = repli_arena_printf(m->a, "%.16s%s%.16s", h.type, h.event ? "^" : "", h.event ? h.event : "");
    return h;
}

static enum repli_status once(struct hl7 *m, const struct header *h, struct repli_err *err)
{
    struct repli_hash hash;
    const char *refused = NULL;
    bool known = false;
    repli_hash_init(&hash);
    for (size_t i = 0; i < m->nsegments; i++) {
        repli_hash_int(&hash, (int64_t)m->segments[i].len);
        repli_hash_bytes(&hash, m->segments[i].s, m->segments[i].len);
    }
    repli_hash_final(&hash, m->hash);
    enum repli_status s =
        repli_record_event_begin(m->imp->set.record, m->hash, h->name, h->control, m->a, &known, &refused, err);
    if (s == REPLI_OK && refused)
        return fhir_refused(m->imp, h->name, h->control, refused, err);
    if (s != REPLI_OK || known)
        return s;
    s = repli_record_event_end(m->imp->set.record, apply(m), m->err);
    if (s == REPLI_DATA || s == REPLI_WAITS)
        return fhir_refused(m->imp, h->name, h->control, m->err->text, err);
    return s == REPLI_OK ? s : repli_fail(err, s, "%s", m->err->text);
}

enum repli_status hl7_message(struct repli_import *imp, const char *file, int64_t number, const char *text, size_t len,
                              struct repli_err *err)
{
    struct repli_arena a = {0};
    struct repli_err why = {0};
    struct hl7 m = {.imp = imp, .a = &a, .err = &why};
    enum repli_status s;
    repli_record_import_at(imp->set.record, file, number, NULL);
    repli_record_import_seen(imp->set.record);
    if (memchr(text, 0, len))
        return fhir_refused(imp, NULL, NULL, "holds a NUL byte", err);
    text = as_utf8(&a, text, &len);
    struct header h = {0};
    if (hl7_split(&m, text, len))
        h = read_header(&m);
    if (!h.name)
        s = fhir_refused(imp, "HL7", h.control, "no type: neither MSH-9 nor EVN-1 says what happened", err);
    else if (strcmp(h.type, "ADT") != 0 || (h.event && !used(h.event)))
        s = REPLI_OK, fhir_count_type(imp, h.name);
    else if (!h.event)
        s = fhir_refused(imp, h.name, h.control, "no event: neither MSH-9 nor EVN-1 says what happened", err);
    else
        m.event = h.event, s = once(&m, &h, err);
    repli_arena_done(&a);
    return s;
}
