#include "base_keys.h"

#include <sodium.h>

#include "base/pagecode_internal.h"
#include "repli/pagecode.h"
#include "repli/serial.h"

#define CODES 1000
#define BITS  (REPLI_PAGECODE_BYTES * 8)

static uint64_t seed;

/* The same numbers in every run. */
static uint64_t next(void)
{
    seed += 0x9E3779B97F4A7C15u;
    uint64_t z = seed;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static void fill(uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)next();
}

static struct repli_page_code random_code(const struct repli_keys *keys)
{
    struct repli_page_code c = {.epoch = 1, .site_tag = repli_keys_site_tag(keys)};
    c.serial = next() >> 24;
    c.form = (uint16_t)(1 + next() % 65535);
    c.version = (uint16_t)(1 + next() % 65535);
    c.lang = (uint8_t)(next() % 5);
    c.pages = (uint8_t)(1 + next() % 255);
    c.page = (uint8_t)(1 + next() % c.pages);
    c.subject_kind = (uint8_t)(1 + next() % 6);
    fill(c.subject, 8);
    fill(c.stay, 8);
    fill(c.snapshot, 6);
    c.window_utc = (uint32_t)next();
    c.window_hours = (uint8_t)next();
    c.flags = (uint8_t)((next() % 5) | (next() & 0xF8));
    return c;
}

static bool same(const struct repli_page_code *a, const struct repli_page_code *b)
{
    return a->epoch == b->epoch && a->site_tag == b->site_tag && a->serial == b->serial && a->form == b->form &&
           a->version == b->version && a->lang == b->lang && a->page == b->page && a->pages == b->pages &&
           a->subject_kind == b->subject_kind && memcmp(a->subject, b->subject, 8) == 0 &&
           memcmp(a->stay, b->stay, 8) == 0 && memcmp(a->snapshot, b->snapshot, 6) == 0 &&
           a->window_utc == b->window_utc && a->window_hours == b->window_hours && a->flags == b->flags;
}

static struct repli_keys *keys;
static char folder[512];

static int setup(void **state)
{
    (void)state;
    seed = 2026;
    tmp_make(folder);
    keys = fixed_keys(folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    repli_keys_close(keys);
    tmp_remove(folder);
    return 0;
}

/* Codes made by another program (Python's hashlib and integers) for the same keys: the format can never drift. */
static void golden(void **state)
{
    (void)state;
    struct repli_page_code c = {.epoch = 1,
                                .site_tag = 0x90A4,
                                .serial = 1,
                                .form = 3,
                                .version = 1,
                                .lang = 1,
                                .page = 1,
                                .pages = 2,
                                .subject_kind = REPLI_SUBJECT_PATIENT,
                                .stay = {0, 1, 2, 3, 4, 5, 6, 7},
                                .snapshot = {0x6A, 0x03, 0xF1, 0x80, 0xAB, 0x01},
                                .window_utc = 1795395600,
                                .window_hours = 24,
                                .flags = REPLI_AGE_ADULT};
    struct repli_page_code d = {.epoch = 1,
                                .site_tag = 0x90A4,
                                .serial = repli_serial_make(17, REPLI_COUNTER_MAX),
                                .form = 65535,
                                .version = 65535,
                                .lang = 4,
                                .page = 255,
                                .pages = 255,
                                .subject_kind = REPLI_SUBJECT_BLANK_VERSO,
                                .window_utc = UINT32_MAX,
                                .window_hours = 255,
                                .flags = 0x7C},
                           back;
    static const uint8_t mac_c[8] = {0x9b, 0xd6, 0x58, 0xb8, 0x88, 0x80, 0x5c, 0x29},
                         mac_d[8] = {0x0b, 0x07, 0xcb, 0xc0, 0x9a, 0x7e, 0xfc, 0x37};
    char digits[REPLI_PAGECODE_DIGITS + 1];
    uint8_t mac[8];
    repli_keys_subject(keys, "urn:x", "4711", c.subject);
    memset(d.subject, 0xFF, 8);
    memset(d.stay, 0xFF, 8);
    memset(d.snapshot, 0xFF, 6);
    assert_true(repli_pagecode_encode(&c, keys, digits));
    assert_string_equal(digits, "00047925303756212887811006840842176977692777752477313804842247761759661913660917326753"
                                "500754310911963609426197384586475542145043270741480463401");
    assert_int_equal(repli_pagecode_decode(digits, keys, &back, mac), REPLI_PAGECODE_GOOD);
    assert_true(same(&c, &back));
    assert_memory_equal(mac, mac_c, 8);
    assert_true(repli_pagecode_encode(&d, keys, digits));
    assert_string_equal(digits, "00047925303806120942302599140229289866321489764031289223636023084870684404251108040320"
                                "219861754988452424419674296138242761470386325381521013815");
    assert_int_equal(repli_pagecode_decode(digits, keys, &back, mac), REPLI_PAGECODE_GOOD);
    assert_true(same(&d, &back));
    assert_memory_equal(mac, mac_d, 8);
}

/* Thousands of random codes come back as they were. */
static void round_trip(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++) {
        struct repli_page_code c = random_code(keys), back;
        char digits[REPLI_PAGECODE_DIGITS + 1];
        memset(digits, 'x', sizeof digits);
        assert_true(repli_pagecode_encode(&c, keys, digits));
        assert_int_equal(strlen(digits), REPLI_PAGECODE_DIGITS);
        assert_int_equal(strspn(digits, "0123456789"), REPLI_PAGECODE_DIGITS);
        assert_int_equal(repli_pagecode_decode(digits, keys, &back, NULL), REPLI_PAGECODE_GOOD);
        assert_true(same(&c, &back));
    }
}

