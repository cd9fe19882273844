#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "form/form_internal.h"

/* Units are printed as people write them; what nobody listed is printed as it was sent, never dropped. */
static void test_signs(void **state)
{
    static const struct {
        const char *code, *sign;
    } cases[] = {
        {"Cel", "°C"},   {"[degF]", "°F"}, {"F", "°F"}, {"mm[Hg]", "mmHg"},     {"beats/minute", "/min"},
        {"{score}", ""}, {"kg", "kg"},     {"%", "%"},  {"furlong", "furlong"}, {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(repli_form_unit(cases[i].code), cases[i].sign);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_signs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
