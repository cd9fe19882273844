/* The numbers of a pack: serials, codes, page maps, and the pack's own name; the ledger knows them before the PDF. */
#include <string.h>
#include <unistd.h>

#include "print/run.h"
#include "repli/file.h"
#include "repli/id.h"
#include "repli/text.h"

#define ALLOT_TRIES  5
#define NUMBER_TRIES 10000

/* The pack's own file is always in SITE/packs under its number, which no earlier file bears (a restored ledger may give
** a number again): whoever settles a killed run must never take an older PDF for this one.  `pack.path` is relative to
** the site folder, which may move. */
static enum repli_status choose_file(struct pack_run *run, int64_t next_pack, struct repli_err *err)
{
    struct repli_plan *plan = run->plan;
    struct repli_arena *a = &plan->arena;
    struct repli_civil t;
    repli_zone_civil(plan->site->zone, plan->now_utc, &t);
    const char *day = repli_arena_printf(a, "%04d-%02d-%02d", t.year, t.month, t.day);
    const char *dir = repli_path_join(a, plan->site->packs, day);
    const char *ward = plan->request->house ? "house" : repli_ward_file(a, plan->ward);
    for (int64_t number = next_pack; number - next_pack < NUMBER_TRIES; number++) {
        repli_id_format('P', plan->site->station, number, run->pack.id);
        const char *name = repli_arena_printf(a, "%s-%s.pdf", ward, run->pack.id);
        run->pack.path = repli_arena_printf(a, "packs/%s/%s", day, name);
        run->file = repli_path_join(a, dir, name);
        if (!repli_file_exists(run->file))
            return repli_dir_make(dir, 0700, err);
    }
    return repli_fail(err, REPLI_IO, "%s is full of packs that this ledger does not know: move them away", dir);
}

/* ---- codes, page maps */

static void describe(struct pack_run *run)
{
    struct repli_plan *plan = run->plan;
    struct repli_buf what = {0};
    int hours = 0;
    for (size_t i = 0; i < plan->nforms; i++) {
        repli_buf_printf(&what, "%s%s", i ? "," : "", repli_form_id(plan->forms[i].form));
        if (plan->forms[i].window_hours > hours)
            hours = plan->forms[i].window_hours;
    }
    struct repli_pack *p = &run->pack;
    p->ward = plan->ward;
    p->what = repli_arena_strdup(&plan->arena, what.data);
    p->lang = plan->lang;
    if (!plan->without_data)
        memcpy(p->snapshot, plan->info->id, sizeof p->snapshot);
    p->data_utc = plan->info->taken_utc;
    p->printed_utc = plan->now_utc;
    p->window_utc = plan->window_utc;
    p->window_hours = hours;
    p->pages = (int)plan->nsheets;
    p->reason = plan->request->reason;
    p->state = "writing";
    repli_buf_done(&what);
}

/* A blank sheet has none. */
static const uint8_t *subject_of(const struct repli_plan *plan, const struct repli_plan_sheet *s)
{
    static const uint8_t none[8];
    return s->patient                                                             ? s->patient->subject
           : s->subject == REPLI_SUBJECT_WARD || s->subject == REPLI_SUBJECT_SITE ? plan->subject
                                                                                  : none;
}

