/* Master keys as words for the safe, and back. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/key_internal.h"
#include "repli/file.h"
#include "repli/serial.h"
#include "repli/text.h"

#define WORDS        17 /* 16 of the key and the check word */
#define WORD_LETTERS 5

static const char consonants[] = "bdfghjklmnprstvz";
static const char vowels[] = "aiou";

static void word_of(unsigned v, char out[WORD_LETTERS + 1])
{
    out[0] = consonants[v >> 12 & 15u];
    out[1] = vowels[v >> 10 & 3u];
    out[2] = consonants[v >> 6 & 15u];
    out[3] = vowels[v >> 4 & 3u];
    out[4] = consonants[v & 15u];
    out[5] = '\0';
}

/* Value of a word in either case, or -1. */
static int value_of(const char *word, size_t len)
{
    static const int bits[WORD_LETTERS] = {4, 2, 4, 2, 4};
    int v = 0;
    if (len != WORD_LETTERS)
        return -1;
    for (size_t i = 0; i < WORD_LETTERS; i++) {
        char c = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] - 'A' + 'a') : word[i];
        const char *letters = bits[i] == 4 ? consonants : vowels, *at = c ? strchr(letters, c) : NULL;
        if (!at)
            return -1;
        v = v << bits[i] | (int)(at - letters);
    }
    return v;
}

static unsigned check_value(unsigned epoch, const uint8_t key[REPLI_KEY_BYTES])
{
    uint8_t message[1 + REPLI_KEY_BYTES] = {(uint8_t)epoch}, hash[32];
    memcpy(message + 1, key, REPLI_KEY_BYTES);
    crypto_generichash(hash, sizeof hash, message, sizeof message, NULL, 0);
    sodium_memzero(message, sizeof message);
    return (unsigned)hash[0] << 8 | hash[1];
}

enum repli_status repli_keys_words(const struct repli_keys *keys, struct repli_arena *a, char **text,
                                   struct repli_err *err)
{
    if (!repli_keys_have_master(keys))
        return repli_fail(err, REPLI_USAGE, "this station holds no master key: print it at the centre");
    struct repli_buf b = {0};
    for (unsigned epoch = 1; epoch <= EPOCH_MAX; epoch++) {
        if (!keys->have[epoch])
            continue;
        const uint8_t *key = keys->master[epoch];
        char word[WORD_LETTERS + 1];
        repli_buf_printf(&b, "epoch %u:", epoch);
        for (size_t i = 0; i < REPLI_KEY_BYTES; i += 2) {
            word_of((unsigned)key[i] << 8 | key[i + 1], word);
            repli_buf_printf(&b, " %s", word);
        }
        word_of(check_value(epoch, key), word);
        repli_buf_printf(&b, " %s\n", word);
    }
    *text = repli_arena_strndup(a, b.data, b.len);
    sodium_memzero(b.data, b.cap);
    repli_buf_done(&b);
    return REPLI_OK;
}

/* Next run of characters that are neither white space nor ':'; length 0 at the end. */
static size_t next_token(const char **s, const char **token)
{
    static const char between[] = " \t\r\n:";
    *s += strspn(*s, between);
    *token = *s;
    size_t n = strcspn(*s, between);
    *s += n;
    return n;
}

static bool is_epoch_word(const char *token, size_t n)
{
    static const char word[] = "epoch";
    if (n != sizeof word - 1)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((token[i] | 0x20) != word[i])
            return false;
    return true;
}

/* The 17 words after "epoch N:". */
static enum repli_status read_words(const char **s, unsigned epoch, uint8_t key[REPLI_KEY_BYTES], struct repli_err *err)
{
    const char *token = NULL;
    for (int i = 1; i <= WORDS; i++) {
        size_t n = next_token(s, &token);
        if (n == 0)
            return repli_fail(err, REPLI_USAGE, "epoch %u: only %d of %d words are given", epoch, i - 1, WORDS);
        int v = value_of(token, n);
        if (v < 0)
            return repli_fail(err, REPLI_USAGE, "epoch %u: word %d ('%.*s') is no key word: it must read like 'lusab'",
                              epoch, i, (int)(n < 20 ? n : 20), token);
        if (i < WORDS) {
            key[2 * i - 2] = (uint8_t)(v >> 8);
            key[2 * i - 1] = (uint8_t)v;
        } else if ((unsigned)v != check_value(epoch, key)) {
            return repli_fail(err, REPLI_USAGE,
                              "epoch %u: a word is wrong (they do not agree with the last one, the check word)", epoch);
        }
    }
    return REPLI_OK;
}

