/* The page of a block of handwriting that is filed as a document. */
#include <string.h>

#include "repli/filed.h"
#include "words.h"

#define X0      MM(15)
#define X1      MM(195)
#define Y0      MM(18)
#define Y1      MM(282)
#define LEADING MM(4.4)
#define LABEL   MM(34)

static const char *const words[] = {"from paper", "written on", "hours of the sheet", "keyed from it"};

bool repli_filed_says(const char *english)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], english) == 0)
            return true;
    return false;
}

struct book {
    const struct repli_filed *f;
    struct repli_form *words;
    const struct repli_zone *zone;
    struct repli_arena *a;
    struct trouble trouble;
    struct pen pen;
    int32_t y;
};

static const struct style plain = {REPLI_FACE_REGULAR, 950}, heavy = {REPLI_FACE_BOLD, 950},
                          small = {REPLI_FACE_MEDIUM, 800};

/* Names may be long: they go on below. */
static void text(struct book *b, struct style style, int32_t x, const char *what)
{
    int32_t leading = style.cpt > 1000 ? MM(5.8) : LEADING;
    struct para p = {style, style, X1 - x, leading, true, false};
    size_t lines = repli_para(&b->pen, &b->trouble, b->a, &p, x, b->y + MM(3.4), what);
    b->y += (int32_t)lines * leading;
}

static void line(struct book *b, const char *english, const char *value)
{
    if (!value || !*value)
        return;
    repli_pen_text(&b->pen, small, ALIGN_LEFT, X0, b->y + MM(3.4), LABEL - MM(2), repli_form_text(b->words, english));
    text(b, plain, X0 + LABEL, value);
}

/* The title that stands on paper over blocks of this kind; NULL: none does, their captions say it. */
static const char *block_title(const struct repli_form *form, const char *kind)
{
    struct repli_err none = {0};
    for (size_t i = 0; i < form->nrows; i++) {
        const struct repli_yaml *capture = repli_yaml_get(form->rows[i].node, "capture");
        const char *what = NULL, *title = NULL;
        if (capture && capture->kind == REPLI_YAML_MAP && repli_yaml_text(capture, "what", &what, &none) == REPLI_OK &&
            what && strcmp(what, kind) == 0 &&
            repli_yaml_text(form->rows[i].node, "title", &title, &none) == REPLI_OK && title)
            return repli_form_word(form, title);
    }
    return NULL;
}

/* "Observations / Scale 2 or changed triggers / 1", in words of the paper. */
static const char *title(struct book *b, const char *dir)
{
    struct repli_form *form = NULL;
    struct repli_err none = {0};
    if (repli_form_open(dir, b->f->form_id, b->words->lang, &form, &none) != REPLI_OK)
        return repli_arena_printf(b->a, "%s \xC2\xB7 %s %s", b->f->form_id, b->f->kind, b->f->block); /* of long ago */
    const char *block = block_title(form, b->f->kind);
    const char *text = repli_arena_printf(b->a, "%s%s%s \xC2\xB7 %s", repli_form_title(form), block ? " \xC2\xB7 " : "",
                                          block ? block : "", b->f->block);
    repli_form_close(form);
    return text;
}

static const char *when(struct book *b, int64_t utc)
{
    return repli_form_time(b->words, b->zone, utc, true, b->a);
}

static void header(struct book *b, const char *dir)
{
    const struct repli_filed *f = b->f;
    text(b, small, X0,
         repli_arena_printf(b->a, "%s \xC2\xB7 %s%s%s", f->hospital, repli_form_text(b->words, "from paper"),
                            f->outage ? " \xC2\xB7 " : "", f->outage ? f->outage : ""));
    b->y += MM(2.2); /* the title is taller than a line */
    text(b, (struct style){REPLI_FACE_BOLD, 1300}, X0, title(b, dir));
    b->y += MM(1.5);
    if (f->name)
        text(b, heavy, X0, f->name);
    line(b, "born", f->birth_date ? repli_form_date(b->words, f->birth_date, b->a) : NULL);
    line(b, "patient no.", f->number);
    line(b, "ward", f->ward);
    line(b, "written on", f->written_utc ? when(b, *f->written_utc) : NULL);
    if (f->window_hours)
        line(b, "hours of the sheet",
             repli_arena_printf(b->a, "%s \xE2\x80\x93 %s", when(b, f->from_utc),
                                when(b, f->from_utc + f->window_hours * INT64_C(3600))));
    line(b, "sheet no.", repli_arena_printf(b->a, "%s, %d/%d", f->sheet, f->side, f->sides));
    line(b, "keyed from it", f->keyed);
    b->y += MM(1.5);
    repli_pen_line(&b->pen, X0, b->y, X1, b->y, 250, 0);
    b->y += MM(3);
}

enum repli_status repli_filed_page(const struct repli_filed *filed, const char *dir, const char *lang,
                                   const struct repli_zone *zone, int width, int height, struct repli_arena *a,
                                   struct repli_draw_list *page, struct repli_box *picture, struct repli_err *err)
{
    struct book b = {.f = filed, .zone = zone, .a = a, .trouble = {.err = err}, .y = Y0};
    b.pen = (struct pen){.a = a, .t = &b.trouble};
    enum repli_status s = repli_words_open(dir, lang, &b.words, err);
    if (s != REPLI_OK)
        return s;
    header(&b, dir);
    repli_form_close(b.words);
    int64_t w = X1 - X0, h = w * height / (width > 0 ? width : 1), room = Y1 - b.y;
    if (h > room) {
        w = w * room / h;
        h = room;
    }
    *picture = repli_box_make(X0, b.y, (int32_t)w, (int32_t)h);
    *page = b.pen.list;
    return b.trouble.status;
}
