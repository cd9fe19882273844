/* Statements that are asked for again and again are compiled once: for a page of a pile that would otherwise cost as
** much as reading its code.  A statement that is let go of is reset, its values are cleared, and it waits for the next
** one who asks the same, up to so many a connection.  A reset statement holds no lock and no row. */
#include "store/db_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_MAX 48

struct kept {
    sqlite3_stmt *st; /* NULL = free */
    size_t len;       /* of its text: few have the same */
    uint64_t used;    /* when, by the count of all */
};

/* Of one connection; a handle is never used by two threads, but different threads have handles. */
struct keeper {
    struct keeper *next;
    sqlite3 *sql;
    uint64_t count;
    struct kept kept[KEPT_MAX];
};

static struct keeper *keepers;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct keeper *keeper_of(sqlite3 *sql, bool make)
{
    (void)pthread_mutex_lock(&lock);
    struct keeper *k = keepers;
    while (k && k->sql != sql)
        k = k->next;
    if (!k && make) {
        k = repli_xcalloc(1, sizeof *k);
        *k = (struct keeper){.next = keepers, .sql = sql};
        keepers = k;
    }
    (void)pthread_mutex_unlock(&lock);
    return k;
}

/* Only what changes or reads rows, or bounds a transaction: a pragma may do its work while it is compiled, but for the
** one that only reads a number. */
static bool worth_keeping(const char *sql)
{
    static const char *const words[] = {"SELECT", "INSERT", "UPDATE",    "DELETE",  "WITH",
                                        "BEGIN",  "COMMIT", "SAVEPOINT", "RELEASE", "PRAGMA data_version"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(sql, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

sqlite3_stmt *repli_db_kept_take(sqlite3 *sql, const char *text)
{
    struct keeper *k = worth_keeping(text) ? keeper_of(sql, false) : NULL;
    size_t len = strlen(text);
    for (size_t i = 0; k && i < KEPT_MAX; i++)
        if (k->kept[i].st && k->kept[i].len == len && memcmp(sqlite3_sql(k->kept[i].st), text, len) == 0) {
            sqlite3_stmt *st = k->kept[i].st;
            k->kept[i].st = NULL;
            return st;
        }
    return NULL;
}

void repli_db_kept_give(sqlite3_stmt *st)
{
    const char *text = st ? sqlite3_sql(st) : NULL;
    if (!text || !worth_keeping(text)) {
        sqlite3_finalize(st);
        return;
    }
    struct keeper *k = keeper_of(sqlite3_db_handle(st), true);
    struct kept *oldest = &k->kept[0];
    for (size_t i = 0; i < KEPT_MAX && oldest->st; i++)
        if (!k->kept[i].st || k->kept[i].used < oldest->used)
            oldest = &k->kept[i];
    (void)sqlite3_reset(st); /* repeats the error of the last step, which is reported already */
    (void)sqlite3_clear_bindings(st);
    sqlite3_finalize(oldest->st);
    *oldest = (struct kept){st, strlen(text), ++k->count};
}

void repli_db_kept_drop(sqlite3 *sql)
{
    (void)pthread_mutex_lock(&lock);
    struct keeper **at = &keepers;
    while (*at && (*at)->sql != sql)
        at = &(*at)->next;
    struct keeper *k = *at;
    if (k)
        *at = k->next;
    (void)pthread_mutex_unlock(&lock);
    for (size_t i = 0; k && i < KEPT_MAX; i++)
        sqlite3_finalize(k->kept[i].st);
    free(k);
}
