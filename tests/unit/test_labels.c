/* Sheets of labels: what stands on each label, whole, whatever the name, and nowhere near an edge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "form/form_internal.h"
#include "form/sample.h"
#include "repli/form.h"

struct sheet {
    int columns, rows, each;
    int32_t width, height, left, top, across, down, safety;
};
static const struct sheet tubes = {4, 12, 12, MM(45.7), MM(21.2), MM(9.85), MM(21.3), MM(48.2), MM(21.2), MM(1.5)};
static const struct sheet forms = {3, 7, 6, MM(63.5), MM(38.1), MM(7.25), MM(15.15), MM(66), MM(38.1), MM(3)};
static const struct sheet bands = {1, 8, 1, MM(180), MM(25), MM(15), MM(30), MM(180), MM(28), MM(2)};

static const char *const langs[] = {"en", "fr", "nl", "de"};

static struct repli_zone *zone;

static struct repli_layout lay_out(const struct repli_form *form, const struct repli_datasets *data,
                                   struct repli_arena *a)
{
    struct repli_err err = {0};
    struct repli_layout layout = {0};
    struct repli_layout_in in = {
        .form = form, .data = data, .zone = zone, .window_utc = 1795395600, .window_hours = 24};
    if (repli_layout_make(&in, a, &layout, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return layout;
}

static struct repli_form *open_form(const char *id, const char *lang)
{
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    if (repli_form_open(NULL, id, lang, &form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return form;
}

/* What is drawn, as a box of ink. */
static struct repli_box ink_of(const struct repli_draw *d)
{
    struct repli_box b = {d->x0, d->y0, d->x1, d->y1};
    int32_t above = 0, below = 0;
    if (d->kind == REPLI_DRAW_TEXT) {
        repli_font_ink(d->face, d->size_cpt, d->text, &above, &below);
        b = (struct repli_box){d->x0, d->y0 - above, d->x0 + d->width_um, d->y0 + below};
    }
    return b;
}

static struct repli_box label_at(const struct sheet *s, int i)
{
    int32_t x = s->left + i % s->columns * s->across, y = s->top + i / s->columns * s->down;
    return (struct repli_box){x, y, x + s->width, y + s->height};
}

static bool within(struct repli_box b, struct repli_box room, int32_t by)
{
    return b.x0 >= room.x0 + by && b.x1 <= room.x1 - by && b.y0 >= room.y0 + by && b.y1 <= room.y1 - by;
}

/* Number of the label it lies on, with the safety kept; -1: in the margin above or below all labels; -2: neither. */
static int label_of(const struct sheet *s, struct repli_box b)
{
    int n = s->columns * s->rows;
    if (b.y1 <= s->top || b.y0 >= label_at(s, n - 1).y1)
        return -1;
    for (int i = 0; i < n; i++)
        if (within(b, label_at(s, i), s->safety))
            return i;
    return -2;
}

static const struct sheet *stock_of(const char *id, const struct repli_side *side)
{
    if (strcmp(id, "wristband") == 0)
        return &bands;
    for (size_t i = 0; i < side->filled.count; i++)
        if (side->filled.items[i].kind == REPLI_DRAW_SYMBOL)
            return side->filled.items[i].x1 - side->filled.items[i].x0 == MM(10) ? &tubes : &forms;
    return &tubes;
}

/* A text without blanks: a name may be wrapped between words, or inside one when it is very long. */
static void squeeze(char *out, size_t size, const char *text)
{
    size_t n = strlen(out);
    for (; *text && n + 1 < size; text++)
        if (*text != ' ' && (unsigned char)*text != 1)
            out[n++] = *text;
    out[n] = '\0';
}

