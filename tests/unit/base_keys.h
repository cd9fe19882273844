/* Keys of an invented site that never change: master bytes 1 to 32. */
#ifndef BASE_KEYS_H
#define BASE_KEYS_H

#include "base_tmp.h"
#include "repli/key.h"

#define FIXED_WORDS                                                                                                    \
    "epoch 1: bahaf basah bihak bisam bohap bosas buhav busib dahif dasih dihik disim dohip dosis duhiv dusob galuk\n"

static inline struct repli_keys *keys_at(const char *dir)
{
    struct repli_keys *keys = NULL;
    struct repli_err err = {0};
    assert_ok(repli_keys_open(dir, &keys, &err), &err);
    return keys;
}

static inline struct repli_keys *fixed_keys(const char *dir)
{
    struct repli_err err = {0};
    assert_ok(repli_keys_import(dir, FIXED_WORDS, &err), &err);
    return keys_at(dir);
}

#endif
