/* Derivation: from a sheet's page map, readings, entries and revisions follow its tasks and its settled fields.
**
** The rules are in derive_field() and below, and nowhere else.  They are a pure function, so that the order in which
** answers came, or a repetition, makes no difference.
*/
#include <string.h>

#include "reconcile/review_internal.h"
#include "repli/text.h"

const char *review_need_text(enum review_need need)
{
    static const char *const texts[NEED_COUNT] = {NULL, "key1", "key2", "settle", "confirm", "callback"};
    return texts[need];
}

bool review_number(const struct repli_field *f)
{
    return f->kind == REPLI_FIELD_DIGITS || f->kind == REPLI_FIELD_BAND || f->kind == REPLI_FIELD_WRITE;
}

bool review_place_field(const struct repli_field *f)
{
    return f->kind == REPLI_FIELD_TEXT && f->role && strcmp(f->role, "to") == 0;
}

bool review_words_field(const struct repli_field *f)
{
    static const char *const roles[] = {"family", "given", "mrn", "sheet"};
    for (size_t i = 0; f->kind == REPLI_FIELD_TEXT && f->role && i < sizeof roles / sizeof *roles; i++)
        if (strcmp(f->role, roles[i]) == 0)
            return true;
    return false;
}

bool review_for_people(const struct repli_field *f)
{
    return f->tier <= 2 &&
           (f->kind == REPLI_FIELD_TICK || review_place_field(f) || review_words_field(f) || review_number(f));
}

bool review_ticked(const struct review_field *f)
{
    return f->settled.answer && strcmp(f->settled.answer, "value") == 0 && strcmp(f->settled.value, "ticked") == 0;
}

struct review_field *review_find(const struct review_sheet *sheet, const char *field_id)
{
    for (size_t i = 0; i < sheet->count; i++)
        if (strcmp(sheet->fields[i].field->id, field_id) == 0)
            return &sheet->fields[i];
    return NULL;
}

const struct repli_reading_source *review_source(const struct review_sheet *sheet, const struct review_field *f)
{
    return f->reading ? &f->reading->source : &sheet->source;
}

const char *review_capture_of(const struct review_sheet *sheet, const struct review_field *f)
{
    size_t index = (size_t)(f - sheet->fields);
    for (size_t c = 0; c < sheet->map->ncaptures; c++)
        for (size_t m = 0; m < sheet->map->captures[c].nmembers; m++)
            if (sheet->map->captures[c].fields[m] == index)
                return sheet->map->captures[c].id;
    return NULL;
}

const char *review_may_not(const struct review_field *f, const char *person)
{
    static const enum review_need earlier[] = {NEED_KEY1, NEED_KEY2, NEED_CONFIRM};
    if (f->need != NEED_KEY2 && f->need != NEED_SETTLE)
        return NULL;
    for (size_t i = 0; i < sizeof earlier / sizeof *earlier; i++)
        if (f->answers[earlier[i]] && strcmp(f->answers[earlier[i]]->person, person) == 0)
            return f->need == NEED_KEY2 ? "you gave the first key: the second must come from somebody else"
                                        : "you answered this already: somebody else must settle it";
    return NULL;
}

static bool state_is(const struct review_field *f, const char *state)
{
    /* A field that was opened again is people's, whatever the machine saw. */
    return f->revision == 1 && f->reading && strcmp(f->reading->state, state) == 0;
}

static void settle_machine(const struct review_sheet *sheet, struct review_field *f, const char *answer,
                           const char *value)
{
    f->settled = (struct repli_settled){.field = f->field->id,
                                        .answer = answer,
                                        .value = value,
                                        .revision = f->revision,
                                        .settled_utc = sheet->source.scanned_utc};
}

static int64_t later(int64_t t, const struct repli_entry *e)
{
    return e && e->entered_utc > t ? e->entered_utc : t;
}

/* `first` is the answer that holds; `second` who agreed with it, or NULL. */
static void settle_people(struct review_field *f, const struct repli_entry *first, const struct repli_entry *second)
{
    f->settled = (struct repli_settled){.field = f->field->id,
                                        .answer = first->answer,
                                        .value = first->value,
                                        .by1 = first->person,
                                        .by2 = second ? second->person : NULL,
                                        .revision = f->revision,
                                        .settled_utc = later(first->entered_utc, second)};
}

