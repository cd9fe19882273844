/* Private to forms/cmd: single page images, by the number that the audit calls them by. */
#ifndef REPLI_CMD_REVIEW_SCANS_H
#define REPLI_CMD_REVIEW_SCANS_H

#include "cmd/cmd.h"

struct review_scan_options {
    const char *turn, *field, *reason; /* NULL = not given */
};
/* Is it one of picture, look, aside, choose? */
bool repli_cmd_review_is_scan(const char *what);
/* `repli review picture IMAGE [--turn 90] [--field F]`, `look IMAGE` (band and printed serial of an image without a
** code), `aside IMAGE --reason TEXT`, `choose IMAGE FIELD`. */
int repli_cmd_review_scan(struct repli_cli *cli, const char **words, size_t nwords,
                          const struct review_scan_options *options);

#endif
