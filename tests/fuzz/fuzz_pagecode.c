/* Digits as a scanner's decoder hands them over.  The first byte chooses who reads: with digits only, the rest is made
** digits first, so that every run gets past the first check. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/key_internal.h"
#include "base/pagecode_internal.h"

static struct repli_keys *centre(void)
{
    struct repli_keys *k = repli_keys_alloc();
    for (unsigned i = 0; i < REPLI_KEY_BYTES; i++)
        k->master[1][i] = (uint8_t)(i + 1);
    k->have[1] = true;
    k->newest = 1;
    k->site_tag = 0x90A4;
    return k;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct repli_keys *keys = centre();
    struct repli_page_code code;
    uint8_t mac[8], bytes[REPLI_PAGECODE_BYTES];
    char again[REPLI_PAGECODE_DIGITS + 1], *digits = repli_xmalloc(size);
    memcpy(digits, data + 1, size - 1);
    digits[size - 1] = '\0';
    for (size_t i = 0; data[0] % 2 && i + 1 < size; i++)
        digits[i] = (char)('0' + data[i + 1] % 10);
    if (repli_pagecode_from_digits(digits, bytes)) {
        repli_pagecode_to_digits(bytes, again);
        assert(strcmp(again, digits) == 0);
    }
    if (repli_pagecode_decode(digits, keys, &code, mac) == REPLI_PAGECODE_GOOD) {
        assert(repli_pagecode_encode(&code, keys, again));
        assert(strcmp(again, digits) == 0);
    }
    free(digits);
    repli_keys_close(keys);
    return 0;
}
