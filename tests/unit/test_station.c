/* The station's templates and the pure rules of its HTTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/asset.h"
#include "station/desk.h"

static void same(const char *text, const char *view, const char *lang, const char *want)
{
    struct repli_buf out = {0};
    json_t *o = json_loads(view, JSON_DECODE_ANY, NULL);
    assert_non_null(o);
    repli_buf_puts(&out, "");
    assert_true(station_render_text(text, o, lang, &out));
    assert_string_equal(out.data, want);
    json_decref(o);
    repli_buf_done(&out);
}

static void wrong(const char *text)
{
    struct repli_buf out = {0};
    json_t *o = json_loads("{\"a\":[1],\"b\":{\"a\":[1]}}", 0, NULL);
    assert_false(station_render_text(text, o, "en", &out));
    json_decref(o);
    repli_buf_done(&out);
}

/* Whatever a name holds, it stays text: in an element, in an attribute, in an address. */
static void test_hostile_names_are_inert(void **state)
{
    (void)state;
    static const char view[] = "{\"n\":\"<script>alert('1')</script>\\\"&{{x}}\",\"x\":\"boom\"}";
    same("<b>{{n}}</b>", view, "en", "<b>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;{{x}}</b>");
    same("<a title=\"{{n}}\">", "{\"n\":\"\\\" onload=\\\"x\"}", "en", "<a title=\"&quot; onload=&quot;x\">");
    same("?w={{%n}}", "{\"n\":\"3B&x=1 é\\\"\"}", "en", "?w=3B%26x%3D1%20%C3%A9%22");
    same("{{~n}}", "{\"n\":\"<i>\"}", "fr", "&lt;i&gt;");
    same("{{_ of [n]!}}", "{\"n\":\"<i>[n]\"}", "en", "of &lt;i&gt;[n]!");
    same("{{{n}}}", "{\"n\":\"<i>\",\"{n\":\"<u>\"}", "en", "&lt;u&gt;}"); /* three braces are no door */
    same("{{&n}}{{!n}}", "{\"n\":\"<i>\"}", "en", "");
}

static void test_sections(void **state)
{
    (void)state;
    same("{{#l}}[{{v}}{{out}}]{{/l}}", "{\"out\":\"!\",\"l\":[{\"v\":1},{\"v\":2}]}", "en", "[1!][2!]");
    same("{{#l}}{{.}},{{/l}}", "{\"l\":[\"a\",\"b\"]}", "en", "a,b,");
    same("{{^l}}none{{/l}}", "{\"l\":[]}", "en", "none");
    same("{{#no}}{{#in}}x{{/in}}{{/no}}y", "{\"no\":false,\"in\":true}", "en", "y");
    same("{{#n}}x{{/n}}{{^n}}z{{/n}}", "{\"n\":0}", "en", "z");
    same("{{#o}}{{v}}{{/o}}", "{\"o\":{\"v\":\"in\"},\"v\":\"out\"}", "en", "in");
}

/* A damaged template is told, never half a page. */
static void test_damaged_templates(void **state)
{
    (void)state;
    wrong("{{#a}}");
    wrong("{{/a}}");
    wrong("{{#a}}{{#b}}{{/a}}{{/b}}");
    wrong("{{>no-such-file}}");
}

/* Every page is there in every language, every text of it translated, and every attribute that holds a value quoted. */
static void test_pages_are_translated(void **state)
{
    (void)state;
    static const char *const langs[] = {"fr", "nl", "de"};
    size_t pages = 0, texts = 0;
    const struct repli_asset *a;
    for (size_t i = 0; (a = repli_asset_at(i)); i++) {
        const char *html = (const char *)a->data;
        if (strncmp(a->name, "templates/station/", 18) != 0 || !strstr(a->name, ".html"))
            continue;
        pages++;
        for (const char *p = html; (p = strstr(p, "={{")); p++) /* in an address only, and as a part of it */
            assert_true(p[3] == '%' && strchr("abcdefghijklmnopqrstuvwxyz", p[-1]));
        assert_null(strstr(html, " style="));
        assert_null(strstr(html, " onclick="));
        for (const char *p = html; (p = strstr(p, "{{_ ")); p++) {
            char key[300], path[64], line[320];
            snprintf(key, sizeof key, "%.*s", (int)(strstr(p, "}}") - p - 4), p + 4);
            texts++;
            for (size_t l = 0; l < 3; l++) {
                snprintf(path, sizeof path, "templates/station/%s.words", langs[l]);
                snprintf(line, sizeof line, "\n%s = ", key);
                const char *words = (const char *)repli_asset_get(path)->data;
                if (!strstr(words, line) && strncmp(words, line + 1, strlen(line + 1)) != 0)
                    fail_msg("%s: '%s' is not translated into %s", a->name, key, langs[l]);
            }
        }
    }
    assert_true(pages >= 10 && texts > 100);
    assert_string_equal(station_word("de", "Enter"), "Enter");
    assert_string_equal(station_word("nl", "Sign in"), "Aanmelden");
    assert_string_equal(station_word("../fr", "Sign in"), "Sign in");
}

