#include "repli/key.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/key_internal.h"
#include "repli/file.h"
#include "repli/serial.h"
#include "repli/text.h"

#define MAX_FILE_BYTES 512
#define CHECK_BYTES    4 /* finds damage, proves nothing */

static void done_arena(struct repli_arena *a)
{
    repli_arena_done(a);
}

static void done_keys(struct repli_keys **k)
{
    repli_keys_close(*k);
}

struct repli_keys *repli_keys_alloc(void)
{
    if (sodium_init() < 0)
        abort(); /* allowed: no source of random numbers: nothing here can be trusted */
    struct repli_keys *k = repli_xcalloc(1, sizeof *k);
    (void)sodium_mlock(k, sizeof *k);
    return k;
}

void repli_keys_close(struct repli_keys *k)
{
    if (!k)
        return;
    if (k->stations)
        sodium_memzero(k->stations, k->nstations * sizeof *k->stations);
    free(k->stations);
    sodium_memzero(k, sizeof *k);
    (void)sodium_munlock(k, sizeof *k);
    free(k);
}

void repli_keys_derive_station(const uint8_t master[REPLI_KEY_BYTES], unsigned station, uint8_t key[REPLI_KEY_BYTES])
{
    static_assert(crypto_kdf_KEYBYTES == REPLI_KEY_BYTES, "a master key is a key of crypto_kdf");
    crypto_kdf_derive_from_key(key, REPLI_KEY_BYTES, station, "REPLIMAC", master);
}

void repli_keys_derive_subject(const uint8_t master[REPLI_KEY_BYTES], uint8_t key[REPLI_KEY_BYTES])
{
    crypto_kdf_derive_from_key(key, REPLI_KEY_BYTES, 0, "REPLISUB", master);
}

/* First 8 hex digits of BLAKE2b over the line up to and without the check. */
static void line_check(const char *line, size_t len, char check[2 * CHECK_BYTES + 1])
{
    uint8_t hash[32];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)line, len, NULL, 0);
    repli_hex(hash, CHECK_BYTES, check);
}

static char *file_of(struct repli_arena *a, const char *dir, const char *kind, unsigned epoch, unsigned number)
{
    if (strcmp(kind, "site") == 0)
        return repli_path_join(a, dir, "site.key");
    char name[40];
    if (strcmp(kind, "master") == 0)
        snprintf(name, sizeof name, "master-%03u.key", epoch);
    else
        snprintf(name, sizeof name, "station-%03u-%05u.key", epoch, number);
    return repli_path_join(a, dir, name);
}

enum repli_status repli_keys_put(const char *dir, const char *kind, unsigned epoch, unsigned number,
                                 const uint8_t key[REPLI_KEY_BYTES], struct repli_err *err)
{
    char hex[2 * REPLI_KEY_BYTES + 1], line[MAX_FILE_BYTES], check[2 * CHECK_BYTES + 1];
    repli_hex(key, REPLI_KEY_BYTES, hex);
    int n = snprintf(line, sizeof line, "repli-key 1 %s %u %u %s", kind, epoch, number, hex);
    line_check(line, (size_t)n, check);
    n += snprintf(line + n, sizeof line - (size_t)n, " %s\n", check);
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    enum repli_status st = repli_file_write(file_of(&a, dir, kind, epoch, number), line, (size_t)n, 0600, err);
    sodium_memzero(hex, sizeof hex);
    sodium_memzero(line, sizeof line);
    return st;
}

/* One parsed key file. */
struct parsed {
    char kind[8];
    unsigned epoch, number;
    uint8_t key[REPLI_KEY_BYTES];
};