static bool agree(const struct repli_entry *x, const struct repli_entry *y)
{
    return review_same(x->answer, x->value, y->answer, y->value);
}

/* The settling answer holds; where it repeats an earlier one, that person's key is the first of two. */
static void settle_third(struct review_field *f, const struct repli_entry *third)
{
    static const enum review_need earlier[] = {NEED_KEY1, NEED_KEY2, NEED_CONFIRM};
    for (size_t i = 0; i < sizeof earlier / sizeof *earlier; i++) {
        const struct repli_entry *e = f->answers[earlier[i]];
        if (e && agree(e, third)) {
            settle_people(f, e, third);
            return;
        }
    }
    settle_people(f, third, NULL);
}

/* The keyed number, or that there is none, against the row the machine saw ink in; a doubtful row is no witness. */
static bool row_agrees(const struct review_field *f, const struct repli_entry *e)
{
    if (f->field->kind != REPLI_FIELD_BAND || !state_is(f, "ink"))
        return true;
    return strcmp(e->answer, "value") == 0 ? review_in_row(f->field, f->reading->row, e->value)
                                           : strcmp(e->answer, "blank") != 0;
}

static void derive_keys(struct review_field *f, bool correction_open)
{
    const struct repli_entry *k1 = f->answers[NEED_KEY1], *k2 = f->answers[NEED_KEY2];
    if (!k1)
        f->need = NEED_KEY1;
    else if (f->tier > 1 && correction_open && review_number(f->field))
        f->pending = true; /* one key or two? the page's correction tick decides */
    else if (f->tier == 1 && !k2)
        f->need = NEED_KEY2;
    else if ((!k2 || agree(k1, k2)) && row_agrees(f, k1))
        settle_people(f, k1, k2);
    else if (f->answers[NEED_SETTLE])
        settle_third(f, f->answers[NEED_SETTLE]);
    else
        f->need = NEED_SETTLE;
}

/* What the machine saw clearly and a person has to confirm. */
static void derive_confirm(struct review_field *f, const char *answer, const char *value)
{
    const struct repli_entry *e = f->answers[NEED_CONFIRM];
    if (!e)
        f->need = NEED_CONFIRM;
    else if (review_same(e->answer, e->value, answer, value))
        settle_people(f, e, NULL);
    else if (f->answers[NEED_SETTLE])
        settle_third(f, f->answers[NEED_SETTLE]);
    else
        f->need = NEED_SETTLE;
}

/* Doses and decisions about orders are never the machine's alone, nor one person's, whatever a template says. */
static bool always_first(const struct repli_field *f)
{
    return f->capture && (strcmp(f->capture, "administration") == 0 || strcmp(f->capture, "order-decision") == 0);
}

/* What a page says about all its fields. */
struct page_rules {
    bool corrected;       /* its correction tick is settled as a mark: people look at everything on it */
    bool correction_open; /* nobody knows yet */
};

/* A clear mark: machine and one person in tier 1, the machine alone in tier 2.  A struck mark is no mark. */
static void derive_clear_tick(const struct review_sheet *sheet, struct review_field *f, const struct page_rules *page)
{
    bool ticked = state_is(f, "ticked");
    const char *answer = ticked ? "value" : "blank", *value = ticked ? "ticked" : NULL;
    if (f->tier == 1 || page->corrected)
        derive_confirm(f, answer, value);
    else if (page->correction_open)
        f->pending = true;
    else
        settle_machine(sheet, f, answer, value);
}

static bool inked(const struct review_field *f)
{
    return f->reading && strcmp(f->reading->state, "empty") != 0;
}

/* Does anything lie in a field that says one thing with this one: of its group, or of a capture of it? */
static bool company_inked(const struct review_sheet *sheet, const struct review_field *f)
{
    size_t index = (size_t)(f - sheet->fields);
    const char *group = f->field->group;
    for (size_t i = 0; group && i < sheet->count; i++)
        if (sheet->fields[i].field->group && strcmp(sheet->fields[i].field->group, group) == 0 &&
            inked(&sheet->fields[i]))
            return true;
    for (size_t c = 0; c < sheet->map->ncaptures; c++) {
        const struct repli_capture *capture = &sheet->map->captures[c];
        bool member = false, any = false;
        for (size_t m = 0; m < capture->nmembers; m++) {
            member = member || capture->fields[m] == index;
            any = any || inked(&sheet->fields[capture->fields[m]]);
        }
        if (member && any)
            return true;
    }
    return false;
}

