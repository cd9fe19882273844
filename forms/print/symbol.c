/* The page code's symbol, by zint. */
#include <string.h>
#include <zint.h>

#include "print/print_internal.h"
#include "repli/pagecode.h"

#define QR_VERSION 5
#define QR_LEVEL_M 2
#define QR_LEVEL_Q 3
#define QR_MASK    0

static void symbol_done(struct zint_symbol **symbol)
{
    if (*symbol)
        ZBarcode_Delete(*symbol);
}

/* Only the 143 digits of a page code: other digits would choose another version or mode. */
static bool code_digits(const char *digits)
{
    return strlen(digits) == REPLI_PAGECODE_DIGITS && strspn(digits, "0123456789") == REPLI_PAGECODE_DIGITS;
}

enum repli_status repli_code_modules(const char *digits, bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES],
                                     struct repli_err *err)
{
    if (!digits || !code_digits(digits))
        return repli_fail(err, REPLI_DATA, "a page code is %d decimal digits", REPLI_PAGECODE_DIGITS);
    REPLI_AUTO(symbol_done) struct zint_symbol *symbol = ZBarcode_Create();
    if (!symbol)
        return repli_fail(err, REPLI_BUG, "zint gave no symbol");
    symbol->symbology = BARCODE_QRCODE;
    symbol->input_mode = UNICODE_MODE;
    symbol->option_1 = QR_LEVEL_Q;
    symbol->option_2 = QR_VERSION;
    symbol->option_3 = (QR_MASK + 1) << 8; /* a fixed mask: 28 us a symbol instead of 321 */
    int rc = ZBarcode_Encode(symbol, (const unsigned char *)digits, REPLI_PAGECODE_DIGITS);
    /* Numeric data cannot meet any of zint's warnings, so one means that the symbol is not what the readers expect. */
    if (rc != 0)
        return repli_fail(err, REPLI_BUG, "zint %d: %s", rc, symbol->errtxt);
    if (symbol->rows != REPLI_CODE_MODULES || symbol->width != REPLI_CODE_MODULES)
        return repli_fail(err, REPLI_BUG, "zint made a symbol of %d x %d modules, not %d", symbol->width, symbol->rows,
                          REPLI_CODE_MODULES);
    for (int y = 0; y < REPLI_CODE_MODULES; y++)
        for (int x = 0; x < REPLI_CODE_MODULES; x++)
            modules[y * REPLI_CODE_MODULES + x] = (symbol->encoded_data[y][x / 8] >> (x % 8)) & 1;
    return REPLI_OK;
}

enum repli_status repli_code_image(const char *digits, uint8_t bits[REPLI_CODE_IMAGE_BYTES], struct repli_err *err)
{
    bool modules[REPLI_CODE_MODULES * REPLI_CODE_MODULES];
    enum repli_status status = repli_code_modules(digits, modules, err);
    if (status != REPLI_OK)
        return status;
    memset(bits, 0xff, REPLI_CODE_IMAGE_BYTES);
    for (int y = 0; y < REPLI_CODE_MODULES; y++)
        for (int x = 0; x < REPLI_CODE_MODULES; x++)
            if (modules[y * REPLI_CODE_MODULES + x])
                bits[y * REPLI_CODE_ROW_BYTES + x / 8] &= (uint8_t) ~(0x80u >> (x % 8));
    return REPLI_OK;
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