/* Parses the one line of a key file; changes `text`. */
static bool parse_line(char *text, size_t len, struct parsed *out)
{
    char *words[7], check[2 * CHECK_BYTES + 1], *save = NULL;
    int n = 0;
    if (len == 0 || text[len - 1] != '\n' || strlen(text) != len)
        return false;
    text[--len] = '\0';
    const char *last = strrchr(text, ' ');
    if (!last)
        return false;
    line_check(text, (size_t)(last - text), check);
    for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        if (n == 7)
            return false;
        words[n++] = w;
    }
    int64_t epoch = 0, number = 0;
    if (n != 7 || strcmp(words[6], check) != 0 || strcmp(words[0], "repli-key") != 0 || strcmp(words[1], "1") != 0 ||
        strlen(words[2]) >= sizeof out->kind || !repli_integer(words[3], 0, EPOCH_MAX, &epoch) ||
        !repli_integer(words[4], 0, REPLI_STATION_MAX, &number) || !repli_unhex(words[5], out->key, REPLI_KEY_BYTES))
        return false;
    snprintf(out->kind, sizeof out->kind, "%s", words[2]);
    out->epoch = (unsigned)epoch;
    out->number = (unsigned)number;
    return true;
}

/* Takes one key in; false when it does not agree with what is there or is of no known kind. */
static bool accept(struct repli_keys *k, const struct parsed *p)
{
    if (strcmp(p->kind, "site") == 0) {
        memcpy(k->subject, p->key, sizeof k->subject);
        k->have_subject = true;
        return p->epoch == 0;
    }
    if (p->epoch < 1)
        return false;
    if (p->epoch > k->newest)
        k->newest = p->epoch;
    if (strcmp(p->kind, "master") == 0) {
        memcpy(k->master[p->epoch], p->key, REPLI_KEY_BYTES);
        k->have[p->epoch] = true;
        return true;
    }
    struct station_key *s = &k->stations[k->nstations++];
    s->epoch = p->epoch;
    s->station = p->number;
    memcpy(s->key, p->key, REPLI_KEY_BYTES);
    return strcmp(p->kind, "station") == 0;
}

static enum repli_status load_file(const char *dir, const char *name, struct repli_keys *k, struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    char *text = NULL;
    size_t len = 0;
    const char *path = repli_path_join(&a, dir, name);
    enum repli_status st = repli_file_read(path, MAX_FILE_BYTES, &a, &text, &len, err);
    if (st != REPLI_OK)
        return st;
    struct parsed p = {0};
    bool good =
        parse_line(text, len, &p) && strcmp(file_of(&a, dir, p.kind, p.epoch, p.number), path) == 0 && accept(k, &p);
    sodium_memzero(text, len);
    sodium_memzero(&p, sizeof p);
    return good ? REPLI_OK
                : repli_fail(err, REPLI_DATA,
                             "%s: the key file is damaged or was renamed: restore it from a backup, "
                             "or the master key with `repli key import`",
                             path);
}

static void set_tag(struct repli_keys *k)
{
    static const char context[] = "site tag";
    uint8_t hash[32];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)context, sizeof context - 1, k->subject,
                       sizeof k->subject);
    k->site_tag = (uint16_t)(hash[0] << 8 | hash[1]);
}

/* Keys that were mixed up between sites would print paper that nobody can read: refuse them at once. */
static enum repli_status check_family(const char *dir, const struct repli_keys *k, struct repli_err *err)
{
    uint8_t derived[REPLI_KEY_BYTES];
    bool good = true;
    if (k->have[1] && k->have_subject) {
        repli_keys_derive_subject(k->master[1], derived);
        good = sodium_memcmp(derived, k->subject, sizeof derived) == 0;
    }
    for (size_t i = 0; good && i < k->nstations; i++) {
        const struct station_key *s = &k->stations[i];
        if (!k->have[s->epoch])
            continue;
        repli_keys_derive_station(k->master[s->epoch], s->station, derived);
        good = sodium_memcmp(derived, s->key, sizeof derived) == 0;
    }
    sodium_memzero(derived, sizeof derived);
    return good ? REPLI_OK : repli_fail(err, REPLI_DATA, "%s: keys of different sites are mixed in this folder", dir);
}

