/* Private to forms/cmd: images that show no code, and what people say of them. */
#ifndef REPLI_CMD_REVIEW_IMAGES_H
#define REPLI_CMD_REVIEW_IMAGES_H

#include "cmd/cmd.h"

/* `repli review list --images` */
int repli_cmd_review_images(struct repli_cli *cli);
/* How many there are: `repli review list` says so. */
REPLI_MUST_CHECK enum repli_status repli_cmd_review_images_count(struct repli_cli *cli, size_t *count);
/* `repli review assign IMAGE SERIAL --by A [--by B]`; `by`: NULL-terminated, NULL = nobody. */
int repli_cmd_review_assign(struct repli_cli *cli, const char *image, const char *serial, const char **by);

#endif
