/* What a station is bound to, so that two copies of it do not print the same serials. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/key_internal.h"
#include "repli/file.h"
#include "repli/text.h"

#define VOLUMES "/dev/disk/by-uuid"

static void done_arena(struct repli_arena *a)
{
    repli_arena_done(a);
}

/* systemd asks that the machine's id be shown to nobody: a hash of it serves as well. */
static bool from_machine(struct repli_arena *a, char out[65])
{
    static const char *const files[] = {"/etc/machine-id", "/var/lib/dbus/machine-id"};
    static const char context[] = "repli machine id";
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *text = NULL, hex[33];
        size_t len = 0;
        uint8_t id[16], hash[32];
        if (repli_file_read(files[i], 256, a, &text, &len, NULL) != REPLI_OK)
            continue;
        text[strcspn(text, "\r\n \t")] = '\0';
        if (!repli_unhex(text, id, sizeof id))
            continue;
        crypto_generichash(hash, sizeof hash, id, sizeof id, (const unsigned char *)context, sizeof context - 1);
        repli_hex(hash, 16, hex);
        snprintf(out, 65, "machine-%s", hex);
        return true;
    }
    return false;
}

/* The UUID under which the block device of the volume is listed. */
static bool from_volume(const char *dir, struct repli_arena *a, char out[65])
{
    struct stat here, device;
    char **names = NULL;
    size_t count = 0;
    if (stat(dir, &here) != 0 || repli_dir_list(VOLUMES, a, &names, &count, NULL) != REPLI_OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (stat(repli_path_join(a, VOLUMES, names[i]), &device) != 0 || device.st_rdev != here.st_dev)
            continue;
        int n = snprintf(out, 65, "volume-%s", names[i]);
        return n > 0 && n < 65;
    }
    return false;
}

bool repli_machine_volume(const char *dir, char out[65])
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    return from_volume(dir, &a, out);
}

enum repli_status repli_machine_read(const char *dir, bool volume, char out[65], struct repli_err *err)
{
    REPLI_AUTO(done_arena) struct repli_arena a = {0};
    char id[65];
    if (volume && !from_volume(dir, &a, id))
        return repli_fail(err, REPLI_IO, "%s: the volume's UUID is not listed in %s", dir, VOLUMES);
    if (!volume && !from_machine(&a, id))
        return repli_fail(err, REPLI_IO,
                          "/etc/machine-id holds no id (systemd-machine-id-setup makes one); a station on a stick is "
                          "bound to its volume by REPLI_BIND=volume");
    memcpy(out, id, sizeof id);
    return REPLI_OK;
}

enum repli_status repli_machine_id(const char *dir, char out[65], struct repli_err *err)
{
    const char *bind = getenv("REPLI_BIND");
    return repli_machine_read(dir, bind && strcmp(bind, "volume") == 0, out, err);
}
