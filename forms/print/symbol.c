/* Symbols of short texts, by zint. */
#include <string.h>
#include <zint.h>

#include "print/print_internal.h"

#define QR_LEVEL_M 2

static void symbol_done(struct zint_symbol **symbol)
{
    if (*symbol)
        ZBarcode_Delete(*symbol);
}

enum repli_status repli_text_modules(const char *text, struct repli_arena *a, bool **modules, int *side,
                                     struct repli_err *err)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] > 126)
            return repli_fail(err, REPLI_DATA, "a symbol takes plain ASCII only");
    if (len == 0 || len > 1000)
        return repli_fail(err, REPLI_DATA, "a symbol takes 1 to 1000 characters, not %zu", len);
    REPLI_AUTO(symbol_done) struct zint_symbol *symbol = ZBarcode_Create();
    if (!symbol)
        return repli_fail(err, REPLI_BUG, "zint gave no symbol");
    symbol->symbology = BARCODE_QRCODE;
    symbol->input_mode = UNICODE_MODE;
    symbol->option_1 = QR_LEVEL_M;
    int rc = ZBarcode_Encode(symbol, (const unsigned char *)text, (int)len);
    if (rc != 0 || symbol->rows != symbol->width)
        return repli_fail(err, REPLI_BUG, "zint %d: %s", rc, symbol->errtxt);
    int n = symbol->width;
    bool *out = repli_arena_array(a, (size_t)n * (size_t)n, sizeof *out);
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++)
            out[y * n + x] = (symbol->encoded_data[y][x / 8] >> (x % 8)) & 1;
    *modules = out;
    *side = n;
    return REPLI_OK;
}
