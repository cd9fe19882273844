/* Units as people write them.  Senders use UCUM codes (its "print symbols": The Unified Code for Units of Measure,
** table of non-metric and metric units) and a few words of their own; a unit that is not here is printed as it came. */
#include <string.h>

#include "form/form_internal.h"

static const struct {
    const char *code, *sign;
} signs[] = {
    {"Cel", "°C"},
    {"degC", "°C"},
    {"C", "°C"},
    {"[degF]", "°F"},
    {"degF", "°F"},
    {"F", "°F"},
    {"mm[Hg]", "mmHg"},
    {"mm Hg", "mmHg"},
    {"/min", "/min"},
    {"{beats}/min", "/min"},
    {"{breaths}/min", "/min"},
    {"beats/minute", "/min"},
    {"breaths/minute", "/min"},
    {"{score}", ""},
    {"1", ""},
    {"ml", "mL"},
    {"l", "L"},
    {"mL", "mL"},
    {"L/min", "L/min"},
    {"10*3/uL", "10³/µL"},
    {"ug/L", "µg/L"},
    {"umol/L", "µmol/L"},
};

const char *repli_form_unit(const char *code)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strcmp(signs[i].code, code) == 0)
            return signs[i].sign;
    return code;
}
