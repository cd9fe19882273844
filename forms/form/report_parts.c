/* The parts of the report that are numbers: at a glance, wards, what people keyed, conflicts, images. */
#include <string.h>

#include "repli/interval.h"
#include "report_internal.h"

#define COUNT(columns) (sizeof(columns) / sizeof *(columns))

/* ---- at a glance */

static const char *period(struct report_book *b)
{
    const struct repli_report_scope *s = &b->r->scope;
    if (!s->outage)
        return report_word(b, "all paper of this station");
    int minutes = (int)((s->until_utc - s->from_utc) / 60);
    const char *pattern = s->outage->open ? "since {from}, not over yet" : "from {from} to {to}";
    char *text = repli_form_put(report_word(b, pattern), "from", report_time(b, s->from_utc), b->a);
    text = repli_form_put(text, "to", report_time(b, s->until_utc), b->a);
    return repli_arena_printf(b->a, "%s \xC2\xB7 %d h %02d", text, minutes / 60, minutes % 60);
}

static const char *places(struct report_book *b)
{
    const struct repli_outage *o = b->r->scope.outage;
    if (!o)
        return NULL;
    if (o->nwards == 0)
        return report_word(b, "the whole house");
    const char *list = o->wards[0];
    for (size_t i = 1; i < o->nwards; i++)
        list = repli_arena_printf(b->a, "%s, %s", list, o->wards[i]);
    return repli_form_put(report_word(b, "wards: {list}"), "list", list, b->a);
}

static void drill_mark(struct report_book *b)
{
    struct style style = {REPLI_FACE_BOLD, 1200};
    const char *text = report_word(b, "DRILL");
    int32_t width = repli_pen_width(style, text) + MM(6);
    repli_pen_frame(&b->pen, repli_box_make(REPORT_X1 - width, MM(27), width, MM(9)), 400);
    repli_pen_text(&b->pen, style, ALIGN_CENTRE, REPORT_X1 - width / 2, MM(33), width, text);
}

static void one_figure(struct report_book *b, int index, const char *value, const char *caption)
{
    int32_t width = (REPORT_X1 - REPORT_X0) / 5, x = REPORT_X0 + index * width;
    struct para p = {STYLE_SMALL, STYLE_SMALL, width - MM(3), MM(3.4), true, false};
    repli_pen_text(&b->pen, (struct style){REPLI_FACE_BOLD, 2000}, ALIGN_LEFT, x, b->y + MM(9), width - MM(3), value);
    (void)repli_para(&b->pen, &b->trouble, b->a, &p, x, b->y + MM(14), report_word(b, caption));
}

static void pace(struct report_book *b)
{
    const struct repli_pace *p = &b->r->pace;
    if (p->open == 0) {
        report_sentence(b, report_word(b, "Nothing is left to key."));
    } else if (p->end_utc == 0) {
        report_sentence(b, report_put(b, "{n} fields are left to key; nobody has begun.", p->open));
    } else {
        char *text = repli_form_put(
            report_word(b, "{n} fields are left to key; at {rate} an hour without a pause that takes until {end}."),
            "n", report_count(b, p->open), b->a);
        text = repli_form_put(text, "rate", report_count(b, (int64_t)(p->per_hour + 0.5)), b->a);
        report_sentence(b, repli_form_put(text, "end", report_time(b, p->end_utc), b->a));
    }
}

/* A long name grows upwards. */
static void hospital(struct report_book *b)
{
    struct para p = {STYLE_HEAVY, STYLE_HEAVY, MM(140), MM(4), true, false};
    int32_t lines = (int32_t)repli_para(NULL, NULL, b->a, &p, 0, 0, b->r->hospital);
    (void)repli_para(&b->pen, &b->trouble, b->a, &p, REPORT_X0, MM(23) - (lines - 1) * MM(4), b->r->hospital);
}

void report_glance(struct report_book *b)
{
    const struct repli_report *r = b->r;
    const char *where = places(b);
    int64_t out = r->all.state[REPLI_LIFE_PRINTED] + r->all.state[REPLI_LIFE_LOST], open = 0;
    for (size_t i = 0; i < r->nheld; i++)
        open += r->held[i].open;
    hospital(b);
    repli_pen_text(&b->pen, (struct style){REPLI_FACE_BOLD, 2200}, ALIGN_LEFT, REPORT_X0, MM(34), MM(140),
                   report_word(b, "Outage report"));
    if (r->scope.outage && r->scope.outage->drill)
        drill_mark(b);
    b->y = MM(38);
    report_sentence(
        b, where ? repli_arena_printf(b->a, "%s \xC2\xB7 %s \xC2\xB7 %s", r->scope.outage->id, where, period(b))
                 : period(b));
    b->y += MM(2);
    repli_pen_line(&b->pen, REPORT_X0, b->y, REPORT_X1, b->y, 350, 0);
    one_figure(b, 0, report_count(b, r->nsheets ? (int64_t)r->nsheets : 0), "sheets to be written on");
    one_figure(b, 1, report_count(b, r->all.state[REPLI_LIFE_MERGED]), "of these finished");
    one_figure(b, 2, report_count(b, out), "not back, or lost");
    one_figure(b, 3, report_count(b, r->values), "entries in the record from paper");
    one_figure(b, 4, report_count(b, open), "conflicts that wait for a decision");
    b->y += MM(19);
    repli_pen_line(&b->pen, REPORT_X0, b->y, REPORT_X1, b->y, 150, 0);
    b->y += MM(3);
    pace(b);
}

