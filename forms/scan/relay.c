/* A sheet that the ledger does not know: laid out again from what its code says, as it was when it was printed.
**
** Of a downtime number and a blank sheet nothing comes from a snapshot, and none is needed.
**
** The code names the form (number, version, language), the snapshot, the subject, the window, the age band and the
** side; the geometry of a sheet is a pure function of these.  What is missing for it decides the outcome: the form
** (unknown-form), the snapshot (no-snapshot; the image waits until it is back), the subject in it (mismatch).
*/
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "repli/downtime.h"
#include "repli/file.h"
#include "repli/form.h"
#include "repli/id.h"
#include "repli/snapshot.h"

#define FROZEN_MAX (1u << 20)

struct relay_form {
    struct relay_form *next;
    struct repli_form *form;
};

/* What was opened for one sheet is likely to serve the next. */
struct relay {
    struct repli_arena arena;
    bool listed;
    struct relay_form *forms; /* those that this site ever printed, and those opened since */
    struct repli_snapshot *snap;
    uint8_t wanted[6]; /* the snapshot that was asked for last; snap NULL: it is not there */
    bool any;
    struct repli_snap_patient *people;
    size_t npeople;
    struct repli_snap_ward *wards;
    size_t nwards;
};

static struct relay *relay_of(const struct job *job)
{
    struct batch *b = (struct batch *)(uintptr_t)job->batch;
    if (!b->relay)
        b->relay = repli_xcalloc(1, sizeof *b->relay);
    return b->relay;
}

void repli_scan_relay_done(struct relay *r)
{
    if (!r)
        return;
    for (struct relay_form *f = r->forms; f; f = f->next)
        repli_form_close(f->form);
    repli_snapshot_close(r->snap);
    repli_arena_done(&r->arena);
    free(r);
}

/* ---- the form */

static void keep_form(struct relay *r, struct repli_form *form)
{
    struct relay_form *f = repli_arena_alloc(&r->arena, sizeof *f);
    f->form = form;
    f->next = r->forms;
    r->forms = f;
}

/* Every version that was printed lies in SITE/forms by its hash.  One that cannot be opened is none. */
static enum repli_status list_frozen(struct relay *r, const struct repli_site *site, struct repli_err *err)
{
    char **names = NULL;
    size_t count = 0;
    if (r->listed)
        return REPLI_OK;
    enum repli_status s =
        repli_file_exists(site->forms) ? repli_dir_list(site->forms, &r->arena, &names, &count, err) : REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        struct repli_arena a = {0};
        struct repli_err why = {0};
        struct repli_form *form = NULL;
        char *text = NULL;
        size_t len = 0;
        if (repli_file_read(repli_path_join(&a, site->forms, names[i]), FROZEN_MAX, &a, &text, &len, &why) ==
                REPLI_OK &&
            repli_form_open_frozen(text, len, &form, &why) == REPLI_OK)
            keep_form(r, form);
        repli_arena_done(&a);
    }
    r->listed = s == REPLI_OK;
    return s;
}

static struct repli_form *kept(const struct relay *r, const struct repli_page_code *c)
{
    for (struct relay_form *f = r->forms; f; f = f->next)
        if (repli_form_number(f->form) == c->form && repli_form_version(f->form) == c->version &&
            repli_form_lang_number(f->form) == c->lang)
            return f->form;
    return NULL;
}

/* Of the site's own templates and the program's.  A printed version is never edited: this is what was printed. */
static enum repli_status open_current(struct relay *r, const struct repli_site *site, const struct repli_page_code *c,
                                      struct repli_err *err)
{
    char **ids = NULL;
    size_t count = 0;
    const char *lang = NULL;
    enum repli_status s = repli_lang_find(site->templates, c->lang, &r->arena, &lang, err);
    if (s == REPLI_OK && lang)
        s = repli_forms_list(site->templates, &r->arena, &ids, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        struct repli_err why = {0};
        struct repli_form *form = NULL;
        if (repli_form_open(site->templates, ids[i], lang, &form, &why) != REPLI_OK)
            continue;
        if (repli_form_number(form) == c->form && repli_form_version(form) == c->version) {
            keep_form(r, form);
            break;
        }
        repli_form_close(form);
    }
    return s;
}

static enum repli_status find_form(struct job *job, struct repli_form **form, struct repli_err *err)
{
    struct relay *r = relay_of(job);
    const struct repli_site *site = job->batch->site;
    enum repli_status s = list_frozen(r, site, err);
    if (s == REPLI_OK && !kept(r, &job->code))
        s = open_current(r, site, &job->code, err);
    *form = s == REPLI_OK ? kept(r, &job->code) : NULL;
    if (s == REPLI_OK && !*form)
        job->outcome = REPLI_OUTCOME_UNKNOWN_FORM;
    return s;
}

/* ---- the snapshot */

