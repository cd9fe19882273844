/* What is printed of an order: name, form, dose, route, frequency, last dose.  Nothing is shortened; attributes stay in
** one piece where they can, and the row grows. */
#include "orders.h"

#include <string.h>

#include "repli/text.h"

struct stack {
    const struct order_text *t;
    int32_t y; /* where the next paragraph begins */
    bool draw;
};

static const char *word(const struct order_text *t, enum order_word w)
{
    return t->flow->form->words[w];
}

/* `between`: white above the paragraph. */
static void put(struct stack *s, struct style plain, struct style bold, int32_t leading, int32_t between,
                const char *text)
{
    struct flow *flow = s->t->flow;
    int32_t above = 0, below = 0, tall = 0, deep = 0;
    char *signs = repli_arena_strdup(flow->a, text), *end = signs;
    for (const char *p = text; *p; p++)
        if (*p != BOLD_SIGN)
            *end++ = *p;
    *end = 0;
    repli_pen_ink(plain, signs, &above, &below);
    if (strchr(text, BOLD_SIGN) || plain.face == REPLI_FACE_BOLD) {
        repli_pen_ink(bold, signs, &tall, &deep);
        above = tall > above ? tall : above;
        below = deep > below ? deep : below;
    }
    int32_t cpt = plain.face == REPLI_FACE_BOLD || strchr(text, BOLD_SIGN) ? bold.cpt : plain.cpt;
    above = above > cpt * 26 / 10 ? above : cpt * 26 / 10; /* an even rhythm, whatever the letters: 0.74 and 0.2 em */
    below = below > cpt * 7 / 10 ? below : cpt * 7 / 10;
    struct para p = {plain, bold, s->t->room_um, leading, true, false};
    if (above + below + 60 > leading)
        p.leading_um = repli_snap(above + below + 60);
    int32_t base = repli_snap(s->y + between + s->t->slack_um + above);
    size_t lines = repli_para(s->draw ? &repli_flow_side(flow)->filled : NULL, NULL, flow->a, &p, s->t->x, base, text);
    s->y = base + (int32_t)(lines - 1) * p.leading_um + below;
}

static const char *kept_together(const struct order_text *t, struct style style, const char *text)
{
    struct repli_buf b = {0};
    if (repli_pen_width(style, text) > t->room_um - MM(5))
        return text;
    for (const char *p = text; *p; p++)
        repli_buf_puts(&b, *p == ' ' ? "\xC2\xA0" : (char[2]){*p, 0});
    const char *out = repli_arena_strndup(t->flow->a, b.data ? b.data : "", b.len);
    repli_buf_done(&b);
    return out;
}

static void put_name(struct stack *s)
{
    const struct order *o = s->t->order;
    const char *name = o->name ? o->name : s->t->flow->form->t[TEXT_UNKNOWN];
    struct style style = {REPLI_FACE_BOLD, 1100};
    if (repli_pen_width(style, name) > s->t->room_um)
        style.cpt = 1000;
    put(s, style, style, style.cpt == 1100 ? MM(4.5) : MM(4.1), MM(0.8), name);
}

/* A black plate with a word, and what it asks for beside it, or below where it is too long. */
static void put_plate(struct stack *s, const char *plate, const char *rest)
{
    const struct style strong = {REPLI_FACE_BOLD, 750};
    int32_t width = repli_pen_width(strong, plate) + MM(2.4), x = s->t->x + width + MM(1.6);
    int32_t y = repli_snap(s->y + MM(0.8) + s->t->slack_um);
    struct side_build *side = s->draw ? repli_flow_side(s->t->flow) : NULL;
    bool beside = width + MM(1.6) + repli_pen_width(STYLE_CAPTION, rest) <= s->t->room_um;
    if (side) {
        repli_pen_fill(&side->filled, repli_box_make(s->t->x, y, width, MM(3.6)));
        repli_pen_white(&side->filled, strong, ALIGN_LEFT, s->t->x + MM(1.2), y + MM(2.75), width, plate);
        if (beside)
            repli_pen_text(&side->filled, STYLE_CAPTION, ALIGN_LEFT, x, y + MM(2.75), INT32_MAX, rest);
    }
    s->y = y + MM(3.6);
    if (!beside)
        put(s, STYLE_CAPTION, (struct style){REPLI_FACE_BOLD, 750}, MM(3.1), MM(0.6), rest);
}