/* Everything is on a label or in a margin; each label of a person says the same: name, birth date and number whole, and
** a code that holds the number. */
static void look(const char *id, const struct repli_side *side, size_t *labels)
{
    const struct sheet *s = stock_of(id, side);
    static char said[48][2000], codes[48][64];
    memset(said, 0, sizeof said);
    memset(codes, 0, sizeof codes);
    for (int l = 0; l < 2; l++) {
        const struct repli_draw_list *list = l ? &side->filled : &side->fixed;
        for (size_t i = 0; i < list->count; i++) {
            const struct repli_draw *d = &list->items[i];
            bool cut = d->kind == REPLI_DRAW_LINE && d->dash_um > 0;
            if (d->kind == REPLI_DRAW_ORIGIN || cut)
                continue;
            int at = label_of(s, ink_of(d));
            if (at == -2)
                fail_msg("%s: \"%s\" at %.2f, %.2f mm is too near the edge of a label", id,
                         d->text ? d->text : "a line", d->x0 / 1000.0, d->y0 / 1000.0);
            if (at >= 0 && d->kind == REPLI_DRAW_TEXT)
                squeeze(said[at], sizeof said[at], d->text);
            if (at >= 0 && d->kind == REPLI_DRAW_SYMBOL)
                (void)strncpy(codes[at], d->text, sizeof codes[at] - 1);
        }
    }
    size_t used = 0;
    for (int i = 0; i < s->columns * s->rows; i++) {
        int first = i / (s->each > s->columns ? s->each / s->columns * s->columns : s->columns) *
                    (s->each > s->columns ? s->each / s->columns * s->columns : s->columns);
        assert_string_equal(said[i], said[first]); /* all labels of these rows are one person's */
        assert_string_equal(codes[i], codes[first]);
        used += *said[i] != 0;
        if (*said[i] && *codes[i])
            assert_non_null(strstr(said[i], codes[i]));
    }
    *labels += used;
}

static size_t people(const struct repli_dataset *census)
{
    size_t n = 0;
    for (size_t i = 0; i < census->nrows; i++)
        n += repli_dataset_cell(census, i, "patient_id") != NULL;
    return n;
}

/* Twelve labels for tubes and six for forms each, one band each, in every language, with every sample; no fields, no
** code, no verso: such a sheet is never scanned. */
static void every_label(void **state)
{
    static const char *const ids[] = {"labels", "wristband"};
    (void)state;
    for (size_t f = 0; f < 2; f++)
        for (size_t l = 0; l < sizeof langs / sizeof *langs; l++)
            for (int kind = SAMPLE_USUAL; kind < SAMPLE_KINDS; kind++) {
                struct repli_arena a = {0};
                struct repli_form *form = open_form(ids[f], langs[l]);
                struct repli_datasets *data = repli_sample((enum sample_kind)kind, &a);
                struct repli_layout layout = lay_out(form, data, &a);
                size_t labels = 0;
                for (size_t i = 0; i < layout.nsides; i++) {
                    assert_true(layout.sides[i].bare && !layout.sides[i].map.verso);
                    assert_int_equal(layout.sides[i].map.nfields, 0);
                    look(ids[f], &layout.sides[i], &labels);
                }
                assert_int_equal(labels, people(repli_dataset_get(data, "census")) * (f == 0 ? 18 : 1));
                repli_arena_done(&a);
                repli_form_close(form);
            }
}

/* A copy of the first person of the sample, with cells of its own. */
static struct repli_datasets *somebody(const char *family, const char *given, const char *number, struct repli_arena *a)
{
    struct repli_datasets *data = repli_sample(SAMPLE_USUAL, a);
    for (size_t i = 0; i < data->count; i++) {
        struct repli_dataset *set = &data->sets[i];
        if (strcmp(set->name, "census") != 0)
            continue;
        set->nrows = 1;
        for (size_t c = 0; c < set->ncolumns; c++) {
            const char *text = strcmp(set->columns[c], "family") == 0       ? family
                               : strcmp(set->columns[c], "given") == 0      ? given
                               : strcmp(set->columns[c], "identifier") == 0 ? number
                               : strcmp(set->columns[c], "homonym") == 0    ? "1"
                                                                            : set->cells[c];
            set->cells[c] = text;
        }
    }
    return data;
}

static bool on_label(const struct repli_layout *layout, const char *words)
{
    char all[4000] = "", wanted[400] = "";
    for (size_t i = 0; i < layout->sides[0].filled.count; i++) {
        const struct repli_draw *d = &layout->sides[0].filled.items[i];
        if (d->kind == REPLI_DRAW_TEXT && label_of(&tubes, ink_of(d)) == 0)
            squeeze(all, sizeof all, d->text);
    }
    squeeze(wanted, sizeof wanted, words);
    return strstr(all, wanted) != NULL;
}