/* Bytes and digits agree with school arithmetic, one digit at a time, at random and at all edges. */
static void digits_by_school(void **state)
{
    (void)state;
    for (int n = 0; n < 600; n++) {
        uint8_t bytes[REPLI_PAGECODE_BYTES], rest[REPLI_PAGECODE_BYTES], back[REPLI_PAGECODE_BYTES];
        char digits[REPLI_PAGECODE_DIGITS + 1], want[REPLI_PAGECODE_DIGITS + 1] = {0};
        fill(bytes, sizeof bytes);
        if (n < BITS) { /* a single bit, or everything below it */
            memset(bytes, 0, sizeof bytes);
            bytes[n / 8] = (uint8_t)(n % 2 ? 0x80 >> n % 8 : 0xFF >> n % 8);
            if (n % 2 == 0)
                memset(bytes + n / 8 + 1, 0xFF, sizeof bytes - (size_t)n / 8 - 1);
        }
        memcpy(rest, bytes, sizeof rest);
        for (size_t d = REPLI_PAGECODE_DIGITS; d-- > 0;) {
            unsigned carry = 0;
            for (size_t i = 0; i < sizeof rest; i++) {
                carry = carry << 8 | rest[i];
                rest[i] = (uint8_t)(carry / 10);
                carry %= 10;
            }
            want[d] = (char)('0' + carry);
        }
        repli_pagecode_to_digits(bytes, digits);
        assert_string_equal(digits, want);
        assert_true(repli_pagecode_from_digits(digits, back));
        assert_memory_equal(bytes, back, sizeof bytes);
    }
}

/* 2^472 - 1 is the largest number that is taken; 2^472 and all nines are not. */
static void too_large(void **state)
{
    (void)state;
    uint8_t bytes[REPLI_PAGECODE_BYTES];
    char digits[REPLI_PAGECODE_DIGITS + 1];
    struct repli_page_code c;
    memset(bytes, 0xFF, sizeof bytes);
    repli_pagecode_to_digits(bytes, digits);
    assert_true(repli_pagecode_from_digits(digits, bytes));
    size_t i = REPLI_PAGECODE_DIGITS - 1;
    while (digits[i] == '9')
        digits[i--] = '0';
    digits[i]++;
    assert_false(repli_pagecode_from_digits(digits, bytes));
    assert_int_equal(repli_pagecode_decode(digits, keys, &c, NULL), REPLI_PAGECODE_NOT_OURS);
    memset(digits, '9', REPLI_PAGECODE_DIGITS);
    assert_int_equal(repli_pagecode_decode(digits, keys, &c, NULL), REPLI_PAGECODE_NOT_OURS);
}

