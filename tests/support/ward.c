#include "support/ward.h"
#include <assert.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/id.h"
#include "repli/pagecode.h"
#include "repli/serial.h"
#include "store/db.h"
#include "support/scratch.h"

static void must(struct ward *w, enum repli_status s, const char *what)
{
    if (s == REPLI_OK)
        return;
    fprintf(stderr, "ward: %s: %s\n", what, w->err.text);
    abort();
}

uint64_t ward_serial(size_t sheet)
{
    return repli_serial_make(0, (uint32_t)(sheet + 1));
}

void ward_sheet_name(size_t sheet, char out[16])
{
    repli_serial_format(ward_serial(sheet), out);
}

bool ward_filled(int column)
{
    return column < WARD_COLUMNS;
}

/* ---- the page map */

static const char *const parts[] = {"day", "at", "by", "rr", "acvpu", "dbp", "temp"};
enum { PARTS = 7, FIRST_VALUE = 3 };

static struct repli_range between(double low, double high)
{
    return (struct repli_range){.has_low = true, .has_high = true, .low = low, .high = high};
}

static void fill_band(struct repli_field *f, struct repli_arena *a, bool letters)
{
    static const char *const written[] = {"A", "CVPU"};
    size_t n = letters ? 2 : 5;
    f->kind = REPLI_FIELD_BAND;
    f->nparts = n;
    f->parts = repli_arena_array(a, n, sizeof *f->parts);
    f->rows = repli_arena_array(a, n, sizeof *f->rows);
    for (size_t i = 0; i < n; i++)
        f->parts[i] = (struct repli_box){f->box.x0, f->box.y0 + (int32_t)i * 1000, f->box.x1,
                                         f->box.y0 + (int32_t)i * 1000 + 900};
    if (letters) {
        f->letters = repli_arena_array(a, n, sizeof *f->letters);
        f->row_labels = repli_arena_array(a, n, sizeof *f->row_labels);
        for (size_t i = 0; i < n; i++)
            f->letters[i] = f->row_labels[i] = written[i];
        return;
    }
    f->rows[0] = (struct repli_range){.has_low = true, .low = 25};
    f->rows[1] = between(21, 24);
    f->rows[2] = between(12, 20);
    f->rows[3] = between(9, 11);
    f->rows[4] = (struct repli_range){.has_high = true, .high = 8};
    f->unit = "par minute";
    f->soft = between(6, 40);
    f->hard = between(0, 70);
}

static void fill_digits(struct repli_field *f, struct repli_arena *a, size_t cells)
{
    f->kind = REPLI_FIELD_DIGITS;
    f->nparts = cells;
    f->parts = repli_arena_array(a, cells, sizeof *f->parts);
    for (size_t i = 0; i < cells; i++)
        f->parts[i] = (struct repli_box){f->box.x0 + (int32_t)i * 1500, f->box.y0, f->box.x0 + (int32_t)i * 1500 + 1400,
                                         f->box.y1};
}

static void make_field(struct repli_field *f, struct repli_arena *a, int column, int part)
{
    static const int tiers[] = {1, 1, 3, 2, 2, 2, 2};
    f->id = repli_arena_printf(a, "col%d.%s", column, parts[part]);
    f->box =
        (struct repli_box){20000 + column * 20000, 60000 + part * 8000, 38000 + column * 20000, 65900 + part * 8000};
    f->capture = "observation";
    f->role = part < FIRST_VALUE ? parts[part] : "value";
    f->label = parts[part];
    f->tier = tiers[part];
    if (part == 2)
        f->kind = REPLI_FIELD_INITIALS;
    else if (part == 3 || part == 4)
        fill_band(f, a, part == 4);
    else
        fill_digits(f, a, part == 0 ? 2 : part == 1 ? 4 : 3);
    if (part == 5) {
        f->unit = "mm[Hg]";
        f->soft = between(40, 110);
        f->hard = between(20, 160);
    } else if (part == 6) {
        f->unit = "Cel";
        f->decimals = 1;
        f->soft = between(35, 39);
        f->hard = between(25, 44);
    }
}

