#include <string.h>

#include "repli/pagecode.h"
#include "support/sample.h"

enum { COLUMNS = 7, FIRST_X = 57000, COLUMN_UM = 19850, ROW_UM = 5200 };

struct band {
    const char *name, *label, *unit;
    int decimals;
    size_t rows;
    const char *letters[2];
    double low[6], high[6]; /* -1 = open */
    double hard_low, hard_high;
};

static const struct band bands[] = {
    {"rr", "Fréquence respiratoire", "/min", 0, 5, {0}, {25, 21, 12, 9, -1}, {-1, 24, 20, 11, 8}, 0, 80},
    {"spo2", "SpO2", "%", 0, 4, {0}, {96, 94, 92, -1}, {-1, 95, 93, 91}, 30, 100},
    {"o2", "Air ou oxygène", NULL, 0, 2, {"A", "O"}, {-1, -1}, {-1, -1}, 0, 0},
    {"sbp", "Tension systolique", "mm[Hg]", 0, 5, {0}, {220, 111, 101, 91, -1}, {-1, 219, 110, 100, 90}, 30, 300},
    {"pulse", "Pouls", "/min", 0, 6, {0}, {131, 111, 91, 51, 41, -1}, {-1, 130, 110, 90, 50, 40}, 10, 300},
    {"acvpu", "Conscience", NULL, 0, 2, {"A", "CVPU"}, {-1, -1}, {-1, -1}, 0, 0},
    {"temp", "Température", "Cel", 1, 5, {0}, {39.1, 38.1, 36.1, 35.1, -1}, {-1, 39.0, 38.0, 36.0, 35.0}, 25, 45},
};

static struct repli_field *next(struct repli_page_map *map, enum repli_field_kind kind, const char *id, int tier)
{
    struct repli_field *f = &map->fields[map->nfields++];
    f->kind = kind, f->id = id, f->label = id, f->tier = tier;
    return f;
}

static void band(struct repli_page_map *map, struct repli_arena *a, const struct band *b, int column, int32_t *y)
{
    int32_t x = FIRST_X + column * COLUMN_UM;
    struct repli_field *f = next(map, REPLI_FIELD_BAND, repli_arena_printf(a, "col%d.%s", column + 1, b->name), 2);
    f->label = b->label, f->unit = b->unit, f->decimals = b->decimals, f->role = "value", f->capture = "observation";
    f->nparts = b->rows;
    f->parts = repli_arena_array(a, b->rows, sizeof *f->parts);
    f->rows = repli_arena_array(a, b->rows, sizeof *f->rows);
    f->hard = (struct repli_range){b->hard_high > 0, b->hard_high > 0, b->hard_low, b->hard_high};
    if (b->letters[0] != NULL)
        f->letters = repli_arena_array(a, b->rows, sizeof *f->letters);
    for (size_t i = 0; i < b->rows; i++) {
        f->parts[i] = (struct repli_box){x, *y, x + COLUMN_UM, *y + ROW_UM};
        f->rows[i] = (struct repli_range){b->low[i] >= 0, b->high[i] >= 0, b->low[i], b->high[i]};
        if (b->letters[0] != NULL)
            f->letters[i] = b->letters[i];
        *y += ROW_UM;
    }
    f->box = (struct repli_box){x, f->parts[0].y0, x + COLUMN_UM, *y};
}

static void comb(struct repli_page_map *map, struct repli_arena *a, const char *id, int32_t x, int32_t y, int cells,
                 const char *role, double high)
{
    enum { CELL_UM = 4200, HIGH_UM = 5700 };
    struct repli_field *f = next(map, REPLI_FIELD_DIGITS, id, role != NULL ? 1 : 2);
    f->role = role, f->nparts = (size_t)cells;
    f->parts = repli_arena_array(a, f->nparts, sizeof *f->parts);
    for (int i = 0; i < cells; i++)
        f->parts[i] = (struct repli_box){x + i * CELL_UM, y, x + (i + 1) * CELL_UM, y + HIGH_UM};
    f->box = (struct repli_box){x, y, x + cells * CELL_UM, y + HIGH_UM};
    f->hard = (struct repli_range){high > 0, high > 0, 0, high};
}

