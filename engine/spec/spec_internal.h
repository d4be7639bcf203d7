/* SPDX-License-Identifier: MIT
 * spec_internal: what the spec*.c files share; nobody else includes it. */
#ifndef ROOKERY_SPEC_SPEC_INTERNAL_H
#define ROOKERY_SPEC_SPEC_INTERNAL_H

#include <uthash.h>

#include "engine/spec/spec.h"
#include "engine/spec/value.h"

/* A name that may stand in deps: an asset, or a group of plugins (first .. first + count - 1). */
struct spec_name {
    const char *name;
    struct place at;
    int first, count;
    UT_hash_handle hh;
};

struct loader {
    struct value_env env;
    struct spec *spec;
    struct spec_name *names;
    const struct yaml_node **deps_nodes; /* by asset: its deps, its partitions.from */
    const struct yaml_node **from_nodes;
    int cap;
};

/* spec_assets.c: every asset of the file, without their references. */
void spec_read_assets(struct loader *loader, const struct yaml_node *map);
/* spec_links.c: deps, partitions.from, cycles. */
void spec_link_assets(struct loader *loader);

void spec_own_json(struct spec *spec, struct mem *mem, json_t *json);
/* Index of a pool, added with one slot when new. */
int spec_pool_index(struct loader *loader, const char *name);
struct spec_name *spec_name_find(struct loader *loader, const char *name);

#endif
