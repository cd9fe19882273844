/* Kinds of work that wait, and pieces of them for one person: what the station hands out. */
#include "repli/lend.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/batch.h"

/* "obs", "col12.temp" -> "obs/col#.temp" */
static const char *group_of(const char *form, const char *field, struct repli_arena *a)
{
    char *out = repli_arena_printf(a, "%s/%s", form, field), *to = strchr(out, '/');
    for (const char *from = to; *from; from++) {
        if (*from < '0' || *from > '9')
            *to++ = *from;
        else if (to[-1] != '#')
            *to++ = '#';
    }
    *to = 0;
    return out;
}

/* ---- what waits */

static int rank(const char *need)
{
    static const char *const order[] = {"settle", "key2", "key1", "confirm"};
    for (int i = 0; i < 4; i++)
        if (strcmp(order[i], need) == 0)
            return i;
    return 4;
}

static int by_rank(const void *left, const void *right)
{
    const struct repli_work *x = left, *y = right;
    if (rank(x->need) != rank(y->need))
        return rank(x->need) - rank(y->need);
    if (x->open != y->open)
        return x->open > y->open ? -1 : 1;
    return strcmp(x->group, y->group);
}

enum repli_status repli_review_work(const struct repli_site *site, struct repli_ledger *ledger, const char *by,
                                    struct repli_arena *a, struct repli_work **list, size_t *count,
                                    struct repli_err *err)
{
    struct repli_lendable *rows = NULL;
    size_t nrows = 0, n = 0;
    enum repli_status s =
        repli_ledger_lendable_counts(ledger, by, repli_clock_now(&site->clock), a, &rows, &nrows, err);
    if (s != REPLI_OK)
        return s;
    struct repli_work *out = repli_arena_array(a, nrows, sizeof *out);
    for (size_t i = 0; i < nrows; i++) {
        bool confirm = strcmp(rows[i].need, "confirm") == 0;
        const char *group =
            confirm ? rows[i].state ? rows[i].state : "empty" : group_of(rows[i].form, rows[i].field, a);
        size_t at = 0;
        while (at < n && (strcmp(out[at].need, rows[i].need) != 0 || strcmp(out[at].group, group) != 0))
            at++;
        if (at == n)
            out[n++] = (struct repli_work){
                .need = rows[i].need, .group = group, .serial = rows[i].serial, .field = rows[i].field};
        out[at].open += rows[i].count;
        out[at].mine += rows[i].mine;
        out[at].theirs += rows[i].theirs;
    }
    if (n > 1)
        qsort(out, n, sizeof *out, by_rank);
    *list = out;
    *count = n;
    return REPLI_OK;
}

enum repli_status repli_review_ready(const struct repli_site *site, struct repli_ledger *ledger, struct repli_err *err)
{
    return review_refresh(site, ledger, err);
}

/* ---- a piece of it */

static bool right_group(const struct review_batch *b, const char *form, const char *field)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    return !strchr(b->user, '/') || strcmp(group_of(form, field, &a), b->user) == 0;
}

/* A known field that is to lie among the others: of what is confirmed, one that the machine saw alike. */
static bool fits(const struct review_batch *b, const struct review_sheet *sheet, const struct review_field *f)
{
    const char *state = f->reading ? f->reading->state : "empty";
    bool confirm = strcmp(b->kind, "confirm") == 0;
    if (confirm != (strcmp(review_asked_as(f), "confirm") == 0))
        return false;
    return confirm ? strcmp(state, b->user) == 0 : right_group(b, sheet->row->form_id, f->field->id);
}

static json_t *box(const struct repli_box *b)
{
    return json_pack("[f,f,f,f]", b->x0 / 1e3, b->y0 / 1e3, b->x1 / 1e3, b->y1 / 1e3);
}

/* What stands against each other, in an order that follows from the task's name alone. */
static void add_keyed(json_t *o, const struct review_field *f)
{
    static const enum review_need earlier[] = {NEED_KEY1, NEED_KEY2, NEED_CONFIRM};
    const char *id = json_string_value(json_object_get(o, "task"));
    json_t *list = json_array();
    unsigned odd = 0;
    for (const char *p = id; *p; p++)
        odd = odd * 31 + (unsigned char)*p;
    for (size_t i = 0; i < sizeof earlier / sizeof *earlier; i++) {
        const struct repli_entry *e = f->answers[earlier[i]];
        json_t *one = e ? json_pack("{s:s, s:s?}", "answer", e->answer, "value", e->value) : NULL;
        if (one && (odd >> 3 & 1))
            json_array_insert_new(list, 0, one);
        else if (one)
            json_array_append_new(list, one);
    }
    json_object_set_new(o, "keyed", list);
    const struct repli_reading *r = f->revision == 1 ? f->reading : NULL;
    if (r && f->field->kind == REPLI_FIELD_BAND && r->row >= 0 && (size_t)r->row < f->field->nparts &&
        f->field->row_labels)
        json_object_set_new(o, "machine", json_string(f->field->row_labels[r->row]));
    else if (r && f->field->kind == REPLI_FIELD_TICK)
        json_object_set_new(o, "machine", json_string(r->state));
}