static void make_capture(struct repli_capture *c, struct repli_arena *a, int column, int part, size_t first)
{
    static const char *const codes[] = {"", "", "", "9279-1", "80288-4", "8462-4", "8310-5"};
    static const char *const units[] = {"", "", "", "/min", NULL, "mm[Hg]", "Cel"};
    static const char *const roles[] = {"day", "at", "by", "value"};
    c->id = repli_arena_printf(a, "col%d.%s", column, parts[part]);
    c->kind = "observation";
    char *unit = units[part] ? repli_arena_printf(a, ",\"unit\":\"%s\"", units[part]) : repli_arena_strdup(a, "");
    c->key = repli_arena_printf(a, "{\"column\":%d,\"code_system\":\"http://loinc.org\",\"code\":\"%s\"%s}", column,
                                codes[part], unit);
    c->nmembers = 4;
    c->roles = repli_arena_array(a, 4, sizeof *c->roles);
    c->fields = repli_arena_array(a, 4, sizeof *c->fields);
    for (size_t i = 0; i < 4; i++) {
        c->roles[i] = roles[i];
        c->fields[i] = first + (i < 3 ? i : (size_t)part);
    }
}

static struct repli_page_map *make_map(const struct ward *w, struct repli_arena *a, size_t sheet)
{
    static const char *const furniture[] = {"page.correction", "page.void"};
    struct repli_page_map *map = repli_arena_alloc(a, sizeof *map);
    char name[16];
    ward_sheet_name(sheet, name);
    if (w->census)
        return ward_census_map(a, sheet, name);
    if (w->documents)
        return ward_document_map(a, sheet, sheet + 1 == w->nsheets, name);
    if (w->form)
        return ward_form_map(w, a, sheet, repli_arena_strdup(a, name));
    if (w->ink)
        return ward_mar_map(a, sheet, name);
    *map = (struct repli_page_map){.page = (int)sheet + 1,
                                   .sheet = repli_arena_strdup(a, name),
                                   .form = "obs",
                                   .version = 1,
                                   .lang = "fr",
                                   .side = 1,
                                   .sides = 2,
                                   .ward = "3B",
                                   .patient = repli_arena_printf(a, "10%03zu", sheet),
                                   .code = "0"};
    for (int i = 0; i < 2; i++)
        map->codes[i] = (struct repli_box){1000, 1000, 2000, 2000};
    map->fields = repli_arena_array(a, WARD_COLUMNS * PARTS + 2, sizeof *map->fields);
    map->captures = repli_arena_array(a, WARD_COLUMNS * WARD_VALUES, sizeof *map->captures);
    for (int i = 0; i < 2; i++)
        map->fields[map->nfields++] =
            (struct repli_field){.id = furniture[i],
                                 .kind = REPLI_FIELD_TICK,
                                 .label = furniture[i],
                                 .tier = 1,
                                 .box = {80000 + i * 20000, 270000, 84000 + i * 20000, 274000}};
    for (int column = 1; column <= WARD_COLUMNS; column++) {
        size_t first = map->nfields;
        for (int part = 0; part < PARTS; part++)
            make_field(&map->fields[map->nfields++], a, column, part);
        for (int part = FIRST_VALUE; part < PARTS; part++)
            make_capture(&map->captures[map->ncaptures++], a, column, part, first);
    }
    return map;
}

const char *ward_truth(size_t sheet, const char *field, char room[16])
{
    int column = 0;
    char part[16];
    if (sscanf(field, "col%d.%15s", &column, part) != 2 || !ward_filled(column))
        return NULL;
    int n = (int)sheet * 2 + column;
    if (strcmp(part, "day") == 0)
        snprintf(room, 16, "%s", "23");
    else if (strcmp(part, "at") == 0)
        snprintf(room, 16, "%02d%02d", 9 + column * 3, (n * 7) % 60);
    else if (strcmp(part, "rr") == 0)
        snprintf(room, 16, "%d", 12 + n % 9);
    else if (strcmp(part, "acvpu") == 0)
        snprintf(room, 16, "%s", n % 3 ? "A" : "V");
    else if (strcmp(part, "dbp") == 0)
        snprintf(room, 16, "%d", 60 + n % 40);
    else if (strcmp(part, "temp") == 0)
        snprintf(room, 16, "36,%d", n % 10);
    else
        return NULL;
    return room;
}

/* ---- the site */

