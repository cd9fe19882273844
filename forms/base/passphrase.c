/* Argon2id.  The hash carries its own salt and cost. */
#include "repli/passphrase.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(REPLI_PASSPHRASE_HASH == crypto_pwhash_STRBYTES, "libsodium's text");

enum repli_status repli_passphrase_hash(const char *passphrase, char out[REPLI_PASSPHRASE_HASH], struct repli_err *err)
{
    size_t n = strlen(passphrase);
    if (n < REPLI_PASSPHRASE_LEAST || n > REPLI_PASSPHRASE_MOST)
        return repli_fail(err, REPLI_USAGE, "a passphrase has %d to %d characters: four words are easy to keep in mind",
                          REPLI_PASSPHRASE_LEAST, REPLI_PASSPHRASE_MOST);
    if (sodium_init() < 0 ||
        crypto_pwhash_str(out, passphrase, n, crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE) != 0)
        return repli_fail(err, REPLI_IO, "not enough memory for the passphrase (256 MiB)");
    return REPLI_OK;
}

int repli_passphrase_main(void)
{
    char text[1024] = {0};
    size_t n = fread(text, 1, sizeof text - 1, stdin);
    char *line = memchr(text, '\n', n);
    if (!line || line - text >= REPLI_PASSPHRASE_HASH || sodium_init() < 0)
        return REPLI_USAGE;
    *line++ = 0;
    char hash[REPLI_PASSPHRASE_HASH] = {0};
    memcpy(hash, text, strlen(text) + 1); /* shorter than its room, as looked at above */
    int code = crypto_pwhash_str_verify(hash, line, strlen(line)) == 0 ? REPLI_OK : REPLI_BUG;
    sodium_memzero(text, sizeof text);
    return code;
}