static void tell(struct review_batch *b, const struct review_sheet *sheet, const struct review_field *f,
                 const char *need, struct repli_arena *a)
{
    json_t *o = review_task_json(sheet, f, need, a);
    json_object_set_new(o, "group", json_string(b->user));
    json_object_set_new(o, "mm", box(&f->field->box));
    json_object_set_new(o, "form", json_string(sheet->row->form_id));
    json_object_set_new(o, "confidence", json_real(f->reading ? f->reading->confidence : 0));
    json_object_set_new(o, "wide", json_boolean(sheet->map->patient != NULL)); /* as the pictures are cut */
    if (strcmp(need, "settle") == 0)
        add_keyed(o, f);
    char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(15));
    b->lines[b->count++] = repli_arena_strdup(&b->a, text ? text : "{}");
    free(text);
    json_decref(o);
}

static enum repli_status take_row(struct review_batch *b, const struct repli_lendable *row, struct review_sheet **sheet,
                                  struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    if (!*sheet || (*sheet)->row->serial != row->serial)
        s = review_load(b->ledger, row->serial, &b->a, sheet, err);
    const struct review_field *f = s == REPLI_OK && *sheet ? review_find(*sheet, row->field) : NULL;
    /* The derivation has the last word about what is open and who may do it. */
    if (!f || f->need == NEED_NONE || strcmp(review_need_text(f->need), row->need) != 0 || review_may_not(f, b->by))
        return s;
    return review_batch_take(b, *sheet, f, &b->a, err);
}

static enum repli_status fill(struct review_batch *b, struct repli_err *err)
{
    const char *group = b->user, *slash = strchr(group, '/');
    char *like = repli_arena_strdup(&b->a, "");
    for (const char *p = slash ? slash + 1 : "*"; *p; p++)
        like = repli_arena_printf(&b->a, *p == '#' ? "%s[0-9]*" : "%s%c", like, *p);
    const struct repli_lendable_wanted wanted = {
        .person = b->by,
        .need = b->kind,
        .form = slash ? repli_arena_strndup(&b->a, group, (size_t)(slash - group)) : NULL,
        .state = slash ? NULL : group,
        .like = like,
        .now_utc = b->now_utc,
        .limit = 2 * b->limit};
    struct repli_lendable *rows = NULL;
    struct review_sheet *sheet = NULL;
    size_t count = 0;
    enum repli_status s = repli_ledger_lendable(b->ledger, &wanted, &b->a, &rows, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count && (int64_t)b->count < b->limit; i++)
        if (right_group(b, rows[i].form, rows[i].field))
            s = take_row(b, &rows[i], &sheet, err);
    return s;
}

enum repli_status repli_review_lend(const struct repli_site *site, struct repli_ledger *ledger, const char *by,
                                    const char *need, const char *group, int64_t limit, repli_review_line_fn *fn,
                                    void *user, struct repli_err *err)
{
    struct review_batch b = {.site = site,
                             .ledger = ledger,
                             .by = by,
                             .kind = need,
                             .limit = limit,
                             .fits = fits,
                             .tell = tell,
                             .user = group};
    return review_batch_give(&b, fill, fn, user, err);
}

/* ---- what a kind is called on paper */

enum repli_status repli_review_label(struct repli_ledger *ledger, uint64_t serial, const char *field,
                                     struct repli_arena *a, const char **label, struct repli_err *err)
{
    struct repli_page_map *map = NULL;
    enum repli_status s = repli_ledger_sheet_map(ledger, serial, a, &map, err);
    const struct repli_field *f = s == REPLI_OK && map ? repli_page_map_field(map, field) : NULL;
    *label = f && f->label ? f->label : field;
    return s;
}

/* ---- a whole sheet */

static void look_field(const struct review_sheet *sheet, const struct review_field *f, bool may, struct repli_arena *a,
                       repli_review_line_fn *fn, void *user)
{
    const char *need = f->need != NEED_NONE && may ? review_need_text(f->need) : NULL;
    json_t *o = review_task_json(sheet, f, need ? need : "", a);
    if (!need)
        json_object_del(o, "task");
    json_object_set_new(o, "mm", box(&f->field->box));
    json_object_set_new(o, "form", json_string(sheet->row->form_id));
    json_object_set_new(o, "status",
                        json_string(f->settled.answer              ? "settled"
                                    : f->need != NEED_NONE && need ? "open"
                                    : f->need != NEED_NONE         ? "others"
                                    : f->pending                   ? "waits"
                                                                   : "unread"));
    if (f->settled.answer) {
        json_object_set_new(o, "answer", json_string(f->settled.answer));
        json_object_set_new(o, "value", f->settled.value ? json_string(f->settled.value) : json_null());
        json_object_set_new(o, "people", json_boolean(f->settled.by1 != NULL));
    }
    char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (text)
        fn(user, text);
    free(text);
    json_decref(o);
}

enum repli_status repli_review_look(const struct repli_site *site, struct repli_ledger *ledger, const char *name,
                                    const char *by, repli_review_line_fn *fn, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    struct repli_lease *leases = NULL;
    size_t nleases = 0;
    enum repli_status s = review_named(ledger, name, &a, &sheet, err);
    if (s == REPLI_OK)
        s = repli_ledger_leases(ledger, sheet->row->serial, NULL, repli_clock_now(&site->clock), &a, &leases, &nleases,
                                err);
    for (size_t i = 0; s == REPLI_OK && i < sheet->count; i++) {
        const struct review_field *f = &sheet->fields[i];
        if (review_for_people(f->field))
            look_field(sheet, f, !review_may_not(f, by) && !review_lent(leases, nleases, f, by), &a, fn, user);
    }
    return s;
}
