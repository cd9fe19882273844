/* Orders on paper: what the medication form makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "form/orders.h"
#include "form/sample.h"
#include "repli/form.h"
#include "repli/text.h"

#define HOUR     INT64_C(3600)
#define MIDNIGHT INT64_C(1795388400) /* 2026-11-23T00:00 in Brussels */

static struct repli_zone *zone;

static int open_zone(void **state)
{
    struct repli_err err = {0};
    (void)state;
    return repli_zone_open("Europe/Brussels", &zone, &err) == REPLI_OK ? 0 : -1;
}

static int close_zone(void **state)
{
    (void)state;
    repli_zone_close(zone);
    return 0;
}

static struct repli_form *mar(const char *lang)
{
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    if (repli_form_open(NULL, "mar", lang, &form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return form;
}

/* ---- layouts */

struct sheetset {
    struct repli_arena a;
    struct repli_form *form;
    struct repli_datasets *data;
    struct repli_layout layout;
};

static struct repli_dataset *set_of(struct sheetset *s, const char *name)
{
    for (size_t i = 0; i < s->data->count; i++)
        if (strcmp(s->data->sets[i].name, name) == 0)
            return &s->data->sets[i];
    return NULL;
}

static void set(struct sheetset *s, const char *name, size_t row, const char *column, const char *value)
{
    struct repli_dataset *d = set_of(s, name);
    for (size_t c = 0; d && c < d->ncolumns; c++)
        if (strcmp(d->columns[c], column) == 0) {
            d->cells[row * d->ncolumns + c] = value;
            return;
        }
    fail_msg("no column %s in %s", column, name);
}

static void begin(struct sheetset *s, enum sample_kind kind)
{
    *s = (struct sheetset){0};
    s->form = mar("fr");
    s->data = repli_sample(kind, &s->a);
}

static void lay_out(struct sheetset *s, int64_t window, int64_t taken)
{
    struct repli_err err = {0};
    struct repli_layout_in in = {.form = s->form,
                                 .data = s->data,
                                 .zone = zone,
                                 .window_utc = window,
                                 .window_hours = 24,
                                 .age_band = 4,
                                 .taken_utc = taken};
    if (repli_layout_make(&in, &s->a, &s->layout, &err) != REPLI_OK)
        fail_msg("%s", err.text);
}

static void end(struct sheetset *s)
{
    repli_form_close(s->form);
    repli_arena_done(&s->a);
}

/* A text with a brace is the key's beginning: the keys of the gap hold every order's. */
static bool begins_or_holds(const char *key, const char *text)
{
    return *text == '{' ? strncmp(key, text, strlen(text)) == 0 : strstr(key, text) != NULL;
}

/* The n-th capture (from 0) of a kind about `text`; fails when there is none. */
static const struct repli_capture *capture(struct sheetset *s, const char *kind, const char *text, size_t n,
                                           const struct repli_page_map **map)
{
    for (size_t i = 0; i < s->layout.nsides; i++) {
        const struct repli_page_map *m = &s->layout.sides[i].map;
        for (size_t c = 0; c < m->ncaptures; c++)
            if (strcmp(m->captures[c].kind, kind) == 0 && begins_or_holds(m->captures[c].key, text) && n-- == 0) {
                *map = m;
                return &m->captures[c];
            }
    }
    fail_msg("no capture %s about %s", kind, text);
    return NULL;
}

static void assert_roles(const struct repli_capture *c, const char *roles)
{
    struct repli_buf b = {0};
    for (size_t i = 0; i < c->nmembers; i++)
        repli_buf_printf(&b, "%s%s", i ? " " : "", c->roles[i]);
    assert_string_equal(b.data, roles);
    repli_buf_done(&b);
}

static bool printed(const struct sheetset *s, size_t side, const char *text)
{
    const struct repli_draw_list *lists[] = {&s->layout.sides[side].fixed, &s->layout.sides[side].filled};
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < lists[l]->count; i++)
            if (lists[l]->items[i].kind == REPLI_DRAW_TEXT && strstr(lists[l]->items[i].text, text))
                return true;
    return false;
}

/* What merge reads: ids, roles and keys of every kind of capture. */
static void test_captures(void **state)
{
    struct sheetset s;
    const struct repli_page_map *m = NULL;
    (void)state;
    begin(&s, SAMPLE_USUAL);
    lay_out(&s, MIDNIGHT + 15 * HOUR, MIDNIGHT + 2 * HOUR);
    const struct repli_capture *c = capture(&s, "administration", "{\"order\":\"order01\"", 0, &m);
    assert_string_equal(c->id, "row1.slot1");
    assert_roles(c, "status at by reason");
    json_t *key = json_loads(c->key, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(key, "due_utc")), MIDNIGHT + 18 * HOUR);
    assert_string_equal(json_string_value(json_object_get(key, "dose")), "1");
    assert_string_equal(json_string_value(json_object_get(key, "dose_unit")), "g");
    assert_string_equal(json_string_value(json_object_get(key, "route")), "IV");
    assert_true(json_is_false(json_object_get(key, "high_alert")));
    json_decref(key);
    c = capture(&s, "administration", "{\"order\":\"order02\"", 0, &m);
    assert_roles(c, "status at by by2 value reason");
    c = capture(&s, "administration", "\"as_needed\":true", 0, &m);
    assert_string_equal(c->id, "prn1.slot1");
    assert_roles(c, "at value by by2 reason effect");
    assert_non_null(strstr(c->key, "\"min_interval_s\":14400,\"max_24h\":\"30 mg\""));
    c = capture(&s, "administration", "\"gap\":true", 5, &m);
    assert_string_equal(c->id, "gap6");
    assert_roles(c, "order at value by by2");
    key = json_loads(c->key, 0, NULL);
    assert_int_equal(json_object_size(json_object_get(key, "orders")), 10);
    assert_int_equal(json_integer_value(json_object_get(key, "from_utc")), MIDNIGHT + 2 * HOUR);
    assert_int_equal(json_integer_value(json_object_get(key, "to_utc")), MIDNIGHT + 15 * HOUR);
    json_decref(key);
    c = capture(&s, "order-decision", "order01", 0, &m);
    assert_string_equal(c->id, "row1.verify");
    assert_string_equal(c->base, "\"active\"");
    assert_roles(c, "continue stop changed at by");
    assert_string_equal(m->fields[c->fields[0]].group, "row1.verify");
    assert_string_equal(m->fields[c->fields[3]].id, "verified.at");
    c = capture(&s, "order-decision", "order08", 0, &m);
    assert_string_equal(c->base, "\"on-hold\"");
    c = capture(&s, "order-proposal", "{\"once\":true}", 2, &m);
    assert_string_equal(c->id, "once3");
    c = capture(&s, "order-proposal", "{\"number\":11}", 0, &m);
    assert_string_equal(c->id, "new1");
    c = capture(&s, "allergy", "allergies", 0, &m);
    assert_string_equal(c->id, "allergy");
    assert_roles(c, "same unable changed at by");
    end(&s);
}