static void add_patient(struct ward *w, size_t i)
{
    char id[32], number[32], stay[32], encounter[32];
    uint8_t hash[32] = {(uint8_t)i, 1};
    enum repli_put put;
    int64_t start = WARD_WINDOW_UTC - 86400;
    snprintf(id, sizeof id, "pat-%zu", i);
    snprintf(number, sizeof number, "10%03zu", i);
    snprintf(stay, sizeof stay, "90%03zu", i);
    snprintf(encounter, sizeof encounter, "enc-%zu", i);
    struct repli_rec_identifier ident = {"urn:ipp", number, "MR"};
    struct repli_rec_patient p = {.id = id,
                                  .identifiers = &ident,
                                  .nidentifiers = 1,
                                  .family = "DUPONT",
                                  .given = "Marie",
                                  .name_fold = "dupont marie",
                                  .birth_date = "1950-01-02",
                                  .gender = "female",
                                  .active = true};
    struct repli_rec_encounter e = {.id = encounter,
                                    .patient_id = id,
                                    .identifier_system = "urn:stay",
                                    .identifier_value = stay,
                                    .class_code = "IMP",
                                    .status = "in-progress",
                                    .start_utc = &start};
    must(w, repli_record_put_patient(w->record, w->site->keys, &p, hash, &put, &w->err), "patient");
    hash[1] = 2;
    must(w, repli_record_put_encounter(w->record, w->site->keys, &e, hash, &put, &w->err), "encounter");
}

static void fill_record(struct ward *w)
{
    struct repli_import_counts n;
    must(w, repli_record_import_begin(w->record, "test", WARD_WINDOW_UTC, &w->err), "import");
    for (size_t i = 0; i < (w->census ? WARD_CENSUS_PATIENTS : w->nsheets); i++)
        add_patient(w, i);
    must(w, repli_record_import_commit(w->record, &n, &w->err), "import");
}

static void fill_sheets(struct ward *w)
{
    struct repli_arena a = {0};
    struct repli_sheet_row rows[WARD_SHEETS_MAX];
    uint8_t hash[32] = {7};
    struct repli_pack pack = {.id = "P0-1",
                              .path = "packs/p.pdf",
                              .ward = "3B",
                              .what = "now",
                              .lang = "fr",
                              .data_utc = WARD_WINDOW_UTC,
                              .printed_utc = WARD_WINDOW_UTC,
                              .window_utc = WARD_WINDOW_UTC,
                              .window_hours = 24,
                              .pages = (int)w->nsheets,
                              .state = "writing"};
    for (size_t i = 0; i < w->nsheets; i++) {
        struct repli_sheet_row *r = &rows[i];
        struct repli_page_map *map = make_map(w, &a, i);
        char *stay = repli_arena_printf(&a, "90%03zu", i);
        *r = (struct repli_sheet_row){.serial = ward_serial(i),
                                      .page = (int)i + 1,
                                      .version = 1,
                                      .side = 1,
                                      .sides = 2,
                                      .subject_kind = REPLI_SUBJECT_PATIENT,
                                      .window_hours = 24,
                                      .sheet = map->sheet,
                                      .pack_id = "P0-1",
                                      .code = "0",
                                      .form_id = map->form,
                                      .lang = "fr",
                                      .patient_id = repli_arena_printf(&a, "pat-%zu", i),
                                      .patient = map->patient,
                                      .stay_number = stay,
                                      .ward = "3B",
                                      .patient_name = "DUPONT, Marie",
                                      .birth_date = "1950-01-02",
                                      .window_utc = WARD_WINDOW_UTC,
                                      .has_fields = true,
                                      .map = map};
        memset(r->mac, (int)i + 1, sizeof r->mac);
        memcpy(r->form_hash, hash, sizeof hash);
        bool last = i + 1 == w->nsheets, blank = w->blank && last;
        if (blank || w->census || (w->documents && last)) {
            r->subject_kind = blank ? REPLI_SUBJECT_BLANK : REPLI_SUBJECT_WARD;
            r->ward = map->ward;
            r->patient_id = r->patient = r->stay_number = r->patient_name = r->birth_date = NULL;
            repli_keys_ward(w->site->keys, map->ward, r->subject);
            continue;
        }
        repli_keys_subject(w->site->keys, "urn:ipp", map->patient, r->subject);
        repli_keys_subject(w->site->keys, "urn:stay", stay, r->stay);
    }
    int number = w->census ? 10 : w->documents ? 6 : w->form ? 99 : w->ink ? 2 : 3;
    const char *form = rows[0].form_id;
    must(w, repli_ledger_form_put(w->ledger, hash, form, number, 1, "fr", "frozen", WARD_WINDOW_UTC, &w->err), "form");
    must(w, repli_ledger_allot(w->ledger, &pack, rows, w->nsheets, 1, 1, &w->err), "allot");
    must(w, repli_ledger_pack_ready(w->ledger, "P0-1", hash, WARD_WINDOW_UTC, &w->err), "ready");
    repli_arena_done(&a);
}