static void put_warnings(struct stack *s)
{
    const struct order_text *t = s->t;
    const struct order *o = t->order;
    const struct style strong = {REPLI_FACE_BOLD, 750};
    struct repli_arena *a = t->flow->a;
    if (o->high_alert) {
        const char *rest = word(t, WORD_HIGH_ALERT_DO);
        if (o->unit && repli_pen_width(STYLE_CAPTION, o->unit) > ORDER_UNIT_UM)
            rest = repli_form_put(word(t, WORD_HIGH_ALERT_IN), "unit", o->unit, a);
        put_plate(s, word(t, WORD_HIGH_ALERT), rest);
    }
    if (o->on_hold)
        put_plate(s, word(t, WORD_ON_HOLD), word(t, WORD_ON_HOLD_DO));
    if (!o->as_needed && !o->schedule.known && !t->again && !t->flow->history)
        put(s, strong, strong, MM(3.1), MM(0.4), word(t, o->schedule.too_many ? WORD_TOO_MANY : WORD_NO_TIMES));
}

static const char *dose_line(const struct order_text *t, struct style plain)
{
    const struct order *o = t->order;
    struct repli_buf b = {0};
    repli_buf_printf(&b, BOLD "%s" BOLD, o->dose ? o->dose : word(t, WORD_NO_DOSE));
    if (o->route)
        repli_buf_printf(&b, " \xE2\x80\x94\xC2\xA0%s", kept_together(t, plain, o->route));
    if (o->frequency)
        repli_buf_printf(&b, " \xE2\x80\x94\xC2\xA0%s", kept_together(t, plain, o->frequency));
    const char *text = repli_arena_strndup(t->flow->a, b.data, b.len);
    repli_buf_done(&b);
    return text;
}

/* "1 g — intraveineuse — 4 fois par jour", on one line where a slightly smaller size makes that possible. */
static void put_dose(struct stack *s)
{
    static const struct style sizes[] = {{REPLI_FACE_REGULAR, 850}, {REPLI_FACE_MEDIUM, 800}, {REPLI_FACE_MEDIUM, 750}};
    const struct order_text *t = s->t;
    const struct order *o = t->order;
    struct style bold = {REPLI_FACE_BOLD, 1200};
    const char *text = NULL;
    size_t k = 0, n = sizeof sizes / sizeof *sizes;
    bold.cpt = o->dose && repli_pen_width(bold, o->dose) <= t->room_um ? 1200 : 950;
    for (; k < n; k++) {
        struct para p = {sizes[k], bold, t->room_um, MM(4.3), true, false};
        text = dose_line(t, sizes[k]);
        if (repli_para(NULL, NULL, t->flow->a, &p, 0, 0, text) == 1)
            break;
    }
    if (k == n)
        text = dose_line(t, sizes[k = 0]);
    put(s, sizes[k], bold, MM(4.3), MM(0.3), text);
}

static const char *when(const struct order_text *t, int64_t utc)
{
    return repli_form_time(t->flow->form, t->flow->in->zone, utc, false, t->flow->a);
}

/* "21-nov", with the year where it is another one. */
static const char *day(const struct order_text *t, int64_t utc)
{
    struct repli_civil c, now;
    repli_zone_civil(t->flow->in->zone, utc, &c);
    repli_zone_civil(t->flow->in->zone, t->flow->in->window_utc, &now);
    const char *month = t->flow->form->language.months[c.month - 1];
    return c.year == now.year ? repli_arena_printf(t->flow->a, "%02d-%s", c.day, month)
                              : repli_arena_printf(t->flow->a, "%02d-%s-%04d", c.day, month, c.year);
}

/* "dernière dose 22-nov 23:55, 1 g" */
static void add_last(const struct order_text *t, struct repli_buf *b)
{
    const struct order *o = t->order;
    struct repli_arena *a = t->flow->a;
    if (!o->last) {
        repli_buf_puts(b, word(t, WORD_LAST_UNKNOWN));
        return;
    }
    repli_buf_printf(b, "%s " BOLD "%s", word(t, WORD_LAST_DOSE),
                     kept_together(t, STYLE_CAPTION, when(t, o->last->utc)));
    if (o->last->dose) {
        const char *unit = o->last->unit ? repli_drug_unit(t->flow->form->drugs, o->last->unit, a) : "";
        repli_buf_printf(b, ", %s%s%s", repli_drug_number(o->last->dose, a), *unit ? "\xC2\xA0" : "", unit);
    }
    repli_buf_puts(b, BOLD);
}

