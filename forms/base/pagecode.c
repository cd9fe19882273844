#include "repli/pagecode.h"

#include <sodium.h>
#include <string.h>

#include "base/pagecode_internal.h"
#include "repli/serial.h"

#define MAC_BYTES    8
#define SIGNED_BYTES (REPLI_PAGECODE_BYTES - MAC_BYTES)
#define SPARE_BYTES  6
#define LIMBS        15 /* of 32 bits: 480 bits hold 59 bytes, the topmost byte is zero */
#define CHUNK        1000000000u
#define CHUNK_DIGITS 9

static const char *const languages[] = {"", "fr", "nl", "de", "en"};
#define NLANGUAGES ((int)(sizeof languages / sizeof *languages))

int repli_lang_number(const char *code)
{
    for (int i = 1; i < NLANGUAGES; i++)
        if (strcmp(languages[i], code) == 0)
            return i;
    return -1;
}

const char *repli_lang_code(int number)
{
    return number > 0 && number < NLANGUAGES ? languages[number] : NULL;
}

void repli_pagecode_to_digits(const uint8_t bytes[REPLI_PAGECODE_BYTES], char digits[REPLI_PAGECODE_DIGITS + 1])
{
    uint32_t limb[LIMBS] = {0}; /* most significant first */
    for (size_t i = 0; i < REPLI_PAGECODE_BYTES; i++)
        limb[(i + 1) / 4] = limb[(i + 1) / 4] << 8 | bytes[i];
    digits[REPLI_PAGECODE_DIGITS] = '\0';
    for (size_t at = REPLI_PAGECODE_DIGITS; at > 0;) { /* the last nine digits are the remainder by 10^9, and so on */
        uint64_t rest = 0;
        for (size_t i = 0; i < LIMBS; i++) {
            rest = rest << 32 | limb[i];
            limb[i] = (uint32_t)(rest / CHUNK);
            rest %= CHUNK;
        }
        for (int k = 0; k < CHUNK_DIGITS && at > 0; k++) {
            digits[--at] = (char)('0' + rest % 10);
            rest /= 10;
        }
    }
}

bool repli_pagecode_from_digits(const char *digits, uint8_t bytes[REPLI_PAGECODE_BYTES])
{
    for (size_t i = 0; i < REPLI_PAGECODE_DIGITS; i++)
        if (digits[i] < '0' || digits[i] > '9')
            return false;
    if (digits[REPLI_PAGECODE_DIGITS] != '\0')
        return false;
    uint32_t limb[LIMBS] = {0};
    for (size_t at = 0; at < REPLI_PAGECODE_DIGITS;) {
        uint32_t chunk = 0, scale = 1;
        do { /* first a chunk of 8 digits, then 15 of 9 */
            chunk = chunk * 10 + (uint32_t)(digits[at++] - '0');
            scale *= 10;
        } while ((REPLI_PAGECODE_DIGITS - at) % CHUNK_DIGITS != 0);
        uint64_t carry = chunk;
        for (size_t i = LIMBS; i-- > 0; carry >>= 32) {
            carry += (uint64_t)limb[i] * scale;
            limb[i] = (uint32_t)carry;
        }
        if (carry != 0)
            return false;
    }
    if (limb[0] >> 24 != 0)
        return false;
    for (size_t i = 0; i < REPLI_PAGECODE_BYTES; i++)
        bytes[i] = (uint8_t)(limb[(i + 1) / 4] >> (24 - 8 * ((i + 1) % 4)));
    return true;
}

/* A place in the 59 bytes that moves on by what was put or taken. */
struct place {
    uint8_t *at;
};

static void put(struct place *p, uint64_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        *p->at++ = (uint8_t)(v >> (8 * i));
}

static uint64_t take(struct place *p, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++)
        v = v << 8 | *p->at++;
    return v;
}

static void put_bytes(struct place *p, const uint8_t *from, size_t n)
{
    memcpy(p->at, from, n);
    p->at += n;
}

static void take_bytes(struct place *p, uint8_t *to, size_t n)
{
    memcpy(to, p->at, n);
    p->at += n;
}