static void translated(const char *where, const char *english)
{
    static const char *const langs[] = {"fr", "nl", "de"};
    char path[64], line[320];
    for (size_t l = 0; l < 3; l++) {
        snprintf(path, sizeof path, "templates/station/%s.words", langs[l]);
        snprintf(line, sizeof line, "\n%s = ", english);
        const char *words = (const char *)repli_asset_get(path)->data;
        if (!strstr(words, line) && strncmp(words, line + 1, strlen(line + 1)) != 0)
            fail_msg("%s: '%s' is not translated into %s", where, english, langs[l]);
    }
}

/* Every page says its keys to F1, in every language. */
static void test_keys_of_pages(void **state)
{
    (void)state;
    static const char *const without[] = {"error", "foot", "head", "age", "freshness", "job_state", "keys", "keytable"};
    char page[64];
    size_t pages = 0, before = strlen("templates/station/");
    const struct repli_asset *a;
    for (size_t i = 0; (a = repli_asset_at(i)); i++) {
        const char *html = strstr(a->name, ".html");
        if (strncmp(a->name, "templates/station/", before) != 0 || !html || !strstr((const char *)a->data, "{{>foot}}"))
            continue;
        snprintf(page, sizeof page, "%.*s", (int)(html - a->name - (ptrdiff_t)before), a->name + before);
        bool exempt = strcmp(page, "help") == 0;
        for (size_t w = 0; w < sizeof without / sizeof *without; w++)
            exempt = exempt || strcmp(page, without[w]) == 0;
        if (exempt)
            continue;
        json_t *keys = station_keys(page), *row;
        size_t k;
        pages++;
        if (!json_is_true(json_object_get(keys, "has_keys")) || !json_object_get(keys, "title"))
            fail_msg("%s has no %s.keys with a title and keys", a->name, page);
        translated(page, json_string_value(json_object_get(keys, "title")));
        json_array_foreach(json_object_get(keys, "keys"), k, row)
        {
            const char *shown = json_string_value(json_object_get(row, "line"));
            assert_true(json_array_size(json_object_get(row, "parts")) > 0);
            translated(page, json_string_value(json_object_get(row, "help")));
            if (*shown)
                translated(page, shown);
        }
        json_decref(keys);
    }
    assert_true(pages >= 7);
}

static bool form(const char *body, const char *name, const char *value)
{
    struct repli_arena a = {0};
    struct station_pair *list = NULL;
    size_t count = 0;
    bool ok = station_form_parse(body, strlen(body), &a, &list, &count), found = !name;
    for (size_t i = 0; ok && name && i < count; i++)
        found = found || (strcmp(list[i].name, name) == 0 && strcmp(list[i].value, value) == 0);
    repli_arena_done(&a);
    return ok && found;
}

static void test_forms_are_strict(void **state)
{
    (void)state;
    struct repli_buf many = {0};
    assert_true(form("a=1&b=x+y%C3%A9", "b", "x yé"));
    assert_true(form("a=", "a", ""));
    assert_true(form("", NULL, NULL));
    assert_false(form("a", NULL, NULL));
    assert_false(form("a=%", NULL, NULL));
    assert_false(form("a=%4", NULL, NULL));
    assert_false(form("a=%zz", NULL, NULL));
    assert_false(form("a=%00", NULL, NULL));
    assert_false(form("a=%C3", NULL, NULL));
    for (int i = 0; i < 65; i++)
        repli_buf_puts(&many, "a=1&");
    assert_false(form(many.data, NULL, NULL));
    repli_buf_done(&many);
}