static struct {
    uint8_t bytes[REPLI_PAGECODE_BYTES];
} codes[CODES];

static void make_codes(void)
{
    for (int i = 0; i < CODES; i++) {
        struct repli_page_code c = random_code(keys);
        char digits[REPLI_PAGECODE_DIGITS + 1];
        assert_true(repli_pagecode_encode(&c, keys, digits));
        assert_true(repli_pagecode_from_digits(digits, codes[i].bytes));
    }
}

static void must_refuse(const uint8_t *bytes, const char *what, int code, int a, int b)
{
    char digits[REPLI_PAGECODE_DIGITS + 1];
    struct repli_page_code c;
    repli_pagecode_to_digits(bytes, digits);
    if (repli_pagecode_decode(digits, keys, &c, NULL) == REPLI_PAGECODE_GOOD)
        fail_msg("code %d with %s (%d, %d) was taken for good", code, what, a, b);
}

static void flip(uint8_t *bytes, int bit)
{
    bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
}

/* Every one of the 472 single-bit errors of 1,000 codes is refused. */
static void every_single_bit(void **state)
{
    (void)state;
    make_codes();
    for (int i = 0; i < CODES; i++)
        for (int bit = 0; bit < BITS; bit++) {
            flip(codes[i].bytes, bit);
            must_refuse(codes[i].bytes, "one wrong bit", i, bit, -1);
            flip(codes[i].bytes, bit);
        }
}

/* All 111,156 two-bit errors of four codes, and 800 random ones of each of the 1,000, are refused. */
static void two_bits(void **state)
{
    (void)state;
    make_codes();
    for (int i = 0; i < CODES; i++) {
        uint8_t *bytes = codes[i].bytes;
        for (int a = 0; i < 4 && a < BITS; a++)
            for (int b = a + 1; b < BITS; b++) {
                flip(bytes, a);
                flip(bytes, b);
                must_refuse(bytes, "two wrong bits", i, a, b);
                flip(bytes, a);
                flip(bytes, b);
            }
        for (int n = 0; n < 800; n++) {
            int a = (int)(next() % BITS), b = (int)(next() % (BITS - 1));
            b += b >= a;
            flip(bytes, a);
            flip(bytes, b);
            must_refuse(bytes, "two wrong bits", i, a, b);
            flip(bytes, a);
            flip(bytes, b);
        }
    }
}

/* Every wrong digit, and every swap of two digits, of some codes is refused, and `code` is left alone. */
static void wrong_digits(void **state)
{
    (void)state;
    for (int n = 0; n < 40; n++) {
        struct repli_page_code c = random_code(keys), before = c, got = c;
        char digits[REPLI_PAGECODE_DIGITS + 1];
        uint8_t mac[8] = {1, 2, 3}, old[8] = {1, 2, 3};
        assert_true(repli_pagecode_encode(&c, keys, digits));
        for (int i = 0; i < REPLI_PAGECODE_DIGITS; i++) {
            char was = digits[i];
            for (char d = '0'; d <= '9'; d++) {
                digits[i] = d;
                if (d != was && repli_pagecode_decode(digits, keys, &got, mac) == REPLI_PAGECODE_GOOD)
                    fail_msg("digit %d", i);
            }
            digits[i] = was;
            for (int k = i + 1; k < REPLI_PAGECODE_DIGITS; k++) {
                char other = digits[k];
                if (other == was)
                    continue;
                digits[i] = other;
                digits[k] = was;
                if (repli_pagecode_decode(digits, keys, &got, mac) == REPLI_PAGECODE_GOOD)
                    fail_msg("digits %d and %d swapped", i, k);
                digits[i] = was;
                digits[k] = other;
            }
        }
        assert_true(same(&got, &before));
        assert_memory_equal(mac, old, 8);
    }
}