/* ---- wards */

static const struct report_column ward_columns[] = {
    {"ward", MM(44), false},         {"sheets", MM(18), true},     {"finished", MM(18), true},
    {"at work", MM(18), true},       {"not back", MM(18), true},   {"declared lost", MM(18), true},
    {"declared void", MM(18), true}, {"left blank", MM(18), true},
};

static void ward_row(struct report_book *b, const struct repli_report_ward *w, const char *name, bool heavy)
{
    const int64_t *s = w->state;
    const char *cells[] = {name,
                           report_count(b, w->sheets),
                           report_count(b, s[REPLI_LIFE_MERGED]),
                           report_count(b, s[REPLI_LIFE_SCANNED] + s[REPLI_LIFE_READ] + s[REPLI_LIFE_REVIEWED]),
                           report_count(b, s[REPLI_LIFE_PRINTED]),
                           report_count(b, s[REPLI_LIFE_LOST]),
                           report_count(b, s[REPLI_LIFE_VOID]),
                           report_count(b, s[REPLI_LIFE_BLANK])};
    report_row(b, ward_columns, COUNT(ward_columns), cells, heavy);
}

void report_wards(struct report_book *b)
{
    report_heading(b, "Sheets by ward", MM(20));
    report_head(b, ward_columns, COUNT(ward_columns));
    for (size_t i = 0; i < b->r->nwards; i++)
        ward_row(b, &b->r->wards[i], b->r->wards[i].ward ? b->r->wards[i].ward : report_word(b, "the whole house"),
                 false);
    ward_row(b, &b->r->all, report_word(b, "together"), true);
    report_end(b);
}

/* ---- what people keyed */

static const struct report_column tier_columns[] = {
    {"kind of field", MM(50), false}, {"in number", MM(17), true},  {"still open", MM(17), true},
    {"first key", MM(17), true},      {"second key", MM(17), true}, {"third person", MM(17), true},
    {"looked at", MM(17), true},      {"not alike", MM(18), true},
};
static const struct report_column rate_columns[] = {{"kind of error", MM(84), false},
                                                    {"in number", MM(18), true},
                                                    {"out of", MM(18), true},
                                                    {"share", MM(18), true},
                                                    {"sure to 95 %", MM(32), true}};

static void tier_row(struct report_book *b, int tier, const char *name)
{
    const struct repli_report_tier *t = &b->r->tiers[tier];
    if (t->fields == 0)
        return;
    const char *cells[] = {report_word(b, name),        report_count(b, t->fields),  report_count(b, t->open),
                           report_count(b, t->key1),    report_count(b, t->key2),    report_count(b, t->settle),
                           report_count(b, t->confirm), report_count(b, t->differed)};
    report_row(b, tier_columns, COUNT(tier_columns), cells, false);
}

static void rate_row(struct report_book *b, const char *name, int64_t part, int64_t whole)
{
    const char *cells[] = {report_word(b, name), report_count(b, part), report_count(b, whole),
                           report_rate(b, part, whole), ""};
    report_row(b, rate_columns, COUNT(rate_columns), cells, false);
}

/* A sample says how sure its share is: what stands in the rows above was counted whole. */
static void sample_row(struct report_book *b, const char *name, const struct repli_report_share *s)
{
    if (s->answered == 0)
        return;
    struct repli_interval in = repli_interval_95(s->wrong, s->answered);
    const char *cells[] = {report_word(b, name), report_count(b, s->wrong), report_count(b, s->answered),
                           report_rate(b, s->wrong, s->answered), report_between(b, in.low, in.high)};
    report_row(b, rate_columns, COUNT(rate_columns), cells, false);
}

void report_entries(struct report_book *b)
{
    const struct repli_report *r = b->r;
    int64_t twice = 0, differed = 0, images = 0, odd = 0;
    report_heading(b, "What people keyed, and how often it was wrong", MM(34));
    report_head(b, tier_columns, COUNT(tier_columns));
    tier_row(b, 1, "keyed by two people");
    tier_row(b, 2, "seen by one person");
    tier_row(b, 0, "all other");
    report_end(b);
    for (int i = 0; i < 3; i++) {
        twice += r->tiers[i].twice;
        differed += r->tiers[i].differed;
    }
    for (size_t i = 0; i < r->nimages; i++) {
        images += r->images[i].count;
        odd += strcmp(r->images[i].outcome, "unreadable") == 0 || strcmp(r->images[i].outcome, "no-code") == 0 ||
                       strcmp(r->images[i].outcome, "not-registered") == 0
                   ? r->images[i].count
                   : 0;
    }
    b->y += MM(2);
    report_head(b, rate_columns, COUNT(rate_columns));
    rate_row(b, "two people keyed not alike", differed, twice);
    rate_row(b, "ticks of the machine that a person saw otherwise", r->ticks_refuted, r->ticks);
    rate_row(b, "handwriting that nobody could read", r->illegible, r->settled);
    rate_row(b, "images that the machine could not read", odd, images);
    sample_row(b, "known fields among the others, keyed wrong", &r->known);
    sample_row(b, "sample of the record, read again otherwise", &r->sample);
    report_end(b);
    report_sentence(b, report_put(b, "{n} further fields are empty, as the machine saw.", r->machine));
}