static void test_hosts_and_origins(void **state)
{
    (void)state;
    static const char hosts[][STATION_HOST_ROOM] = {"127.0.0.1:8080", "localhost:8080", ""};
    static const char *const strangers[] = {
        "evil.example:8080", "127.0.0.1", "127.0.0.1:80800", "127.0.0.1:8080.", "127.0.0.1:8080.evil",
        "LOCALHOST:8080 ",   "",          "localhost"};
    assert_true(station_host_ours("127.0.0.1:8080", hosts, 3));
    assert_true(station_host_ours("localhost:8080", hosts, 3));
    assert_false(station_host_ours(NULL, hosts, 3));
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        assert_false(station_host_ours(strangers[i], hosts, 3));
    assert_true(station_origin_ours("http://localhost:8080", "http", "localhost:8080"));
    assert_false(station_origin_ours("http://127.0.0.1:8080", "http", "localhost:8080"));
    assert_false(station_origin_ours("https://localhost:8080", "http", "localhost:8080"));
    assert_false(station_origin_ours("http://localhost:8080.evil", "http", "localhost:8080"));
    assert_false(station_origin_ours("null", "http", "localhost:8080"));
    assert_false(station_origin_ours(NULL, "http", "localhost:8080"));
    assert_true(station_origin_ours("https://10.0.0.7:8443", "https", "10.0.0.7:8443"));
    assert_false(station_origin_ours("http://10.0.0.7:8443", "https", "10.0.0.7:8443"));
}

static void test_listening_elsewhere_is_open(void **state)
{
    (void)state;
    char host[64];
    unsigned port = 0;
    bool open = true;
    assert_true(station_listen_parse("127.0.0.1:8080", host, &port, &open) && !open);
    assert_int_equal(port, 8080);
    assert_true(station_listen_parse("[::1]:0", host, &port, &open) && !open);
    assert_true(station_listen_parse("localhost:1", host, &port, &open) && !open);
    assert_string_equal(host, "127.0.0.1");
    static const char *const elsewhere[] = {"0.0.0.0:80", "192.168.1.2:80", "[::]:80", "127.0.0.2:8443", "[fe80::1]:1"},
                             *const wrong[] = {
                                 "hospital:80",     ":80",           "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536",
                                 "127.0.0.1.5:80",  "[]:1",          "[::1:80",   "[:80",        "1.2.3:80",
                                 "127.0.0.1:80:90", "[127.0.0.1]:80"};
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        assert_true(station_listen_parse(elsewhere[i], host, &port, &open) && open);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(station_listen_parse(wrong[i], host, &port, &open));
}

static void test_cookies_and_crops(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    const char *sheet = NULL, *field = NULL;
    assert_string_equal(station_cookie("x=1; repli=abc-1; y=2", "repli", &a), "abc-1");
    assert_null(station_cookie("xrepli=abc", "repli", &a));
    assert_null(station_cookie("repli=a; repli=b", "repli", &a));
    assert_null(station_cookie("repli=a/b", "repli", &a));
    assert_null(station_cookie("repli=", "repli", &a));
    assert_null(station_cookie(NULL, "repli", &a));
    assert_true(station_crop_parse("0000-0007-6/col5.o2.png", &a, &sheet, &field));
    assert_string_equal(field, "col5.o2");
    assert_true(station_crop_parse("0000-0007-6/@sheet.png", &a, &sheet, &field));
    static const char *const bad[] = {"0000-0007-6/../x.png", "../../etc/passwd.png", "0000-0007-6/.png",
                                      "0000-0007-6/a/b.png",  "0000-0007-7/a.png",    "0000-0007-6/.a.png",
                                      "0000-0007-6/a.txt",    "0000-0007-6"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(station_crop_parse(bad[i], &a, &sheet, &field));
    repli_arena_done(&a);
}

/* A complaint of a command is told in the reader's language, with what differs in its place; one that no line is made
** for as it is; and nothing of it is taken for a gap. */
static void test_complaints(void **state)
{
    (void)state;
    static const struct {
        const char *lang, *said, *told;
    } rows[] = {
        {"fr", "ward '9Z' is not in the snapshot (wards: 3B, 4A)",
         "l’unité « 9Z » n’est pas dans les données (unités : 3B, 4A)"},
        {"de", "nobody lies in bed '[2]' (beds: 1, 2)", "niemand liegt in Bett „[2]“ (Betten: 1, 2)"},
        {"nl", "the record has nobody of number 12", "het dossier heeft niemand met nummer 12"},
        {"fr", "sheet A is none of B: it is about C: D", "la feuille A n’est pas de B : elle concerne C: D"},
        {"fr", "ward '9Z' is not in the snapshot", "ward '9Z' is not in the snapshot"},
        {"fr", "the record has nobody of number 12 and on", "le dossier n’a personne sous le numéro 12 and on"},
        {"de", "Say why", "Sagen Sie warum"},
        {"en", "nobody lies in bed '1' (beds: 2)", "nobody lies in bed '1' (beds: 2)"},
        {"fr", "", ""},
    };
    struct station_request r = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        r.lang = rows[i].lang;
        assert_string_equal(station_said(&r, rows[i].said), rows[i].told);
    }
    repli_arena_done(&r.a);
}

