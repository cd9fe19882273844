#include "base_tmp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <sys/resource.h>

#include "base/file_internal.h"

static const char *in(struct repli_arena *a, void **state, const char *name)
{
    return repli_path_join(a, *state, name);
}

static void put(const char *path, const char *text)
{
    struct repli_err err = {0};
    assert_ok(repli_file_write(path, text, strlen(text), 0600, &err), &err);
}

static void holds(const char *path, const char *text)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char *data;
    size_t len;
    assert_ok(repli_file_read(path, 1000000, &a, &data, &len, &err), &err);
    assert_int_equal(len, strlen(text));
    assert_string_equal(data, text);
    repli_arena_done(&a);
}

static size_t entries(void **state)
{
    struct repli_arena a = {0};
    char **names;
    size_t count;
    assert_int_equal(repli_dir_list(*state, &a, &names, &count, NULL), REPLI_OK);
    assert_null(names[count]);
    repli_arena_done(&a);
    return count;
}

/* What was written is read back, with the mode asked for whatever the umask, and nothing else stays in the folder. */
static void write_and_read(void **state)
{
    struct repli_arena a = {0};
    struct stat st;
    const char *path = in(&a, state, "a.txt");
    mode_t old = umask(0077);
    put(path, "one");
    holds(path, "one");
    put(path, "");
    holds(path, "");
    struct repli_err err = {0};
    assert_ok(repli_file_write(path, "two", 3, 0644, &err), &err);
    (void)umask(old);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_int_equal(entries(state), 1);
    repli_arena_done(&a);
}

/* A file as large as the limit is read, one byte more is refused, and nothing is handed out then. */
static void read_limit(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const char *path = in(&a, state, "a");
    char *data = NULL;
    size_t len = 99;
    put(path, "0123456789");
    assert_ok(repli_file_read(path, 10, &a, &data, &len, &err), &err);
    assert_int_equal(len, 10);
    assert_int_equal(data[10], 0);
    put(path, "");
    assert_ok(repli_file_read(path, 0, &a, &data, &len, &err), &err);
    assert_int_equal(len, 0);
    put(path, "0123456789");
    data = NULL;
    len = 99;
    assert_fails(repli_file_read(path, 9, &a, &data, &len, &err), &err, REPLI_IO, "9");
    assert_fails(repli_file_read(in(&a, state, "none"), 9, &a, &data, &len, &err), &err, REPLI_IO, "none: ");
    assert_fails(repli_file_read(*state, 9, &a, &data, &len, &err), &err, REPLI_IO, "directory");
    assert_null(data);
    assert_int_equal(len, 99);
    repli_arena_done(&a);
}

/* Files without a size of their own (pipes, /proc) are read to their end and held to the same limit. */
static void read_without_size(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char *data, large[20000];
    size_t len;
    (void)state;
    assert_ok(repli_file_read("/proc/self/status", 1000000, &a, &data, &len, &err), &err);
    assert_int_equal(len, strlen(data));
    assert_true(len > 100);
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    memset(large, 'x', sizeof large);
    assert_int_equal(write(fd[1], large, sizeof large), sizeof large);
    close(fd[1]);
    const char *path = repli_arena_printf(&a, "/proc/self/fd/%d", fd[0]);
    assert_ok(repli_file_read(path, sizeof large, &a, &data, &len, &err), &err);
    assert_int_equal(len, sizeof large);
    assert_memory_equal(data, large, len);
    close(fd[0]);
    assert_fails(repli_file_read("/dev/zero", 5000, &a, &data, &len, &err), &err, REPLI_IO, "more than");
    repli_arena_done(&a);
}

