/* What the files of the audit share inside store/. */
#ifndef REPLI_STORE_LEDGER_AUDIT_H
#define REPLI_STORE_LEDGER_AUDIT_H

#include "repli/audit.h"
#include "store/ledger_internal.h"

#define AUDIT_CONTEXT "repli audit 1"
#define AUDIT_COLUMNS "station, seq, at_utc, epoch, person, event, object, outcome, reason, program"

/* audit_seal() of this connection. */
REPLI_MUST_CHECK enum repli_status repli_audit_function(struct repli_ledger *l, const struct repli_keys *keys,
                                                        struct repli_err *err);
/* "0-1234-K7QD9M"; seal NULL: "...-000000". */
void repli_audit_code(unsigned station, int64_t seq, const uint8_t seal[32], char out[REPLI_AUDIT_HEAD]);
/* When the handle closes. */
void repli_audit_end(struct repli_ledger *l);

#endif
