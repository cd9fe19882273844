/* Private to forms/cmd: parts of `repli review`. */
#ifndef REPLI_CMD_REVIEW_QUALITY_H
#define REPLI_CMD_REVIEW_QUALITY_H

#include "cmd/cmd.h"

/* Which lines `list` and `export` are asked for. */
struct review_wanted {
    bool conflicts, proposals, csv;
    const char *kind; /* NULL = none was named */
    int64_t limit;    /* 0 = none */
};

/* A repli_review_line_fn: adds the line to a struct repli_buf. */
void repli_cmd_review_buffer(void *user, const char *json);
/* Makes the crops that the lines name, sheet by sheet; one that cannot be made is null. */
REPLI_MUST_CHECK enum repli_status repli_cmd_review_crops(struct repli_cli *cli, struct repli_buf *lines);
/* The lines as a table; cells `answer`, `value` and `sure` are there to be filled in. */
void repli_cmd_review_csv(struct repli_buf *lines);

/* Makes the crops that standard input names and says each: "made SHEET FIELD", or "gone". */
int repli_cmd_review_make_crops(struct repli_cli *cli);
int repli_cmd_review_callbacks(struct repli_cli *cli);
int repli_cmd_review_operators(struct repli_cli *cli);
int repli_cmd_review_sample(struct repli_cli *cli, int64_t n); /* 0: what came of them */
/* `words`: SHEET, INITIALS, FIELD...; `name` NULL: not told. */
int repli_cmd_review_initials(struct repli_cli *cli, const char *const *words, size_t count, const char *name);

#endif