static void add_part(struct repli_buf *b, const char *text)
{
    repli_buf_printf(b, "%s%s", b->len ? " \xC2\xB7 " : "", text);
}

/* Last dose, since and until when, for what, by whom. */
static void put_rest(struct stack *s)
{
    const struct order_text *t = s->t;
    const struct order *o = t->order;
    struct repli_arena *a = t->flow->a;
    struct repli_buf b = {0};
    add_last(t, &b);
    if (o->has_start) {
        bool future = o->start_utc > t->flow->in->window_utc;
        const char *date = future ? when(t, o->start_utc) : day(t, o->start_utc);
        add_part(&b, kept_together(t, STYLE_CAPTION,
                                   repli_form_put(word(t, future ? WORD_FROM : WORD_SINCE), "date", date, a)));
    }
    if (o->has_end)
        add_part(&b, repli_arena_printf(a, BOLD "%s" BOLD,
                                        repli_form_put(word(t, WORD_UNTIL), "date",
                                                       kept_together(t, STYLE_CAPTION, when(t, o->end_utc)), a)));
    if (o->reason && !t->wide)
        add_part(&b, o->reason);
    if (o->prescriber)
        add_part(&b, o->prescriber);
    put(s, STYLE_CAPTION, (struct style){REPLI_FACE_BOLD, 750}, MM(3.1), MM(0.3), b.data);
    repli_buf_done(&b);
}

static const char *span(const struct order_text *t, int64_t seconds)
{
    bool hours = seconds % 3600 == 0;
    const char *n = repli_arena_printf(t->flow->a, "%lld", (long long)(hours ? seconds / 3600 : seconds / 60));
    return repli_form_put(word(t, hours ? WORD_HOURS : WORD_MINUTES), "n", n, t->flow->a);
}

/* A star in a template's own words turns bold on and off; data comes with BOLD already. */
static const char *starred(const struct order_text *t, const char *text, const char *n)
{
    char *out = repli_arena_strdup(t->flow->a, text);
    for (char *p = out; *p; p++)
        *p = *p == '*' ? BOLD_SIGN : *p;
    return repli_form_put(out, "n", kept_together(t, STYLE_SECTION, n), t->flow->a);
}

static void put_ceiling(struct stack *s)
{
    const struct order_text *t = s->t;
    const struct order *o = t->order;
    const struct style plain = {REPLI_FACE_MEDIUM, 800}, bold = {REPLI_FACE_BOLD, 1000};
    if (o->reason)
        put(s, STYLE_STRONG, STYLE_STRONG, MM(3.7), MM(0.5), o->reason);
    put(s, plain, bold, MM(3.7), MM(0.5),
        o->interval_s ? starred(t, word(t, WORD_MIN_INTERVAL), span(t, o->interval_s)) : word(t, WORD_NO_INTERVAL));
    put(s, plain, bold, MM(3.7), MM(0.5),
        o->max_24h ? starred(t, word(t, WORD_MAXIMUM), o->max_24h) : word(t, WORD_NO_MAXIMUM));
}

int32_t repli_order_text(const struct order_text *t, int32_t y, bool draw)
{
    const struct order *o = t->order;
    struct stack s = {t, y, draw};
    put_name(&s);
    if (t->again) {
        const struct style strong = {REPLI_FACE_BOLD, 750};
        put(&s, strong, strong, MM(3.1), MM(0.4), t->flow->form->t[TEXT_CONTINUED]);
        put_warnings(&s);
        put_dose(&s);
        return s.y - y + MM(0.6);
    }
    put_warnings(&s);
    if (o->form)
        put(&s, STYLE_CAPTION, (struct style){REPLI_FACE_BOLD, 750}, MM(3.1), MM(0.4), o->form);
    put_dose(&s);
    if (t->wide)
        put_ceiling(&s);
    put_rest(&s);
    return s.y - y + MM(0.6);
}

int32_t repli_order_height(struct order_text *t, int32_t least)
{
    int32_t height = repli_snap(repli_order_text(t, 0, false));
    if (height >= least)
        return height;
    for (t->slack_um = MM(0.9); t->slack_um > 0; t->slack_um -= MM(0.3))
        if (repli_order_text(t, 0, false) <= least)
            break;
    return least;
}
