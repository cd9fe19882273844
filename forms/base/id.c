#include "repli/id.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "repli/serial.h"
#include "repli/text.h"

void repli_snapshot_id(int64_t taken_utc, const uint8_t content[32], uint8_t id[6])
{
    assert(taken_utc >= 0 && taken_utc <= UINT32_MAX);
    for (int i = 0; i < 4; i++)
        id[i] = (uint8_t)(taken_utc >> (24 - 8 * i));
    id[4] = content[0];
    id[5] = content[1];
}

int64_t repli_snapshot_id_utc(const uint8_t id[6])
{
    return (int64_t)id[0] << 24 | (int64_t)id[1] << 16 | (int64_t)id[2] << 8 | id[3];
}

void repli_snapshot_id_format(const uint8_t id[6], char out[REPLI_SNAPSHOT_ID_TEXT])
{
    repli_hex(id, 6, out);
}

bool repli_snapshot_id_parse(const char *text, uint8_t id[6])
{
    return repli_unhex(text, id, 6);
}

void repli_id_format(char letter, unsigned station, int64_t number, char out[REPLI_ID_TEXT])
{
    assert(letter >= 'A' && letter <= 'Z' && station <= REPLI_STATION_MAX && number >= 0);
    assert(number < INT64_C(10000000000000000)); /* 16 digits fit beside "M1023-" */
    snprintf(out, REPLI_ID_TEXT, "%c%u-%" PRId64, letter, station, number);
}

/* One canonical decimal number (no sign, no leading zero) up to `end`. */
static bool canonical(const char *from, const char *end, int64_t max, int64_t *out)
{
    char digits[REPLI_ID_TEXT];
    size_t n = (size_t)(end - from);
    if (n == 0 || n >= sizeof digits || *from == '-' || (*from == '0' && n > 1))
        return false;
    memcpy(digits, from, n);
    digits[n] = '\0';
    return repli_integer(digits, 0, max, out);
}

bool repli_id_parse(const char *text, char letter, unsigned *station, int64_t *number)
{
    int64_t s = 0, n = 0;
    const char *dash = strchr(text, '-');
    if (text[0] != letter || !dash || !canonical(text + 1, dash, REPLI_STATION_MAX, &s) ||
        !canonical(dash + 1, text + strlen(text), INT64_C(9999999999999999), &n))
        return false;
    *station = (unsigned)s;
    *number = n;
    return true;
}

/* What one part of a hash is, so that "1" and 1 and NULL differ. */
enum part { PART_NULL, PART_TEXT, PART_INT };

static crypto_generichash_state *state_of(struct repli_hash *h)
{
    static_assert(sizeof h->state >= sizeof(crypto_generichash_state), "repli_hash is too small");
    static_assert(_Alignof(struct repli_hash) >= _Alignof(crypto_generichash_state), "repli_hash is not aligned");
    return (crypto_generichash_state *)(void *)h->state;
}

void repli_hash_init(struct repli_hash *h)
{
    crypto_generichash_init(state_of(h), NULL, 0, 32);
}

void repli_hash_bytes(struct repli_hash *h, const void *data, uint64_t len)
{
    crypto_generichash_update(state_of(h), data, len);
}

static void add_part(struct repli_hash *h, enum part part, uint64_t v)
{
    uint8_t head[9] = {(uint8_t)part};
    for (int i = 0; i < 8; i++)
        head[1 + i] = (uint8_t)(v >> (56 - 8 * i));
    repli_hash_bytes(h, head, sizeof head);
}

void repli_hash_text(struct repli_hash *h, const char *s)
{
    size_t len = s ? strlen(s) : 0;
    add_part(h, s ? PART_TEXT : PART_NULL, len);
    if (len)
        repli_hash_bytes(h, s, len);
}

void repli_hash_int(struct repli_hash *h, int64_t v)
{
    add_part(h, PART_INT, (uint64_t)v);
}

void repli_hash_final(struct repli_hash *h, uint8_t out[32])
{
    crypto_generichash_final(state_of(h), out, 32);
}
