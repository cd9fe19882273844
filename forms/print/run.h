/* A pack on its way: the plan, the numbers and codes of its sheets, and the file it becomes. */
#ifndef REPLI_PRINT_RUN_H
#define REPLI_PRINT_RUN_H

#include "print/plan.h"
#include "print/print_internal.h"
#include "repli/audit.h"
#include "repli/serial.h"

struct pack_run {
    struct repli_plan *plan;
    struct repli_ledger *ledger;
    struct repli_pack pack;
    const char *file; /* where the PDF goes */
    int64_t seen; /* the number the next pack had when the plan was made: another one has been printed since, or not */
    bool moved;   /* it had been, of the same people: the plan does not hold */
    char audit[REPLI_AUDIT_HEAD];
    char (*serials)[REPLI_SERIAL_TEXT];
    char (*codes)[REPLI_PAGECODE_DIGITS + 1];
    struct repli_sheet_row *rows;
    struct repli_pdf_page *pages;
    struct repli_pdf_info info; /* of the PDF, and of every document that goes to a printer */
    const char *printer;        /* NULL = none */
    int job;
    size_t documents;
};

/* Takes the numbers of all sheets, fills in their rows, codes and pages, and tells the ledger of them: all or nothing.
** With `moved` set it took none: what the plan saw in the ledger is no longer the last that was printed. */
REPLI_MUST_CHECK enum repli_status repli_pack_allot(struct pack_run *run, struct repli_err *err);

#endif