/* What is no page code at all says so: wrong length, other characters, another format. */
static void not_ours(void **state)
{
    (void)state;
    struct repli_page_code c = random_code(keys);
    char digits[REPLI_PAGECODE_DIGITS + 2], bad[REPLI_PAGECODE_DIGITS + 3];
    uint8_t bytes[REPLI_PAGECODE_BYTES];
    assert_true(repli_pagecode_encode(&c, keys, digits));
    static const char *const texts[] = {"", "0", "https://example.org", "12345678901234567890"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(repli_pagecode_decode(texts[i], keys, &c, NULL), REPLI_PAGECODE_NOT_OURS);
    snprintf(bad, sizeof bad, "0%s", digits);
    assert_int_equal(repli_pagecode_decode(bad, keys, &c, NULL), REPLI_PAGECODE_NOT_OURS);
    assert_int_equal(repli_pagecode_decode(digits + 1, keys, &c, NULL),
                     REPLI_PAGECODE_NOT_OURS); /* a leading zero lost */
    snprintf(bad, sizeof bad, "%s\n", digits);
    assert_int_equal(repli_pagecode_decode(bad, keys, &c, NULL), REPLI_PAGECODE_NOT_OURS);
    static const char others[] = "a .-+:/\x80";
    for (const char *o = others; *o; o++) {
        memcpy(bad, digits, REPLI_PAGECODE_DIGITS + 1);
        bad[70] = *o;
        assert_int_equal(repli_pagecode_decode(bad, keys, &c, NULL), REPLI_PAGECODE_NOT_OURS);
    }
    assert_true(repli_pagecode_from_digits(digits, bytes));
    for (int format = 0; format < 256; format++) {
        bytes[0] = (uint8_t)format;
        repli_pagecode_to_digits(bytes, bad);
        assert_int_equal(repli_pagecode_decode(bad, keys, &c, NULL),
                         format == 1 ? REPLI_PAGECODE_GOOD : REPLI_PAGECODE_NOT_OURS);
    }
}

/* Another hospital's page is foreign, not forged; our tag under a wrong key is forged. */
static void other_site(void **state)
{
    (void)state;
    char dir[512];
    struct repli_err err = {0};
    tmp_make(dir);
    assert_ok(repli_keys_create(dir, &err), &err);
    struct repli_keys *others = keys_at(dir);
    assert_int_not_equal(repli_keys_site_tag(others), repli_keys_site_tag(keys)); /* fails once in 65,536 runs */
    struct repli_page_code c = random_code(others), got;
    char digits[REPLI_PAGECODE_DIGITS + 1];
    uint8_t bytes[REPLI_PAGECODE_BYTES];
    assert_true(repli_pagecode_encode(&c, others, digits));
    assert_false(repli_pagecode_encode(&c, keys, digits));
    assert_int_equal(repli_pagecode_decode(digits, keys, &got, NULL), REPLI_PAGECODE_FOREIGN);
    assert_true(repli_pagecode_from_digits(digits, bytes));
    bytes[2] = (uint8_t)(repli_keys_site_tag(keys) >> 8);
    bytes[3] = (uint8_t)repli_keys_site_tag(keys);
    repli_pagecode_to_digits(bytes, digits);
    assert_int_equal(repli_pagecode_decode(digits, keys, &got, NULL), REPLI_PAGECODE_BAD_MAC);
    repli_keys_close(others);
    tmp_remove(dir);
}

/* A ward's station prints with its own number only, and cannot judge the pages of others; the centre judges all. */
static void stations(void **state)
{
    (void)state;
    char dir[512];
    struct repli_err err = {0};
    tmp_make(dir);
    assert_ok(repli_keys_issue(keys, 5, dir, &err), &err);
    struct repli_keys *ward = keys_at(dir);
    struct repli_page_code c = random_code(keys), got;
    char digits[REPLI_PAGECODE_DIGITS + 1];
    c.serial = repli_serial_make(5, 77);
    assert_true(repli_pagecode_encode(&c, ward, digits));
    assert_int_equal(repli_pagecode_decode(digits, keys, &got, NULL), REPLI_PAGECODE_GOOD);
    assert_int_equal(repli_pagecode_decode(digits, ward, &got, NULL), REPLI_PAGECODE_GOOD);
    c.serial = repli_serial_make(6, 77);
    assert_false(repli_pagecode_encode(&c, ward, digits));
    assert_true(repli_pagecode_encode(&c, keys, digits));
    assert_int_equal(repli_pagecode_decode(digits, ward, &got, NULL), REPLI_PAGECODE_BAD_MAC);
    c.epoch = 2; /* an epoch that nobody has made */
    assert_false(repli_pagecode_encode(&c, keys, digits));
    repli_keys_close(ward);
    tmp_remove(dir);
}

/* A value out of range is not printed, and not believed even with a good MAC. */
static void ranges(void **state)
{
    (void)state;
    struct repli_page_code good = random_code(keys), got;
    char digits[REPLI_PAGECODE_DIGITS + 1], untouched[4] = "abc";
    good.page = good.pages = 2;
#define BAD(change)                                                                                                    \
    do {                                                                                                               \
        struct repli_page_code c = good;                                                                               \
        memcpy(digits, untouched, 4);                                                                                  \
        change;                                                                                                        \
        assert_false(repli_pagecode_encode(&c, keys, digits));                                                         \
        assert_string_equal(digits, untouched);                                                                        \
    } while (0)
    BAD(c.epoch = 0);
    BAD(c.site_tag ^= 1);
    BAD(c.serial = (uint64_t)1 << 40);
    BAD(c.form = 0);
    BAD(c.version = 0);
    BAD(c.lang = 5);
    BAD(c.page = 0);
    BAD(c.page = 3);
    BAD(c.page = c.pages = 0);
    BAD(c.subject_kind = 0);
    BAD(c.subject_kind = 7);
    BAD(c.flags = 5);
    /* the same through the decoder, sealed with the right key: byte, value */
    static const struct {
        int at;
        uint8_t v;
    } bad[] = {{13, 5}, {14, 0}, {14, 3}, {16, 0}, {16, 7}, {44, 7}, {45, 1}, {50, 1}};
    uint8_t bytes[REPLI_PAGECODE_BYTES], key[REPLI_KEY_BYTES];
    assert_true(repli_keys_station(keys, 1, repli_serial_station(good.serial), key));
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        assert_true(repli_pagecode_encode(&good, keys, digits));
        assert_true(repli_pagecode_from_digits(digits, bytes));
        bool changed = i < sizeof bad / sizeof *bad;
        if (changed)
            bytes[bad[i].at] = bad[i].v;
        crypto_generichash(bytes + 51, 8, bytes, 51, key, sizeof key);
        repli_pagecode_to_digits(bytes, digits);
        assert_int_equal(repli_pagecode_decode(digits, keys, &got, NULL),
                         changed ? REPLI_PAGECODE_BAD_MAC : REPLI_PAGECODE_GOOD);
    }
}

/* Languages keep their numbers for ever. */
static void languages(void **state)
{
    (void)state;
    static const char *const codes_by_number[] = {"fr", "nl", "de", "en"};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(repli_lang_number(codes_by_number[i]), i + 1);
        assert_string_equal(repli_lang_code(i + 1), codes_by_number[i]);
    }
    assert_null(repli_lang_code(0));
    assert_null(repli_lang_code(5));
    assert_null(repli_lang_code(-1));
    assert_int_equal(repli_lang_number(""), -1);
    assert_int_equal(repli_lang_number("FR"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden),       cmocka_unit_test(round_trip),       cmocka_unit_test(digits_by_school),
        cmocka_unit_test(too_large),    cmocka_unit_test(every_single_bit), cmocka_unit_test(two_bits),
        cmocka_unit_test(wrong_digits), cmocka_unit_test(not_ours),         cmocka_unit_test(other_site),
        cmocka_unit_test(stations),     cmocka_unit_test(ranges),           cmocka_unit_test(languages),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
