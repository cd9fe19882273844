/* What key.c (the keys in use) and key_words.c (words for the safe) share. */
#ifndef REPLI_KEY_INTERNAL_H
#define REPLI_KEY_INTERNAL_H

#include "repli/key.h"

#define EPOCH_MAX 255

struct station_key {
    unsigned epoch, station;
    uint8_t key[REPLI_KEY_BYTES];
};

struct repli_keys {
    bool have[EPOCH_MAX + 1]; /* a master key of this epoch */
    uint8_t master[EPOCH_MAX + 1][REPLI_KEY_BYTES];
    uint8_t subject[REPLI_KEY_BYTES];
    bool have_subject;
    uint16_t site_tag;
    unsigned newest; /* epoch; 0 = no key at all */
    struct station_key *stations;
    size_t nstations;
};

/* Memory for keys: kept out of swap where the system allows it, wiped by repli_keys_close(). */
struct repli_keys *repli_keys_alloc(void);

/* Reads what is in `dir`, which may hold nothing yet (but must exist). */
enum repli_status repli_keys_load(const char *dir, struct repli_keys *keys, struct repli_err *err);

void repli_keys_derive_station(const uint8_t master[REPLI_KEY_BYTES], unsigned station, uint8_t key[REPLI_KEY_BYTES]);
void repli_keys_derive_subject(const uint8_t master[REPLI_KEY_BYTES], uint8_t key[REPLI_KEY_BYTES]);

/* Writes one key file: "master", "station" or "site". */
enum repli_status repli_keys_put(const char *dir, const char *kind, unsigned epoch, unsigned number,
                                 const uint8_t key[REPLI_KEY_BYTES], struct repli_err *err);

/* repli_machine_id() of the machine, or of the volume `dir` lies on. */
enum repli_status repli_machine_read(const char *dir, bool volume, char out[65], struct repli_err *err);

#endif
