/* Checking paper in with a hand scanner. */
#include "repli/desk.h"

#include <ctype.h>
#include <string.h>

#include "repli/pagecode.h"
#include "repli/serial.h"

const char *repli_desk_text(enum repli_desk_answer answer)
{
    static const char *const texts[] = {"received", "again", "closed", "drill", "unknown", "forged", "not-a-code"};
    return texts[answer];
}

/* Hand scanners add blanks, a prefix by their setting, or a line end of their own. */
static const char *digits_of(const char *line, struct repli_arena *a)
{
    char *out = repli_arena_strdup(a, line);
    size_t n = 0;
    for (const char *c = line; *c; c++)
        if (isdigit((unsigned char)*c))
            out[n++] = *c;
        else if (!isspace((unsigned char)*c))
            return NULL;
    out[n] = '\0';
    return n == REPLI_PAGECODE_DIGITS ? out : NULL;
}

static enum repli_status check_in(const struct repli_site *site, struct repli_ledger *ledger, uint64_t serial,
                                  const char *by, struct repli_arena *a, enum repli_desk_answer *answer,
                                  struct repli_sheet_row **row, struct repli_err *err)
{
    bool again = false;
    enum repli_status s = repli_ledger_sheet_get(ledger, serial, a, row, err);
    if (s != REPLI_OK || !*row) {
        *answer = REPLI_DESK_UNKNOWN;
        return s;
    }
    s = repli_ledger_receive(ledger, serial, by, repli_clock_now(&site->clock), &again, err);
    *answer =
        (*row)->flags & (int)REPLI_FLAG_DRILL ? REPLI_DESK_DRILL
        : (*row)->state == REPLI_LIFE_VOID || (*row)->state == REPLI_LIFE_LOST || (*row)->state == REPLI_LIFE_BLANK
            ? REPLI_DESK_CLOSED
        : again ? REPLI_DESK_AGAIN
                : REPLI_DESK_RECEIVED;
    return s;
}

enum repli_status repli_desk_receive(const struct repli_site *site, struct repli_ledger *ledger, const char *line,
                                     const char *by, struct repli_arena *a, enum repli_desk_answer *answer,
                                     struct repli_sheet_row **row, struct repli_err *err)
{
    struct repli_page_code code;
    uint8_t mac[8];
    uint64_t serial = 0;
    const char *digits = digits_of(line, a);
    *row = NULL;
    *answer = REPLI_DESK_NOT_A_CODE;
    if (!digits)
        return repli_serial_parse(line, &serial) ? check_in(site, ledger, serial, by, a, answer, row, err) : REPLI_OK;
    enum repli_pagecode_verdict verdict = repli_pagecode_decode(digits, site->keys, &code, mac);
    if (verdict == REPLI_PAGECODE_FOREIGN || verdict == REPLI_PAGECODE_BAD_MAC)
        *answer = REPLI_DESK_FORGED;
    if (verdict != REPLI_PAGECODE_GOOD)
        return REPLI_OK;
    enum repli_status s = check_in(site, ledger, code.serial, by, a, answer, row, err);
    if (s == REPLI_OK && *row && memcmp((*row)->mac, mac, sizeof mac) != 0)
        *answer = REPLI_DESK_FORGED; /* same serial, other payload: two copies of one station printed */
    return s;
}