/* An order twice due in one column has a second row with its number; one without times four slots that ask for them. */
static void test_rows(void **state)
{
    struct sheetset s;
    const struct repli_page_map *m = NULL;
    (void)state;
    begin(&s, SAMPLE_USUAL);
    lay_out(&s, MIDNIGHT, MIDNIGHT - 2 * HOUR);
    size_t again = 0, blank = 0;
    for (size_t i = 0; i < s.layout.nsides; i++) {
        m = &s.layout.sides[i].map;
        for (size_t c = 0; c < m->ncaptures; c++) {
            again += strncmp(m->captures[c].id, "row", 3) == 0 && strstr(m->captures[c].key, "order06") &&
                     !strstr(m->captures[c].id, "verify");
            blank += strstr(m->captures[c].key, "\"due_utc\":null") != NULL;
        }
    }
    assert_int_equal(again, 3); /* 08:00 and 10:00 under one another, 16:00 */
    assert_int_equal(blank, 4);
    assert_true(printed(&s, 1, "suite"));
    assert_true(printed(&s, 1, "heures non transmises"));
    end(&s);
}

/* Behind the end of an order stands STOP, and no slot. */
static void test_stop(void **state)
{
    struct sheetset s;
    (void)state;
    begin(&s, SAMPLE_USUAL);
    set(&s, "orders", 0, "end_utc", repli_arena_printf(&s.a, "%lld", (long long)(MIDNIGHT + 13 * HOUR)));
    lay_out(&s, MIDNIGHT, MIDNIGHT - 2 * HOUR);
    size_t slots = 0;
    for (size_t i = 0; i < s.layout.nsides; i++)
        for (size_t c = 0; c < s.layout.sides[i].map.ncaptures; c++) {
            const struct repli_capture *k = &s.layout.sides[i].map.captures[c];
            slots += strncmp(k->id, "row", 3) == 0 && strstr(k->key, "order01") && strstr(k->id, "slot");
        }
    assert_int_equal(slots, 3); /* 00:00, 06:00, 12:00; not 18:00 */
    assert_true(printed(&s, 1, "STOP") && printed(&s, 1, "23-nov 13:00"));
    end(&s);
}