/* Long names are whole; what no label can hold is told by name, and nothing is printed of it. */
static void long_names(void **state)
{
    static const struct {
        const char *family, *given, *number, *name;
    } cases[] = {
        {"Van den Berghe-De Smedt de Waersegger van Liedekerke", "Maria-Magdalena Elisabeth Josephina", "0071",
         "VAN DEN BERGHE-DE SMEDT DE WAERSEGGER VAN LIEDEKERKE, Maria-Magdalena Elisabeth Josephina"},
        {"Nguy\xE1\xBB\x84n-\xC3\x89toil\xC3\xA9", "\xC3\x85sa", "1",
         "NGUY\xE1\xBB\x84N-\xC3\x89TOIL\xC3\x89, \xC3\x85sa"},
        {"Wolfeschlegelsteinhausenbergerdorffwelche", "Hubert", "2",
         "WOLFESCHLEGELSTEINHAUSENBERGERDORFFWELCHE, Hubert"},
        {"De Wit", "An", "3f1c9d52-7c1e-4b0a-9d55-0a1b2c3d4e5f", "DE WIT, An"},
    };
    (void)state;
    struct repli_form *form = open_form("labels", "fr");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_arena a = {0};
        size_t labels = 0;
        struct repli_layout layout = lay_out(form, somebody(cases[i].family, cases[i].given, cases[i].number, &a), &a);
        if (!on_label(&layout, cases[i].name) || !on_label(&layout, cases[i].number) || !on_label(&layout, "HOMONYME"))
            fail_msg("%s is not whole on its label", cases[i].name);
        for (size_t s = 0; s < layout.nsides; s++)
            look("labels", &layout.sides[s], &labels);
        assert_int_equal(labels, 18);
        repli_arena_done(&a);
    }
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_layout layout = {0};
    char name[400];
    memset(name, 'M', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct repli_layout_in in = {.form = form,
                                 .data = somebody(name, "An", "4", &a),
                                 .zone = zone,
                                 .window_utc = 1795395600,
                                 .window_hours = 24};
    assert_int_equal(repli_layout_make(&in, &a, &layout, &err), REPLI_DATA);
    assert_non_null(strstr(err.text, "does not fit a label of 45.7 x 21.2 mm"));
    repli_arena_done(&a);
    repli_form_close(form);
}

static size_t symbols(const struct repli_layout *layout)
{
    size_t n = 0;
    for (size_t s = 0; s < layout->nsides; s++)
        for (size_t i = 0; i < layout->sides[s].filled.count; i++)
            n += layout->sides[s].filled.items[i].kind == REPLI_DRAW_SYMBOL;
    return n;
}

/* A number that no code of that size can hold has none; somebody without a number, too.  Nobody gets another's. */
static void numbers(void **state)
{
    static const struct {
        const char *number;
        size_t codes;
    } cases[] = {{"1204873", 18},
                 {"3f1c9d52-7c1e-4b0a-9d55-0a1b2c3d4e5f", 18},
                 {"12\xC3\xA9", 0},
                 {NULL, 0},
                 {"3f1c9d52-7c1e-4b0a-9d55-0a1b2c3d4e5f-0001", 0}};
    struct repli_arena a = {0};
    (void)state;
    struct repli_form *form = open_form("labels", "nl");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_layout layout = lay_out(form, somebody("Peeters", "An", cases[i].number, &a), &a);
        assert_int_equal(symbols(&layout), cases[i].codes);
    }
    repli_arena_done(&a);
    repli_form_close(form);
}

/* In a drill every label says so, on black of its own; the margin names the sheet; otherwise no label says it. */
static void drill(void **state)
{
    (void)state;
    for (size_t l = 0; l < sizeof langs / sizeof *langs; l++) {
        struct repli_arena a = {0};
        struct repli_err err = {0};
        struct repli_form *form = open_form("labels", langs[l]);
        struct repli_layout layout = lay_out(form, repli_sample(SAMPLE_FULL, &a), &a);
        for (size_t i = 0; i < layout.nsides; i++)
            for (int on = 0; on < 2; on++) {
                struct repli_draw_list list = {0};
                struct repli_overlay_in in = {.form = form,
                                              .zone = zone,
                                              .side = &layout.sides[i],
                                              .sheet = "WWWW-WWWW-W",
                                              .data_utc = 1795392000,
                                              .print_utc = 1795392000 + 50 * 3600,
                                              .drill = on};
                if (repli_layout_overlay(&in, &a, &list, &err) != REPLI_OK)
                    fail_msg("%s", err.text);
                const struct sheet *s = stock_of("labels", &layout.sides[i]);
                size_t plates = 0, serial = 0, labels = 0;
                for (size_t k = 0; k < list.count; k++) {
                    int at = label_of(s, ink_of(&list.items[k]));
                    assert_true(at != -2 && list.items[k].kind != REPLI_DRAW_CODE);
                    plates += at >= 0 && list.items[k].kind == REPLI_DRAW_FILL;
                    serial += at == -1 && list.items[k].text && strstr(list.items[k].text, "WWWW-WWWW-W");
                }
                look("labels", &layout.sides[i], &labels);
                assert_int_equal(plates, on ? labels : 0);
                assert_int_equal(serial, 1);
            }
        repli_arena_done(&a);
        repli_form_close(form);
    }
}