/* Parses all lines into `k`, which holds what the folder holds; `added` says which epochs are new. */
static enum repli_status read_all(const char *text, struct repli_keys *k, bool added[EPOCH_MAX + 1],
                                  struct repli_err *err)
{
    const char *s = text, *token = NULL;
    bool any = false;
    for (size_t n; (n = next_token(&s, &token)) > 0; any = true) {
        char digits[4] = "";
        int64_t epoch = 0;
        if (!is_epoch_word(token, n))
            return repli_fail(err, REPLI_USAGE, "'%.*s': expected a line like `epoch 1: lusab ...`",
                              (int)(n < 20 ? n : 20), token);
        n = next_token(&s, &token);
        if (n < sizeof digits)
            memcpy(digits, token, n);
        if (!repli_integer(digits, 1, EPOCH_MAX, &epoch))
            return repli_fail(err, REPLI_USAGE, "'%.*s': an epoch is a number from 1 to %d", (int)(n < 20 ? n : 20),
                              token, EPOCH_MAX);
        uint8_t key[REPLI_KEY_BYTES];
        enum repli_status st = read_words(&s, (unsigned)epoch, key, err);
        if (st == REPLI_OK && k->have[epoch] && sodium_memcmp(k->master[epoch], key, sizeof key) != 0)
            st = repli_fail(err, REPLI_USAGE, "epoch %d: another master key of this epoch is here already", (int)epoch);
        if (st == REPLI_OK && !k->have[epoch]) {
            memcpy(k->master[epoch], key, sizeof key);
            k->have[epoch] = added[epoch] = true;
        }
        sodium_memzero(key, sizeof key);
        if (st != REPLI_OK)
            return st;
    }
    return any ? REPLI_OK : repli_fail(err, REPLI_USAGE, "no line like `epoch 1: lusab ...` is given");
}

/* Do the masters belong to the subject key and the station keys that are here?  Sets the subject key. */
static enum repli_status check_site(const char *dir, struct repli_keys *k, struct repli_err *err)
{
    uint8_t derived[REPLI_KEY_BYTES];
    if (!k->have[1])
        return k->have_subject
                   ? REPLI_OK
                   : repli_fail(err, REPLI_USAGE, "the line of epoch 1 is missing: patients are recognised by it");
    repli_keys_derive_subject(k->master[1], derived);
    bool other = k->have_subject && sodium_memcmp(derived, k->subject, sizeof derived) != 0;
    memcpy(k->subject, derived, sizeof derived);
    for (size_t i = 0; i < k->nstations && !other; i++) {
        const struct station_key *s = &k->stations[i];
        if (!k->have[s->epoch])
            continue;
        repli_keys_derive_station(k->master[s->epoch], s->station, derived);
        other = sodium_memcmp(derived, s->key, sizeof derived) != 0;
    }
    sodium_memzero(derived, sizeof derived);
    return other ? repli_fail(err, REPLI_USAGE, "%s: holds keys of another site; these words do not belong here", dir)
                 : REPLI_OK;
}

static void done_keys(struct repli_keys **k)
{
    repli_keys_close(*k);
}

enum repli_status repli_keys_import(const char *dir, const char *text, struct repli_err *err)
{
    bool added[EPOCH_MAX + 1] = {false};
    REPLI_AUTO(done_keys) struct repli_keys *k = repli_keys_alloc();
    enum repli_status st = repli_dir_make(dir, 0700, err);
    if (st == REPLI_OK)
        st = repli_keys_load(dir, k, err);
    if (st == REPLI_OK)
        st = read_all(text, k, added, err);
    if (st == REPLI_OK)
        st = check_site(dir, k, err);
    if (st != REPLI_OK)
        return st;
    uint8_t station[REPLI_KEY_BYTES];
    for (unsigned epoch = 1; epoch <= EPOCH_MAX && st == REPLI_OK; epoch++) {
        if (!k->have[epoch])
            continue;
        if (added[epoch])
            st = repli_keys_put(dir, "master", epoch, 0, k->master[epoch], err);
        bool there = false;
        for (size_t i = 0; i < k->nstations; i++)
            there = there || (k->stations[i].epoch == epoch && k->stations[i].station == 0);
        repli_keys_derive_station(k->master[epoch], 0, station);
        if (st == REPLI_OK && !there)
            st = repli_keys_put(dir, "station", epoch, 0, station, err);
    }
    sodium_memzero(station, sizeof station);
    if (st == REPLI_OK && !k->have_subject)
        st = repli_keys_put(dir, "site", 0, 0, k->subject, err);
    return st;
}

static void done_arena(struct repli_arena *a)
{
    repli_arena_done(a);
}

/* Removes the folder in which an earlier, interrupted replacement was prepared. */
static void drop_folder(const char *dir, struct repli_arena *a)
{
    char **names = NULL;
    size_t count = 0;
    if (repli_dir_list(dir, a, &names, &count, NULL) != REPLI_OK)
        return;
    for (size_t i = 0; i < count; i++)
        (void)unlink(repli_path_join(a, dir, names[i]));
    (void)rmdir(dir);
}

enum repli_status repli_keys_replace(const char *dir, const char *text, struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    const char *fresh = repli_arena_printf(&a, "%s.new", dir), *aside = NULL;
    drop_folder(fresh, &a);
    enum repli_status st = repli_keys_import(fresh, text, err);
    if (st != REPLI_OK) {
        drop_folder(fresh, &a);
        return st;
    }
    int n = 1;
    do
        aside = repli_arena_printf(&a, "%s.unused-%d", dir, n++);
    while (repli_file_exists(aside));
    if (rename(dir, aside) != 0)
        return repli_fail(err, REPLI_IO, "%s: %s", dir, strerror(errno));
    /* Dying here leaves no keys in place: the words bring them back by a plain import. */
    if (rename(fresh, dir) != 0) {
        st = repli_fail(err, REPLI_IO, "%s: %s", dir, strerror(errno));
        (void)rename(aside, dir);
        return st;
    }
    return repli_dir_sync(repli_path_join(&a, dir, ".."), err);
}
