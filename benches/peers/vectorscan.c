/* Matches many patterns over the files of a folder with Vectorscan in block mode, one block a file, and prints how many
 * matches it tells of. Usage: vectorscan PATTERNS FILE... ; PATTERNS has one expression a line. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hs/hs.h>

static unsigned long long matches;

static int on_match(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *context) {
    (void)id, (void)from, (void)to, (void)flags, (void)context;
    matches++;
    return 0;
}

/* Reads the expressions; those that Vectorscan does not take are left out and counted. */
static hs_database_t *compile(const char *path) {
    FILE *file = fopen(path, "r");
    char **texts = NULL;
    size_t count = 0, room = 0, size = 0;
    char *line = NULL;
    ssize_t length;
    if (!file) {
        perror(path);
        exit(2);
    }
    while ((length = getline(&line, &size, file)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = 0;
        if (count == room) {
            room = room ? 2 * room : 1024;
            texts = realloc(texts, room * sizeof *texts);
        }
        texts[count++] = strdup(line);
    }
    unsigned *flags = malloc(count * sizeof *flags), *ids = malloc(count * sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        flags[i] = HS_FLAG_CASELESS | HS_FLAG_MULTILINE;
        ids[i] = i;
    }
    for (;;) {
        hs_database_t *database;
        hs_compile_error_t *error;
        if (hs_compile_multi((const char *const *)texts, flags, ids, count, HS_MODE_BLOCK, NULL, &database, &error) == HS_SUCCESS)
            return database;
        if (error->expression < 0 || count == 0) {
            fprintf(stderr, "%s\n", error->message);
            exit(2);
        }
        fprintf(stderr, "left out: %s: %s\n", texts[error->expression], error->message);
        texts[error->expression] = texts[--count];
        hs_free_compile_error(error);
    }
}

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    hs_database_t *database = compile(argv[1]);
    hs_scratch_t *scratch = NULL;
    if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS)
        return 2;
    for (int i = 2; i < argc; i++) {
        int file = open(argv[i], O_RDONLY);
        struct stat about;
        if (file < 0 || fstat(file, &about) != 0 || about.st_size == 0)
            continue;
        char *bytes = mmap(NULL, about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes != MAP_FAILED) {
            hs_scan(database, bytes, about.st_size, 0, scratch, on_match, NULL);
            munmap(bytes, about.st_size);
        }
        close(file);
    }
    printf("%llu\n", matches);
    return 0;
}