/* Which row of a band a truth lies in. */
static int row_of(const char *field, const char *truth)
{
    if (strstr(field, "acvpu"))
        return truth[0] == 'A' ? 0 : 1;
    int v = (int)strtol(truth, NULL, 10);
    return v >= 25 ? 0 : v >= 21 ? 1 : v >= 12 ? 2 : v >= 9 ? 3 : 4;
}

static void fill_readings(struct ward *w, size_t sheet)
{
    struct repli_arena a = {0};
    struct repli_page_map *map = make_map(w, &a, sheet);
    REPLI_STMT st = NULL;
    struct repli_db *db = &w->ledger->db;
    must(w,
         repli_db_prepare(
             db, "INSERT INTO reading(serial, field, scan_id, state, row, confidence, crop) VALUES(?,?,?,?,?,1,?)", &st,
             &w->err),
         "reading");
    for (size_t i = 0; i < map->nfields; i++) {
        const struct repli_field *f = &map->fields[i];
        char room[16];
        const char *truth = w->ink ? ward_mar_truth(w, sheet, f->id) : ward_truth(sheet, f->id, room);
        bool ink = truth || (!w->ink && f->kind == REPLI_FIELD_INITIALS && strncmp(f->id, "col3", 4) != 0);
        int64_t row = truth && f->kind == REPLI_FIELD_BAND ? row_of(f->id, truth) : 0;
        repli_bind_int(st, 1, (int64_t)ward_serial(sheet));
        repli_bind_text(st, 2, f->id);
        repli_bind_int(st, 3, (int64_t)sheet + 1);
        bool doubt = truth && strcmp(truth, "doubtful") == 0;
        repli_bind_text(st, 4, !ink ? "empty" : doubt ? truth : f->kind == REPLI_FIELD_TICK ? "ticked" : "ink");
        repli_bind_opt(st, 5, truth && f->kind == REPLI_FIELD_BAND ? &row : NULL);
        repli_bind_text(st, 6, repli_arena_printf(&a, "%s/%s.png", map->sheet, f->id));
        must(w, repli_db_run(db, st, &w->err), "reading");
    }
    repli_arena_done(&a);
}

static void scan_sheet(struct ward *w, size_t sheet)
{
    REPLI_STMT image = NULL;
    REPLI_STMT scan = NULL;
    struct repli_db *db = &w->ledger->db;
    uint8_t sha[32] = {(uint8_t)(sheet + 1)};
    must(w,
         repli_db_prepare(db, "INSERT INTO image(image_id, sha256, name, bytes, stored_utc) VALUES(?,?,'scan.png',1,0)",
                          &image, &w->err),
         "image");
    repli_bind_int(image, 1, (int64_t)sheet + 1);
    repli_bind_blob(image, 2, sha, sizeof sha);
    must(w, repli_db_run(db, image, &w->err), "image");
    must(w,
         repli_db_prepare(db,
                          "INSERT INTO scan(scan_id, image_id, page, outcome, serial, result, scanned_utc) "
                          "VALUES(?1,?1,1,'read',?2,'{}',?3)",
                          &scan, &w->err),
         "scan");
    repli_bind_int(scan, 1, (int64_t)sheet + 1);
    repli_bind_int(scan, 2, (int64_t)ward_serial(sheet));
    repli_bind_int(scan, 3, WARD_WINDOW_UTC + 36000);
    must(w, repli_db_run(db, scan, &w->err), "scan");
    fill_readings(w, sheet);
    for (int to = REPLI_LIFE_SCANNED; to <= REPLI_LIFE_READ; to++)
        must(w,
             repli_ledger_sheet_state(w->ledger, ward_serial(sheet), (enum repli_life)to, NULL, NULL,
                                      WARD_WINDOW_UTC + 36000, &w->err),
             "state");
}

