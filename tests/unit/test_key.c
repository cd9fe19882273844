#include "base_keys.h"

#include <sodium.h>

#include "repli/text.h"

static const char *in(struct repli_arena *a, void **state, const char *name)
{
    return repli_path_join(a, *state, name);
}

static void create(const char *dir)
{
    struct repli_err err = {0};
    assert_ok(repli_keys_create(dir, &err), &err);
}

static char *words_of(const struct repli_keys *keys, struct repli_arena *a)
{
    struct repli_err err = {0};
    char *text = NULL;
    assert_ok(repli_keys_words(keys, a, &text, &err), &err);
    return text;
}

static void same_keys(const struct repli_keys *x, const struct repli_keys *y, unsigned epoch, unsigned station)
{
    uint8_t a[REPLI_KEY_BYTES], b[REPLI_KEY_BYTES];
    assert_true(repli_keys_station(x, epoch, station, a));
    assert_true(repli_keys_station(y, epoch, station, b));
    assert_memory_equal(a, b, sizeof a);
}

/* Derived keys, site tag and subject hashes as another program (Python's hashlib) derives them from the same master. */
static void golden(void **state)
{
    static const char *const station[] = {"aeed7d1d534eaaa65b8eb61206005b4b67564ea389ddd8ac586d32efd84244c6",
                                          "542a71ccbf2064a615f8067fc6ef0ce852dfcf556e4b3b0922d7e7ec27c64142"};
    struct repli_keys *keys = fixed_keys(*state);
    uint8_t key[REPLI_KEY_BYTES], hash[8];
    char hex[65];
    for (unsigned i = 0; i < 2; i++) {
        assert_true(repli_keys_station(keys, 1, i * 17, key));
        repli_hex(key, 32, hex);
        assert_string_equal(hex, station[i]);
    }
    assert_int_equal(repli_keys_site_tag(keys), 0x90A4);
    assert_int_equal(repli_keys_epoch(keys), 1);
    assert_true(repli_keys_have_master(keys));
    repli_keys_subject(keys, "urn:x", "4711", hash);
    repli_hex(hash, 8, hex);
    assert_string_equal(hex, "6b07485a422da2f8");
    assert_false(repli_keys_station(keys, 2, 0, key));
    assert_false(repli_keys_station(keys, 0, 0, key));
    assert_false(repli_keys_station(keys, 1, 1024, key));
    repli_keys_close(keys);
    repli_keys_close(NULL);
}