/* ---- conflicts, by what they are about: a director reads families, --json has each kind */

static const struct {
    const char *name;
    const char *parts[14]; /* of the kind's word; the first family with a match has it */
} families[] = {
    {"taken back from the record", {"undone"}},
    {"the record says otherwise", {"there-different", "already", "twice", "heads-differ"}},
    {"orders of medicines", {"order", "on-hold", "decision", "code-", "care-limit", "not-done", "self-"}},
    {"identity of the patient", {"identity", "patient", "niss", "stay", "registered", "downtime", "deceased"}},
    {"known allergies", {"allergy"}},
    {"doses and infusions", {"dose", "maximum", "interval", "high-alert", "infusion", "amount"}},
    {"places and beds", {"place", "bed", "moved", "wards", "earlier"}},
    {"time missing, doubtful or outside the outage", {"time", "hour", "day", "outage", "window", "due"}},
    {"illegible, contradictory or not complete", {""}},
};

static size_t family_of(const char *kind)
{
    for (size_t f = 0;; f++)
        for (size_t i = 0; i < COUNT(families[f].parts) && families[f].parts[i]; i++)
            if (strstr(kind, families[f].parts[i]))
                return f;
}

void report_conflicts(struct report_book *b)
{
    static const struct report_column columns[] = {{"what it was about", MM(70), false}, {"in number", MM(20), true},
                                                   {"paper held", MM(20), true},         {"record held", MM(20), true},
                                                   {"noted only", MM(20), true},         {"still open", MM(20), true}};
    struct repli_report_held sums[COUNT(families)] = {0};
    report_heading(b, "Conflicts, and how they ended", MM(20));
    if (b->r->nheld == 0) {
        report_sentence(b, report_word(b, "There was none."));
        return;
    }
    for (size_t i = 0; i < b->r->nheld; i++) {
        const struct repli_report_held *h = &b->r->held[i];
        struct repli_report_held *to = &sums[family_of(h->kind)];
        to->open += h->open;
        to->paper += h->paper;
        to->live += h->live;
        to->note += h->note;
    }
    report_head(b, columns, COUNT(columns));
    for (size_t i = 0; i < COUNT(families); i++) {
        int64_t all = sums[i].open + sums[i].paper + sums[i].live + sums[i].note;
        const char *cells[] = {report_word(b, families[i].name), report_count(b, all),
                               report_count(b, sums[i].paper),   report_count(b, sums[i].live),
                               report_count(b, sums[i].note),    report_count(b, sums[i].open)};
        if (all)
            report_row(b, columns, COUNT(columns), cells, false);
    }
    report_end(b);
}

/* ---- images */

static const char *outcome_words(const char *outcome)
{
    static const struct {
        const char *outcome, *words;
    } rows[] = {
        {"read", "read by the machine"},
        {"unreadable", "no image, or a damaged one"},
        {"no-code", "no page code found"},
        {"bad-mac", "a code that is not authentic"},
        {"foreign", "not paper of this hospital"},
        {"unknown-form", "a form that is not known here"},
        {"not-registered", "the printed frame was not found"},
        {"mismatch", "the band says something else than the code"},
        {"serial-clash", "one number on two different sheets"},
        {"no-snapshot", "waits for a snapshot that is not here"},
        {"two-sheets", "two sheets in one image"},
        {"duplicate", "the same image again"},
        {"second-image", "another image of a sheet"},
        {"void", "a sheet that was declared void"},
        {"closed", "a sheet that was in the record already"},
        {"blank", "nothing written on it"},
        {"copy", "a copy that is not written on"},
        {"drill", "paper of a drill"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].outcome, outcome) == 0)
            return rows[i].words;
    return outcome;
}

void report_images(struct report_book *b)
{
    static const struct report_column columns[] = {
        {"images, by what they were", MM(120), false}, {"in number", MM(25), true}, {"still open", MM(25), true}};
    report_heading(b, "Scanned images", MM(20));
    if (b->r->nimages == 0) {
        report_sentence(b, report_word(b, "There was none."));
        return;
    }
    report_head(b, columns, COUNT(columns));
    for (size_t i = 0; i < b->r->nimages; i++) {
        const struct repli_report_images *m = &b->r->images[i];
        const char *cells[] = {report_word(b, outcome_words(m->outcome)), report_count(b, m->count),
                               report_count(b, m->waiting)};
        report_row(b, columns, COUNT(columns), cells, false);
    }
    report_end(b);
}
