/* Private to forms/cmd: parts of `repli review`. */
#ifndef REPLI_CMD_REVIEW_IMAGES_H
#define REPLI_CMD_REVIEW_IMAGES_H

#include "cmd/cmd.h"

/* `repli review list --images` */
int repli_cmd_review_images(struct repli_cli *cli);
/* How many there are: `repli review list` says so. */
REPLI_MUST_CHECK enum repli_status repli_cmd_review_images_count(struct repli_cli *cli, size_t *count);
/* `repli review assign IMAGE SERIAL --by A [--by B]`; `by`: NULL-terminated, NULL = nobody. */
int repli_cmd_review_assign(struct repli_cli *cli, const char *image, const char *serial, const char **by);
/* `repli review list --proposals`; record and ledger are open. */
int repli_cmd_review_proposals(struct repli_cli *cli);

#endif
