/* Status, error text and exit codes.
**
** Three kinds of trouble are kept apart:
**   a bug                      -> assert();
**   "cannot do it"             -> enum repli_status + struct repli_err, returned to the caller;
**   bad paper, a doubtful tick -> data: a row with a state and a reason; the batch goes on.
**
** Library code never prints and never exits; forms/cmd/ does.  Output parameters are untouched on failure.
** The numbers are the exit codes of the program and a contract (README, "Contracts for other programs").
*/
#ifndef REPLI_ERR_H
#define REPLI_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define REPLI_STATUS_LIST(_)                                                                                           \
    _(OK, 0, "ok")                                                                                                     \
    _(BUG, 1, "internal error")                                                                                        \
    _(USAGE, 2, "wrong usage")                                                                                         \
    _(IO, 3, "input or output failed")                                                                                 \
    _(DATA, 4, "template or data not valid")                                                                           \
    _(DB, 5, "database error")                                                                                         \
    _(WAITS, 6, "done, but something waits for a person")

enum repli_status {
#define REPLI_STATUS_ENUM(name, code, text) REPLI_##name = (code),
    REPLI_STATUS_LIST(REPLI_STATUS_ENUM)
#undef REPLI_STATUS_ENUM
};

#if defined(__GNUC__)
#define REPLI_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define REPLI_SENTINEL           __attribute__((sentinel))
#define REPLI_MUST_CHECK         __attribute__((warn_unused_result))
#define REPLI_AUTO(fn)           __attribute__((cleanup(fn)))
#else
#define REPLI_PRINTF(fmt, first)
#define REPLI_SENTINEL
#define REPLI_MUST_CHECK
#define REPLI_AUTO(fn)
#endif

/* The first cause of a failure.  Zero-initialise it: struct repli_err err = {0};  Owns nothing.
** `text` is one line of UTF-8 without a trailing full stop: the thing, the reason and the way out.
** A text longer than the buffer ends in "…", visibly. */
struct repli_err {
    enum repli_status status;
    char text[1024];
};

/* Records a failure and returns `status`.  The first cause wins: a later call leaves an already filled `err` alone
** (and returns the status given).  `err` may be NULL. */
enum repli_status repli_fail(struct repli_err *err, enum repli_status status, const char *fmt, ...) REPLI_PRINTF(3, 4);

/* Puts "prefix: " before the text of a filled `err`; returns err->status. */
enum repli_status repli_err_prefix(struct repli_err *err, const char *fmt, ...) REPLI_PRINTF(2, 3);

/* Forgets a failure that was dealt with. */
void repli_err_clear(struct repli_err *err);

/* English text of a status, never NULL. */
const char *repli_status_text(enum repli_status status);

#endif
