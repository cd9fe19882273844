/* Private to forms/cmd: single page images, by the number that the audit calls them by. */
#ifndef REPLI_CMD_REVIEW_SCANS_H
#define REPLI_CMD_REVIEW_SCANS_H

#include "cmd/cmd.h"

/* `repli review picture IMAGE [--turn 90] [--field F]` */
int repli_cmd_review_picture(struct repli_cli *cli, const char *image, const char *turn, const char *field);
/* `repli review look IMAGE`: pictures of the band and the printed serial of an image without a code. */
int repli_cmd_review_look(struct repli_cli *cli, const char *image);
/* `repli review aside IMAGE --reason TEXT` */
int repli_cmd_review_aside(struct repli_cli *cli, const char *image, const char *reason);
/* `repli review choose IMAGE FIELD` */
int repli_cmd_review_choose(struct repli_cli *cli, const char *image, const char *field);

#endif
