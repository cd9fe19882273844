/* Replays files through a fuzz target without libFuzzer: how a corpus and a crash file run under gcc. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return perror(path), 1;
    size_t size = 0, room = 1 << 16;
    uint8_t *data = malloc(room);
    for (;;) {
        size_t got = data != NULL ? fread(data + size, 1, room - size, f) : 0;
        size += got;
        if (got == 0)
            break;
        if (size == room)
            data = realloc(data, room *= 2);
    }
    int bad = ferror(f) || data == NULL;
    (void)fclose(f);
    /* A copy of exactly this size: a read one byte beyond its end is then seen by AddressSanitizer. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (!bad && exact != NULL) {
        memcpy(exact, data, size);
        (void)LLVMFuzzerTestOneInput(exact, size);
    }
    free(exact);
    free(data);
    return bad;
}

static int replay(const char *path, unsigned *count)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return perror(path), 1;
    if (!S_ISDIR(st.st_mode)) {
        ++*count;
        return replay_file(path);
    }
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort), bad = n < 0;
    for (int i = 0; i < n; i++) {
        char inner[4096];
        int len = snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && len > 0 && (size_t)len < sizeof inner)
            bad |= replay(inner, count);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return bad;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    int bad = 0;
    for (int i = 1; i < argc; i++)
        bad |= replay(argv[i], &count);
    printf("%u inputs replayed\n", count);
    return bad;
}
