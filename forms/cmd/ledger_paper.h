/* Parts of `repli ledger`: piles and their covers, slips. */
#ifndef REPLI_CMD_LEDGER_PAPER_H
#define REPLI_CMD_LEDGER_PAPER_H

#include "cmd/cmd.h"
#include "repli/ledger_paper.h"

/* Both return the exit code. */
int repli_cmd_ledger_covers(struct repli_cli *cli);
int repli_cmd_ledger_slips(struct repli_cli *cli, bool apply);

/* Sheets of paper that a cover promises; -1: nobody said. */
int64_t repli_cover_sheets(const struct repli_cover *cover);
bool repli_cover_differs(const struct repli_cover *cover);
/* One sentence a cover. */
void repli_cmd_say_cover(const struct repli_cover *cover);

#endif