static enum repli_status open_snapshot(struct relay *r, const struct repli_site *site, const uint8_t id[6],
                                       struct repli_err *err)
{
    char time[24];
    int64_t taken = (int64_t)id[0] << 24 | (int64_t)id[1] << 16 | (int64_t)id[2] << 8 | id[3];
    struct repli_err why = {0};
    if (r->any && memcmp(r->wanted, id, sizeof r->wanted) == 0)
        return REPLI_OK;
    repli_snapshot_close(r->snap);
    r->snap = NULL;
    r->any = true;
    memcpy(r->wanted, id, sizeof r->wanted);
    repli_time_name(taken, time);
    const char *name = repli_arena_printf(&r->arena, "%s.snapshot", time);
    const char *path = repli_path_join(&r->arena, site->snapshots, name);
    if (!repli_file_exists(path) || repli_snapshot_open(path, &r->snap, &why) != REPLI_OK)
        return REPLI_OK; /* gone or damaged: the image waits */
    if (memcmp(repli_snapshot_info(r->snap)->id, id, sizeof r->wanted) != 0) {
        repli_snapshot_close(r->snap);
        r->snap = NULL;
        return REPLI_OK;
    }
    enum repli_status s = repli_snapshot_patients(r->snap, NULL, NULL, &r->arena, &r->people, &r->npeople, err);
    return s == REPLI_OK ? repli_snapshot_wards(r->snap, &r->arena, &r->wards, &r->nwards, err) : s;
}

/* Whom or what the sheet is about; neither: not in this snapshot. */
struct subject {
    const struct repli_snap_patient *patient;
    const char *ward;
    bool house;
};

static struct subject find_subject(const struct job *job, const struct relay *r)
{
    const struct repli_page_code *c = &job->code;
    struct subject found = {NULL, NULL, false};
    for (size_t i = 0; c->subject_kind == REPLI_SUBJECT_PATIENT && i < r->npeople; i++)
        if (memcmp(r->people[i].subject, c->subject, sizeof c->subject) == 0 &&
            memcmp(r->people[i].stay, c->stay, sizeof c->stay) == 0) {
            found.patient = &r->people[i];
            found.ward = r->people[i].ward;
        }
    for (size_t i = 0; c->subject_kind == REPLI_SUBJECT_WARD && i < r->nwards; i++) {
        uint8_t subject[8];
        repli_keys_ward(job->batch->site->keys, r->wards[i].id, subject);
        if (memcmp(subject, c->subject, sizeof subject) == 0)
            found.ward = r->wards[i].id;
    }
    if (c->subject_kind == REPLI_SUBJECT_SITE) {
        uint8_t subject[8];
        repli_keys_site(job->batch->site->keys, subject);
        found.house = memcmp(subject, c->subject, sizeof subject) == 0;
    }
    return found;
}

/* ---- the sheet */

static void fill_row(struct job *job, const struct repli_form *form, const struct subject *of)
{
    struct repli_page_map *map = job->map;
    struct repli_sheet_row *row = repli_arena_alloc(job->arena, sizeof *row);
    const struct repli_page_code *c = &job->code;
    map->page = c->page; /* where in which PDF it was is not known any more */
    map->sheet = job->sheet;
    map->code = job->digits;
    map->form = repli_arena_strdup(job->arena, repli_form_id(form));
    map->version = c->version;
    map->lang = repli_arena_strdup(job->arena, repli_form_lang(form));
    map->patient = of->patient ? of->patient->identifier : NULL;
    map->stay = of->patient ? of->patient->stay_number : NULL;
    map->ward = of->ward;
    *row = (struct repli_sheet_row){.serial = c->serial,
                                    .state = REPLI_LIFE_SCANNED,
                                    .page = map->page,
                                    .version = map->version,
                                    .side = map->side,
                                    .sides = map->sides,
                                    .subject_kind = c->subject_kind,
                                    .window_utc = c->window_utc,
                                    .window_hours = c->window_hours,
                                    .flags = c->flags,
                                    .sheet = map->sheet,
                                    .code = map->code,
                                    .form_id = map->form,
                                    .lang = map->lang,
                                    .patient_id = of->patient ? of->patient->patient_id : NULL,
                                    .patient = map->patient,
                                    .stay_number = map->stay,
                                    .ward = map->ward,
                                    .patient_name = of->patient ? of->patient->name : NULL,
                                    .birth_date = of->patient ? of->patient->birth_date : NULL,
                                    .state_utc = job->batch->now_utc,
                                    .has_fields = map->nfields > 0,
                                    .map = map};
    memcpy(row->mac, job->mac, sizeof row->mac);
    memcpy(row->subject, c->subject, sizeof row->subject);
    memcpy(row->stay, c->stay, sizeof row->stay);
    repli_form_hash(form, row->form_hash);
    job->row = row;
}