/* Nothing is there.  Where the page says that it was corrected, a person confirms that too, but for what nobody touched
** at all. */
static void derive_empty(const struct review_sheet *sheet, struct review_field *f, const struct page_rules *page)
{
    bool touched = (page->corrected || page->correction_open) && company_inked(sheet, f);
    if (touched && page->corrected)
        derive_confirm(f, "blank", NULL);
    else if (touched)
        f->pending = true;
    else
        settle_machine(sheet, f, "empty", NULL);
}

/* A box of a handwritten order (its unit, its route) or of a request alone says nothing: where the machine is sure that
** nothing is written on the line, a doubtful one is no question.  An image of two levels cannot prove a box empty, and
** a side of such lines that nobody touched would ask for every one of them. */
static bool on_empty_line(const struct review_sheet *sheet, const struct review_field *f)
{
    const struct repli_page_map *map = sheet->map;
    size_t index = (size_t)(f - sheet->fields);
    bool on_line = false;
    if (f->field->kind != REPLI_FIELD_TICK || !state_is(f, "doubtful"))
        return false;
    for (size_t c = 0; c < map->ncaptures; c++) {
        const struct repli_capture *capture = &map->captures[c];
        bool member = false, empty = capture->kind && (strcmp(capture->kind, "order-proposal") == 0 ||
                                                       strcmp(capture->kind, "document") == 0);
        for (size_t m = 0; m < capture->nmembers; m++) {
            const struct review_field *other = &sheet->fields[capture->fields[m]];
            member = member || capture->fields[m] == index;
            empty =
                empty && (other->field->kind == REPLI_FIELD_TICK ? !state_is(other, "ticked") && other->revision == 1
                                                                 : state_is(other, "empty"));
        }
        if (member && !empty)
            return false;
        on_line = on_line || member;
    }
    return on_line;
}

/* What nobody can read is asked of who wrote it; that answer holds, also when it is that nobody knows any more. */
static void derive_callback(struct review_field *f)
{
    if (!f->settled.answer || strcmp(f->settled.answer, "illegible") != 0)
        return;
    if (f->answers[NEED_CALLBACK])
        settle_people(f, f->answers[NEED_CALLBACK], NULL);
    else
        f->callback = true;
}

static void derive_need(const struct review_sheet *sheet, struct review_field *f, const struct page_rules *page)
{
    f->need = NEED_NONE;
    f->pending = f->callback = false;
    f->settled = (struct repli_settled){0};
    f->tier = page->corrected && review_number(f->field) && f->field->tier == 2 ? 1 : f->field->tier;
    if (!review_for_people(f->field))
        return; /* filed with the image */
    if (always_first(f->field))
        f->tier = 1;
    if (on_empty_line(sheet, f))
        settle_machine(sheet, f, "empty", NULL);
    else if (state_is(f, "empty"))
        derive_empty(sheet, f, page);
    else if (f->field->kind == REPLI_FIELD_TICK && (state_is(f, "ticked") || state_is(f, "cancelled")))
        derive_clear_tick(sheet, f, page);
    else
        derive_keys(f, page->correction_open);
}

static void derive_field(const struct review_sheet *sheet, struct review_field *f, const struct page_rules *page)
{
    derive_need(sheet, f, page);
    derive_callback(f);
}

/* A page that continues has a spare's number, and a number says that it continues: where one of the two is missing, a
** person looks for it. */
static void derive_continuation(const struct review_sheet *sheet)
{
    struct review_field *tick = review_find(sheet, "page.continues"), *number = review_find(sheet, "page.spare");
    if (!tick || !number)
        return;
    if (state_is(number, "empty") && (state_is(tick, "ticked") || review_ticked(tick))) {
        number->settled = (struct repli_settled){0};
        derive_keys(number, false);
        derive_callback(number);
    }
    if (state_is(tick, "empty") && !state_is(number, "empty") && number->reading) {
        tick->settled = (struct repli_settled){0};
        derive_confirm(tick, "blank", NULL);
    }
}