static void refuses(const char *yaml, const char *why)
{
    struct repli_arena a = {0};
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    const char *strings = "language: fr\nmonths: [a, b, c, d, e, f, g, h, i, j, k, l]\ntexts:\n  \"born\": \"n\"\n";
    const char *text = repli_arena_printf(&a, "repli-form 1 fr %zu %zu %d\n%s%s", strlen(yaml), strlen(strings),
                                          REPLI_LAYOUT_EPOCH, yaml, strings);
    assert_int_equal(repli_form_open_frozen(text, strlen(text), &form, &err), REPLI_DATA);
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
    repli_arena_done(&a);
}

#define HEAD                                                                                                           \
    "form: x\nnumber: 900\nversion: 1\ntitle: X\nsubject: ward\npaper: labels\ndatasets: [ward, census]\nbody:\n"
#define ROW(sheet, more) HEAD "  - labels: T\n    sheet: {" sheet "}\n" more

/* Stock that cannot be is refused before anything is printed, with the way out. */
static void wrong_stock(void **state)
{
    (void)state;
    refuses(ROW("columns: 4, rows: 12, width: 45.7, height: 21.2, left: 9.85, top: 21.3, across: 40, down: 21.2", ""),
            "labels overlap");
    refuses(ROW("columns: 4, rows: 12, width: 45.7, height: 21.2, left: 20, top: 21.3, across: 48.2, down: 21.2", ""),
            "the labels end at");
    refuses(
        ROW("columns: 1, rows: 1, width: 90, height: 40, left: 20, top: 21.3, across: 90, down: 40", "    each: 2\n"),
        "a sheet has 1 labels");
    refuses(
        ROW("columns: 1, rows: 20, width: 90, height: 12, left: 20, top: 12, across: 90, down: 13", "    code: 9\n"),
        "leaves no room to say whose");
    refuses(
        ROW("columns: 1, rows: 1, width: 90, height: 40, left: 20, top: 21, across: 90, down: 40", "    safety: 1\n"),
        "safety");
    refuses(ROW("columns: 1, rows: 1, width: 20, height: 20, left: 20, top: 21, across: 90, down: 40", ""),
            "no room for a name");
    refuses(ROW("columns: 1, rows: 1, width: 90, height: 40, left: 20, top: 21, across: 90", ""),
            "needs columns, rows");
    refuses(HEAD "  - title: T\n", "need `paper: labels`");
}

/* About one patient: his own labels, from the datasets patient and stay. */
static void of_a_patient(void **state)
{
    static const char yaml[] =
        "form: x\nnumber: 900\nversion: 1\ntitle: X\nsubject: patient\npaper: labels\n"
        "datasets: [patient, stay]\nbody:\n  - labels: T\n    sheet: {columns: 4, rows: 12, width: "
        "45.7, height: 21.2, left: 9.85, top: 21.3, across: 48.2, down: 21.2}\n    each: 24\n";
    struct repli_arena a = {0};
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    (void)state;
    const char *strings = "language: fr\nmonths: [a, b, c, d, e, f, g, h, i, j, k, l]\ntexts:\n  \"born\": \"n\"\n";
    const char *text = repli_arena_printf(&a, "repli-form 1 fr %zu %zu %d\n%s%s", strlen(yaml), strlen(strings),
                                          REPLI_LAYOUT_EPOCH, yaml, strings);
    if (repli_form_open_frozen(text, strlen(text), &form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    struct repli_layout layout = lay_out(form, repli_sample(SAMPLE_USUAL, &a), &a);
    assert_int_equal(layout.nsides, 1);
    assert_int_equal(symbols(&layout), 24);
    assert_true(on_label(&layout, "PEETERS-VANDERHAEGHEN, Marie-Th\xC3\xA9r\xC3\xA8se") &&
                on_label(&layout, "1204873"));
    assert_string_equal(layout.sides[0].map.patient, "1204873");
    repli_form_close(form);
    repli_arena_done(&a);
}

static int begin(void **state)
{
    struct repli_err err = {0};
    (void)state;
    return repli_zone_open("Europe/Brussels", &zone, &err) == REPLI_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    repli_zone_close(zone);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_label), cmocka_unit_test(long_names),
                                       cmocka_unit_test(numbers),     cmocka_unit_test(drill),
                                       cmocka_unit_test(wrong_stock), cmocka_unit_test(of_a_patient)};
    return cmocka_run_group_tests(tests, begin, end);
}
