/* Any bytes as a file of HL7 v2 messages: split, read, applied to a real record in which somebody lies, rolled back.
** Whatever comes, the run goes on and the record stays whole. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/file.h"
#include "repli/import.h"

static const char admitted[] =
    "MSH|^~\\&|A|B|||20261123||ADT^A01|1\rPID|||1^^^H^MR||A\rPV1||I|3B^1^A||||||||||||||||V1\r";

/* One folder, keys and record for the whole process: each input is rolled back. */
static struct repli_import_setup *site(void)
{
    static struct repli_import_setup set;
    struct repli_err err = {0};
    struct repli_zone *zone = NULL;
    struct repli_keys *keys = NULL;
    char dir[] = "/tmp/fuzz-hl7-XXXXXX", path[64];
    if (set.record)
        return &set;
    if (!mkdtemp(dir) || repli_keys_create(dir, &err) != REPLI_OK || repli_keys_open(dir, &keys, &err) != REPLI_OK ||
        repli_zone_open("Europe/Brussels", &zone, &err) != REPLI_OK)
        abort();
    snprintf(path, sizeof path, "%s/record.db", dir);
    if (repli_record_open(path, true, 0, &set.record, &err) != REPLI_OK)
        abort();
    struct repli_arena a = {0}; /* nothing stays behind: the open files live on without their names */
    char **names;
    size_t count;
    if (repli_dir_list(dir, &a, &names, &count, &err) != REPLI_OK)
        abort();
    for (size_t i = 0; i < count; i++)
        (void)remove(repli_path_join(&a, dir, names[i]));
    repli_arena_done(&a);
    (void)remove(dir);
    set.keys = keys;
    set.zone = zone;
    set.max_resource = 1 << 20;
    return &set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct repli_import *imp = NULL;
    struct repli_err err = {0};
    if (repli_import_open(site(), "fuzz", &imp, &err) != REPLI_OK)
        abort();
    if (repli_import_hl7(imp, "fuzz", admitted, sizeof admitted - 1, &err) != REPLI_OK ||
        repli_import_hl7(imp, "fuzz", (const char *)data, size, &err) != REPLI_OK ||
        repli_import_hl7(imp, "fuzz", (const char *)data, size, &err) != REPLI_OK)
        abort();
    repli_import_close(imp);
    return 0;
}
