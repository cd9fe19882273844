/* Keys of a site.
**
** Master key: 32 random bytes, one per epoch (1..255; a new epoch is made when a key may be known to others; old
** epochs stay so that old paper reads).  Station key = crypto_kdf(master of the epoch, subkey id = station number,
** context "REPLIMAC"), 32 bytes.  Subject key = crypto_kdf(master of epoch 1, subkey id 0, context "REPLISUB"):
** hashes of patients and stays do not change with an epoch.  The site tag (16 bits) = first bytes of BLAKE2b of the
** subject key with context "site tag": a page of another hospital is told from a forged one.
**
** On disk, in SITE/keys (0700), each file 0600:  master-001.key ... (centre only)   station-001-00000.key (epoch,
** number) site.key (subject key and tag; every station).  Text files: "repli-key 1 <kind> <epoch> <number> <hex>
** <check>".
*/
#ifndef REPLI_KEY_H
#define REPLI_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "repli/arena.h"
#include "repli/err.h"

#define REPLI_KEY_BYTES 32

struct repli_keys; /* all keys found in a site's folder; wiped on close */

/* Makes the first master key, the subject key and the key of station 0.  Refuses when keys exist already. */
REPLI_MUST_CHECK enum repli_status repli_keys_create(const char *dir, struct repli_err *err);
/* REPLI_DATA: a file is damaged or missing, or of another site.  The caller closes. */
REPLI_MUST_CHECK enum repli_status repli_keys_open(const char *dir, struct repli_keys **keys, struct repli_err *err);
void repli_keys_close(struct repli_keys *keys); /* NULL is fine; memory is wiped */

bool repli_keys_have_master(const struct repli_keys *keys);
unsigned repli_keys_epoch(const struct repli_keys *keys); /* newest epoch: the one that prints */
uint16_t repli_keys_site_tag(const struct repli_keys *keys);

/* The MAC key of a station in an epoch: derived from the master, or read from its own file.  false: not held here. */
bool repli_keys_station(const struct repli_keys *keys, unsigned epoch, unsigned station, uint8_t key[REPLI_KEY_BYTES]);

/* A MAC over `data` for another purpose than page codes: keyed BLAKE2b-256 with a key made of the station's key and the
** context.  false: that station's key is not held here. */
bool repli_keys_seal(const struct repli_keys *keys, unsigned epoch, unsigned station, const char *context,
                     const void *data, size_t len, uint8_t mac[32]);

/* First 8 bytes of keyed BLAKE2b of "system|value" with the subject key.  Used for patients and stays alike. */
void repli_keys_subject(const struct repli_keys *keys, const char *system, const char *value, uint8_t hash[8]);

/* The subject of sheets that are about a ward, from the code that people type. */
void repli_keys_ward(const struct repli_keys *keys, const char *ward, uint8_t hash[8]);
/* The subject of sheets that are about the whole house. */
void repli_keys_site(const struct repli_keys *keys, uint8_t hash[8]);

/* For `station add`: the station's folder keys/ as files, ready to be carried to it (site key, station key; no master).
** REPLI_USAGE: not the centre, `station` not in 1..1023, or `to_dir` holds other keys; REPLI_IO. */
REPLI_MUST_CHECK enum repli_status repli_keys_issue(const struct repli_keys *keys, unsigned station, const char *to_dir,
                                                    struct repli_err *err);

/* The station whose keys lie in `dir`, the folder of keys of a ward station: -1 when there is none, or several. */
int repli_keys_station_in(const char *dir);

/* Master keys as speakable words for the safe: per epoch 16 words of proquints (Wilkerson, arXiv:0901.4016: 16 bits are
** consonant-vowel-consonant-vowel-consonant) and one check word (BLAKE2b of epoch and key).  One line an epoch:
** "epoch 1: lusab babad ... ". `text` lives in `a`. */
REPLI_MUST_CHECK enum repli_status repli_keys_words(const struct repli_keys *keys, struct repli_arena *a, char **text,
                                                    struct repli_err *err);

/* Restores master keys from such lines (case, extra blanks and line breaks forgiven; each check word must be right)
** into `dir`, where no OTHER master of the same epoch may exist.  Station 0's key is derived; repeating it is a no-op.
** REPLI_USAGE: a word is wrong or missing, or another master is there; nothing is written then. */
REPLI_MUST_CHECK enum repli_status repli_keys_import(const char *dir, const char *text, struct repli_err *err);

/* The same for a site whose own keys were never used (a fresh `repli init` that shall become the site that burnt): the
** keys in `dir` are moved aside, to `dir`.unused-N.  All words are checked first.  The caller has made sure that no
** sheet was printed and no patient imported under the old ones. */
REPLI_MUST_CHECK enum repli_status repli_keys_replace(const char *dir, const char *text, struct repli_err *err);

/* Binding of a station to its machine: /etc/machine-id, or the UUID of the volume `dir` lies on when REPLI_BIND=volume.
** Text of at most 64 characters in `out`; REPLI_IO when neither can be found. */
REPLI_MUST_CHECK enum repli_status repli_machine_id(const char *dir, char out[65], struct repli_err *err);
/* The same of the volume, whatever REPLI_BIND says; false: it is not listed. */
bool repli_machine_volume(const char *dir, char out[65]);

#endif
