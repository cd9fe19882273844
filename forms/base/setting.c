#include "repli/setting.h"

#include <string.h>

/* The triage scale of an emergency department: Manchester, the Emergency Severity Index, or the French one. */
static const struct repli_setting values[] = {{"triage", "mts"}, {"triage", "esi"}, {"triage", "french"}};

const struct repli_setting *repli_setting_at(size_t index)
{
    return index < sizeof values / sizeof *values ? &values[index] : NULL;
}

const struct repli_setting *repli_setting_of(const char *word)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        size_t n = strlen(values[i].name);
        if (strncmp(word, values[i].name, n) == 0 && word[n] == '-' && strcmp(word + n + 1, values[i].value) == 0)
            return &values[i];
    }
    return NULL;
}

const char *repli_setting_usual(const char *name)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(values[i].name, name) == 0)
            return values[i].value;
    return NULL;
}