static enum repli_status encode(struct pack_run *run, size_t i, uint64_t serial, struct repli_err *err)
{
    const struct repli_plan *plan = run->plan;
    const struct repli_plan_sheet *s = &plan->sheets[i];
    struct repli_page_code code = {
        .epoch = (uint8_t)repli_keys_epoch(plan->site->keys),
        .site_tag = repli_keys_site_tag(plan->site->keys),
        .serial = serial,
        .form = (uint16_t)repli_form_number(s->form->form),
        .version = (uint16_t)repli_form_version(s->form->form),
        .lang = (uint8_t)repli_form_lang_number(s->form->form),
        .page = (uint8_t)s->side->map.side,
        .pages = (uint8_t)s->side->map.sides,
        .subject_kind = (uint8_t)s->subject,
        .window_utc = (uint32_t)plan->window_utc,
        .window_hours = (uint8_t)s->form->window_hours,
        .flags =
            (uint8_t)(s->age_band | (s->side->map.verso ? REPLI_FLAG_VERSO : 0) | (plan->drill ? REPLI_FLAG_DRILL : 0) |
                      (s->copy_of ? REPLI_FLAG_COPY : 0) | (s->set->follows ? REPLI_FLAG_FOLLOWS : 0) |
                      (s->subject == REPLI_SUBJECT_BLANK ? REPLI_FLAG_SPARE : 0)),
    };
    memcpy(code.subject, subject_of(plan, s), sizeof code.subject);
    if (s->patient)
        memcpy(code.stay, s->patient->stay, sizeof code.stay);
    if (!plan->without_data)
        memcpy(code.snapshot, plan->info->id, sizeof code.snapshot);
    struct repli_sheet_row *row = &run->rows[i];
    row->flags = code.flags;
    row->subject_kind = code.subject_kind;
    if (!repli_pagecode_encode(&code, plan->site->keys, run->codes[i]))
        return repli_fail(err, REPLI_USAGE, "this station (%u) holds no key to print with: see `repli key --help`",
                          plan->site->station);
    /* Read back what the paper will say: it must be ours, and its MAC names the payload in the ledger. */
    struct repli_page_code back;
    if (repli_pagecode_decode(run->codes[i], plan->site->keys, &back, row->mac) != REPLI_PAGECODE_GOOD ||
        back.serial != serial)
        return repli_fail(err, REPLI_BUG, "the page code of sheet %zu does not read back", i + 1);
    return REPLI_OK;
}

static void fill_row(struct pack_run *run, size_t i, uint64_t serial)
{
    const struct repli_plan *plan = run->plan;
    const struct repli_plan_sheet *s = &plan->sheets[i];
    struct repli_page_map *map = &s->side->map;
    struct repli_sheet_row *row = &run->rows[i];
    if (s->copy_of) { /* the same side once more, with a name of its own */
        map = repli_arena_alloc(&run->plan->arena, sizeof *map);
        *map = s->side->map;
    }
    map->page = (int)i + 1;
    map->sheet = run->serials[i];
    map->code = run->codes[i];
    map->form = repli_form_id(s->form->form);
    map->version = repli_form_version(s->form->form);
    map->lang = repli_form_lang(s->form->form);
    map->patient = s->patient ? s->patient->identifier : NULL;
    map->stay = s->patient ? s->patient->stay_number : NULL;
    map->ward = s->patient ? s->patient->ward : plan->ward;
    row->serial = serial;
    row->state = REPLI_LIFE_ALLOTTED;
    row->page = map->page;
    row->version = map->version;
    row->side = map->side;
    row->sides = map->sides;
    row->window_utc = plan->window_utc;
    row->window_hours = s->form->window_hours;
    memcpy(row->form_hash, s->form->hash, sizeof row->form_hash);
    memcpy(row->subject, subject_of(plan, s), sizeof row->subject);
    if (s->patient) {
        memcpy(row->stay, s->patient->stay, sizeof row->stay);
        row->patient_id = s->patient->patient_id;
        row->patient_name = s->patient->name;
        row->birth_date = s->patient->birth_date;
    }
    row->sheet = map->sheet;
    row->pack_id = run->pack.id;
    row->code = map->code;
    row->form_id = map->form;
    row->lang = map->lang;
    row->patient = map->patient;
    row->stay_number = map->stay;
    row->ward = map->ward;
    row->state_utc = plan->now_utc;
    row->has_fields = map->nfields > 0 && !s->copy_of; /* nobody waits for a copy to come back */
    row->map = map;
    if (s->number == 0 && !s->copy_of) {
        row->filled = s->set->content;
        row->bed = s->set->bed;
    }
}

