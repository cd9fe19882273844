#include "support/pile.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/id.h"
#include "repli/ledger.h"
#include "repli/serial.h"

#define SEED      77
#define PAPER     40 /* sheets of one pack, at most */
#define USED      .35
#define FURNITURE .06
#define DOUBT     .04 /* of ticks and empty boxes that an image leaves open */
#define MISTAKES  .06 /* of fields that two people key */

static void hash_of(const char *what, int a, int b, uint8_t out[32])
{
    struct repli_hash h;
    repli_hash_init(&h);
    repli_hash_text(&h, what);
    repli_hash_int(&h, a);
    repli_hash_int(&h, b);
    repli_hash_final(&h, out);
}

/* ---- sheets */

static void give_up(const char *what)
{
    fprintf(stderr, "pile: %s\n", what);
    abort();
}

/* Some sheets of a site; `zone` NULL: nothing will be read of them.  Index of the first. */
static int add_sheets(struct pile *p, const struct sticks *s, const char *site, const struct sticks_sheet *all,
                      size_t count, const struct repli_zone *zone)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_ledger *ledger = NULL;
    const struct pens_options pens = {.zone = zone, .used = USED, .furniture = FURNITURE};
    int at = (int)p->nsheets;
    if (repli_ledger_open(repli_arena_printf(&a, "%s/ledger.db", sticks_path(s, site)), false, 0, &ledger, &err) !=
        REPLI_OK)
        give_up(err.text);
    for (size_t i = 0; i < count; i++) {
        assert(p->nsheets < PILE_SHEETS);
        struct pile_sheet *sheet = &p->sheets[p->nsheets++];
        struct prng r;
        sheet->serial = all[i].serial;
        sheet->stick = -1;
        memcpy(sheet->name, all[i].name, sizeof sheet->name);
        memcpy(sheet->code, all[i].code, sizeof sheet->code);
        if (!zone || !all[i].fields)
            continue;
        if (repli_ledger_sheet_map(ledger, all[i].serial, &p->arena, &sheet->map, &err) != REPLI_OK)
            give_up(err.text);
        prng_seed(&r, SEED, all[i].serial);
        sheet->plan = pens_plan(sheet->map, &pens, &r, &p->arena);
    }
    repli_ledger_close(ledger);
    repli_arena_done(&a);
    return at;
}

/* Pages of a pack, from 1. */
static int add_pages(struct pile *p, const struct sticks *s, const char *site, const char *pack, size_t from, size_t to,
                     const struct repli_zone *zone)
{
    struct sticks_sheet all[PAPER];
    size_t n = sticks_sheets(s, site, pack, all, PAPER);
    if (n < to)
        give_up("a pack has fewer pages than that");
    return add_sheets(p, s, site, all + from - 1, to - from + 1, zone);
}

static void add_stick(struct pile *p, const struct sticks *s, int stick, const struct repli_zone *zone)
{
    struct sticks_sheet own[STICKS_SHEETS];
    char site[24];
    snprintf(site, sizeof site, "stick%d", stick + 1);
    sticks_printed(s, stick, own);
    p->sheets[add_sheets(p, s, site, own, STICKS_SHARE, zone) + STICKS_VOID_LATE].stick = stick;
}

/* ---- files */

static struct pile_file *add_file(struct pile *p, const char *what, int npages)
{
    assert(p->nfiles < PILE_FILES);
    struct pile_file *f = &p->files[p->nfiles];
    snprintf(f->name, sizeof f->name, "%s-%zu.tif", what, p->nfiles);
    hash_of("bytes", (int)p->nfiles, 0, f->sha256);
    f->npages = npages;
    f->stick = -1;
    for (int i = 0; i < npages; i++) {
        f->pages[i] = (struct pile_page){.sheet = {-1, -1}};
        hash_of("pixels", (int)p->nfiles, i, f->pages[i].pixels);
    }
    p->nfiles++;
    return f;
}

static struct pile_file *add_image(struct pile *p, const char *what, int sheet, int variant)
{
    struct pile_file *f = add_file(p, what, 1);
    f->pages[0].sheet[0] = sheet;
    f->pages[0].variant = variant;
    return f;
}

/* Every sheet once, but for one; every eighth file holds three of them. */
static void add_first_images(struct pile *p, int count, int but)
{
    for (int at = 0; at < count;) {
        int n = p->nfiles % 8 == 7 && at + PILE_PAGES <= count ? PILE_PAGES : 1;
        struct pile_file *f = add_file(p, "first", n);
        for (int i = 0; i < n; i++, at++)
            f->pages[i].sheet[0] = at == but ? -1 : at;
    }
}

/* The same bytes under another name, and the same pixels in another file. */
static void add_again(struct pile *p, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        struct pile_file *same = add_file(p, "copy", p->files[i].npages);
        memcpy(same->sha256, p->files[i].sha256, sizeof same->sha256);
        memcpy(same->pages, p->files[i].pages, sizeof same->pages);
        struct pile_file *other = add_file(p, "pixels", p->files[i + count].npages);
        memcpy(other->pages, p->files[i + count].pages, sizeof other->pages);
    }
}

