/* The command table and nothing else (and the door through which a decoding child starts). */
#include "cmd/cmd.h"

#include <string.h>

#include "repli/passphrase.h"
#include "repli/scan.h"

#define COMMAND(name) extern const struct repli_command repli_cmd_##name;
#include "cmd/commands.h"
#undef COMMAND

const struct repli_command *const repli_commands[] = {
#define COMMAND(name) &repli_cmd_##name,
#include "cmd/commands.h"
#undef COMMAND
    NULL};

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--decode") == 0)
        return repli_decode_main();
    if (argc == 2 && strcmp(argv[1], "--passphrase") == 0)
        return repli_passphrase_main();
    if (argc == 5 && strcmp(argv[1], "--render") == 0)
        return repli_render_main(argc, argv);
    return repli_cli_main(argc, argv);
}