void review_derive(struct review_sheet *sheet)
{
    enum repli_life state = sheet->row->state;
    struct page_rules page = {false, false};
    if (state != REPLI_LIFE_READ && state != REPLI_LIFE_REVIEWED && state != REPLI_LIFE_MERGED)
        return;
    /* The correction tick first: it decides what people look at on this page. */
    struct review_field *correction = review_find(sheet, "page.correction");
    if (correction)
        derive_field(sheet, correction, &page);
    page.correction_open = correction && !correction->settled.answer;
    page.corrected = correction && !page.correction_open && strcmp(correction->settled.answer, "empty") != 0 &&
                     strcmp(correction->settled.answer, "blank") != 0;
    for (size_t i = 0; i < sheet->count; i++)
        if (&sheet->fields[i] != correction)
            derive_field(sheet, &sheet->fields[i], &page);
    derive_continuation(sheet);
}

static enum review_need need_of(const char *text)
{
    for (int n = NEED_KEY1; n < NEED_COUNT; n++)
        if (strcmp(review_need_text((enum review_need)n), text) == 0)
            return (enum review_need)n;
    return NEED_NONE;
}

/* Readings, revisions and entries laid beside the fields of the map. */
static enum repli_status load_rows(struct repli_ledger *ledger, struct review_sheet *sheet, struct repli_arena *a,
                                   struct repli_err *err)
{
    struct repli_reading *readings = NULL;
    struct repli_entry *entries = NULL;
    struct repli_reopened *reopened = NULL;
    uint64_t serial = sheet->row->serial;
    size_t nreadings = 0, nentries = 0, nreopened = 0;
    enum repli_status s = repli_ledger_readings(ledger, serial, a, &readings, &nreadings, err);
    if (s == REPLI_OK)
        s = repli_ledger_reopened(ledger, serial, a, &reopened, &nreopened, err);
    if (s == REPLI_OK)
        s = repli_ledger_entries(ledger, serial, a, &entries, &nentries, err);
    if (s != REPLI_OK)
        return s;
    struct review_field *f = NULL;
    for (size_t i = 0; i < nreadings; i++) {
        if (!sheet->source.found || readings[i].source.scan_id < sheet->source.scan_id)
            sheet->source = readings[i].source;
        if ((f = review_find(sheet, readings[i].field)) != NULL)
            f->reading = &readings[i];
    }
    for (size_t i = 0; i < nreopened; i++)
        if ((f = review_find(sheet, reopened[i].field)) != NULL && reopened[i].revision > f->revision)
            f->revision = reopened[i].revision;
    for (size_t i = 0; i < nentries; i++)
        if ((f = review_find(sheet, entries[i].field)) != NULL && entries[i].revision == f->revision)
            f->answers[need_of(entries[i].need)] = &entries[i];
    return REPLI_OK;
}

/* With the sheet's map, or NULL: the ledger's. */
static enum repli_status load(struct repli_ledger *ledger, uint64_t serial, struct repli_page_map *map,
                              struct repli_arena *a, struct review_sheet **out, struct repli_err *err)
{
    struct review_sheet *sheet = repli_arena_alloc(a, sizeof *sheet);
    enum repli_status s = repli_ledger_sheet_get(ledger, serial, a, &sheet->row, err);
    sheet->map = map;
    if (s == REPLI_OK && sheet->row && !map)
        s = repli_ledger_sheet_map(ledger, serial, a, &sheet->map, err);
    if (s != REPLI_OK)
        return s;
    if (!sheet->row || !sheet->map) {
        *out = NULL;
        return REPLI_OK;
    }
    sheet->count = sheet->map->nfields;
    sheet->fields = repli_arena_array(a, sheet->count, sizeof *sheet->fields);
    for (size_t i = 0; i < sheet->count; i++)
        sheet->fields[i] = (struct review_field){.field = &sheet->map->fields[i], .revision = 1};
    s = load_rows(ledger, sheet, a, err);
    if (s != REPLI_OK)
        return s;
    review_derive(sheet);
    *out = sheet;
    return REPLI_OK;
}

enum repli_status review_load_again(struct repli_ledger *ledger, uint64_t serial, const struct review_sheet *before,
                                    struct repli_arena *a, struct review_sheet **out, struct repli_err *err)
{
    return load(ledger, serial, before ? before->map : NULL, a, out, err);
}

