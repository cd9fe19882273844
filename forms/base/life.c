#include "repli/life.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* Every step a sheet may take.  The diagram, repli_life_may() and through it the whole program follow this list. */
#define STEPS(_)                                                                                                       \
    _(allotted, ALLOTTED, printed, PRINTED) /* its PDF is whole and in place */                                        \
    _(allotted, ALLOTTED, void, VOID)       /* its PDF was never written */                                            \
    _(allotted, ALLOTTED, blank, BLANK)     /* a side without fields closes itself */                                  \
    _(printed, PRINTED, scanned, SCANNED)   /* the paper is back */                                                    \
    _(printed, PRINTED, void, VOID)         /* spoilt, or counted and shredded */                                      \
    _(printed, PRINTED, lost, LOST)         /* a person says so */                                                     \
    _(printed, PRINTED, blank, BLANK)       /* no fields, or seen empty by a person */                                 \
    _(scanned, SCANNED, read, READ)         /* every field has a reading */                                            \
    _(scanned, SCANNED, void, VOID)         /* a person says so */                                                     \
    _(scanned, SCANNED, blank, BLANK)       /* the image shows a side without fields */                                \
    _(read, READ, reviewed, REVIEWED)       /* people have settled what needed them */                                 \
    _(read, READ, void, VOID)               /* its void box, confirmed */                                              \
    _(read, READ, blank, BLANK)             /* every field is empty */                                                 \
    _(reviewed, REVIEWED, merged, MERGED)   /* its captures are in the record */                                       \
    _(reviewed, REVIEWED, read, READ)       /* opened again */                                                         \
    _(reviewed, REVIEWED, void, VOID)       /* a person says so, before anything is merged */                          \
    _(merged, MERGED, reviewed, REVIEWED)   /* undone; merging again is a step of its own */                           \
    _(lost, LOST, scanned, SCANNED)         /* the paper has turned up */                                              \
    _(blank, BLANK, scanned, SCANNED)       /* written on after it was closed */

#define BIT(state) (1u << REPLI_LIFE_##state)
static const unsigned closed = BIT(VOID) | BIT(LOST) | BIT(BLANK) | BIT(MERGED);

const char *repli_life_text(enum repli_life state)
{
    switch (state) {
#define TEXT(name, text)                                                                                               \
    case REPLI_LIFE_##name:                                                                                            \
        return text;
        REPLI_LIFE_LIST(TEXT)
#undef TEXT
    case REPLI_LIFE_COUNT:
        break;
    }
    assert(0 && "a sheet's state out of range");
    return "?";
}

bool repli_life_parse(const char *text, enum repli_life *state)
{
    for (int i = 0; i < REPLI_LIFE_COUNT; i++) {
        if (strcmp(text, repli_life_text((enum repli_life)i)) != 0)
            continue;
        *state = (enum repli_life)i;
        return true;
    }
    return false;
}

bool repli_life_may(enum repli_life from, enum repli_life to)
{
#define STEP(from_text, from_name, to_text, to_name) {REPLI_LIFE_##from_name, REPLI_LIFE_##to_name},
    static const struct {
        enum repli_life from, to;
    } steps[] = {STEPS(STEP)};
#undef STEP
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i].from == from && steps[i].to == to)
            return true;
    return false;
}

bool repli_life_closed(enum repli_life state)
{
    return (closed >> state & 1u) != 0;
}

const char *repli_life_diagram(void)
{
#define LINE(from_text, from_name, to_text, to_name) "    " #from_text " --> " #to_text "\n"
    static const char diagram[] = "stateDiagram-v2\n    [*] --> allotted\n" STEPS(LINE) "    void --> [*]\n";
#undef LINE
    return diagram;
}
