/* Any bytes as a zone file; whatever it says, civil times and instants must find each other again. */
#include <assert.h>

#include "base/zone_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t times[] = {INT64_MIN, -5000000000, 0, 1792888200, 1806195600, 4118000000, INT64_MAX};
    struct repli_zone *z = NULL;
    if (repli_zone_parse("fuzz", data, size, &z, NULL) != REPLI_OK) {
        assert(z == NULL);
        return 0;
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct repli_civil c;
        int64_t t[2], utc = repli_clamp_utc(times[i]);
        repli_zone_civil(z, times[i], &c);
        assert(repli_date_exists(c.year, c.month, c.day) && c.hour < 24 && c.minute < 60 && c.second < 60);
        int n = repli_zone_locals(z, utc + c.offset_s, t);
        assert(n >= 1 && (n == 2 || t[0] == utc));
        (void)repli_zone_first(z, utc + 1800);
        (void)repli_zone_in_window(z, utc, 25, 2, 30, t);
    }
    repli_zone_close(z);
    return 0;
}
