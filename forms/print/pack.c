/* A pack: sheets get their serials and codes, the ledger knows them before the PDF exists, then the PDF is written.
**
** Killed anywhere, the ledger tells the truth at the next start: before the allotment nothing happened; between it and
** the finished file the sheets are `void: never written`; from the finished file on they may be on paper. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "print/plan.h"
#include "print/print_internal.h"
#include "repli/audit.h"
#include "repli/file.h"
#include "repli/id.h"
#include "repli/serial.h"
#include "repli/text.h"

#define ALLOT_TRIES   5
#define NUMBER_TRIES  10000
#define PDF_MAX_BYTES 2000000000u

struct pack_run {
    struct repli_plan *plan;
    struct repli_ledger *ledger;
    struct repli_pack pack;
    const char *file; /* where the PDF goes */
    char audit[REPLI_AUDIT_HEAD];
    char (*serials)[REPLI_SERIAL_TEXT];
    char (*codes)[REPLI_PAGECODE_DIGITS + 1];
    struct repli_sheet_row *rows;
    struct repli_pdf_page *pages;
    struct repli_pdf_info info; /* of the PDF, and of every document that goes to a printer */
    const char *printer;        /* NULL = none */
    int job;
    size_t documents;
};

/* ---- forms: what was printed stays readable for ever */

static enum repli_status keep_form(const struct repli_plan *plan, struct repli_ledger *ledger,
                                   const struct repli_plan_form *f, struct repli_arena *a, struct repli_err *err)
{
    char hex[65];
    const char *frozen = repli_form_frozen(f->form, a);
    enum repli_status status =
        repli_ledger_form_put(ledger, f->hash, repli_form_id(f->form), repli_form_number(f->form),
                              repli_form_version(f->form), repli_form_lang(f->form), frozen, plan->now_utc, err);
    if (status != REPLI_OK)
        return status;
    repli_hex(f->hash, sizeof f->hash, hex);
    const char *path = repli_path_join(a, plan->site->forms, repli_arena_printf(a, "%s.form", hex));
    if (repli_file_exists(path))
        return REPLI_OK;
    status = repli_dir_make(plan->site->forms, 0700, err);
    return status == REPLI_OK ? repli_file_write(path, frozen, strlen(frozen), 0600, err) : status;
}

/* ---- where the PDF goes */

char *repli_ward_file(struct repli_arena *a, const char *ward)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (!ward || !*ward)
        return repli_arena_strdup(a, "ward");
    size_t len = strlen(ward);
    char *name = repli_arena_strndup(a, ward, len < 40 ? len : 40);
    for (char *p = name; *p; p++)
        if (!strchr(safe, *p) || (p == name && (*p == '.' || *p == '-')))
            *p = '_';
    return name;
}

/* Where -o wants a copy must be a folder that can be written, known before any number is taken. */
static enum repli_status check_out(struct repli_plan *plan, struct repli_err *err)
{
    const char *out = plan->request->out;
    const char *slash = out ? strrchr(out, '/') : NULL;
    if (!out)
        return REPLI_OK;
    const char *dir = !slash ? "." : slash == out ? "/" : repli_arena_strndup(&plan->arena, out, (size_t)(slash - out));
    errno = 0;
    struct stat info;
    if (stat(out, &info) == 0 && !S_ISREG(info.st_mode))
        return repli_fail(err, REPLI_USAGE, "-o %s: not a plain file", out);
    if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode) || access(dir, W_OK) != 0)
        return repli_fail(err, REPLI_IO, "-o %s: the folder %s cannot be written: %s", out, dir,
                          errno ? strerror(errno) : "not a folder");
    return REPLI_OK;
}

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

/* ---- numbers, codes, page maps */

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
static enum repli_status allot(struct pack_run *run, struct repli_err *err)
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

/* ---- the file */

static enum repli_status write_file(struct pack_run *run, struct repli_err *err)
{
    struct repli_plan *plan = run->plan;
    const struct repli_print_request *rq = plan->request;
    struct repli_civil t;
    repli_zone_civil(plan->site->zone, plan->now_utc, &t);
    const char *title = repli_arena_printf(&plan->arena, "%s  %04d-%02d-%02d %02d:%02d  %s",
                                           plan->ward ? plan->ward : plan->site->hospital, t.year, t.month, t.day,
                                           t.hour, t.minute, run->pack.id);
    run->info = (struct repli_pdf_info){
        .title = title, .keywords = run->pack.id, .created_utc = plan->now_utc, .zone = plan->site->zone};
    if (rq->progress)
        rq->progress(rq->user, 0, plan->nsheets);
    enum repli_status status = repli_pdf_write(run->file, run->pages, plan->nsheets, &run->info, rq->progress, rq->user,
                                               run->pack.sha256, err);
    if (status == REPLI_OK)
        return repli_ledger_pack_ready(run->ledger, run->pack.id, run->pack.sha256, plan->now_utc, err);
    /* The sheets are allotted but will never be on paper: say so now, not at the next start. */
    struct repli_err later = {0};
    if (repli_ledger_settle_packs(run->ledger, plan->site->dir, plan->now_utc, &later) != REPLI_OK)
        return repli_fail(err, status, "%s", later.text);
    return status;
}

