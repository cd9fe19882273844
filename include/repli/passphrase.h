/* Passphrases of people who sign in at the station: Argon2id (libsodium, 256 MiB, about half a second). */
#ifndef REPLI_PASSPHRASE_H
#define REPLI_PASSPHRASE_H

#include <stdint.h>

#include "repli/ledger.h"

#define REPLI_PASSPHRASE_LEAST 12 /* bytes: a sentence, not a word */
#define REPLI_PASSPHRASE_MOST  256
#define REPLI_PASSPHRASE_HASH  128

/* REPLI_USAGE: too short or too long. */
REPLI_MUST_CHECK enum repli_status repli_passphrase_hash(const char *passphrase, char out[REPLI_PASSPHRASE_HASH],
                                                         struct repli_err *err);
/* Two lines on stdin, a hash and a passphrase; exit code 0: they belong together.  Called by main.c for
** "--passphrase": it takes 256 MiB and half a second, which is why it is a process. */
int repli_passphrase_main(void);

/* ---- rows (store/).  A person has one passphrase; an earlier one is replaced. */
REPLI_MUST_CHECK enum repli_status repli_ledger_passphrase_put(struct repli_ledger *, const char *person,
                                                               const char *hash, int64_t now_utc, struct repli_err *);
/* *hash NULL: none was set, or nobody of that name is active. */
REPLI_MUST_CHECK enum repli_status repli_ledger_passphrase_get(struct repli_ledger *, const char *person,
                                                               struct repli_arena *, const char **hash,
                                                               struct repli_err *);

#endif