/* Who may do what, written down a second time: n nurse, c clerk, v verifier, k coordinator, p pharmacist. */
static void test_desk_roles(void **state)
{
    (void)state;
    static const char *const may[][3] = {{"GET", "/ledger", "ncvkp"},
                                         {"POST", "/ledger/close", "nk"},
                                         {"POST", "/ledger/settle", "ncvk"},
                                         {"POST", "/ledger/unused", "ncvk"},
                                         {"POST", "/ledger/receive", "ncvk"},
                                         {"GET", "/batches", "cvk"},
                                         {"GET", "/images", "cvk"},
                                         {"GET", "/image", "cvk"},
                                         {"POST", "/image/assign", "cvk"},
                                         {"POST", "/image/aside", "cvk"},
                                         {"GET", "/picture/1/0.png", "cvk"},
                                         {"GET", "/second", "cvk"},
                                         {"POST", "/second/choose", "cvk"},
                                         {"GET", "/identity", "nvk"},
                                         {"POST", "/identity/say", "nvk"},
                                         {"POST", "/identity/split", "vk"},
                                         {"GET", "/bind", "ncvk"},
                                         {"POST", "/bind/say", "ncvk"},
                                         {"GET", "/conflicts", "vkp"},
                                         {"POST", "/conflicts/decide", "vkp"},
                                         {"GET", "/merge", "vkp"},
                                         {"POST", "/merge/sign", "vkp"},
                                         {"POST", "/merge/all", "k"},
                                         {"GET", "/merges", "vkp"},
                                         {"POST", "/merge/undo", "vkp"},
                                         {"GET", "/report", "vkp"},
                                         {"GET", "/report.pdf", "vkp"},
                                         {"GET", "/people", "k"},
                                         {"POST", "/people/change", "k"},
                                         {"GET", "/audit", "k"},
                                         {"POST", "/audit/verify", "k"}};
    assert_int_equal(sizeof may / sizeof *may, station_desk_nroutes);
    for (size_t i = 0; i < sizeof may / sizeof *may; i++) {
        bool known = false;
        int roles = 0;
        for (const char *c = may[i][2]; *c; c++)
            roles |= *c == 'n'   ? ROLE_NURSE
                     : *c == 'c' ? ROLE_CLERK
                     : *c == 'v' ? ROLE_VERIFIER
                     : *c == 'k' ? ROLE_COORDINATOR
                                 : ROLE_PHARMACIST;
        const struct station_route *route = station_route(may[i][1], may[i][0][0] == 'P', &known);
        assert_non_null(route);
        if (route->roles != roles)
            fail_msg("%s %s: roles %d, not %d", may[i][0], may[i][1], route->roles, roles);
    }
}

/* A session ends five minutes after the last touch, an emergency access after half an hour whatever happens. */
static void test_sessions_end(void **state)
{
    (void)state;
    struct station *st = calloc(1, sizeof *st);
    const struct repli_person nurse = {"koen", "Koen", "nurse", true}, glass = {"GLASS-1", "Jan", "emergency", true};
    struct station_session *s = station_session_new(st, &nurse);
    s->used_ms -= IDLE_LOCK_MS - 1000;
    assert_ptr_equal(station_session_find(st, s->id, false), s); /* looked at, not touched */
    s->used_ms -= 2000;
    assert_null(station_session_find(st, s->id, true));
    s = station_session_new(st, &nurse);
    s->began_ms -= GLASS_MS + 1;
    assert_ptr_equal(station_session_find(st, s->id, true), s);
    struct station_session *g = station_session_new(st, &glass);
    g->glass = true;
    assert_ptr_equal(station_session_find(st, g->id, true), g);
    assert_int_equal(station_role(g->role), ROLE_GLASS);
    assert_int_equal(ROLE_ALL & ROLE_GLASS, 0);
    g->began_ms -= GLASS_MS + 1;
    assert_null(station_session_find(st, g->id, true));
    for (int i = 0; i < SESSIONS; i++)
        (void)station_session_new(st, &nurse); /* the oldest gives its place */
    assert_null(station_session_find(st, "", true));
    free(st);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_names_are_inert),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_damaged_templates),
        cmocka_unit_test(test_pages_are_translated),
        cmocka_unit_test(test_keys_of_pages),
        cmocka_unit_test(test_desk_roles),
        cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_sessions_end),
        cmocka_unit_test(test_forms_are_strict),
        cmocka_unit_test(test_hosts_and_origins),
        cmocka_unit_test(test_listening_elsewhere_is_open),
        cmocka_unit_test(test_cookies_and_crops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