/* What the snapshot knows of a dose stands in its slot and is the capture's base. */
static void test_charted(void **state)
{
    struct sheetset s;
    const struct repli_page_map *m = NULL;
    (void)state;
    begin(&s, SAMPLE_USUAL);
    set(&s, "doses", 0, "start_utc", repli_arena_printf(&s.a, "%lld", (long long)(MIDNIGHT + 6 * HOUR + 300)));
    lay_out(&s, MIDNIGHT + 5 * HOUR, MIDNIGHT + 6 * HOUR + 600);
    const struct repli_capture *c = capture(&s, "administration", "{\"order\":\"order01\"", 0, &m);
    assert_string_equal(c->id, "row1.slot1");
    assert_string_equal(c->base, "\"completed\"");
    assert_true(printed(&s, 1, "donn\xC3\xA9 06:05"));
    c = capture(&s, "administration", "{\"order\":\"order01\"", 1, &m);
    assert_null(c->base);
    end(&s);
}

/* Data of more than 48 hours: no slot, no decision, a list under a black bar; the prescriber has room to write. */
static void test_history(void **state)
{
    struct sheetset s;
    const struct repli_page_map *m = NULL;
    (void)state;
    begin(&s, SAMPLE_FULL);
    lay_out(&s, MIDNIGHT + 50 * HOUR, MIDNIGHT);
    for (size_t i = 0; i < s.layout.nsides; i++)
        for (size_t c = 0; c < s.layout.sides[i].map.ncaptures; c++) {
            const struct repli_capture *k = &s.layout.sides[i].map.captures[c];
            assert_int_not_equal(strncmp(k->id, "row", 3), 0);
            assert_int_not_equal(strncmp(k->id, "prn", 3), 0);
        }
    assert_true(s.layout.sides[0].history);
    (void)capture(&s, "order-proposal", "{\"number\":68}", 0, &m);
    static const struct {
        int hours;
        bool history;
    } ages[] = {{4, false}, {26, false}, {46, false}, {47, false}, {48, true}, {49, true}, {50, true}};
    for (size_t i = 0; i < sizeof ages / sizeof *ages; i++) {
        struct repli_layout_in in = {
            .form = s.form, .window_utc = MIDNIGHT + ages[i].hours * HOUR, .taken_utc = MIDNIGHT};
        assert_int_equal(repli_layout_history(&in), ages[i].history);
        assert_int_equal(repli_layout_sign(&in), ages[i].hours >= 24 && !ages[i].history);
        in.follows = true; /* the paper of the hours before is out: whatever the age */
        assert_int_equal(repli_layout_sign(&in), !ages[i].history);
    }
    end(&s);
}

/* The same input gives the same map, whatever was laid out before. */
static void test_pure(void **state)
{
    struct sheetset s, t;
    (void)state;
    begin(&s, SAMPLE_FULL);
    begin(&t, SAMPLE_FULL);
    lay_out(&t, MIDNIGHT + 3 * HOUR, MIDNIGHT);
    lay_out(&s, MIDNIGHT + 15 * HOUR, MIDNIGHT + 2 * HOUR);
    lay_out(&t, MIDNIGHT + 15 * HOUR, MIDNIGHT + 2 * HOUR);
    assert_int_equal(s.layout.nsides, t.layout.nsides);
    for (size_t i = 0; i < s.layout.nsides; i++) {
        s.layout.sides[i].map.sheet = t.layout.sides[i].map.sheet = "0000-0000-0";
        s.layout.sides[i].map.code = t.layout.sides[i].map.code = "0";
        assert_string_equal(repli_page_map_json(&s.layout.sides[i].map, &s.a),
                            repli_page_map_json(&t.layout.sides[i].map, &t.a));
        assert_string_equal(s.layout.sides[i].layer, t.layout.sides[i].layer);
    }
    end(&s);
    end(&t);
}

