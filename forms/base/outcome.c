#include "repli/outcome.h"

#include <assert.h>
#include <string.h>

const char *repli_outcome_text(enum repli_outcome outcome)
{
    switch (outcome) {
#define TEXT(name, text, waits)                                                                                        \
    case REPLI_OUTCOME_##name:                                                                                         \
        return text;
        REPLI_OUTCOME_LIST(TEXT)
#undef TEXT
    case REPLI_OUTCOME_COUNT:
        break;
    }
    assert(0 && "an outcome out of range");
    return "?";
}

bool repli_outcome_parse(const char *text, enum repli_outcome *outcome)
{
    for (int i = 0; i < REPLI_OUTCOME_COUNT; i++) {
        if (strcmp(text, repli_outcome_text((enum repli_outcome)i)) != 0)
            continue;
        *outcome = (enum repli_outcome)i;
        return true;
    }
    return false;
}

bool repli_outcome_waits(enum repli_outcome outcome)
{
    switch (outcome) {
#define WAITS(name, text, waits)                                                                                       \
    case REPLI_OUTCOME_##name:                                                                                         \
        return waits;
        REPLI_OUTCOME_LIST(WAITS)
#undef WAITS
    case REPLI_OUTCOME_COUNT:
        break;
    }
    assert(0 && "an outcome out of range");
    return true;
}

const char *repli_unreadable_text(enum repli_unreadable reason)
{
    switch (reason) {
#define TEXT(name, text)                                                                                               \
    case REPLI_UNREADABLE_##name:                                                                                      \
        return text;
        REPLI_UNREADABLE_LIST(TEXT)
#undef TEXT
    case REPLI_UNREADABLE_COUNT:
        break;
    }
    assert(0 && "a reason out of range");
    return "?";
}