static enum repli_status fill_page(struct pack_run *run, size_t i, struct repli_err *err)
{
    struct repli_plan *plan = run->plan;
    const struct repli_plan_sheet *s = &plan->sheets[i];
    struct repli_draw_list *overlay = repli_arena_alloc(&plan->arena, sizeof *overlay);
    struct repli_overlay_in in = {.form = s->form->form,
                                  .zone = plan->site->zone,
                                  .side = s->side,
                                  .sheet = run->serials[i],
                                  .data_utc = plan->without_data ? 0 : plan->info->taken_utc,
                                  .print_utc = plan->now_utc,
                                  .outage_utc = plan->outage_utc,
                                  .drill = plan->drill,
                                  .copy = s->copy_of > 0,
                                  .copy_of = s->copy_of        ? run->serials[s->copy_of - 1]
                                             : s->set->repeats ? repli_again_of(s->set, s->number, &plan->arena)
                                                               : NULL,
                                  .audit = i > 0                  ? NULL
                                           : plan->request->audit ? plan->request->audit
                                                                  : run->audit,
                                  .note =
                                      plan->info->accepted_utc && !plan->without_data ? "UNVERIFIED SNAPSHOT" : NULL};
    enum repli_status status = repli_layout_overlay(&in, &plan->arena, overlay, err);
    run->pages[i] = (struct repli_pdf_page){.layer = s->side->layer,
                                            .fixed = &s->side->fixed,
                                            .filled = &s->side->filled,
                                            .overlay = overlay,
                                            .code = run->codes[i]};
    return status;
}

static enum repli_status number_sheets(struct pack_run *run, uint32_t first, struct repli_err *err)
{
    for (size_t i = 0; i < run->plan->nsheets; i++) {
        uint64_t serial = repli_serial_make(run->plan->site->station, first + (uint32_t)i);
        repli_serial_format(serial, run->serials[i]);
        enum repli_status status = encode(run, i, serial, err);
        if (status != REPLI_OK)
            return status;
        fill_row(run, i, serial);
        status = fill_page(run, i, err);
        if (status != REPLI_OK)
            return status;
    }
    return REPLI_OK;
}

static enum repli_status try_allot(struct pack_run *run, struct repli_err *err)
{
    const struct repli_site *site = run->plan->site;
    int64_t next_serial, next_pack, number;
    uint32_t first;
    bool jumped = false;
    enum repli_status status = repli_ledger_here(run->ledger, site, &jumped, err);
    if (status == REPLI_OK)
        status = repli_ledger_next(run->ledger, "serial", &next_serial, err);
    if (status == REPLI_OK)
        status = repli_ledger_next(run->ledger, "pack", &next_pack, err);
    if (status == REPLI_OK && !run->plan->request->audit)
        status = repli_audit_head(run->ledger, site->station, run->audit, err);
    if (status != REPLI_OK)
        return status;
    if (next_pack != run->seen)
        status = repli_again_moved(run->plan, &run->moved, err);
    if (status != REPLI_OK || run->moved)
        return status;
    if (next_serial < 0 || next_serial + (int64_t)run->plan->nsheets > REPLI_COUNTER_MAX)
        return repli_fail(err, REPLI_DATA, "station %u has no serials left: print from another station", site->station);
    status = repli_site_counter(site, (uint32_t)next_serial, (uint32_t)run->plan->nsheets, &first, err);
    if (status != REPLI_OK)
        return status;
    /* The ledger alone was restored: the mark beside the key knows of packs that it does not. */
    number = next_pack + (!jumped && first > next_serial ? REPLI_SITE_JUMP : 0);
    status = choose_file(run, number, err);
    if (status == REPLI_OK)
        status = number_sheets(run, first, err);
    if (status == REPLI_OK)
        status =
            repli_ledger_allot(run->ledger, &run->pack, run->rows, run->plan->nsheets, next_serial, next_pack, err);
    return status;
}

/* Somebody else may print on this station at the same moment and take the numbers: then with the next ones. */
enum repli_status repli_pack_allot(struct pack_run *run, struct repli_err *err)
{
    struct repli_arena *a = &run->plan->arena;
    size_t n = run->plan->nsheets;
    run->serials = repli_arena_array(a, n, sizeof *run->serials);
    run->codes = repli_arena_array(a, n, sizeof *run->codes);
    run->rows = repli_arena_array(a, n, sizeof *run->rows);
    run->pages = repli_arena_array(a, n, sizeof *run->pages);
    describe(run);
    for (int i = 1;; i++) {
        struct repli_err mine = {0};
        int lock = -1;
        enum repli_status status = repli_site_numbers_lock(run->plan->site, &lock, &mine);
        if (status == REPLI_OK)
            status = try_allot(run, &mine);
        if (lock >= 0)
            (void)close(lock);
        if (status == REPLI_OK || status != REPLI_DB || i == ALLOT_TRIES)
            return status == REPLI_OK ? REPLI_OK : repli_fail(err, status, "%s", mine.text);
    }
}