/* After a failed write the old file is as it was and no temporary file is left: no folder, a full disk, a folder in its
** place. */
static void write_fails(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const char *path = in(&a, state, "a");
    char large[5000];
    memset(large, 'x', sizeof large);
    put(path, "old");
    assert_fails(repli_file_write(in(&a, state, "none/a"), "x", 1, 0600, &err), &err, REPLI_IO, "none/a");
    struct rlimit was, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    small = was;
    small.rlim_cur = 4096; /* writes past 4 KiB fail half-way, as on a full disk */
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum repli_status st = repli_file_write(path, large, sizeof large, 0600, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    signal(SIGXFSZ, handler);
    assert_fails(st, &err, REPLI_IO, "too large");
    holds(path, "old");
    assert_int_equal(entries(state), 1);
    assert_int_equal(mkdir(in(&a, state, "folder"), 0700), 0);
    assert_fails(repli_file_write(in(&a, state, "folder"), "x", 1, 0600, &err), &err, REPLI_IO, "folder");
    assert_int_equal(entries(state), 2);
    repli_arena_done(&a);
}

/* A temporary file that a killed process of the same number left does not stand in the way, nor is a link followed. */
static void stale_temporary(void **state)
{
    struct repli_arena a = {0};
    const char *path = in(&a, state, "a"), *victim = in(&a, state, "victim");
    const char *tmp = repli_arena_printf(&a, "%s.tmp-%ld", path, (long)getpid());
    put(victim, "precious");
    put(tmp, "half");
    put(path, "new");
    holds(path, "new");
    assert_int_equal(symlink(victim, tmp), 0);
    put(path, "newer");
    holds(path, "newer");
    holds(victim, "precious");
    assert_int_equal(entries(state), 2);
    repli_arena_done(&a);
}

/* A temporary file that another wrote takes its place; after a failure it is gone and the old file stays. */
static void commit(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const char *tmp = in(&a, state, "t"), *path = in(&a, state, "a");
    put(path, "old");
    put(tmp, "new");
    assert_ok(repli_file_commit(tmp, path, &err), &err);
    holds(path, "new");
    assert_false(repli_file_exists(tmp));
    assert_fails(repli_file_commit(tmp, path, &err), &err, REPLI_IO, "t: ");
    holds(path, "new");
    put(tmp, "lost");
    assert_int_equal(mkdir(in(&a, state, "d"), 0700), 0);
    assert_fails(repli_file_commit(tmp, in(&a, state, "d"), &err), &err, REPLI_IO, "d: ");
    assert_false(repli_file_exists(tmp));
    repli_arena_done(&a);
}

/* Folders are made with their parents; existing ones are fine; a file in the way is not. */
static void folders(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct stat st;
    const char *deep = in(&a, state, "x//y/z/");
    assert_ok(repli_dir_make(deep, 0700, &err), &err);
    assert_ok(repli_dir_make(deep, 0700, &err), &err);
    assert_int_equal(stat(in(&a, state, "x/y/z"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    put(in(&a, state, "x/file"), "");
    assert_fails(repli_dir_make(in(&a, state, "x/file"), 0700, &err), &err, REPLI_IO, "not a folder");
    assert_fails(repli_dir_make(in(&a, state, "x/file/y"), 0700, &err), &err, REPLI_IO, "not a folder");
    assert_fails(repli_dir_make("", 0700, &err), &err, REPLI_IO, "");
    assert_ok(repli_dir_make("/", 0700, &err), &err);
    assert_ok(repli_dir_sync(*state, &err), &err);
    assert_fails(repli_dir_sync(in(&a, state, "none"), &err), &err, REPLI_IO, "none");
    repli_arena_done(&a);
}

/* Names come sorted by bytes, whatever order the file system keeps. */
static void list(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char **names = NULL;
    size_t count = 0;
    for (int i = 40; i > 0; i--)
        put(in(&a, state, repli_arena_printf(&a, "f%d", i * 7 % 41)), "");
    put(in(&a, state, "\xC3\xA9"), "");
    put(in(&a, state, "Z"), "");
    put(in(&a, state, ".hidden"), "");
    assert_ok(repli_dir_list(*state, &a, &names, &count, &err), &err);
    assert_int_equal(count, 43);
    assert_null(names[count]);
    assert_string_equal(names[0], ".hidden");
    assert_string_equal(names[1], "Z");
    assert_string_equal(names[count - 1], "\xC3\xA9");
    for (size_t i = 1; i < count; i++)
        assert_true(strcmp(names[i - 1], names[i]) < 0);
    assert_fails(repli_dir_list(in(&a, state, "none"), &a, &names, &count, &err), &err, REPLI_IO, "none");
    assert_int_equal(count, 43);
    repli_arena_done(&a);
}

/* Paths are joined by exactly one slash. */
static void join(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    assert_string_equal(repli_path_join(&a, "a", "b"), "a/b");
    assert_string_equal(repli_path_join(&a, "a/", "b"), "a/b");
    assert_string_equal(repli_path_join(&a, "/", "b"), "/b");
    assert_string_equal(repli_path_join(&a, "", "b"), "b");
    repli_arena_done(&a);
}

/* SHA-256 of the vectors of FIPS 180-4, from memory and from files that do not fit one read. */
static void sha256(void **state)
{
    static const uint8_t abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                    0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                    0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    static const uint8_t million[32] = {0xcd, 0xc7, 0x6e, 0x5c, 0x99, 0x14, 0xfb, 0x92, 0x81, 0xa1, 0xc7,
                                        0xe2, 0x84, 0xd7, 0x3e, 0x67, 0xf1, 0x80, 0x9a, 0x48, 0xa4, 0x97,
                                        0x20, 0x0e, 0x04, 0x6d, 0x39, 0xcc, 0xc7, 0x11, 0x2c, 0xd0};
    struct repli_arena a = {0};
    struct repli_err err = {0};
    uint8_t out[32], want[32];
    repli_sha256("abc", 3, out);
    assert_memory_equal(out, abc, 32);
    char *text = repli_arena_alloc(&a, 1000001);
    memset(text, 'a', 1000000);
    repli_sha256(text, 1000000, out);
    assert_memory_equal(out, million, 32);
    const char *path = in(&a, state, "million");
    put(path, text);
    memset(out, 0, sizeof out);
    assert_ok(repli_sha256_file(path, out, &err), &err);
    assert_memory_equal(out, million, 32);
    assert_fails(repli_sha256_file(in(&a, state, "none"), out, &err), &err, REPLI_IO, "none");
    assert_memory_equal(out, million, 32);
    /* in parts of any length, against another implementation */
    for (size_t part = 1; part < 700; part += part < 140 ? 1 : 61) {
        struct repli_sha256 h;
        size_t len = 3 * part + 77, i = 0;
        for (size_t k = 0; k < len; k++)
            text[k] = (char)(k * 7 + part);
        repli_sha256_init(&h);
        for (; i + part <= len; i += part)
            repli_sha256_add(&h, text + i, part);
        repli_sha256_add(&h, text + i, len - i);
        repli_sha256_end(&h, out);
        crypto_hash_sha256(want, (const unsigned char *)text, len);
        assert_memory_equal(out, want, 32);
    }
    repli_arena_done(&a);
}

/* Kernel file systems that are no disk are told from disks; the escape for tests in containers works. */
static void unsafe_fs(void **state)
{
    (void)state;
    const char *was = getenv("REPLI_ALLOW_FS");
    char *keep = was ? repli_xstrdup(was) : NULL;
    unsetenv("REPLI_ALLOW_FS");
    assert_null(repli_file_unsafe_fs("/proc")); /* no disk, and none of the dangerous kinds */
    FILE *mounts = fopen("/proc/self/mounts", "r");
    char line[4096], where[2048], kind[64];
    int seen = 0;
    while (mounts && fgets(line, sizeof line, mounts)) {
        if (sscanf(line, "%*s %2047s %63s", where, kind) != 2 || strchr(where, '\\'))
            continue;
        bool bad = strcmp(kind, "overlay") == 0 || strcmp(kind, "9p") == 0 || strncmp(kind, "nfs", 3) == 0;
        bool good = strcmp(kind, "ext4") == 0 || strcmp(kind, "xfs") == 0 || strcmp(kind, "btrfs") == 0 ||
                    strcmp(kind, "tmpfs") == 0;
        struct stat st;
        if ((!bad && !good) || stat(where, &st) != 0)
            continue;
        const char *said = repli_file_unsafe_fs(where);
        if (bad) {
            assert_non_null(said);
            assert_memory_equal(said, kind, strlen(said));
            setenv("REPLI_ALLOW_FS", "1", 1);
            assert_null(repli_file_unsafe_fs(where));
            setenv("REPLI_ALLOW_FS", "0", 1);
            assert_non_null(repli_file_unsafe_fs(where));
            unsetenv("REPLI_ALLOW_FS");
        } else if (said) {
            /* something else may be mounted over it later in the list: only the last line of a folder counts */
            print_message("%s (%s) is called %s\n", where, kind, said);
        }
        seen += good && !said;
    }
    if (mounts)
        fclose(mounts);
    if (keep)
        setenv("REPLI_ALLOW_FS", keep, 1);
    free(keep);
    if (!seen) /* a changed root shows no mounts of disks */
        skip();
}

/* The kinds that are refused, by the numbers that the kernel gives them; disks and memory are not among them. */
static void magic_numbers(void **state)
{
    (void)state;
    assert_string_equal(repli_fs_unsafe(0x6969), "nfs");
    assert_string_equal(repli_fs_unsafe(0xFF534D42), "cifs");
    assert_string_equal(repli_fs_unsafe(0xFE534D42), "smb2");
    assert_string_equal(repli_fs_unsafe(0x01021997), "9p");
    assert_string_equal(repli_fs_unsafe(0x65735546), "fuse");
    assert_string_equal(repli_fs_unsafe(0x794C7630), "overlay");
    static const unsigned long good[] = {0xEF53, 0x58465342, 0x9123683E, 0x01021994,
                                         0x4D44, 0x2011BAB0, 0}; /* ext4 xfs btrfs tmpfs vfat exfat */
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_null(repli_fs_unsafe(good[i]));
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, tmp_setup, tmp_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(write_and_read),
        IN_FOLDER(read_limit),
        cmocka_unit_test(read_without_size),
        IN_FOLDER(write_fails),
        IN_FOLDER(stale_temporary),
        IN_FOLDER(commit),
        IN_FOLDER(folders),
        IN_FOLDER(list),
        cmocka_unit_test(join),
        IN_FOLDER(sha256),
        cmocka_unit_test(unsafe_fs),
        cmocka_unit_test(magic_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
