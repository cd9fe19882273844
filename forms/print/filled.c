/* What a set of sheets is filled from, in a text that the ledger keeps, and how two of them differ.
**
** The geometry of a sheet is a pure function of the rows it is filled from (form.h): equal rows, equal paper.  So rows
** are compared, not pages: they do not change with the window, the print time or the age of the data, and they tell
** what is new in words that a nurse knows.  A line a row: dataset, row, hash, what it is called. */
#include <stdlib.h>
#include <string.h>

#include "print/filled.h"
#include "repli/id.h"
#include "repli/text.h"

#define HASH_BYTES 8 /* against chance alone: whoever could forge it could print as well */

/* Datasets whose rows are told one by one, by a key; the others are compared as a whole. */
static const struct {
    const char *set, *key, *name, *other; /* other: what a row without that name is called by */
    bool of_ward;                         /* also on sheets about a ward */
} by_row[] = {
    {"orders", "request_id", "medication", "status", false},
    {"allergies", "allergy_id", "substance", "kind", false},
    {"census", "bed_id", "bed", "family", true},
};

static const struct {
    const char *set, *fresh, *changed, *gone; /* %s: what the row is called */
} words[] = {
    {"form", NULL, "the form itself", NULL},
    {"place", NULL, "moved, now %s", NULL},
    {"orders", "new order: %s", "changed order: %s", "stopped order: %s"},
    {"allergies", "new allergy: %s", "changed allergy: %s", "allergy taken back: %s"},
    {"census", "new line: %s", "another line: %s", "line gone: %s"},
    {"patient", NULL, "name, birth date or number", NULL},
    {"stay", NULL, "doctor, reason or dates of the stay", NULL},
    {"ward", NULL, "the ward's name or number of beds", NULL},
    {"last_observations", NULL, "last values", NULL},
    {"doses", NULL, "doses that were charted", NULL},
    {"flags", NULL, "alerts", NULL},
    {"pending", NULL, "what is asked for", NULL},
    {"home_medication", NULL, "medication at home", NULL},
    {"site", NULL, "the house's name", NULL},
    {"settings", NULL, "settings of the house", NULL},
    {"directory", NULL, "telephone numbers", NULL},
    {"wards", NULL, "wards or their beds", NULL},
    {"inpatients", NULL, "who is in the house", NULL},
    {"calls", NULL, "appointments", NULL},
};

/* ---- writing */

static void put_name(struct repli_buf *b, const char *name)
{
    for (; name && *name; name++)
        repli_buf_add(b, (unsigned char)*name < ' ' ? " " : name, 1);
}

static void put_line(struct repli_buf *b, const char *set, const char *key, struct repli_hash *h, const char *name)
{
    uint8_t sum[32];
    char hex[2 * HASH_BYTES + 1];
    repli_hash_final(h, sum);
    repli_hex(sum, HASH_BYTES, hex);
    repli_buf_printf(b, "%s\t", set);
    put_name(b, key);
    repli_buf_printf(b, "\t%s\t", hex);
    put_name(b, name);
    repli_buf_puts(b, "\n");
}

/* Who and where are told apart; the time of the data, and where a row stands in the whole house, are no content. */
static bool counts(const char *set, const char *column)
{
    static const struct {
        const char *set, *column; /* set NULL: of any */
    } apart[] = {{NULL, "ward"},  {NULL, "ord"},        {"stay", "ward_name"}, {"stay", "room"},
                 {"stay", "bed"}, {"ward", "data_utc"}, {"site", "data_utc"}};
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
        if ((!apart[i].set || strcmp(apart[i].set, set) == 0) && strcmp(apart[i].column, column) == 0)
            return false;
    return true;
}

static void hash_row(struct repli_hash *h, const struct repli_dataset *d, size_t row)
{
    for (size_t c = 0; c < d->ncolumns; c++)
        if (counts(d->name, d->columns[c])) {
            repli_hash_text(h, d->columns[c]);
            repli_hash_text(h, d->cells[row * d->ncolumns + c]);
        }
}

static void put_place(struct repli_buf *b, const struct repli_dataset *stay)
{
    struct repli_hash h;
    struct repli_buf name = {0};
    static const char *const columns[] = {"ward", "room", "bed"};
    repli_hash_init(&h);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const char *text = repli_dataset_cell(stay, 0, columns[i]);
        repli_hash_text(&h, text);
        if (text && *text)
            repli_buf_printf(&name, "%s%s", name.len ? " " : "", text);
    }
    put_line(b, "place", "", &h, name.data ? name.data : "nowhere");
    repli_buf_done(&name);
}