/* A patient without orders has the sheet all the same: gap, once-only rows, room for new orders. */
static void test_no_orders(void **state)
{
    struct sheetset s;
    const struct repli_page_map *m = NULL;
    (void)state;
    begin(&s, SAMPLE_BARE);
    lay_out(&s, MIDNIGHT, MIDNIGHT - HOUR);
    assert_int_equal(s.layout.nsides, 2);
    assert_true(printed(&s, 1, "aucun ordre transmis"));
    (void)capture(&s, "administration", "\"gap\":true", 0, &m);
    (void)capture(&s, "order-proposal", "{\"number\":11}", 0, &m);
    end(&s);
}

/* Sixty orders and thirty allergies: nothing is cut, every order is on a side, with one decision each. */
static void test_full(void **state)
{
    struct sheetset s;
    bool decided[61] = {false};
    size_t n = 0;
    (void)state;
    begin(&s, SAMPLE_FULL);
    lay_out(&s, MIDNIGHT + 15 * HOUR, MIDNIGHT + 2 * HOUR);
    for (size_t i = 0; i < s.layout.nsides; i++)
        for (size_t c = 0; c < s.layout.sides[i].map.ncaptures; c++) {
            const struct repli_capture *k = &s.layout.sides[i].map.captures[c];
            const char *order = strstr(k->key, "\"order\":\"order");
            if (strcmp(k->kind, "order-decision") != 0)
                continue;
            const char *digits = order + strlen("\"order\":\"order");
            int number = (digits[0] - '0') * 10 + digits[1] - '0';
            assert_false(decided[number]);
            decided[number] = true;
            n++;
        }
    assert_int_equal(n, 60);
    assert_true(printed(&s, 0, "Substance"));
    for (size_t i = 1; i < s.layout.nsides; i++)
        if (!s.layout.sides[i].map.verso)
            assert_true(printed(&s, i, "voir"));
    end(&s);
}

/* The start of the outage is overlay: in its black place, and no box moves. */
static void test_outage_in_gap(void **state)
{
    struct sheetset s;
    struct repli_err err = {0};
    bool found[2] = {false, false};
    (void)state;
    begin(&s, SAMPLE_USUAL);
    lay_out(&s, MIDNIGHT + 5 * HOUR, MIDNIGHT + 2 * HOUR);
    for (int open = 0; open < 2; open++) {
        struct repli_draw_list overlay;
        struct repli_overlay_in in = {.form = s.form,
                                      .zone = zone,
                                      .side = &s.layout.sides[0],
                                      .sheet = "K7QD-M3XA-9",
                                      .data_utc = MIDNIGHT + 2 * HOUR,
                                      .print_utc = MIDNIGHT + 5 * HOUR,
                                      .outage_utc = open ? MIDNIGHT + 4 * HOUR : 0};
        if (repli_layout_overlay(&in, &s.a, &overlay, &err) != REPLI_OK)
            fail_msg("%s", err.text);
        for (size_t i = 0; i < overlay.count; i++)
            found[open] = found[open] || (overlay.items[i].kind == REPLI_DRAW_TEXT &&
                                          strstr(overlay.items[i].text, "panne depuis le 23-nov 04:00"));
    }
    assert_true(found[1] && !found[0]);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures),  cmocka_unit_test(test_rows),    cmocka_unit_test(test_stop),
        cmocka_unit_test(test_charted),   cmocka_unit_test(test_history), cmocka_unit_test(test_pure),
        cmocka_unit_test(test_no_orders), cmocka_unit_test(test_full),    cmocka_unit_test(test_outage_in_gap),
    };
    return cmocka_run_group_tests(tests, open_zone, close_zone);
}
