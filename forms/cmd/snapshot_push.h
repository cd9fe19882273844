/* Private to cmd/: the word `push` of `repli snapshot`. */
#ifndef REPLI_CMD_SNAPSHOT_PUSH_H
#define REPLI_CMD_SNAPSHOT_PUSH_H

#include "cmd/cmd.h"

/* `wards` NULL-terminated, or NULL; `name` NULL: not given. */
int repli_cmd_snapshot_push(struct repli_cli *cli, const char *dir, const char **wards, const char *name);

#endif
