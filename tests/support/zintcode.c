#include "support/zintcode.h"

#include <string.h>
#include <zint.h>

bool zint_code(const char *digits, bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES])
{
    enum { VERSION = 5, LEVEL_Q = 3, MASK = 0 };
    struct zint_symbol *symbol = ZBarcode_Create();
    if (!symbol)
        return false;
    symbol->symbology = BARCODE_QRCODE;
    symbol->input_mode = UNICODE_MODE;
    symbol->option_1 = LEVEL_Q;
    symbol->option_2 = VERSION;
    symbol->option_3 = (MASK + 1) << 8; /* a fixed mask: 28 us a symbol instead of 321 */
    bool ok = ZBarcode_Encode(symbol, (const unsigned char *)digits, (int)strlen(digits)) == 0 &&
              symbol->rows == REPLI_CODE_MODULES && symbol->width == REPLI_CODE_MODULES;
    for (int i = 0; ok && i < REPLI_CODE_MODULES * REPLI_CODE_MODULES; i++) {
        int y = i / REPLI_CODE_MODULES, x = i % REPLI_CODE_MODULES;
        modules[i] = (symbol->encoded_data[y][x / 8] >> (x % 8)) & 1;
    }
    ZBarcode_Delete(symbol);
    return ok;
}
