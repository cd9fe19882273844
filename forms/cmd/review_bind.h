/* `repli review bind`, a part of cmd_review.c. */
#ifndef REPLI_CMD_REVIEW_BIND_H
#define REPLI_CMD_REVIEW_BIND_H

#include "cmd/cmd.h"

/* `number` NULL and nothing taken back: only tells how it stands.  Returns the exit code. */
int repli_cmd_review_bind(struct repli_cli *cli, const char *sheet, const char *number, bool take_back);

#endif