enum repli_status repli_keys_load(const char *dir, struct repli_keys *k, struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    char **names = NULL;
    size_t count = 0;
    enum repli_status st = repli_dir_list(dir, &a, &names, &count, err);
    if (st != REPLI_OK)
        return st;
    k->stations = repli_xcalloc(count, sizeof *k->stations);
    for (size_t i = 0; i < count && st == REPLI_OK; i++) {
        size_t n = strlen(names[i]);
        if (n > 4 && strcmp(names[i] + n - 4, ".key") == 0)
            st = load_file(dir, names[i], k, err);
    }
    if (st == REPLI_OK)
        st = check_family(dir, k, err);
    if (st == REPLI_OK && k->have_subject)
        set_tag(k);
    return st;
}

enum repli_status repli_keys_open(const char *dir, struct repli_keys **keys, struct repli_err *err)
{
    REPLI_AUTO(done_keys) struct repli_keys *k = repli_keys_alloc();
    enum repli_status st = repli_keys_load(dir, k, err);
    if (st != REPLI_OK)
        return st;
    if (!k->have_subject || !k->newest)
        return repli_fail(err, REPLI_DATA, "%s: %s is missing: restore it with `repli key import`", dir,
                          k->newest ? "site.key" : "every key of this station");
    *keys = k;
    k = NULL;
    return REPLI_OK;
}

enum repli_status repli_keys_create(const char *dir, struct repli_err *err)
{
    enum repli_status st = repli_dir_make(dir, 0700, err);
    if (st != REPLI_OK)
        return st;
    REPLI_AUTO(done_keys) struct repli_keys *k = repli_keys_alloc();
    if ((st = repli_keys_load(dir, k, err)) != REPLI_OK)
        return st;
    if (k->newest || k->have_subject)
        return repli_fail(err, REPLI_USAGE, "%s: keys exist already; they are never replaced", dir);
    randombytes_buf(k->master[1], REPLI_KEY_BYTES);
    uint8_t station[REPLI_KEY_BYTES];
    repli_keys_derive_subject(k->master[1], k->subject);
    repli_keys_derive_station(k->master[1], 0, station);
    /* The master comes first: from it alone `key import` could make the others again. */
    st = repli_keys_put(dir, "master", 1, 0, k->master[1], err);
    if (st == REPLI_OK)
        st = repli_keys_put(dir, "station", 1, 0, station, err);
    if (st == REPLI_OK)
        st = repli_keys_put(dir, "site", 0, 0, k->subject, err);
    sodium_memzero(station, sizeof station);
    return st;
}

bool repli_keys_have_master(const struct repli_keys *keys)
{
    for (int i = 1; i <= EPOCH_MAX; i++)
        if (keys->have[i])
            return true;
    return false;
}

unsigned repli_keys_epoch(const struct repli_keys *keys)
{
    return keys->newest;
}

uint16_t repli_keys_site_tag(const struct repli_keys *keys)
{
    return keys->site_tag;
}

bool repli_keys_station(const struct repli_keys *keys, unsigned epoch, unsigned station, uint8_t key[REPLI_KEY_BYTES])
{
    if (epoch < 1 || epoch > EPOCH_MAX || station > REPLI_STATION_MAX)
        return false;
    if (keys->have[epoch]) {
        repli_keys_derive_station(keys->master[epoch], station, key);
        return true;
    }
    for (size_t i = 0; i < keys->nstations; i++) {
        if (keys->stations[i].epoch != epoch || keys->stations[i].station != station)
            continue;
        memcpy(key, keys->stations[i].key, REPLI_KEY_BYTES);
        return true;
    }
    return false;
}

bool repli_keys_seal(const struct repli_keys *keys, unsigned epoch, unsigned station, const char *context,
                     const void *data, size_t len, uint8_t mac[32])
{
    uint8_t key[REPLI_KEY_BYTES], own[32];
    if (!repli_keys_station(keys, epoch, station, key))
        return false;
    crypto_generichash(own, sizeof own, (const unsigned char *)context, strlen(context), key, sizeof key);
    crypto_generichash(mac, 32, data, len, own, sizeof own);
    sodium_memzero(key, sizeof key);
    sodium_memzero(own, sizeof own);
    return true;
}