/* A sheet of a pack that nobody printed: the first one's code with another figure near its end, where the seal is. */
static int forge(struct pile *p)
{
    struct pile_sheet *sheet = &p->sheets[p->nsheets];
    *sheet = p->sheets[0];
    char *figure = &sheet->code[REPLI_PAGECODE_DIGITS - 5];
    *figure = *figure == '1' ? '2' : '1';
    return (int)p->nsheets++;
}

static void add_oddities(struct pile *p, int ours)
{
    add_file(p, "none", 1);
    add_file(p, "half", 0);
    add_image(p, "two", 2, 0)->pages[0].sheet[1] = 4;
    add_image(p, "forged", forge(p), 0);
    add_image(p, "askew", 5, 1)->pages[0].lies_badly = true; /* there is a good one, too */
    add_image(p, "askew", ours, 0)->pages[0].lies_badly = true;
}

static void finish_file(struct pile *p, struct pile_file *f)
{
    for (int k = 0; k < f->npages; k++)
        if (f->pages[k].sheet[0] >= 0 && p->sheets[f->pages[k].sheet[0]].stick >= 0)
            f->stick = p->sheets[f->pages[k].sheet[0]].stick;
    p->npages += (size_t)(f->npages ? f->npages : 1);
}

void pile_make(struct pile *p, const struct sticks *s, const struct repli_zone *zone)
{
    static const int faint[] = {6, 8, 14, 16, 24}; /* two images each */
    *p = (struct pile){.nsheets = 0};
    (void)add_pages(p, s, "start", STICKS_REAL, 2, 3, zone);
    for (int k = 0; k < STICKS; k++)
        add_stick(p, s, k, zone);
    int round = add_pages(p, s, "start", STICKS_ROUND, 1, 26, zone);
    (void)add_pages(p, s, "start", STICKS_DRILL, 1, 4, zone);
    (void)add_pages(p, s, "other", "P0-1", 1, 4, NULL);
    add_first_images(p, (int)p->nsheets, round + 23);
    add_again(p, 3, 6);
    for (int i = 0; i < 14; i++)
        add_image(p, "again", i * 4 % round, 1 + i / 12);
    for (size_t i = 0; i < sizeof faint / sizeof *faint; i++)
        p->sheets[faint[i]].faint = true;
    add_oddities(p, round + 23);
    for (size_t i = 0; i < p->nfiles; i++)
        finish_file(p, &p->files[i]);
}

void pile_done(struct pile *p)
{
    repli_arena_done(&p->arena);
    *p = (struct pile){.nsheets = 0};
}

/* ---- what is seen */

void pile_decode(const struct pile *p, const struct pile_page *page, struct job *job)
{
    struct code_seen seen[2] = {{.pieced = 0}};
    size_t n = 0;
    job->decoded = true;
    job->bits = 8;
    job->dpi = 200;
    memcpy(job->pixels, page->pixels, sizeof job->pixels);
    for (int i = 0; i < 2; i++)
        if (page->sheet[i] >= 0)
            memcpy(seen[n++].digits, p->sheets[page->sheet[i]].code, sizeof seen[0].digits);
    job->outcome = REPLI_OUTCOME_NO_CODE;
    (void)repli_scan_take_codes(job, seen, n, CODE_WINDOWS);
}

static enum repli_ink state_of(const char *text)
{
    for (int i = REPLI_INK_EMPTY; i <= REPLI_INK_DOUBTFUL; i++)
        if (strcmp(repli_ink_text((enum repli_ink)i), text) == 0)
            return (enum repli_ink)i;
    abort();
}

/* Is it a part of something that goes into the record?  Ink there is the same in every image. */
static bool counts(const struct repli_page_map *map, size_t field)
{
    for (size_t c = 0; c < map->ncaptures; c++)
        for (size_t m = 0; m < map->captures[c].nmembers; m++)
            if (map->captures[c].fields[m] == field)
                return true;
    return false;
}

/* The number that a capture takes is missing in one of two images of a faint sheet; its time is in both. */
static bool misses(const struct pile_sheet *sheet, size_t i, int variant)
{
    const struct repli_page_map *map = sheet->map;
    bool value = false;
    struct prng r;
    for (size_t c = 0; c < map->ncaptures; c++)
        value = value || strcmp(map->captures[c].id, map->fields[i].id) == 0;
    prng_seed(&r, sheet->serial, 2000 + i);
    return sheet->faint && value && map->fields[i].kind != REPLI_FIELD_TICK && prng_int(&r, 0, 2) == variant;
}