/* taken_utc 0: of no snapshot. */
static enum repli_status lay_out(struct job *job, const struct repli_form *form, const struct subject *of,
                                 const struct repli_datasets *data, int64_t taken_utc, struct repli_err *err)
{
    const struct repli_page_code *c = &job->code;
    struct repli_layout layout = {0};
    struct repli_layout_in in = {.form = form,
                                 .data = data,
                                 .zone = job->batch->site->zone,
                                 .window_utc = c->window_utc,
                                 .window_hours = c->window_hours,
                                 .age_band = c->flags & REPLI_FLAG_AGE_MASK,
                                 .subject = (enum repli_subject_kind)c->subject_kind,
                                 .taken_utc = taken_utc,
                                 .follows = (c->flags & REPLI_FLAG_FOLLOWS) != 0};
    struct repli_err why = {0};
    enum repli_status s = repli_layout_make(&in, job->arena, &layout, &why);
    if (s != REPLI_OK && s != REPLI_DATA)
        return repli_fail(err, s, "%s", why.text);
    if (s != REPLI_OK || layout.nsides != c->pages) {
        job->outcome = REPLI_OUTCOME_MISMATCH;
        job->reason = "side";
        return REPLI_OK;
    }
    job->map = &layout.sides[c->page - 1].map;
    fill_row(job, form, of);
    struct repli_adopted *from = repli_arena_alloc(job->arena, sizeof *from);
    memcpy(from->snapshot, c->snapshot, sizeof from->snapshot);
    from->data_utc = taken_utc ? taken_utc : c->window_utc;
    from->form_number = c->form;
    from->frozen = repli_form_frozen(form, job->arena);
    job->adopted = from;
    job->outcome = REPLI_OUTCOME_READ;
    return REPLI_OK;
}

static bool of_nobody(const struct repli_page_code *c)
{
    return c->subject_kind == REPLI_SUBJECT_DOWNTIME || c->subject_kind == REPLI_SUBJECT_BLANK;
}

/* A downtime number is the code's subject itself; number, stay and alias follow from it. */
static enum repli_status lay_out_nobody(struct job *job, const struct repli_form *form, struct repli_err *err)
{
    const struct repli_page_code *c = &job->code;
    struct repli_snap_patient *p = NULL;
    uint64_t number = 0, stay = 0;
    if (c->subject_kind == REPLI_SUBJECT_DOWNTIME) {
        if (!repli_downtime_number(c->subject, REPLI_DOWNTIME_PATIENT, &number) ||
            !repli_downtime_number(c->stay, REPLI_DOWNTIME_STAY, &stay) || stay != repli_downtime_stay(number)) {
            job->outcome = REPLI_OUTCOME_MISMATCH;
            job->reason = "patient";
            return REPLI_OK;
        }
        p = repli_arena_alloc(job->arena, sizeof *p);
        char text[REPLI_DOWNTIME_TEXT], alias[REPLI_DOWNTIME_ALIAS];
        repli_downtime_format(REPLI_DOWNTIME_PATIENT, number, text);
        p->identifier = repli_arena_strdup(job->arena, text);
        repli_downtime_format(REPLI_DOWNTIME_STAY, stay, text);
        p->stay_number = repli_arena_strdup(job->arena, text);
        repli_downtime_alias(number, alias);
        p->name = repli_arena_strdup(job->arena, alias);
    }
    const struct subject of = {.patient = p};
    return lay_out(job, form, &of, repli_form_nobody(form, number, job->arena), 0, err);
}

static enum repli_status lay_out_of_snapshot(struct job *job, const struct repli_form *form, struct repli_err *err)
{
    struct relay *r = relay_of(job);
    struct repli_datasets data;
    struct subject of = find_subject(job, r);
    if (!of.patient && !of.ward && !of.house) {
        job->outcome = REPLI_OUTCOME_MISMATCH;
        job->reason = repli_scan_subject_word(job->code.subject_kind);
        return REPLI_OK;
    }
    enum repli_status s =
        repli_snapshot_datasets(r->snap, repli_form_datasets(form), of.patient ? of.patient->patient_id : NULL, of.ward,
                                job->arena, &data, err);
    return s == REPLI_OK ? lay_out(job, form, &of, &data, repli_snapshot_info(r->snap)->taken_utc, err) : s;
}

enum repli_status repli_scan_relay(struct job *job, struct repli_err *err)
{
    struct relay *r = relay_of(job);
    struct repli_form *form = NULL;
    enum repli_status s = find_form(job, &form, err);
    if (s != REPLI_OK || !form)
        return s;
    if (repli_form_from_ledger(form)) { /* what it was filled from is not in any snapshot */
        job->outcome = REPLI_OUTCOME_NO_SNAPSHOT;
        job->reason = "read only with the ledger that printed it";
        return REPLI_OK;
    }
    if (of_nobody(&job->code))
        return lay_out_nobody(job, form, err);
    s = open_snapshot(r, job->batch->site, job->code.snapshot, err);
    if (s != REPLI_OK)
        return s;
    if (!r->snap) {
        job->outcome = REPLI_OUTCOME_NO_SNAPSHOT;
        return REPLI_OK;
    }
    return lay_out_of_snapshot(job, form, err);
}