static void put_set(struct repli_buf *b, const struct repli_dataset *d, bool of_ward)
{
    struct repli_hash h;
    size_t k = 0, n = sizeof by_row / sizeof *by_row;
    while (k < n && (strcmp(by_row[k].set, d->name) != 0 || (of_ward && !by_row[k].of_ward)))
        k++;
    for (size_t r = 0; k < n && r < d->nrows; r++) {
        const char *key = repli_dataset_cell(d, r, by_row[k].key), *name = repli_dataset_cell(d, r, by_row[k].name);
        repli_hash_init(&h);
        hash_row(&h, d, r);
        put_line(b, d->name, key ? key : repli_dataset_cell(d, r, "patient_id"), &h,
                 name ? name : repli_dataset_cell(d, r, by_row[k].other));
    }
    if (k < n)
        return;
    repli_hash_init(&h);
    for (size_t r = 0; r < d->nrows; r++)
        hash_row(&h, d, r);
    put_line(b, d->name, "", &h, "");
}

const char *repli_filled_text(const struct repli_datasets *data, const uint8_t form[32], bool of_ward,
                              struct repli_arena *a)
{
    struct repli_buf b = {0};
    struct repli_hash h;
    repli_hash_init(&h);
    repli_hash_bytes(&h, form, 32);
    put_line(&b, "form", "", &h, "");
    for (size_t i = 0; i < data->count; i++) {
        if (strcmp(data->sets[i].name, "stay") == 0)
            put_place(&b, &data->sets[i]);
        put_set(&b, &data->sets[i], of_ward);
    }
    const char *text = repli_arena_strndup(a, b.data, b.len);
    repli_buf_done(&b);
    return text;
}

/* ---- comparing */

struct line {
    const char *set, *key, *hash, *name;
    bool met;
};

/* Every tab and line feed becomes the end of a text. */
static struct line *lines_of(const char *text, struct repli_arena *a, size_t *count)
{
    size_t n = 0;
    for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
        n++;
    struct line *list = repli_arena_array(a, n + 1, sizeof *list);
    char *p = repli_arena_strdup(a, text);
    for (size_t i = 0; i < n; i++) {
        const char *part[4] = {"", "", "", ""};
        char *end = strchr(p, '\n');
        *end = '\0';
        for (int k = 0; k < 4 && p; k++) {
            part[k] = p;
            p = strchr(p, '\t');
            if (p)
                *p++ = '\0';
        }
        list[i] = (struct line){part[0], part[1], part[2], part[3], false};
        p = end + 1;
    }
    *count = n;
    return list;
}

static struct line *find(struct line *list, size_t count, const struct line *like)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].set, like->set) == 0 && strcmp(list[i].key, like->key) == 0)
            return &list[i];
    return NULL;
}

enum how { FRESH, CHANGED, GONE };

static const char *tell(const struct line *l, enum how how, struct repli_arena *a)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *said = how == FRESH ? words[i].fresh : how == GONE ? words[i].gone : words[i].changed;
        const char *at = said ? strstr(said, "%s") : NULL;
        if (strcmp(words[i].set, l->set) != 0 || !said)
            continue;
        if (at && !*l->name) /* all of a ward's rows in one line */
            return l->set;
        return at ? repli_arena_printf(a, "%.*s%s%s", (int)(at - said), said, l->name, at + 2) : said;
    }
    return l->set;
}

const char **repli_filled_diff(const char *before, const char *now, struct repli_arena *a, size_t *count)
{
    size_t nold = 0, nnew = 0, n = 0;
    struct line *old = lines_of(before, a, &nold), *fresh = lines_of(now, a, &nnew);
    const char **list = repli_arena_array(a, nold + nnew + 1, sizeof *list);
    for (size_t i = 0; i < nnew; i++) {
        struct line *same = find(old, nold, &fresh[i]);
        if (same)
            same->met = true;
        if (!same || strcmp(same->hash, fresh[i].hash) != 0)
            list[n++] = tell(&fresh[i], same ? CHANGED : FRESH, a);
    }
    for (size_t i = 0; i < nold; i++)
        if (!old[i].met)
            list[n++] = tell(&old[i], GONE, a);
    *count = n;
    return list;
}
