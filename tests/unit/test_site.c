#include "base_tmp.h"

#include "base/site_internal.h"
#include "repli/serial.h"
#include "repli/site.h"

#define HOSPITAL "H\xC3\xB4pital \"Sainte-Gudule\" \\ site nord: #1"

static const char *in(struct repli_arena *a, void **state, const char *name)
{
    return repli_path_join(a, *state, name);
}

static struct repli_site *open_site(const char *dir, const char *at)
{
    struct repli_site *site = NULL;
    struct repli_err err = {0};
    assert_ok(repli_site_open(dir, at, &site, &err), &err);
    return site;
}

static void create(const char *dir)
{
    struct repli_err err = {0};
    assert_ok(repli_site_create(dir, HOSPITAL, "Europe/Brussels", "fr", &err), &err);
}

static char *read_text(struct repli_arena *a, const char *path)
{
    struct repli_err err = {0};
    char *text;
    size_t len;
    assert_ok(repli_file_read(path, 1000000, a, &text, &len, &err), &err);
    return text;
}

static void write_text(const char *path, const char *text)
{
    struct repli_err err = {0};
    assert_ok(repli_file_write(path, text, strlen(text), 0600, &err), &err);
}

/* Wards are listed once, in a file that opens again with their languages; a list that people wrote is left alone. */
static void list_wards(void **state)
{
    struct repli_arena a = {0};
    const char *dir = in(&a, state, "listed"), *file = repli_path_join(&a, dir, "site.yaml");
    const struct repli_site_ward first[] = {{.id = "2B", .lang = "nl"}, {.id = "KRZ", .printer = "ward-krz"}},
                                 second[] = {{.id = "2B", .lang = "de"}};
    struct repli_err err = {0};
    create(dir);
    struct repli_site *site = open_site(dir, NULL);
    assert_ok(repli_site_list_wards(site, first, 2, &err), &err);
    repli_site_close(site);
    site = open_site(dir, NULL);
    assert_string_equal(repli_site_lang(site, "2B"), "nl");
    assert_string_equal(repli_site_lang(site, "KRZ"), "fr");
    assert_int_equal(site->nwards, 2);
    assert_string_equal(site->wards[1].printer, "ward-krz");
    const char *before = read_text(&a, file);
    assert_ok(repli_site_list_wards(site, second, 1, &err), &err);
    assert_string_equal(read_text(&a, file), before);
    repli_site_close(site);
    repli_arena_done(&a);
}

