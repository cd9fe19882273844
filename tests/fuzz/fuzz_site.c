/* Any bytes as a site.yaml; what is accepted lies within its limits and can be bound to a machine or says why not. */
#include <assert.h>
#include <string.h>

#include "base/site_internal.h"
#include "repli/pagecode.h"
#include "repli/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct repli_site s = {0};
    struct repli_err err = {0};
    if (repli_site_parse("site.yaml", (const char *)data, size, &s, &err) == REPLI_OK) {
        assert(s.hospital && *s.hospital && repli_utf8_valid(s.hospital, strlen(s.hospital)));
        assert(s.zone && repli_lang_number(s.lang) > 0 && s.station <= 1023 && s.station_name);
        assert(s.scan_max_pages >= 1 && s.scan_max_pages <= 10000 && s.packs_keep_hours >= 1);
        for (size_t i = 0; i < s.nwards; i++)
            assert(*s.wards[i].id && repli_site_lang(&s, s.wards[i].id));
        struct repli_buf out = {0};
        struct repli_site again = {0};
        if (repli_site_rebind_yaml("site.yaml", (const char *)data, size, "machine-0", &out, NULL) == REPLI_OK) {
            assert(repli_site_parse("site.yaml", out.data, out.len, &again, NULL) == REPLI_OK);
            assert(strcmp(again.machine, "machine-0") == 0 && strcmp(again.hospital, s.hospital) == 0);
            assert(again.station == s.station && again.nwards == s.nwards);
        }
        repli_zone_close(again.zone);
        repli_arena_done(&again.arena);
        repli_buf_done(&out);
    } else {
        assert(err.status == REPLI_DATA && strncmp(err.text, "site.yaml:", 10) == 0);
    }
    repli_zone_close(s.zone);
    repli_arena_done(&s.arena);
    return 0;
}
