/* The page code: what the 2-D code of a sheet says, all by itself.  Encode AND decode live in one file.
**
** 59 bytes, big-endian, written as 143 decimal digits with leading zeros (QR numeric mode, version 5, level Q):
**   format 1 | key epoch 1 | site tag 2 | serial 5 | form number 2 | form version 2 | language 1 | page 1 | pages 1 |
**   subject kind 1 | subject 8 | stay 8 | snapshot id 6 | window start 4 | window hours 1 | flags 1 | spare 6 | MAC 8
** MAC = BLAKE2b-64 keyed with the station's key of that epoch, over the 51 bytes before it.  The spare bytes are zero;
** a code whose spare bytes, format, language, pages or subject kind are out of range is refused even with a good MAC.
*/
#ifndef REPLI_PAGECODE_H
#define REPLI_PAGECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "repli/key.h"

#define REPLI_PAGECODE_BYTES  59
#define REPLI_PAGECODE_DIGITS 143
#define REPLI_PAGECODE_FORMAT 1

enum repli_subject_kind {
    REPLI_SUBJECT_PATIENT = 1,
    REPLI_SUBJECT_WARD = 2,
    REPLI_SUBJECT_SITE = 3,
    REPLI_SUBJECT_DOWNTIME = 4, /* downtime number; `subject` is the number itself */
    REPLI_SUBJECT_BLANK = 5,    /* blank spare */
    REPLI_SUBJECT_BLANK_VERSO = 6
};

/* Flags byte: age band in bits 0..2, then one bit each. */
#define REPLI_FLAG_AGE_MASK 0x07u
#define REPLI_FLAG_DRILL    0x08u
#define REPLI_FLAG_COPY     0x10u
#define REPLI_FLAG_SPARE    0x20u
#define REPLI_FLAG_VERSO    0x40u
#define REPLI_FLAG_FOLLOWS  0x80u /* a sheet of this form for the hours before was out when it was printed */

/* Age bands; they choose a form's variant and are part of a sheet's geometry. */
enum repli_age_band {
    REPLI_AGE_UNKNOWN = 0,
    REPLI_AGE_NEWBORN = 1, /* < 28 days */
    REPLI_AGE_INFANT = 2,  /* < 1 year */
    REPLI_AGE_CHILD = 3,   /* < 16 years */
    REPLI_AGE_ADULT = 4    /* >= 16 years */
};

/* Languages by number, for ever: 0 none, 1 fr, 2 nl, 3 de, 4 en.  A site's own languages have numbers that their files
** say (repli_form_lang_number). */
#define REPLI_OWN_LANG_MIN 100
#define REPLI_OWN_LANG_MAX 255
int repli_lang_number(const char *code); /* -1: none of these */
const char *repli_lang_code(int number); /* NULL: none of these */

struct repli_page_code {
    uint8_t epoch;
    uint16_t site_tag;
    uint64_t serial; /* 40 bits */
    uint16_t form, version;
    uint8_t lang;
    uint8_t page, pages; /* 1-based */
    uint8_t subject_kind;
    uint8_t subject[8], stay[8]; /* zero where there is none */
    uint8_t snapshot[6];         /* zero where there is none */
    uint32_t window_utc;         /* start, UTC seconds */
    uint8_t window_hours;
    uint8_t flags;
};

/* Writes the 143 digits + NUL.  false when no key for (epoch, station of the serial) is held or a value is out of range
** (another site's tag, epoch, form or version 0, a serial over 40 bits, an unknown language or subject kind, page 0 or
** over pages, an unknown flag). */
bool repli_pagecode_encode(const struct repli_page_code *code, const struct repli_keys *keys,
                           char digits[REPLI_PAGECODE_DIGITS + 1]);

enum repli_pagecode_verdict {
    REPLI_PAGECODE_GOOD,
    REPLI_PAGECODE_NOT_OURS, /* not 143 digits, too large, other format: not a page code at all */
    REPLI_PAGECODE_FOREIGN,  /* our format, another site's tag */
    REPLI_PAGECODE_BAD_MAC   /* our format and tag; unknown station or epoch, MAC fails, or a field is out of range */
};

/* `code` is filled only when GOOD.  `mac` (may be NULL) gets the 8 bytes when GOOD: together with the serial it names
** the payload in the ledger and the record. */
enum repli_pagecode_verdict repli_pagecode_decode(const char *digits, const struct repli_keys *keys,
                                                  struct repli_page_code *code, uint8_t mac[8]);

#endif