/* -o: the same bytes once more, where they were asked for. */
static enum repli_status copy_out(const struct pack_run *run, struct repli_err *err)
{
    const char *out = run->plan->request->out;
    struct repli_arena a = {0};
    char *data;
    size_t len;
    if (!out)
        return REPLI_OK;
    enum repli_status status = repli_file_read(run->file, PDF_MAX_BYTES, &a, &data, &len, err);
    if (status == REPLI_OK)
        status = repli_file_write(out, data, len, 0600, err);
    repli_arena_done(&a);
    return status == REPLI_OK ? REPLI_OK
                              : repli_err_prefix(err, "the pack is ready as %s, but not as asked for", run->file);
}

/* Whatever the printer says, the paper is in the PDF. */
static enum repli_status send_out(struct pack_run *run, struct repli_err *err)
{
    if (!run->printer)
        return REPLI_OK;
    enum repli_status status =
        repli_send_pack(run->plan, run->printer, run->pages, &run->info, &run->job, &run->documents, err);
    return status == REPLI_OK ? REPLI_OK
                              : repli_err_prefix(err, "not printed, but the pack is ready as %s: print that file",
                                                 run->plan->request->out ? run->plan->request->out : run->file);
}

/* Nothing was new: there is no pack, but how old the data is must be said all the same. */
static void describe_nothing(const struct repli_plan *plan, struct repli_pack *pack)
{
    pack->id[0] = 0;
    pack->data_utc = plan->info->taken_utc;
    pack->printed_utc = plan->now_utc;
}

static void fill_result(const struct pack_run *run, struct repli_arena *a, struct repli_print_result *result)
{
    const struct repli_plan *plan = run->plan;
    *result = (struct repli_print_result){.pack = run->pack,
                                          .patients = plan->patients,
                                          .skipped = plan->skipped,
                                          .drill = plan->drill,
                                          .house = plan->request->house,
                                          .unchanged = plan->unchanged,
                                          .repeats = plan->repeats,
                                          .one_sided = plan->nforms > 0 && repli_form_bare(plan->forms[0].form)};
    repli_again_told(plan, a, result);
    if (plan->nsheets == 0)
        describe_nothing(plan, &result->pack);
    result->pack.path =
        plan->nsheets == 0 ? NULL : repli_arena_strdup(a, plan->request->out ? plan->request->out : run->file);
    result->pack.ward = repli_arena_strdup(a, plan->ward);
    result->pack.what = repli_arena_strdup(a, run->pack.what);
    result->pack.lang = repli_arena_strdup(a, run->pack.lang);
    result->pack.reason = repli_arena_strdup(a, run->pack.reason);
    result->pack.state = "ready";
    result->printer = repli_arena_strdup(a, run->printer);
    result->job = run->job;
    result->documents = run->documents;
    result->numbers = repli_arena_strdup(a, plan->numbers);
    result->notes = repli_arena_strdup(a, plan->notes.len ? plan->notes.data : "");
}

static enum repli_status print_plan(struct pack_run *run, struct repli_err *err)
{
    struct repli_plan *plan = run->plan;
    enum repli_status status = check_out(plan, err);
    if (status == REPLI_OK)
        status = repli_plan_make(plan, run->ledger, err);
    if (status == REPLI_OK && plan->nsheets == 0)
        return REPLI_OK;
    if (status == REPLI_OK)
        status = repli_send_printer(plan, &run->printer, err);
    for (size_t i = 0; i < plan->nforms && status == REPLI_OK; i++)
        status = keep_form(plan, run->ledger, &plan->forms[i], &plan->arena, err);
    if (status == REPLI_OK && plan->request->turn)
        status = plan->request->turn(plan->request->user, err);
    if (status == REPLI_OK)
        status = allot(run, err);
    if (status == REPLI_OK)
        status = write_file(run, err);
    if (status == REPLI_OK)
        status = copy_out(run, err);
    return status == REPLI_OK ? send_out(run, err) : status;
}

static enum repli_status print_on(struct repli_press *press, const struct repli_site *site, struct repli_ledger *ledger,
                                  const struct repli_print_request *request, struct repli_arena *a,
                                  struct repli_print_result *result, struct repli_err *err)
{
    struct repli_err cleaning = {0};
    struct repli_plan plan = {.site = site, .request = request, .press = press};
    struct pack_run run = {.plan = &plan, .ledger = ledger};
    enum repli_status status = print_plan(&run, err);
    if (status == REPLI_OK) {
        fill_result(&run, a, result);
        /* Old packs hold names: failing to delete one is said, but does not take back the paper that is ready. */
        if (!request->press && repli_packs_expire(site, ledger, plan.now_utc, &cleaning) != REPLI_OK)
            result->notes = repli_arena_printf(a, "%sold packs were not deleted: %s\n", result->notes, cleaning.text);
        if (*result->notes)
            status = REPLI_WAITS;
    }
    result->too_young = plan.too_young;
    repli_plan_done(&plan);
    return status;
}

enum repli_status repli_print_pack(const struct repli_site *site, struct repli_ledger *ledger,
                                   const struct repli_print_request *request, struct repli_arena *a,
                                   struct repli_print_result *result, struct repli_err *err)
{
    struct repli_err mine = {0};
    struct repli_press *own = NULL;
    *result = (struct repli_print_result){0};
    enum repli_status status = repli_site_check_machine(site, &mine);
    if (status == REPLI_OK && !request->press)
        status = repli_press_open(site, &own, &mine);
    if (status == REPLI_OK)
        status = print_on(request->press ? request->press : own, site, ledger, request, a, result, &mine);
    repli_press_close(own);
    return status == REPLI_OK || status == REPLI_WAITS ? status : repli_fail(err, status, "%s", mine.text);
}
