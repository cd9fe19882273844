#include "base_tmp.h"

#include <sodium.h>

#include "repli/id.h"
#include "repli/serial.h"

/* A snapshot's id says when it was taken, and two bytes of what is in it; as text it goes there and back. */
static void snapshot(void **state)
{
    (void)state;
    static const int64_t times[] = {0, 1, 1795392000, INT64_C(4294967295)};
    uint8_t content[32] = {0xAB, 0x01, 0xFF}, id[6], back[6];
    char text[REPLI_SNAPSHOT_ID_TEXT];
    for (int i = 0; i < 4; i++) {
        repli_snapshot_id(times[i], content, id);
        assert_true(repli_snapshot_id_utc(id) == times[i]);
        assert_true(id[4] == 0xAB && id[5] == 0x01);
        repli_snapshot_id_format(id, text);
        assert_true(repli_snapshot_id_parse(text, back));
        assert_memory_equal(id, back, 6);
    }
    assert_string_equal(text, "ffffffffab01");
    assert_true(repli_snapshot_id_parse("6B03F180AB01", back));
    assert_int_equal(repli_snapshot_id_utc(back), 0x6B03F180);
    memset(id, 9, 6);
    assert_false(repli_snapshot_id_parse("6B03F180AB0", id));
    assert_false(repli_snapshot_id_parse("6B03F180AB011", id));
    assert_false(repli_snapshot_id_parse("6B03F180AB0g", id));
    assert_int_equal(id[0], 9);
}

/* Pack and merge ids go there and back; only the one canonical way of writing each is taken. */
static void ids(void **state)
{
    (void)state;
    char text[REPLI_ID_TEXT];
    unsigned station = 7;
    int64_t number = 7;
    repli_id_format('P', 0, 17, text);
    assert_string_equal(text, "P0-17");
    repli_id_format('M', REPLI_STATION_MAX, INT64_C(9999999999999999), text);
    assert_string_equal(text, "M1023-9999999999999999");
    assert_true(repli_id_parse(text, 'M', &station, &number));
    assert_int_equal(station, 1023);
    assert_true(number == INT64_C(9999999999999999));
    assert_true(repli_id_parse("P0-0", 'P', &station, &number));
    assert_true(station == 0 && number == 0);
    static const char *const bad[] = {"",
                                      "P",
                                      "P-",
                                      "P0",
                                      "P0-",
                                      "P-1",
                                      "p0-1",
                                      "M0-1",
                                      "P00-1",
                                      "P0-01",
                                      "P1024-1",
                                      "P0-1 ",
                                      " P0-1",
                                      "P0--1",
                                      "P-0-1",
                                      "P+0-1",
                                      "P0-99999999999999999",
                                      "P0-1-1",
                                      "P0-1x",
                                      "P99999999999999999999999999-1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        station = 7;
        number = 7;
        if (repli_id_parse(bad[i], 'P', &station, &number))
            fail_msg("'%s' was taken", bad[i]);
        assert_true(station == 7 && number == 7);
    }
}

static void hash_of(void (*feed)(struct repli_hash *), uint8_t out[32])
{
    struct repli_hash h;
    repli_hash_init(&h);
    feed(&h);
    repli_hash_final(&h, out);
}
static void feed_nothing(struct repli_hash *h)
{
    (void)h;
}
static void feed_null(struct repli_hash *h)
{
    repli_hash_text(h, NULL);
}
static void feed_empty(struct repli_hash *h)
{
    repli_hash_text(h, "");
}
static void feed_ab_c(struct repli_hash *h)
{
    repli_hash_text(h, "ab");
    repli_hash_text(h, "c");
}
static void feed_a_bc(struct repli_hash *h)
{
    repli_hash_text(h, "a");
    repli_hash_text(h, "bc");
}
static void feed_abc(struct repli_hash *h)
{
    repli_hash_text(h, "abc");
}
static void feed_zero(struct repli_hash *h)
{
    repli_hash_int(h, 0);
}
static void feed_zeros(struct repli_hash *h)
{
    repli_hash_int(h, 0);
    repli_hash_int(h, 0);
}
static void feed_minus(struct repli_hash *h)
{
    repli_hash_int(h, -1);
}
static void feed_digit(struct repli_hash *h)
{
    repli_hash_text(h, "0");
}

/* No two different rows of fields have the same bytes to hash. */
static void fields_stay_apart(void **state)
{
    (void)state;
    void (*const feeds[])(struct repli_hash *) = {feed_nothing, feed_null, feed_empty, feed_ab_c,  feed_a_bc,
                                                  feed_abc,     feed_zero, feed_zeros, feed_minus, feed_digit};
    enum { N = sizeof feeds / sizeof *feeds };
    uint8_t out[N][32], again[32];
    for (int i = 0; i < N; i++) {
        hash_of(feeds[i], out[i]);
        hash_of(feeds[i], again);
        assert_memory_equal(out[i], again, 32);
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(out[i], out[k], 32);
    }
}

/* Raw bytes give plain BLAKE2b-256, however they are cut. */
static void bytes(void **state)
{
    (void)state;
    uint8_t data[1000], want[32], got[32];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    crypto_generichash(want, 32, data, sizeof data, NULL, 0);
    for (size_t cut = 0; cut <= sizeof data; cut += 125) {
        struct repli_hash h;
        repli_hash_init(&h);
        repli_hash_bytes(&h, data, cut);
        repli_hash_bytes(&h, data + cut, sizeof data - cut);
        repli_hash_final(&h, got);
        assert_memory_equal(got, want, 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(snapshot), cmocka_unit_test(ids),
                                       cmocka_unit_test(fields_stay_apart), cmocka_unit_test(bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
