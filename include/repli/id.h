/* Identifiers that are not serials. */
#ifndef REPLI_ID_H
#define REPLI_ID_H

#include <stdbool.h>
#include <stdint.h>

/* Snapshot id: taken_utc (32 bit, big-endian) and the first 16 bits of the snapshot's content hash (BLAKE2b-256). */
#define REPLI_SNAPSHOT_ID_TEXT 13 /* 12 hex digits + NUL */
void repli_snapshot_id(int64_t taken_utc, const uint8_t content[32], uint8_t id[6]);
int64_t repli_snapshot_id_utc(const uint8_t id[6]);
void repli_snapshot_id_format(const uint8_t id[6], char out[REPLI_SNAPSHOT_ID_TEXT]);
bool repli_snapshot_id_parse(const char *text, uint8_t id[6]);

/* Pack and merge ids: a station's number and a counter of the ledger, e.g. "P0-17", "M0-3".  No clock and no chance in
** them: two copies of a site that do the same give the same ids.  Parsing wants the whole text; false: it is none. */
#define REPLI_ID_TEXT 24
void repli_id_format(char letter, unsigned station, int64_t number, char out[REPLI_ID_TEXT]);
bool repli_id_parse(const char *text, char letter, unsigned *station, int64_t *number);

/* Incremental BLAKE2b-256 (libsodium) for content and form hashes.  Text and numbers are hashed with their kind and
** length, so that two fields never run together; raw bytes are hashed as they are. */
struct repli_hash {
    _Alignas(64) unsigned char state[384];
};
void repli_hash_init(struct repli_hash *h);
void repli_hash_bytes(struct repli_hash *h, const void *data, uint64_t len);
void repli_hash_text(struct repli_hash *h, const char *s); /* NULL differs from "" */
void repli_hash_int(struct repli_hash *h, int64_t v);
void repli_hash_final(struct repli_hash *h, uint8_t out[32]);

#endif