/* A new site has keys of its own, private files, and refuses to make others over them. */
static void make(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct stat st;
    const char *one = in(&a, state, "one"), *two = in(&a, state, "two");
    static const char *const files[] = {"master-001.key", "station-001-00000.key", "site.key"};
    mode_t old = umask(0);
    create(one);
    create(two);
    (void)umask(old);
    assert_int_equal(stat(one, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(stat(repli_path_join(&a, one, files[i]), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    struct repli_keys *x = keys_at(one), *y = keys_at(two);
    assert_string_not_equal(words_of(x, &a), words_of(y, &a));
    assert_fails(repli_keys_create(one, &err), &err, REPLI_USAGE, "keys exist already");
    struct repli_keys *again = keys_at(one);
    assert_string_equal(words_of(x, &a), words_of(again, &a));
    repli_keys_close(x);
    repli_keys_close(y);
    repli_keys_close(again);
    repli_arena_done(&a);
}

/* Subject hashes tell systems, values and sites apart. */
static void subjects(void **state)
{
    struct repli_keys *keys = fixed_keys(*state);
    uint8_t a[8], b[8];
    repli_keys_subject(keys, "s", "1", a);
    repli_keys_subject(keys, "s", "1", b);
    assert_memory_equal(a, b, 8);
    repli_keys_subject(keys, "s", "2", b);
    assert_memory_not_equal(a, b, 8);
    repli_keys_subject(keys, "t", "1", b);
    assert_memory_not_equal(a, b, 8);
    repli_keys_close(keys);
}

/* The words in the safe restore a burnt site: every key, tag and hash is as before; once more is a no-op. */
static void words_restore(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const char *one = in(&a, state, "one"), *two = in(&a, state, "two");
    for (int round = 0; round < 20; round++) {
        create(one);
        struct repli_keys *x = keys_at(one);
        const char *words = words_of(x, &a);
        assert_ok(repli_keys_import(two, words, &err), &err);
        assert_ok(repli_keys_import(two, words, &err), &err);
        assert_ok(repli_keys_import(one, words, &err), &err);
        struct repli_keys *y = keys_at(two);
        same_keys(x, y, 1, 0);
        same_keys(x, y, 1, 1023);
        assert_int_equal(repli_keys_site_tag(x), repli_keys_site_tag(y));
        uint8_t hx[8], hy[8];
        repli_keys_subject(x, "s", "1", hx);
        repli_keys_subject(y, "s", "1", hy);
        assert_memory_equal(hx, hy, 8);
        assert_string_equal(words, words_of(y, &a));
        repli_keys_close(x);
        repli_keys_close(y);
        tmp_remove(one);
        tmp_remove(two);
    }
    repli_arena_done(&a);
}

/* The fixed master reads as these words for ever, and people's ways of typing them are forgiven. */
static void words_forgiving(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_keys *keys = fixed_keys(in(&a, state, "one"));
    assert_string_equal(words_of(keys, &a), FIXED_WORDS);
    char *typed = repli_arena_strdup(&a, "\n  EPOCH 1 :\tBahaf basah\r\nbihak   bisam bohap bosas buhav BUSIB\n dahif "
                                         "dasih dihik disim\ndohip dosis duhiv dusob galuk  ");
    assert_ok(repli_keys_import(in(&a, state, "two"), typed, &err), &err);
    struct repli_keys *again = keys_at(in(&a, state, "two"));
    same_keys(keys, again, 1, 3);
    repli_keys_close(keys);
    repli_keys_close(again);
    repli_arena_done(&a);
}

/* A wrong, missing or swapped word is noticed and nothing is written. */
static void words_wrong(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "no line like"},
        {"bahaf basah", "'bahaf': expected a line like"},
        {"epoch 0: bahaf", "an epoch is a number from 1 to 255"},
        {"epoch 256: bahaf", "an epoch is a number"},
        {"epoch x: bahaf", "an epoch is a number"},
        {"epoch", "an epoch is a number"},
        {"epoch 1: bahaf basah", "only 2 of 17 words"},
        {"epoch 1: bahaf basax", "word 2 ('basax') is no key word"},
        {"epoch 1: bahaf basahe", "word 2 ('basahe')"},
        {"epoch 1: bahaf basah bihak bisam bohap bosas buhav busib dahif dasih dihik disim dohip dosis duhiv dusob "
         "galuz",
         "a word is wrong"},
        {"epoch 1: basah bahaf bihak bisam bohap bosas buhav busib dahif dasih dihik disim dohip dosis duhiv dusob "
         "galuk",
         "a word is wrong"},
        {"epoch 2: bahaf basah bihak bisam bohap bosas buhav busib dahif dasih dihik disim dohip dosis duhiv dusob "
         "galuk",
         "a word is wrong"},
        {FIXED_WORDS "galuk", "'galuk': expected a line"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *dir = in(&a, state, "burnt");
        char **names;
        size_t count;
        assert_fails(repli_keys_import(dir, rows[i].text, &err), &err, REPLI_USAGE, rows[i].words);
        assert_ok(repli_dir_list(dir, &a, &names, &count, &err), &err);
        assert_int_equal(count, 0);
    }
    repli_arena_done(&a);
}

/* The line of an epoch, made here by hand as the header says. */
static const char *line_of(struct repli_arena *a, unsigned epoch, const uint8_t key[32])
{
    static const char c[] = "bdfghjklmnprstvz", v[] = "aiou";
    uint8_t message[33] = {(uint8_t)epoch}, hash[32];
    memcpy(message + 1, key, 32);
    crypto_generichash(hash, 32, message, 33, NULL, 0);
    char *line = repli_arena_printf(a, "epoch %u:", epoch);
    for (int i = 0; i < 17; i++) {
        unsigned w = i < 16 ? (unsigned)key[2 * i] << 8 | key[2 * i + 1] : (unsigned)hash[0] << 8 | hash[1];
        line = repli_arena_printf(a, "%s %c%c%c%c%c", line, c[w >> 12], v[w >> 10 & 3], c[w >> 6 & 15], v[w >> 4 & 3],
                                  c[w & 15]);
    }
    return repli_arena_printf(a, "%s\n", line);
}

/* A second epoch prints from then on; the first still reads; patients keep their hashes; the words name both. */
static void epochs(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    uint8_t key[32], one[32], two[32], hash[8], later[8];
    const char *dir = in(&a, state, "one"), *dir2 = in(&a, state, "two");
    memset(key, 0x5A, sizeof key);
    struct repli_keys *keys = fixed_keys(dir);
    uint16_t tag = repli_keys_site_tag(keys);
    repli_keys_subject(keys, "s", "1", hash);
    repli_keys_close(keys);
    assert_fails(repli_keys_import(dir2, line_of(&a, 2, key), &err), &err, REPLI_USAGE, "epoch 1 is missing");
    assert_ok(repli_keys_import(dir, line_of(&a, 2, key), &err), &err);
    keys = keys_at(dir);
    assert_int_equal(repli_keys_epoch(keys), 2);
    assert_int_equal(repli_keys_site_tag(keys), tag);
    repli_keys_subject(keys, "s", "1", later);
    assert_memory_equal(hash, later, 8);
    assert_true(repli_keys_station(keys, 1, 4, one));
    assert_true(repli_keys_station(keys, 2, 4, two));
    assert_memory_not_equal(one, two, 32);
    const char *words = words_of(keys, &a);
    assert_string_equal(words, repli_arena_printf(&a, "%s%s", FIXED_WORDS, line_of(&a, 2, key)));
    assert_ok(repli_keys_import(dir2, words, &err), &err);
    assert_true(repli_file_exists(repli_path_join(&a, dir2, "station-002-00000.key")));
    assert_ok(repli_keys_issue(keys, 4, in(&a, state, "ward"), &err), &err);
    struct repli_keys *ward = keys_at(in(&a, state, "ward"));
    assert_int_equal(repli_keys_epoch(ward), 2);
    same_keys(keys, ward, 1, 4);
    same_keys(keys, ward, 2, 4);
    memset(key, 0x77, sizeof key);
    assert_fails(repli_keys_import(dir, line_of(&a, 2, key), &err), &err, REPLI_USAGE,
                 "another master key of this epoch");
    repli_keys_close(keys);
    repli_keys_close(ward);
    repli_arena_done(&a);
}

/* A ward's station gets its own key and the site's, never the master; folders of others are not touched. */
static void issue(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char **names, *text = NULL;
    size_t count;
    const char *ward = in(&a, state, "ward"), *centre = in(&a, state, "one");
    struct repli_keys *keys = fixed_keys(centre);
    assert_ok(repli_keys_issue(keys, 5, ward, &err), &err);
    assert_ok(repli_keys_issue(keys, 5, ward, &err), &err);
    assert_ok(repli_dir_list(ward, &a, &names, &count, &err), &err);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "site.key");
    assert_string_equal(names[1], "station-001-00005.key");
    struct repli_keys *w = keys_at(ward);
    uint8_t key[32];
    same_keys(keys, w, 1, 5);
    assert_false(repli_keys_have_master(w));
    assert_false(repli_keys_station(w, 1, 0, key));
    assert_false(repli_keys_station(w, 1, 6, key));
    assert_int_equal(repli_keys_site_tag(w), repli_keys_site_tag(keys));
    assert_fails(repli_keys_words(w, &a, &text, &err), &err, REPLI_USAGE, "at the centre");
    assert_null(text);
    assert_fails(repli_keys_issue(w, 7, in(&a, state, "x"), &err), &err, REPLI_USAGE, "at the centre");
    assert_fails(repli_keys_issue(keys, 6, ward, &err), &err, REPLI_USAGE, "holds the key of station 5");
    assert_fails(repli_keys_issue(keys, 5, centre, &err), &err, REPLI_USAGE, "holds a master key");
    assert_fails(repli_keys_issue(keys, 0, in(&a, state, "x"), &err), &err, REPLI_USAGE, "numbered 1 to 1023");
    assert_fails(repli_keys_issue(keys, 1024, in(&a, state, "x"), &err), &err, REPLI_USAGE, "numbered 1 to 1023");
    const char *elsewhere = in(&a, state, "other");
    create(elsewhere);
    struct repli_keys *others = keys_at(elsewhere);
    assert_fails(repli_keys_issue(others, 5, ward, &err), &err, REPLI_USAGE, "another site");
    assert_fails(repli_keys_import(ward, words_of(others, &a), &err), &err, REPLI_USAGE, "another site");
    assert_fails(repli_keys_import(elsewhere, FIXED_WORDS, &err), &err, REPLI_USAGE, "another master key");
    assert_ok(repli_keys_import(ward, FIXED_WORDS, &err), &err); /* the words of its own site make it a centre */
    repli_keys_close(keys);
    repli_keys_close(w);
    repli_keys_close(others);
    repli_arena_done(&a);
}

/* A fresh site becomes the one that burnt; its own keys are kept aside; wrong words change nothing. */
static void replace(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const char *dir = in(&a, state, "keys");
    create(dir);
    struct repli_keys *own = keys_at(dir);
    assert_fails(repli_keys_import(dir, FIXED_WORDS, &err), &err, REPLI_USAGE, "another master key");
    assert_fails(repli_keys_replace(dir, "epoch 1: bahaf", &err), &err, REPLI_USAGE, "only 1 of 17");
    struct repli_keys *still = keys_at(dir);
    same_keys(own, still, 1, 0);
    assert_false(repli_file_exists(in(&a, state, "keys.new")));
    assert_int_equal(mkdir(in(&a, state, "keys.new"), 0700), 0); /* left by one that was interrupted */
    assert_ok(repli_keys_replace(dir, FIXED_WORDS, &err), &err);
    struct repli_keys *now = keys_at(dir), *aside = keys_at(in(&a, state, "keys.unused-1"));
    assert_int_equal(repli_keys_site_tag(now), 0x90A4);
    same_keys(own, aside, 1, 0);
    assert_ok(repli_keys_replace(dir, FIXED_WORDS, &err), &err);
    assert_true(repli_file_exists(in(&a, state, "keys.unused-2")));
    repli_keys_close(own);
    repli_keys_close(still);
    repli_keys_close(now);
    repli_keys_close(aside);
    repli_arena_done(&a);
}

static void put(const char *path, const char *text, size_t len)
{
    struct repli_err err = {0};
    assert_ok(repli_file_write(path, text, len, 0600, &err), &err);
}

/* Every changed byte of every key file is noticed, and so are renamed, cut, mixed and missing ones. */
static void damage(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    static const char *const files[] = {"master-001.key", "station-001-00000.key", "site.key"};
    const char *dir = in(&a, state, "one");
    struct repli_keys *k = NULL;
    repli_keys_close(fixed_keys(dir));
    for (int f = 0; f < 3; f++) {
        const char *path = repli_path_join(&a, dir, files[f]);
        char *text;
        size_t len;
        assert_ok(repli_file_read(path, 1000, &a, &text, &len, &err), &err);
        for (size_t i = 0; i < len; i += i < 24 ? 1 : 5) {
            char *bad = repli_arena_strndup(&a, text, len);
            bad[i] ^= 1;
            FILE *out = fopen(path, "wb");
            assert_non_null(out);
            assert_int_equal(fwrite(bad, 1, len, out), len);
            fclose(out);
            assert_fails(repli_keys_open(dir, &k, &err), &err, REPLI_DATA, files[f]);
        }
        put(path, text, len - 1);
        assert_fails(repli_keys_open(dir, &k, &err), &err, REPLI_DATA, "damaged");
        put(path, "", 0);
        assert_fails(repli_keys_open(dir, &k, &err), &err, REPLI_DATA, "damaged");
        put(path, text, len);
    }
    repli_keys_close(keys_at(dir));
    assert_int_equal(
        rename(repli_path_join(&a, dir, "station-001-00000.key"), repli_path_join(&a, dir, "station-001-00001.key")),
        0);
    assert_fails(repli_keys_open(dir, &k, &err), &err, REPLI_DATA, "renamed");
    assert_int_equal(unlink(repli_path_join(&a, dir, "station-001-00001.key")), 0);
    put(repli_path_join(&a, dir, "notes.txt"), "not a key", 9);
    repli_keys_close(keys_at(dir));
    assert_int_equal(unlink(repli_path_join(&a, dir, "site.key")), 0);
    assert_fails(repli_keys_open(dir, &k, &err), &err, REPLI_DATA, "site.key is missing");
    assert_fails(repli_keys_open(in(&a, state, "none"), &k, &err), &err, REPLI_IO, "none");
    create(in(&a, state, "other"));
    char *foreign;
    size_t len;
    assert_ok(repli_file_read(in(&a, state, "other/site.key"), 1000, &a, &foreign, &len, &err), &err);
    put(repli_path_join(&a, dir, "site.key"), foreign, len);
    assert_fails(repli_keys_open(dir, &k, &err), &err, REPLI_DATA, "different sites");
    assert_null(k);
    repli_arena_done(&a);
}

/* The machine is named in the same way each time, without giving its id away; a volume without UUID is an error. */
static void machine(void **state)
{
    struct repli_err err = {0};
    char one[65] = "", two[65] = "", *id;
    size_t len;
    struct repli_arena a = {0};
    unsetenv("REPLI_BIND");
    if (repli_machine_id(*state, one, &err) != REPLI_OK) {
        assert_int_equal(err.status, REPLI_IO);
        skip();
    }
    assert_ok(repli_machine_id(*state, two, &err), &err);
    assert_string_equal(one, two);
    assert_memory_equal(one, "machine-", 8);
    if (repli_file_read("/etc/machine-id", 100, &a, &id, &len, NULL) == REPLI_OK && len > 16)
        assert_null(strstr(one, repli_arena_strndup(&a, id, 16)));
    setenv("REPLI_BIND", "volume", 1);
    enum repli_status st = repli_machine_id("/proc", two, &err);
    unsetenv("REPLI_BIND");
    assert_fails(st, &err, REPLI_IO, "UUID");
    assert_string_equal(one, two);
    repli_arena_done(&a);
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, tmp_setup, tmp_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(golden),          IN_FOLDER(make),        IN_FOLDER(subjects), IN_FOLDER(words_restore),
        IN_FOLDER(words_forgiving), IN_FOLDER(words_wrong), IN_FOLDER(epochs),   IN_FOLDER(issue),
        IN_FOLDER(replace),         IN_FOLDER(damage),      IN_FOLDER(machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