void ward_make(struct ward *w, const char *name, size_t nsheets)
{
    ward_make_mar(w, name, nsheets, NULL);
}

void ward_make_site(struct ward *w, const char *name)
{
    static const char *const people[] = {"an", "bo", "cy", "di"};
    assert(w->nsheets <= WARD_SHEETS_MAX);
    snprintf(w->dir, sizeof w->dir, "%s/%s-XXXXXX", scratch_root(), name);
    if (!mkdtemp(w->dir)) {
        perror(w->dir);
        abort();
    }
    must(w, repli_site_create(w->dir, "Test", "Europe/Brussels", "fr", &w->err), "site");
    must(w, repli_site_open(w->dir, WARD_AT, &w->site, &w->err), "site");
    must(w, repli_record_open(w->site->record, true, WARD_WINDOW_UTC, &w->record, &w->err), "record");
    must(w, repli_ledger_open(w->site->ledger, true, WARD_WINDOW_UTC, &w->ledger, &w->err), "ledger");
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        must(w, repli_ledger_person_add(w->ledger, people[i], people[i], "clerk", WARD_WINDOW_UTC, &w->err), "person");
    fill_record(w);
    if (w->census)
        ward_census_record(w);
    else if (w->ink && !w->documents)
        ward_mar_record(w);
    fill_sheets(w);
    for (size_t i = 0; i < w->nsheets; i++)
        scan_sheet(w, i);
    ward_close(w);
}

void ward_make_mar(struct ward *w, const char *name, size_t nsheets, const struct ward_ink *written)
{
    *w = (struct ward){.nsheets = nsheets, .ink = written};
    ward_make_site(w, name);
}

void ward_make_census(struct ward *w, const char *name, size_t nsheets, const struct ward_ink *written)
{
    *w = (struct ward){.nsheets = nsheets, .ink = written, .census = true};
    ward_make_site(w, name);
}

void ward_open(struct ward *w)
{
    w->err = (struct repli_err){0};
    must(w, repli_site_open(w->dir, WARD_AT, &w->site, &w->err), "site");
    must(w, repli_record_open(w->site->record, false, WARD_WINDOW_UTC, &w->record, &w->err), "record");
    must(w, repli_ledger_open(w->site->ledger, false, WARD_WINDOW_UTC, &w->ledger, &w->err), "ledger");
}

void ward_close(struct ward *w)
{
    repli_ledger_close(w->ledger);
    repli_record_close(w->record);
    repli_site_close(w->site);
    w->ledger = NULL;
    w->record = NULL;
    w->site = NULL;
}

static void remove_tree(const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        DIR *dir = opendir(path);
        for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
            char below[1024];
            if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
                continue;
            snprintf(below, sizeof below, "%s/%s", path, e->d_name);
            remove_tree(below);
        }
        if (dir)
            closedir(dir);
    }
    (void)remove(path);
}

void ward_drop(struct ward *w)
{
    ward_close(w);
    remove_tree(w->dir);
    free(w->saved[0]);
    free(w->saved[1]);
    *w = (struct ward){0};
}

static const char *const files[] = {"record.db", "ledger.db"};

void ward_save(struct ward *w)
{
    struct repli_arena a = {0};
    for (int i = 0; i < 2; i++) {
        char *data = NULL;
        must(w,
             repli_file_read(repli_path_join(&a, w->dir, files[i]), 256u << 20, &a, &data, &w->saved_len[i], &w->err),
             "save");
        free(w->saved[i]);
        w->saved[i] = repli_xmalloc(w->saved_len[i]);
        memcpy(w->saved[i], data, w->saved_len[i]);
    }
    repli_arena_done(&a);
}

void ward_restore(struct ward *w)
{
    for (int i = 0; i < 2; i++) {
        static const char *const tails[] = {"-wal", "-shm", ""};
        char path[1024];
        for (int t = 0; t < 3; t++) {
            snprintf(path, sizeof path, "%s/%s%s", w->dir, files[i], tails[t]);
            (void)remove(path);
        }
        FILE *f = fopen(path, "wb");
        if (!f || fwrite(w->saved[i], 1, w->saved_len[i], f) != w->saved_len[i] || fclose(f) != 0) {
            perror(path);
            abort();
        }
    }
}
