/* digest SITE [--rows]: what a site's record and ledger say, whatever the order (digest.h).
**
** Two lines: "record DIGEST" and "ledger DIGEST"; with --rows the rows themselves before each.
*/
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "support/digest.h"

static bool digest(const char *site, const char *name, bool rows)
{
    struct repli_db db = {0};
    struct repli_err err = {0};
    struct repli_buf said = {0};
    char path[1024], hex[65];
    snprintf(path, sizeof path, "%s/%s.db", site, name);
    db.path = path;
    if (sqlite3_open_v2(path, &db.sql, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return fprintf(stderr, "digest: %s: %s\n", path, sqlite3_errmsg(db.sql)), false;
    bool ok = digest_of(&db, strcmp(name, "record") == 0, hex, rows ? &said : NULL, &err);
    if (ok)
        printf("%s%s %s\n", said.data ? said.data : "", name, hex);
    else
        fprintf(stderr, "digest: %s\n", err.text);
    repli_buf_done(&said);
    db.path = NULL;
    repli_db_close(&db);
    return ok;
}

int main(int argc, char **argv)
{
    bool rows = argc == 3 && strcmp(argv[2], "--rows") == 0;
    if (argc != 2 && !rows)
        return fputs("usage: digest SITE [--rows]\n", stderr), 2;
    return digest(argv[1], "record", rows) && digest(argv[1], "ledger", rows) ? 0 : 1;
}
