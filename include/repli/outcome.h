/* What became of an image that was scanned: every image ends in exactly one of these. */
#ifndef REPLI_OUTCOME_H
#define REPLI_OUTCOME_H

#include <stdbool.h>

#define REPLI_OUTCOME_LIST(_)                                                                                          \
    _(READ, "read", false)                    /* registered, fields read */                                            \
    _(UNREADABLE, "unreadable", true)         /* see enum repli_unreadable */                                          \
    _(NO_CODE, "no-code", true)               /* no page code found */                                                 \
    _(BAD_MAC, "bad-mac", true)               /* our format, but not authentic */                                      \
    _(FOREIGN, "foreign", true)               /* another site's page, or a frame that is none of ours */               \
    _(UNKNOWN_FORM, "unknown-form", true)     /* authentic, but this form and version is not known here */             \
    _(NOT_REGISTERED, "not-registered", true) /* marks or printed frame not found */                                   \
    _(MISMATCH, "mismatch", true)             /* code and ledger disagree */                                           \
    _(SERIAL_CLASH, "serial-clash", true)     /* same serial, another authentic payload */                             \
    _(NO_SNAPSHOT, "no-snapshot", true)       /* neither page map nor snapshot to read it by */                        \
    _(TWO_SHEETS, "two-sheets", true)         /* two different page codes in one image */                              \
    _(DUPLICATE, "duplicate", false)          /* the same pixels were scanned before */                                \
    _(SECOND_IMAGE, "second-image", true)     /* another image of a sheet that was read before */                      \
    _(VOID, "void", true)                     /* a sheet that was voided has come back */                              \
    _(CLOSED, "closed", true)                 /* a sheet that was merged or closed has come back */                    \
    _(COPY, "copy", true)    /* marked as a copy that nobody writes on; a person looks whether somebody did */         \
    _(BLANK, "blank", false) /* empty page, or a side without fields */                                                \
    _(DRILL, "drill", false) /* printed in a drill: never merged */

enum repli_outcome {
#define REPLI_OUTCOME_ENUM(name, text, waits) REPLI_OUTCOME_##name,
    REPLI_OUTCOME_LIST(REPLI_OUTCOME_ENUM)
#undef REPLI_OUTCOME_ENUM
        REPLI_OUTCOME_COUNT
};

#define REPLI_UNREADABLE_LIST(_)                                                                                       \
    _(TRUNCATED, "truncated") /* ends early or is damaged */                                                           \
    _(LIMIT, "limit")         /* more bytes, pixels or pages than site.yaml allows */                                  \
    _(ENCRYPTED, "encrypted")                                                                                          \
    _(SCRIPT, "script") /* a PDF that does something when it is opened, or carries files: no scanner makes that */     \
    _(TYPE, "type")     /* no kind of image we take (also: empty, or a wrong extension's content) */                   \
    _(KILLED, "killed") /* the decoder was stopped: time, memory, or a crash */

enum repli_unreadable {
#define REPLI_UNREADABLE_ENUM(name, text) REPLI_UNREADABLE_##name,
    REPLI_UNREADABLE_LIST(REPLI_UNREADABLE_ENUM)
#undef REPLI_UNREADABLE_ENUM
        REPLI_UNREADABLE_COUNT
};

const char *repli_outcome_text(enum repli_outcome outcome);
bool repli_outcome_parse(const char *text, enum repli_outcome *outcome);
bool repli_outcome_waits(enum repli_outcome outcome); /* true: a person has to look (exit 6) */
const char *repli_unreadable_text(enum repli_unreadable reason);

#endif