void repli_keys_subject(const struct repli_keys *keys, const char *system, const char *value, uint8_t hash[8])
{
    uint8_t whole[32];
    crypto_generichash_state state;
    crypto_generichash_init(&state, keys->subject, sizeof keys->subject, sizeof whole);
    crypto_generichash_update(&state, (const unsigned char *)system, strlen(system));
    crypto_generichash_update(&state, (const unsigned char *)"|", 1);
    crypto_generichash_update(&state, (const unsigned char *)value, strlen(value));
    crypto_generichash_final(&state, whole, sizeof whole);
    memcpy(hash, whole, 8);
    sodium_memzero(&state, sizeof state);
}

void repli_keys_ward(const struct repli_keys *keys, const char *ward, uint8_t hash[8])
{
    repli_keys_subject(keys, "urn:repli:ward", ward, hash);
}

void repli_keys_site(const struct repli_keys *keys, uint8_t hash[8])
{
    repli_keys_subject(keys, "urn:repli:site", "", hash);
}

/* A station holds its own keys only, and those of one site. */
static enum repli_status check_target(const struct repli_keys *keys, unsigned station, const char *to_dir,
                                      struct repli_err *err)
{
    REPLI_AUTO(done_keys) struct repli_keys *there = repli_keys_alloc();
    enum repli_status st = repli_keys_load(to_dir, there, err);
    if (st != REPLI_OK)
        return st;
    if (repli_keys_have_master(there))
        return repli_fail(err, REPLI_USAGE, "%s: holds a master key: it is the folder of a centre", to_dir);
    if (there->have_subject && there->site_tag != keys->site_tag)
        return repli_fail(err, REPLI_USAGE, "%s: holds keys of another site", to_dir);
    for (size_t i = 0; i < there->nstations; i++)
        if (there->stations[i].station != station)
            return repli_fail(err, REPLI_USAGE, "%s: holds the key of station %u already", to_dir,
                              there->stations[i].station);
    return REPLI_OK;
}

int repli_keys_station_in(const char *dir)
{
    REPLI_AUTO(done_keys) struct repli_keys *there = repli_keys_alloc();
    struct repli_err err = {0};
    if (repli_keys_load(dir, there, &err) != REPLI_OK || repli_keys_have_master(there) || there->nstations == 0)
        return -1;
    for (size_t i = 1; i < there->nstations; i++)
        if (there->stations[i].station != there->stations[0].station)
            return -1;
    return (int)there->stations[0].station;
}

enum repli_status repli_keys_issue(const struct repli_keys *keys, unsigned station, const char *to_dir,
                                   struct repli_err *err)
{
    if (!repli_keys_have_master(keys))
        return repli_fail(err, REPLI_USAGE, "the keys of station %u can only be made at the centre", station);
    if (station < 1 || station > REPLI_STATION_MAX)
        return repli_fail(err, REPLI_USAGE, "station %u: stations are numbered 1 to %d", station, REPLI_STATION_MAX);
    enum repli_status st = repli_dir_make(to_dir, 0700, err);
    if (st == REPLI_OK)
        st = check_target(keys, station, to_dir, err);
    uint8_t key[REPLI_KEY_BYTES];
    for (unsigned epoch = 1; epoch <= EPOCH_MAX && st == REPLI_OK; epoch++) {
        if (!keys->have[epoch])
            continue;
        repli_keys_derive_station(keys->master[epoch], station, key);
        st = repli_keys_put(to_dir, "station", epoch, station, key, err);
    }
    sodium_memzero(key, sizeof key);
    return st == REPLI_OK ? repli_keys_put(to_dir, "site", 0, 0, keys->subject, err) : st;
}
