/* What the drivers in C and C++ share: arguments, an .npy file of float64, and a start as numbers in text:
   K D, the weights, the means [K][D] and the covariances [K][D][D] or [K][D]. The contract is that of common.py. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(65);
}

static const char *option(int count, char **arguments, const char *name, const char *otherwise) {
    for (int i = 1; i + 1 < count; i += 2)
        if (strcmp(arguments[i], name) == 0) return arguments[i + 1];
    if (otherwise == NULL) fail(name);
    return otherwise;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* All numbers of a file in version 1 of the format, row by row; the caller knows how many make a row. */
static double *read_npy(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path);
    unsigned char head[10];
    if (fread(head, 1, 10, file) != 10 || head[6] != 1) fail("not an .npy file of version 1");
    long begin = 10 + head[8] + 256L * head[9];
    fseek(file, 0, SEEK_END);
    *count = (size_t)(ftell(file) - begin) / sizeof(double);
    fseek(file, begin, SEEK_SET);
    double *numbers = (double *)malloc(*count * sizeof(double));
    if (fread(numbers, sizeof(double), *count, file) != *count) fail("a short .npy file");
    fclose(file);
    return numbers;
}

typedef struct {
    size_t components, dimension;
    double *weights, *means, *covariances;
} Start;

static double *read_numbers(FILE *file, size_t count) {
    double *numbers = (double *)malloc(count * sizeof(double));
    for (size_t i = 0; i < count; i++)
        if (fscanf(file, "%lf", &numbers[i]) != 1) fail("a short start file");
    return numbers;
}

static Start read_start(const char *path, int full) {
    Start start;
    FILE *file = fopen(path, "r");
    if (file == NULL || fscanf(file, "%zu %zu", &start.components, &start.dimension) != 2) fail(path);
    size_t k = start.components, d = start.dimension;
    start.weights = read_numbers(file, k);
    start.means = read_numbers(file, k * d);
    start.covariances = read_numbers(file, full ? k * d * d : k * d);
    fclose(file);
    return start;
}

/* At most 8 numbers, separated by commas. */
static int read_list(const char *text, int *list) {
    int count = 0;
    for (const char *p = text; p != NULL && count < 8; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) list[count++] = atoi(p);
    return count;
}

static void emit(const double *seconds, int repeats, double log_likelihood, int iterations) {
    printf("{\"seconds\": [");
    for (int i = 0; i < repeats; i++) printf("%s%.9g", i ? ", " : "", seconds[i]);
    printf("], \"log_likelihood\": %.17g, \"iterations\": %d", log_likelihood, iterations);
}