/* Another image leaves other boxes open, and somebody may have written a word beside meanwhile. */
static struct repli_field_reading look(const struct pile_sheet *sheet, size_t i, int variant, struct prng *r)
{
    const struct repli_field *f = &sheet->map->fields[i];
    const struct pens_field *ink = &sheet->plan[i];
    struct repli_field_reading seen = {.state = state_of(pens_mark_state(ink->mark)), .row = -1};
    bool doubt = prng_chance(r, DOUBT), word = prng_chance(r, DOUBT);
    seen.confidence = prng_in(r, .7, 1);
    if (misses(sheet, i, variant))
        seen.state = REPLI_INK_EMPTY;
    if (f->kind == REPLI_FIELD_BAND && seen.state == REPLI_INK_INK)
        seen.row = ink->row;
    if (doubt && f->kind == REPLI_FIELD_TICK)
        seen.state = REPLI_INK_DOUBTFUL;
    if (word && f->kind == REPLI_FIELD_TEXT && seen.state == REPLI_INK_EMPTY && !counts(sheet->map, i))
        seen.state = REPLI_INK_INK;
    return seen;
}

void pile_read(const struct pile *p, const struct pile_page *page, struct job *job)
{
    bool ours = job->outcome == REPLI_OUTCOME_READ || job->outcome == REPLI_OUTCOME_SECOND_IMAGE;
    const struct pile_sheet *sheet = page->sheet[0] >= 0 ? &p->sheets[page->sheet[0]] : NULL;
    if (!ours || !job->map || !sheet)
        return;
    if (page->lies_badly) {
        if (job->outcome == REPLI_OUTCOME_READ)
            job->outcome = REPLI_OUTCOME_NOT_REGISTERED;
        return;
    }
    struct prng r;
    if (!sheet->map || job->map->nfields != sheet->map->nfields)
        give_up("a sheet is read that should not be, or with other fields than it was printed with");
    prng_seed(&r, (uint64_t)page->variant, sheet->serial);
    job->registered = true;
    job->pose.h[0] = job->pose.h[4] = job->pose.h[8] = 1;
    job->readings = repli_arena_array(job->arena, job->map->nfields + 1, sizeof *job->readings);
    for (size_t i = 0; i < job->map->nfields; i++)
        job->readings[i] = look(sheet, i, page->variant, &r);
}

/* ---- what is keyed */

static const struct pile_sheet *find_sheet(const struct pile *p, const char *name, size_t len)
{
    for (size_t i = 0; i < p->nsheets; i++)
        if (strncmp(p->sheets[i].name, name, len) == 0 && p->sheets[i].name[len] == 0)
            return &p->sheets[i];
    return NULL;
}

static size_t find_field(const struct pile_sheet *sheet, const char *name, size_t len)
{
    size_t i = 0;
    while (i < sheet->map->nfields &&
           (strncmp(sheet->map->fields[i].id, name, len) != 0 || sheet->map->fields[i].id[len] != 0))
        i++;
    return i;
}

static const char *seen_by_people(const struct pens_field *ink, const struct repli_field *f)
{
    if (f->kind == REPLI_FIELD_TICK)
        return strcmp(pens_mark_state(ink->mark), "ticked") == 0 ? "ticked" : NULL;
    return ink->answer;
}

/* One of the two who key it, never both. */
static bool mistaken(const struct pile_sheet *sheet, size_t field, const char *need)
{
    struct prng r;
    prng_seed(&r, sheet->serial, 1000 + field);
    bool wrong = prng_chance(&r, MISTAKES), first = prng_chance(&r, .5);
    return wrong && sheet->map->fields[field].tier == 1 && strcmp(need, first ? "key1" : "key2") == 0;
}

bool pile_answer(const struct pile *p, const char *task, bool all_in, struct repli_buf *out)
{
    const char *slash = strchr(task, '/'), *need = strrchr(task, '/');
    const struct pile_sheet *sheet = slash ? find_sheet(p, task, (size_t)(slash - task)) : NULL;
    const char *end = slash ? strchr(slash + 1, '/') : NULL;
    size_t field = sheet && sheet->map && end ? find_field(sheet, slash + 1, (size_t)(end - slash - 1)) : 0;
    if (!sheet || !sheet->map || !end || field == sheet->map->nfields)
        return false;
    if (sheet->faint && !all_in)
        return true;
    const struct repli_field *f = &sheet->map->fields[field];
    const char *value = seen_by_people(&sheet->plan[field], f);
    if (mistaken(sheet, field, need + 1))
        value = value || f->kind != REPLI_FIELD_TICK ? NULL : "ticked";
    if (value)
        repli_buf_printf(out, "{\"task\":\"%s\",\"answer\":\"value\",\"value\":\"%s\"%s}\n", task, value,
                         strcmp(value, "ticked") == 0 ? "" : ",\"sure\":true");
    else
        repli_buf_printf(out, "{\"task\":\"%s\",\"answer\":\"blank\"}\n", task);
    return true;
}