/* A new site opens again with what it was made with, and holds the folders that the rest relies on, for nobody else. */
static void make(void **state)
{
    struct repli_arena a = {0};
    struct stat st;
    const char *dir = in(&a, state, "deep/site");
    static const char *const folders[] = {"", "snapshots", "packs", "forms", "inbox", "scans", "crops", "keys"};
    create(dir);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(stat(repli_path_join(&a, dir, folders[i]), &st), 0);
        assert_true(S_ISDIR(st.st_mode));
        assert_int_equal(st.st_mode & 07777, 0700);
    }
    assert_int_equal(stat(repli_path_join(&a, dir, "site.yaml"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    struct repli_site *s = open_site(dir, NULL);
    assert_string_equal(s->hospital, HOSPITAL);
    assert_string_equal(s->lang, "fr");
    assert_int_equal(s->station, 0);
    assert_string_equal(s->station_name, "centre");
    assert_string_equal(repli_zone_name(s->zone), "Europe/Brussels");
    assert_int_equal(s->nwards, 0);
    assert_int_equal(s->packs_keep_hours, 72);
    assert_int_equal(s->scan_max_bytes, 200 * 1024 * 1024);
    assert_int_equal(s->scan_max_pixels, 200000000);
    assert_int_equal(s->scan_max_pages, 500);
    assert_int_equal(s->scan_page_seconds, 20);
    assert_int_equal(s->import_max_resource, 64 * 1024 * 1024);
    assert_string_equal(s->record, repli_path_join(&a, dir, "record.db"));
    assert_string_equal(s->ledger, repli_path_join(&a, dir, "ledger.db"));
    assert_string_equal(s->keys_dir, repli_path_join(&a, dir, "keys"));
    assert_null(s->templates);
    assert_true(repli_keys_have_master(s->keys));
    assert_false(s->clock.fixed);
    struct repli_err err = {0};
    assert_ok(repli_site_check_machine(s, &err), &err);
    repli_site_close(s);
    repli_site_close(NULL);
    assert_int_equal(mkdir(repli_path_join(&a, dir, "templates"), 0700), 0);
    s = open_site(dir, NULL);
    assert_string_equal(s->templates, repli_path_join(&a, dir, "templates"));
    repli_site_close(s);
    repli_arena_done(&a);
}

/* What cannot become a site is refused by name, and leaves nothing behind. */
static void make_refused(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const char *dir = in(&a, state, "site");
    assert_fails(repli_site_create(dir, "", "UTC", "fr", &err), &err, REPLI_USAGE, "hospital's name");
    assert_fails(repli_site_create(dir, "a\nb", "UTC", "fr", &err), &err, REPLI_USAGE, "hospital's name");
    assert_fails(repli_site_create(dir, "a\xE9", "UTC", "fr", &err), &err, REPLI_USAGE, "hospital's name");
    assert_fails(repli_site_create(dir, "x", "Europe/Brussel", "fr", &err), &err, REPLI_USAGE, "Europe/Brussel");
    assert_fails(repli_site_create(dir, "x", "UTC", "it", &err), &err, REPLI_USAGE, "'it' is none of");
    assert_false(repli_file_exists(dir));
    assert_int_equal(mkdir(dir, 0755), 0);
    assert_int_equal(mkdir(repli_path_join(&a, dir, "lost+found"), 0700), 0);
    create(dir); /* an empty volume will do */
    assert_fails(repli_site_create(dir, "x", "UTC", "fr", &err), &err, REPLI_USAGE, "is a site already");
    assert_int_equal(unlink(repli_path_join(&a, dir, "site.yaml")), 0);
    assert_fails(repli_site_create(dir, "x", "UTC", "fr", &err), &err, REPLI_USAGE, "is not empty");
    write_text(in(&a, state, "file"), "");
    assert_fails(repli_site_create(in(&a, state, "file"), "x", "UTC", "fr", &err), &err, REPLI_IO, "file");
    struct repli_site *s = NULL;
    assert_fails(repli_site_open(in(&a, state, "none"), NULL, &s, &err), &err, REPLI_USAGE, "is no site");
    assert_null(s);
    repli_arena_done(&a);
}

/* --at fixes the clock; REPLI_AT does where --at is silent; both in the site's zone; nonsense is refused. */
static void clock_of_run(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const char *dir = in(&a, state, "site");
    create(dir);
    unsetenv("REPLI_AT");
    struct repli_site *s = open_site(dir, "2026-11-23T02:00");
    assert_true(s->clock.fixed && s->clock.at_utc == 1795395600);
    repli_site_close(s);
    setenv("REPLI_AT", "2026-11-23T01:00:01Z", 1);
    s = open_site(dir, NULL);
    assert_true(s->clock.fixed && s->clock.at_utc == 1795395601);
    repli_site_close(s);
    s = open_site(dir, "5");
    assert_true(s->clock.at_utc == 5);
    repli_site_close(s);
    setenv("REPLI_AT", "tomorrow", 1);
    assert_fails(repli_site_open(dir, NULL, &s, &err), &err, REPLI_USAGE, "REPLI_AT: 'tomorrow'");
    setenv("REPLI_AT", "", 1);
    s = open_site(dir, NULL);
    assert_false(s->clock.fixed);
    repli_site_close(s);
    unsetenv("REPLI_AT");
    assert_fails(repli_site_open(dir, "yesterday", &s, &err), &err, REPLI_USAGE, "--at: 'yesterday'");
    repli_arena_done(&a);
}

#define HEAD "hospital: H\ntimezone: UTC\nlanguage: fr\nstation: {number: 3}\n"

static void parse_ok(const char *text, struct repli_site *s)
{
    struct repli_err err = {0};
    *s = (struct repli_site){0};
    assert_ok(repli_site_parse("site.yaml", text, strlen(text), s, &err), &err);
}

static void parsed_done(struct repli_site *s)
{
    repli_zone_close(s->zone);
    repli_arena_done(&s->arena);
}

static void parse_fails(const char *text, const char *words)
{
    struct repli_site s = {0};
    struct repli_err err = {0};
    assert_fails(repli_site_parse("site.yaml", text, strlen(text), &s, &err), &err, REPLI_DATA, words);
    parsed_done(&s);
}

/* Wards differ in language and printer; a ward that is not listed gets the site's language. */
static void wards(void **state)
{
    (void)state;
    struct repli_site s;
    parse_ok(HEAD "wards:\n  - id: 3B\n    language: nl\n    printer: ward-3b\n  - id: \"007\"\n", &s);
    assert_int_equal(s.nwards, 2);
    assert_string_equal(s.wards[0].printer, "ward-3b");
    assert_string_equal(repli_site_lang(&s, "3B"), "nl");
    assert_string_equal(repli_site_lang(&s, "007"), "fr");
    assert_string_equal(repli_site_lang(&s, "9Z"), "fr");
    assert_string_equal(repli_site_lang(&s, NULL), "fr");
    assert_null(s.wards[1].printer);
    assert_null(s.machine);
    assert_string_equal(s.station_name, "station 3");
    parsed_done(&s);
    parse_ok(HEAD "wards:\nlimits:\n", &s); /* left empty by hand */
    assert_int_equal(s.nwards, 0);
    assert_int_equal(s.scan_max_pages, 500);
    parsed_done(&s);
    parse_ok(HEAD "packs_keep_hours: 1\nlimits: {scan_max_pages: 7, scan_max_bytes: 4294967296}\n", &s);
    assert_int_equal(s.packs_keep_hours, 1);
    assert_true(s.scan_render);
    assert_true(s.emergency_access);
    assert_int_equal(s.scan_max_pages, 7);
    assert_true(s.scan_max_bytes == INT64_C(4294967296));
    assert_int_equal(s.scan_cpu_seconds, 3600);
    assert_int_equal(s.keep.weekly_days, 35);
    parsed_done(&s);
    parse_ok(HEAD "emergency_access: false\n", &s);
    assert_false(s.emergency_access);
    parsed_done(&s);
    parse_ok(HEAD "limits: {scan_cpu_seconds: 60, scan_memory: 268435456}\n"
                  "snapshot:\n  stale_hours: 30\n  keep: {all_hours: 12, weekly_days: 70}\n",
             &s);
    assert_int_equal(s.scan_cpu_seconds, 60);
    assert_int_equal(s.scan_memory, 268435456);
    assert_int_equal(s.gates.stale_hours, 30);
    assert_int_equal(s.keep.all_hours, 12);
    assert_int_equal(s.keep.hourly_days, 3);
    assert_int_equal(s.keep.weekly_days, 70);
    parsed_done(&s);
}

/* Every mistake in site.yaml is named with its line. */
static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "site.yaml:1: 'hospital' is missing"},
        {"hospital: H\ntimezone: UTC\nstation: {number: 0}\n", "'language' is missing"},
        {"hospital: H\nlanguage: fr\nstation: {number: 0}\n", "'timezone' is missing"},
        {"hospital: H\nlanguage: fr\ntimezone: UTC\n", "'station' is missing"},
        {"hospital: H\nlanguage: fr\ntimezone: UTC\nstation: {}\n", "site.yaml:4: station: 'number' is missing"},
        {"hospital: H\nlanguage: fr\ntimezone: UTC\nstation:\n", "site.yaml:4: 'station': expected keys"},
        {"hospital: \"\"\n", "site.yaml:1: 'hospital' must be a text"},
        {"hospital: \"a\\nb\"\n", "site.yaml:1: 'hospital' must be a text"},
        {"hospital: [H]\n", "site.yaml:1: 'hospital' must be a text, not a list"},
        {"hospital: H\nlanguage: xx\n", "site.yaml:2: language 'xx' is none of"},
        {"hospital: H\nlanguage: fr\nstation: {number: 0}\ntimezone: Mars/Olympus\n",
         "site.yaml:4: time zone 'Mars/Olympus'"},
        {"hospital: H\nlanguage: fr\nstation: {number: 0}\ntimezone: ../../etc/passwd\n", "site.yaml:4: "},
        {"hospital: H\nlanguage: fr\nstation: {number: 1024}\n",
         "site.yaml:3: 'number' must be a whole number from 0 to 1023"},
        {"hospital: H\nlanguage: fr\nstation: {number: -1}\n", "site.yaml:3: 'number'"},
        {"hospital: H\nlanguage: fr\nstation: {number: 0, nam: x}\n", "unknown key 'nam' (did you mean 'name'?)"},
        {HEAD "hospitl: x\n", "site.yaml:5: unknown key 'hospitl' (did you mean 'hospital'?)"},
        {HEAD "wards: {id: 3B}\n", "site.yaml:5: 'wards' must be a list"},
        {HEAD "wards: [3B]\n", "site.yaml:5: expected keys"},
        {HEAD "wards:\n  - language: nl\n", "site.yaml:6: 'id' is missing"},
        {HEAD "wards:\n  - id: 3B\n  - id: 4A\n  - id: 3B\n",
         "site.yaml:8: ward '3B' is listed twice (first in line 6)"},
        {HEAD "wards:\n  - id: 3B\n    printer: a b\n", "site.yaml:7: 'a b' is no name of a CUPS queue"},
        {HEAD "wards:\n  - id: 3B\n    printer: -oraw\n", "site.yaml:7: '-oraw'"},
        {HEAD "wards:\n  - id: 3B\n    langage: nl\n", "site.yaml:7: unknown key 'langage'"},
        {HEAD "packs_keep_hours: 0\n", "site.yaml:5: 'packs_keep_hours' must be"},
        {HEAD "emergency_access: maybe\n", "site.yaml:5: 'emergency_access' must be"},
        {HEAD "render: later\n", "site.yaml:5: 'render' must be auto or never"},
        {HEAD "limits: [1]\n", "site.yaml:5: 'limits': expected keys"},
        {HEAD "limits:\n  scan_max_byte: 1\n",
         "site.yaml:6: unknown key 'scan_max_byte' (did you mean 'scan_max_bytes'?)"},
        {HEAD "limits:\n  scan_max_bytes: 10\n", "site.yaml:6: 'scan_max_bytes' must be"},
        {HEAD "limits:\n  scan_max_pixels: 1e9\n", "site.yaml:6: "},
        {HEAD "limits:\n  scan_max_pages: 0\n", "site.yaml:6: "},
        {HEAD "limits:\n  scan_page_seconds: 601\n", "site.yaml:6: "},
        {HEAD "limits:\n  import_max_resource: 1\n", "site.yaml:6: "},
        {HEAD "limits:\n  scan_cpu_seconds: 0\n", "site.yaml:6: 'scan_cpu_seconds' must be"},
        {HEAD "limits:\n  scan_memory: 1000\n", "site.yaml:6: 'scan_memory' must be"},
        {HEAD "snapshot:\n  keep:\n    hours: 1\n", "site.yaml:7: unknown key 'hours'"},
        {HEAD "snapshot:\n  keep:\n    weekly_days: 1\n", "site.yaml:7: 'weekly_days' must be"},
        {HEAD "snapshot:\n  keep: {daily_days: 100}\n", "site.yaml:6: 'keep' must reach further"},
        {"hospital: &h H\n", "site.yaml:1: anchors"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        parse_fails(rows[i].text, rows[i].words);
}

/* A station on another machine may not print; `renew` binds it there and leaves every other line as it was. */
static void machine(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const char *dir = in(&a, state, "site"), *file = in(&a, state, "site/site.yaml");
    create(dir);
    char *text = read_text(&a, file), *line = strstr(text, "machine: machine-");
    assert_non_null(line);
    char *foreign = repli_arena_strdup(&a, text);
    foreign[line - text + 20] = foreign[line - text + 20] == '0' ? '1' : '0';
    write_text(file, foreign);
    struct repli_site *s = open_site(dir, NULL);
    assert_fails(repli_site_check_machine(s, &err), &err, REPLI_USAGE, "repli station renew");
    assert_ok(repli_site_renew_machine(s, &err), &err);
    assert_ok(repli_site_check_machine(s, &err), &err);
    repli_site_close(s);
    assert_string_equal(read_text(&a, file), text);
    write_text(file, HEAD "# kept\n");
    s = open_site(dir, NULL);
    assert_fails(repli_site_check_machine(s, &err), &err, REPLI_USAGE, "not bound to a computer yet");
    assert_fails(repli_site_renew_machine(s, &err), &err, REPLI_DATA, "site.yaml:4: write this line");
    assert_string_equal(read_text(&a, file), HEAD "# kept\n");
    repli_site_close(s);
    write_text(file, "hospital: H\ntimezone: UTC\nlanguage: fr\nstation:\n    number: 3 # ours\n    name: x\n# kept");
    s = open_site(dir, NULL);
    assert_ok(repli_site_renew_machine(s, &err), &err);
    assert_string_equal(read_text(&a, file),
                        repli_arena_printf(&a,
                                           "hospital: H\ntimezone: UTC\nlanguage: fr\nstation:\n    number: 3 # ours\n "
                                           "   machine: %s\n    name: x\n# kept",
                                           s->machine));
    repli_site_close(s);
    write_text(file, "hospital: H\ntimezone: UTC\nlanguage: fr\nstation:\n  machine: volume-1234-ABCD\n  number: 3");
    s = open_site(dir, NULL); /* a stick copied to a disk */
    assert_int_not_equal(repli_site_check_machine(s, &err), REPLI_OK);
    repli_err_clear(&err);
    assert_ok(repli_site_renew_machine(s, &err), &err);
    assert_ok(repli_site_check_machine(s, &err), &err);
    repli_site_close(s);
    repli_arena_done(&a);
}

static uint32_t counter(const struct repli_site *s, uint32_t next, uint32_t count)
{
    struct repli_err err = {0};
    uint32_t first = 0;
    assert_ok(repli_site_counter(s, next, count, &first, &err), &err);
    return first;
}

static void copy_folder(const char *from, const char *to)
{
    struct repli_arena a = {0};
    char **names;
    size_t count;
    struct stat st;
    assert_int_equal(mkdir(to, 0700), 0);
    assert_int_equal(repli_dir_list(from, &a, &names, &count, NULL), REPLI_OK);
    for (size_t i = 0; i < count; i++) {
        const char *f = repli_path_join(&a, from, names[i]), *t = repli_path_join(&a, to, names[i]);
        assert_int_equal(stat(f, &st), 0);
        if (S_ISDIR(st.st_mode))
            copy_folder(f, t);
        else
            write_text(t, read_text(&a, f));
    }
    repli_arena_done(&a);
}

/* Run after run the serials follow the ledger without a gap. */
static void counter_runs(void **state)
{
    struct repli_arena a = {0};
    create(in(&a, state, "site"));
    struct repli_site *s = open_site(in(&a, state, "site"), NULL);
    assert_int_equal(counter(s, 1, 100), 1);
    assert_int_equal(counter(s, 101, 50), 101);
    assert_int_equal(counter(s, 151, 0), 151);
    assert_int_equal(counter(s, 151, 1), 151);
    repli_site_close(s);
    assert_int_equal(rename(in(&a, state, "site"), in(&a, state, "moved")), 0); /* the same folder under another name */
    s = open_site(in(&a, state, "moved"), NULL);
    assert_int_equal(counter(s, 152, 8), 152);
    assert_int_equal(counter(s, 500, 8), 500); /* the ledger is ahead: it knows */
    repli_site_close(s);
    repli_arena_done(&a);
}

/* A copy, and a ledger restored from yesterday, begin 65,536 above what may have been printed; then all is as usual. */
static void counter_copy_and_restore(void **state)
{
    struct repli_arena a = {0};
    create(in(&a, state, "site"));
    struct repli_site *s = open_site(in(&a, state, "site"), NULL);
    assert_int_equal(counter(s, 1, 100), 1);
    copy_folder(in(&a, state, "site"), in(&a, state, "copy"));
    struct repli_site *c = open_site(in(&a, state, "copy"), NULL);
    assert_int_equal(counter(c, 101, 10), 101 + 65536);
    assert_int_equal(counter(c, 101 + 65536 + 10, 10), 101 + 65536 + 10);
    assert_int_equal(counter(s, 101, 10), 101);        /* the original goes on */
    assert_int_equal(counter(s, 51, 10), 111 + 65536); /* its ledger restored: the mark is ahead */
    assert_int_equal(counter(s, 111 + 65536 + 10, 1), 111 + 65536 + 10);
    repli_site_close(c);
    repli_site_close(s);
    repli_arena_done(&a);
}

/* A damaged or missing mark or anchor counts as a restored folder; the first serials of all do not. */
static void counter_damage(void **state)
{
    struct repli_arena a = {0};
    create(in(&a, state, "site"));
    const char *mark = in(&a, state, "site/keys/counter"), *anchor = in(&a, state, "site/keys/anchor");
    struct repli_site *s = open_site(in(&a, state, "site"), NULL);
    assert_int_equal(counter(s, 0, 10), 0);
    static const char *const bad[] = {"",
                                      "x",
                                      "repli-counter 1 10 5 5",
                                      "repli-counter 2 10 1 1 1\n",
                                      "repli-counter 1 10 1 1\n",
                                      "repli-counter 1 10 1 1 1 1\n",
                                      "repli-counter 1 -1 1 1 1\n",
                                      "repli-counter 1 ten 1 1 1\n"};
    uint32_t next = 10;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(mark, bad[i]);
        assert_int_equal(counter(s, next, 10), next + 65536);
        next += 65536 + 10;
        assert_int_equal(counter(s, next, 10), next);
        next += 10;
    }
    assert_int_equal(unlink(mark), 0);
    assert_int_equal(counter(s, next, 10), next + 65536);
    next += 65536 + 10;
    assert_int_equal(unlink(anchor), 0);
    assert_int_equal(counter(s, next, 10), next + 65536);
    next += 65536 + 10;
    assert_int_equal(unlink(anchor), 0);
    assert_int_equal(unlink(mark), 0);
    assert_int_equal(counter(s, next, 10), next + 65536);
    repli_site_close(s);
    repli_arena_done(&a);
}

