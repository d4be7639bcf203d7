/* SPDX-License-Identifier: MIT
 *
 * yaml: a guarded reading of one YAML document into a small tree.
 *
 * libyaml's event interface reads; everything that it lets through and that we do not want is
 * refused here: nesting deeper than LIMIT_YAML_DEPTH (libyaml takes quadratic time in it), too many
 * nodes, aliases, anchors, merge keys, tags, a second document, duplicate keys, NUL in strings, other
 * encodings than UTF-8. Syntax errors stop at the first one, with a message of ours.
 */
#ifndef ROOKERY_SPEC_YAML_H
#define ROOKERY_SPEC_YAML_H

#include "engine/spec/diag.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
    enum yaml_kind kind;
    struct place at;
    bool quoted;    /* scalar: written with quotes or as a block */
    bool from_env;  /* scalar: a ${...} was filled in: never print the value */
    const char *text; /* scalar */
    /* list: items; map: values, with keys[i] and key_at[i] */
    int count;
    struct yaml_node **items;
    const char **keys;
    struct place *key_at;
};

/* Reads a document; NULL after adding findings. Everything lives in mem. */
struct yaml_node *yaml_read(struct mem *mem, const char *text, size_t len, struct diag *diag);

/* Value of a key in a map, NULL if absent. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
const char *yaml_kind_name(enum yaml_kind kind); /* "string", "list", "mapping" */

#endif
