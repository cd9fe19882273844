#include "support/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/key.h"
#include "repli/pagecode.h"
#include "repli/print.h"
#include "support/picture.h"

bool forge_parse(const char *text, enum forge *kind)
{
    static const char *const names[] = {"flip", "mac", "clone"};
    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0)
            return *kind = (enum forge)i, true;
    return false;
}

static void stop(const char *what)
{
    fprintf(stderr, "forge: %s\n", what);
    exit(REPLI_DATA);
}

/* 143 decimal digits as a number of 59 bytes, and back. */
static void to_bytes(const char *digits, uint8_t bytes[REPLI_PAGECODE_BYTES])
{
    memset(bytes, 0, REPLI_PAGECODE_BYTES);
    for (const char *c = digits; *c; c++) {
        unsigned carry = (unsigned)(*c - '0');
        for (int i = REPLI_PAGECODE_BYTES - 1; i >= 0; i--) {
            carry += bytes[i] * 10u;
            bytes[i] = (uint8_t)carry;
            carry >>= 8;
        }
    }
}

static void to_digits(const uint8_t bytes[REPLI_PAGECODE_BYTES], char digits[REPLI_PAGECODE_DIGITS + 1])
{
    uint8_t left[REPLI_PAGECODE_BYTES];
    memcpy(left, bytes, sizeof left);
    for (int at = REPLI_PAGECODE_DIGITS - 1; at >= 0; at--) {
        unsigned rest = 0;
        for (int i = 0; i < REPLI_PAGECODE_BYTES; i++) {
            rest = rest << 8 | left[i];
            left[i] = (uint8_t)(rest / 10);
            rest %= 10;
        }
        digits[at] = (char)('0' + rest);
    }
    digits[REPLI_PAGECODE_DIGITS] = '\0';
}

static void clone(const char *digits, const char *dir, const char *other, char out[REPLI_PAGECODE_DIGITS + 1])
{
    struct repli_err err = {0};
    struct repli_keys *keys = NULL;
    struct repli_page_code mine, theirs;
    if (!dir || !other || repli_keys_open(dir, &keys, &err) != REPLI_OK)
        stop("a clone needs --keys SITE/keys and two patients");
    if (repli_pagecode_decode(digits, keys, &mine, NULL) != REPLI_PAGECODE_GOOD ||
        repli_pagecode_decode(other, keys, &theirs, NULL) != REPLI_PAGECODE_GOOD)
        stop("these sheets are not of that site");
    memcpy(mine.subject, theirs.subject, sizeof mine.subject);
    memcpy(mine.stay, theirs.stay, sizeof mine.stay);
    if (!repli_pagecode_encode(&mine, keys, out))
        stop("the clone's code cannot be sealed");
    repli_keys_close(keys);
}

static void draw(struct repli_image *page, const struct repli_box *box, const char *digits)
{
    bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES];
    struct repli_err err = {0};
    if (repli_code_modules(digits, modules, &err) != REPLI_OK)
        stop(err.text);
    picture_fill(page, box, 255);
    for (int y = 0; y < REPLI_CODE_MODULES; y++)
        for (int x = 0; x < REPLI_CODE_MODULES; x++) {
            const int32_t w = box->x1 - box->x0, h = box->y1 - box->y0, n = REPLI_CODE_MODULES;
            if (modules[y * n + x])
                picture_fill(page,
                             &(struct repli_box){box->x0 + w * x / n, box->y0 + h * y / n, box->x0 + w * (x + 1) / n,
                                                 box->y0 + h * (y + 1) / n},
                             0);
        }
}

void forge_codes(struct repli_image *page, const struct repli_page_map *map, enum forge kind, const char *keys,
                 const char *other, struct prng *r)
{
    char digits[REPLI_PAGECODE_DIGITS + 1];
    uint8_t bytes[REPLI_PAGECODE_BYTES];
    to_bytes(map->code, bytes);
    switch (kind) {
    case FORGE_FLIP: {
        int bit = prng_int(r, 0, REPLI_PAGECODE_BYTES * 8 - 1);
        bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        to_digits(bytes, digits);
        break;
    }
    case FORGE_MAC:
        for (int i = REPLI_PAGECODE_BYTES - 8; i < REPLI_PAGECODE_BYTES; i++)
            bytes[i] ^= (uint8_t)prng_int(r, 1, 255);
        to_digits(bytes, digits);
        break;
    case FORGE_CLONE:
        clone(map->code, keys, other, digits);
        break;
    }
    for (int i = 0; i < 2; i++)
        draw(page, &map->codes[i], digits);
}