static bool in_range(const struct repli_page_code *c)
{
    return c->epoch >= 1 && c->serial >> 40 == 0 && c->form >= 1 && c->version >= 1 &&
           (c->lang < NLANGUAGES || c->lang >= REPLI_OWN_LANG_MIN) && c->page >= 1 && c->page <= c->pages &&
           c->subject_kind >= REPLI_SUBJECT_PATIENT && c->subject_kind <= REPLI_SUBJECT_BLANK_VERSO &&
           (c->flags & REPLI_FLAG_AGE_MASK) <= REPLI_AGE_ADULT;
}

/* The MAC of the first 51 bytes; false when the key is not held. */
static bool make_mac(const struct repli_keys *keys, unsigned epoch, uint64_t serial, const uint8_t *bytes,
                     uint8_t mac[MAC_BYTES])
{
    uint8_t key[REPLI_KEY_BYTES];
    if (!repli_keys_station(keys, epoch, repli_serial_station(serial), key))
        return false;
    /* libsodium recommends 16 bytes and more and computes every length; a golden vector in the tests holds it to that.
     */
    int trouble = crypto_generichash(mac, MAC_BYTES, bytes, SIGNED_BYTES, key, sizeof key);
    sodium_memzero(key, sizeof key);
    return trouble == 0;
}

bool repli_pagecode_encode(const struct repli_page_code *c, const struct repli_keys *keys,
                           char digits[REPLI_PAGECODE_DIGITS + 1])
{
    if (!in_range(c) || c->site_tag != repli_keys_site_tag(keys))
        return false;
    uint8_t bytes[REPLI_PAGECODE_BYTES] = {0};
    struct place p = {bytes};
    put(&p, REPLI_PAGECODE_FORMAT, 1);
    put(&p, c->epoch, 1);
    put(&p, c->site_tag, 2);
    put(&p, c->serial, 5);
    put(&p, c->form, 2);
    put(&p, c->version, 2);
    put(&p, c->lang, 1);
    put(&p, c->page, 1);
    put(&p, c->pages, 1);
    put(&p, c->subject_kind, 1);
    put_bytes(&p, c->subject, sizeof c->subject);
    put_bytes(&p, c->stay, sizeof c->stay);
    put_bytes(&p, c->snapshot, sizeof c->snapshot);
    put(&p, c->window_utc, 4);
    put(&p, c->window_hours, 1);
    put(&p, c->flags, 1);
    put(&p, 0, SPARE_BYTES);
    if (!make_mac(keys, c->epoch, c->serial, bytes, p.at))
        return false;
    repli_pagecode_to_digits(bytes, digits);
    return true;
}

enum repli_pagecode_verdict repli_pagecode_decode(const char *digits, const struct repli_keys *keys,
                                                  struct repli_page_code *code, uint8_t mac[8])
{
    uint8_t bytes[REPLI_PAGECODE_BYTES], right[MAC_BYTES];
    if (!repli_pagecode_from_digits(digits, bytes) || bytes[0] != REPLI_PAGECODE_FORMAT)
        return REPLI_PAGECODE_NOT_OURS;
    struct place p = {bytes + 1};
    struct repli_page_code c = {0};
    c.epoch = (uint8_t)take(&p, 1);
    c.site_tag = (uint16_t)take(&p, 2);
    if (c.site_tag != repli_keys_site_tag(keys))
        return REPLI_PAGECODE_FOREIGN;
    c.serial = take(&p, 5);
    c.form = (uint16_t)take(&p, 2);
    c.version = (uint16_t)take(&p, 2);
    c.lang = (uint8_t)take(&p, 1);
    c.page = (uint8_t)take(&p, 1);
    c.pages = (uint8_t)take(&p, 1);
    c.subject_kind = (uint8_t)take(&p, 1);
    take_bytes(&p, c.subject, sizeof c.subject);
    take_bytes(&p, c.stay, sizeof c.stay);
    take_bytes(&p, c.snapshot, sizeof c.snapshot);
    c.window_utc = (uint32_t)take(&p, 4);
    c.window_hours = (uint8_t)take(&p, 1);
    c.flags = (uint8_t)take(&p, 1);
    uint64_t spare = take(&p, SPARE_BYTES);
    if (!make_mac(keys, c.epoch, c.serial, bytes, right) || sodium_memcmp(right, p.at, MAC_BYTES) != 0)
        return REPLI_PAGECODE_BAD_MAC;
    if (spare != 0 || !in_range(&c))
        return REPLI_PAGECODE_BAD_MAC;
    *code = c;
    if (mac)
        memcpy(mac, right, MAC_BYTES);
    return REPLI_PAGECODE_GOOD;
}