static enum repli_status store_rows(struct repli_ledger *ledger, const struct review_sheet *sheet,
                                    struct repli_arena *a, int64_t now_utc, struct repli_err *err)
{
    struct repli_task *open = repli_arena_array(a, sheet->count, sizeof *open);
    struct repli_settled *settled = repli_arena_array(a, sheet->count, sizeof *settled);
    size_t nopen = 0, nsettled = 0;
    bool waits = false;
    for (size_t i = 0; i < sheet->count; i++) {
        const struct review_field *f = &sheet->fields[i];
        waits = waits || f->need != NEED_NONE || f->pending;
        if (f->settled.answer)
            settled[nsettled++] = f->settled;
        if (f->need == NEED_NONE)
            continue;
        const char *need = review_need_text(f->need);
        open[nopen++] = (struct repli_task){
            .id = repli_arena_printf(a, "%s/%s/%d/%s", sheet->row->sheet, f->field->id, f->revision, need),
            .field = f->field->id,
            .need = need,
            .revision = f->revision,
            .tier = f->tier};
    }
    uint64_t serial = sheet->row->serial;
    enum repli_life state = sheet->row->state;
    enum repli_status s = repli_ledger_tasks_put(ledger, serial, open, nopen, err);
    if (s == REPLI_OK)
        s = repli_ledger_settled_put(ledger, serial, settled, nsettled, err);
    if (s == REPLI_OK && state == REPLI_LIFE_READ && !waits)
        s = repli_ledger_sheet_state(ledger, serial, REPLI_LIFE_REVIEWED, NULL, NULL, now_utc, err);
    else if (s == REPLI_OK && state == REPLI_LIFE_REVIEWED && waits && repli_life_may(state, REPLI_LIFE_READ))
        s = repli_ledger_sheet_state(ledger, serial, REPLI_LIFE_READ, NULL, NULL, now_utc, err);
    return s;
}

enum repli_status review_store(struct repli_ledger *ledger, const struct review_sheet *sheet, struct repli_arena *a,
                               int64_t now_utc, struct repli_err *err)
{
    bool mine = !repli_ledger_in_tx(ledger);
    enum repli_status s = mine ? repli_ledger_begin(ledger, err) : REPLI_OK;
    if (s != REPLI_OK)
        return s;
    s = store_rows(ledger, sheet, a, now_utc, err);
    if (mine && s == REPLI_OK)
        s = repli_ledger_commit(ledger, err);
    if (mine && s != REPLI_OK)
        repli_ledger_rollback(ledger);
    return s;
}

static enum repli_status derive_now(const struct repli_site *site, struct repli_ledger *ledger, uint64_t serial,
                                    struct repli_page_map *map, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    enum repli_status s = load(ledger, serial, map, &a, &sheet, err);
    bool asks =
        s == REPLI_OK && sheet && (sheet->row->state == REPLI_LIFE_READ || sheet->row->state == REPLI_LIFE_REVIEWED);
    return asks ? review_store(ledger, sheet, &a, repli_clock_now(&site->clock), err) : s;
}

/* Loaded and stored in one transaction: others may be keying the same sheet. */
enum repli_status repli_review_derive(const struct repli_site *site, struct repli_ledger *ledger, uint64_t serial,
                                      struct repli_page_map *map, struct repli_err *err)
{
    bool mine = !repli_ledger_in_tx(ledger);
    enum repli_status s = mine ? repli_ledger_begin(ledger, err) : REPLI_OK;
    if (s != REPLI_OK)
        return s;
    s = derive_now(site, ledger, serial, map, err);
    if (mine && s == REPLI_OK)
        s = repli_ledger_commit(ledger, err);
    if (mine && s != REPLI_OK)
        repli_ledger_rollback(ledger);
    return s;
}

enum repli_status review_refresh(const struct repli_site *site, struct repli_ledger *ledger, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    uint64_t *serials = NULL;
    size_t count = 0;
    enum repli_status s = repli_ledger_serials(ledger, REPLI_LIFE_READ, true, &a, &serials, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        s = repli_review_derive(site, ledger, serials[i], NULL, err);
    return s;
}