static void column(struct repli_page_map *map, struct repli_arena *a, int c)
{
    int32_t x = FIRST_X + 800 + c * COLUMN_UM, y = 79400;
    comb(map, a, repli_arena_printf(a, "col%d.day", c + 1), x, 58600, 2, "day", 0);
    comb(map, a, repli_arena_printf(a, "col%d.at", c + 1), x, 65400, 4, "at", 0);
    struct repli_field *by = next(map, REPLI_FIELD_INITIALS, repli_arena_printf(a, "col%d.by", c + 1), 3);
    by->role = "by";
    by->box = (struct repli_box){x, 72400, x + 17850, 78200};
    for (size_t i = 0; i < sizeof bands / sizeof bands[0]; i++)
        band(map, a, &bands[i], c, &y);
    comb(map, a, repli_arena_printf(a, "col%d.dbp", c + 1), x + 2700, 230900, 3, NULL, 130);
    comb(map, a, repli_arena_printf(a, "col%d.pain", c + 1), x + 4800, 237400, 2, NULL, 10);
    comb(map, a, repli_arena_printf(a, "col%d.news", c + 1), x + 4800, 250400, 2, NULL, 20);
}

static void tick(struct repli_page_map *map, const char *id, const char *group, int32_t x, int32_t y)
{
    struct repli_field *f = next(map, REPLI_FIELD_TICK, id, 1);
    f->group = group;
    f->box = (struct repli_box){x, y, x + 4000, y + 4000};
}

/* 143 digits of 59 bytes that name the window and nothing else. */
static const char *digits(struct repli_arena *a, int64_t window_utc, int hours)
{
    uint8_t bytes[REPLI_PAGECODE_BYTES] = {1};
    for (int i = 0; i < 4; i++)
        bytes[39 + i] = (uint8_t)(window_utc >> (24 - 8 * i));
    bytes[43] = (uint8_t)hours;
    char *out = repli_arena_alloc(a, REPLI_PAGECODE_DIGITS + 1);
    for (int k = REPLI_PAGECODE_DIGITS - 1; k >= 0; k--) {
        unsigned rest = 0;
        for (size_t i = 0; i < sizeof bytes; i++) {
            rest = rest << 8 | bytes[i];
            bytes[i] = (uint8_t)(rest / 10);
            rest %= 10;
        }
        out[k] = (char)('0' + rest);
    }
    return out;
}

struct repli_page_map *sample_sheet(struct repli_arena *a, int side, int64_t window_utc, int hours)
{
    static const struct repli_point marks[5] = {
        {11000, 11000}, {199000, 11000}, {199000, 286000}, {11000, 286000}, {11000, 68500}};
    static const struct repli_box codes[2] = {{179090, 18570, 197960, 37440}, {20000, 269630, 38870, 288500}};
    struct repli_page_map *map = repli_arena_alloc(a, sizeof *map);
    map->page = side, map->side = side, map->sides = 2, map->version = 1;
    map->sheet = side == 1 ? "0000-0001-1" : "0000-0002-2";
    map->form = "obs", map->lang = "fr", map->patient = "1204873", map->stay = "89012345", map->ward = "3B";
    map->code = digits(a, window_utc, hours);
    memcpy(map->marks, marks, sizeof marks);
    memcpy(map->codes, codes, sizeof codes);
    map->fields = repli_arena_array(a, 256, sizeof *map->fields);
    tick(map, "setup.scale.1", "setup.scale", 39370, 51400);
    tick(map, "setup.scale.2", "setup.scale", 50620, 51400);
    for (int c = 0; c < COLUMNS; c++)
        column(map, a, c);
    tick(map, "page.correction", NULL, 80000, 269600);
    tick(map, "page.void", NULL, 112000, 269600);
    tick(map, "page.continues", NULL, 146000, 269600);
    comb(map, a, "page.spare", 164000, 268600, 4, NULL, 0);
    return map;
}
