/* SPDX-License-Identifier: MIT
 *
 * diag: what is wrong with a pipeline file, collected in one pass.
 *
 * Each finding has a code (a row of DIAG_CODES), a place (line and column from 1, columns in code
 * points; line 0 = the file as a whole), a message, and may have a help line and a second place with a note. They are
 * shown sorted by place, at most LIMIT_DIAGNOSTICS of them and then a count:
 *
 *     pipeline.yaml:8:12: error[E034]: asset 'gamse' is not defined
 *       8 |     deps: [gamse]
 *         |            ^
 *     help: did you mean 'games'?
 *     note: 4:3: 'games' is defined here
 *
 * Text from the file is shown with control characters replaced, so that a file cannot drive the
 * terminal. A diag refers to the file's text: keep that alive.
 */
#ifndef ROOKERY_SPEC_DIAG_H
#define ROOKERY_SPEC_DIAG_H

#include <jansson.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"

/* code, what it is about */
#define DIAG_CODES(X)                                                                              \
    X(E001, "the file cannot be read")                                                             \
    X(E002, "the file has no document")                                                            \
    X(E003, "the file or a value is too large")                                                    \
    X(E004, "a byte is not valid UTF-8")                                                           \
    X(E005, "a control character")                                                                 \
    X(E006, "a string contains NUL")                                                               \
    X(E007, "the file is UTF-16")                                                                  \
    X(E010, "a tab indents")                                                                       \
    X(E011, "something is never closed")                                                           \
    X(E012, "an indentation matches no open block")                                                \
    X(E013, "a colon inside a plain value")                                                        \
    X(E014, "a value starts with a reserved character")                                            \
    X(E015, "nesting too deep")                                                                    \
    X(E016, "anchors and aliases are not supported")                                               \
    X(E017, "a key is given twice")                                                                \
    X(E018, "more than one document")                                                              \
    X(E019, "another YAML version")                                                                \
    X(E020, "explicit tags are not allowed")                                                       \
    X(E021, "a value of another kind is expected")                                                 \
    X(E029, "other YAML syntax")                                                                   \
    X(E030, "unknown key")                                                                         \
    X(E031, "not an integer in range")                                                             \
    X(E032, "not true or false")                                                                   \
    X(E033, "not a duration in range")                                                             \
    X(E034, "an unknown asset is named")                                                           \
    X(E035, "an asset depends on itself")                                                          \
    X(E036, "a dependency cycle")                                                                  \
    X(E037, "a name that cannot be used")                                                          \
    X(E038, "a name is taken")                                                                     \
    X(E039, "not one of the choices")                                                              \
    X(E040, "something required is missing")                                                       \
    X(E041, "plugins cannot be listed")                                                            \
    X(E045, "options that do not fit together")                                                    \
    X(E046, "too many assets or dependencies")                                                     \
    X(E060, "a secret stands in the file")                                                         \
    X(E061, "an environment variable is not set")                                                  \
    X(E062, "a ${...} that cannot be read")

enum diag_code {
#define X(code, about) DIAG_##code,
    DIAG_CODES(X)
#undef X
        DIAG_CODE_COUNT
};

struct place {
    int line, col; /* from 1; 0 = unknown */
};

struct diag;

/* path is shown in front of each finding. */
struct diag *diag_new(struct mem *mem, const char *path);
/* The text that source lines are quoted from. */
void diag_source(struct diag *diag, const char *text, size_t len);

/* Adds a finding. */
void diag_add(struct diag *diag, enum diag_code code, struct place at, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* A help line for the finding added last; a note that points at another place. */
void diag_help(struct diag *diag, const char *fmt, ...) PRINTF_LIKE(2, 3);
void diag_note(struct diag *diag, struct place at, const char *fmt, ...) PRINTF_LIKE(3, 4);

int diag_count(const struct diag *diag);
/* "E034" of the i-th finding in order of place. */
const char *diag_code_name(enum diag_code code);
enum diag_code diag_code_at(struct diag *diag, int i);

/* The whole report as text, or as a JSON array of objects. */
void diag_render(struct diag *diag, struct buf *out);
json_t *diag_json(struct diag *diag);

/* "did you mean": the candidate nearest to `word` by Damerau-Levenshtein distance, at most 2 and at
 * most a third of the word's length (1 for short words); NULL if none. candidates is NULL-ended. */
const char *diag_nearest(const char *word, const char *const *candidates);

#endif
