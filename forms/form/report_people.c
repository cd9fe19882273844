/* The parts of the report that are lists: missing sheets, patients, timeline, and who signs. */
#include "report_internal.h"

#define COUNT(columns) (sizeof(columns) / sizeof *(columns))

/* ---- missing */

static const char *reason(struct report_book *b, const struct repli_report_sheet *s)
{
    if (s->state != REPLI_LIFE_LOST)
        return report_word(b, s->received_utc ? "at the desk, not scanned" : "has not come back");
    char *text = repli_form_put(report_word(b, "lost: {reason} ({who})"), "reason", s->why ? s->why : "?", b->a);
    return repli_form_put(text, "who", s->by ? s->by : "?", b->a);
}

void report_missing(struct report_book *b)
{
    static const struct report_column columns[] = {{"sheet no.", MM(27), false},  {"kind of form", MM(42), false},
                                                   {"ward", MM(18), false},       {"patient no.", MM(27), false},
                                                   {"printed on", MM(21), false}, {"reason", MM(35), false}};
    size_t missing = 0;
    for (size_t i = 0; i < b->r->nsheets; i++)
        missing += b->r->sheets[i].state == REPLI_LIFE_LOST || b->r->sheets[i].state == REPLI_LIFE_PRINTED;
    report_heading(b, "Missing sheets", MM(20));
    if (missing == 0) {
        report_sentence(b, report_word(b, "No sheet is missing."));
        return;
    }
    report_head(b, columns, COUNT(columns));
    for (size_t i = 0; i < b->r->nsheets; i++) {
        const struct repli_report_sheet *s = &b->r->sheets[i];
        if (s->state != REPLI_LIFE_LOST && s->state != REPLI_LIFE_PRINTED)
            continue;
        const char *printed = repli_form_time(b->words, b->zone, s->printed_utc, false, b->a);
        const char *cells[] = {s->sheet, report_form_title(b, s->form_id), s->ward, s->patient, printed, reason(b, s)};
        report_row(b, columns, COUNT(columns), cells, false);
    }
    report_end(b);
}

/* ---- patients */

void report_patients(struct report_book *b)
{
    static const struct report_column columns[] = {
        {"patient no.", MM(40), false}, {"ward", MM(30), false},         {"sheets", MM(18), true},
        {"came back", MM(18), true},    {"still missing", MM(18), true}, {"entries in the record", MM(28), true},
        {"still open", MM(18), true}};
    report_heading(b, "Patients whose paper came back", MM(20));
    if (b->r->npatients == 0) {
        report_sentence(b, report_word(b, "There was none."));
        return;
    }
    report_head(b, columns, COUNT(columns));
    for (size_t i = 0; i < b->r->npatients; i++) {
        const struct repli_report_patient *p = &b->r->patients[i];
        const char *cells[] = {p->patient,
                               p->ward,
                               report_count(b, p->sheets),
                               report_count(b, p->back),
                               report_count(b, p->missing),
                               report_count(b, p->values),
                               report_count(b, p->held)};
        report_row(b, columns, COUNT(columns), cells, false);
    }
    report_end(b);
}

/* ---- timeline */

static const char *deed_words(enum repli_report_deed deed)
{
    static const char *const words[] = {"beginning of the outage",
                                        "outage declared",
                                        "end of the outage",
                                        "end declared",
                                        "sheets printed",
                                        "sheets checked in at the desk",
                                        "sheets scanned",
                                        "answers of people",
                                        "sheets merged",
                                        "merges taken back",
                                        "ward closed"};
    return words[deed];
}

void report_timeline(struct report_book *b)
{
    static const struct report_column columns[] = {{"first at", MM(34), false},
                                                   {"last at", MM(34), false},
                                                   {"event", MM(56), false},
                                                   {"in number", MM(16), true},
                                                   {"who", MM(30), false}};
    report_heading(b, "Timeline", MM(20));
    if (b->r->nevents == 0) {
        report_sentence(b, report_word(b, "There was none."));
        return;
    }
    report_head(b, columns, COUNT(columns));
    for (size_t i = 0; i < b->r->nevents; i++) {
        const struct repli_report_event *e = &b->r->events[i];
        const char *what = report_word(b, deed_words(e->deed));
        const char *cells[] = {report_time(b, e->utc), e->last_utc > e->utc ? report_time(b, e->last_utc) : NULL,
                               e->what ? repli_arena_printf(b->a, "%s: %s", what, e->what) : what,
                               e->count ? report_count(b, e->count) : NULL, e->who};
        report_row(b, columns, COUNT(columns), cells, false);
    }
    report_end(b);
}

/* ---- signatures */

static void signer(struct report_book *b, int index, const char *role)
{
    int32_t width = (REPORT_X1 - REPORT_X0 - MM(12)) / 3, x = REPORT_X0 + index * (width + MM(6)), y = b->y;
    static const char *const lines[] = {"name", "date of signing", "signature"};
    repli_pen_text(&b->pen, STYLE_HEAVY, ALIGN_LEFT, x, y + MM(4), width, report_word(b, role));
    y += MM(7);
    for (int i = 0; i < 3; i++) {
        y += i == 2 ? MM(18) : MM(10);
        repli_pen_line(&b->pen, x, y, x + width, y, 200, 0);
        repli_pen_text(&b->pen, STYLE_SMALL, ALIGN_LEFT, x, y + MM(3.4), width, report_word(b, lines[i]));
    }
}

void report_signatures(struct report_book *b)
{
    report_heading(b, "Signatures", MM(66));
    report_sentence(b,
                    repli_form_put(report_word(b, "The audit of this station stood at {head} when these figures were "
                                                  "taken: with that code anybody can prove later that nothing "
                                                  "before it was changed or left out."),
                                   "head", b->r->audit, b->a));
    b->y += MM(3);
    signer(b, 0, "Made by");
    signer(b, 1, "Checked by");
    signer(b, 2, "The director");
    b->y += MM(52);
}