/* The last serial of a station can be used; one more is refused with the way out, and the mark stays. */
static void counter_end(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    uint32_t first = 77;
    create(in(&a, state, "site"));
    struct repli_site *s = open_site(in(&a, state, "site"), NULL);
    assert_int_equal(counter(s, 0, 1), 0);
    assert_fails(repli_site_counter(s, REPLI_COUNTER_MAX, 2, &first, &err), &err, REPLI_USAGE, "used up");
    assert_int_equal(first, 77);
    assert_int_equal(counter(s, 1, 1), 1);
    assert_int_equal(counter(s, REPLI_COUNTER_MAX, 1), REPLI_COUNTER_MAX);
    assert_fails(repli_site_counter(s, (uint32_t)REPLI_COUNTER_MAX + 1, 1, &first, &err), &err, REPLI_USAGE, "used up");
    repli_site_close(s);
    repli_arena_done(&a);
}

int main(void)
{
    setenv("REPLI_ALLOW_FS", "1", 1); /* the tests' folder may lie in a container */
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, tmp_setup, tmp_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(make),           IN_FOLDER(list_wards),   IN_FOLDER(make_refused),
        IN_FOLDER(clock_of_run),   cmocka_unit_test(wards), cmocka_unit_test(mistakes),
        IN_FOLDER(machine),        IN_FOLDER(counter_runs), IN_FOLDER(counter_copy_and_restore),
        IN_FOLDER(counter_damage), IN_FOLDER(counter_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
