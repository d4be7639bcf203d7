/* SPDX-License-Identifier: MIT
 * registry: the table of node kinds. To add a kind: one file, one line in kinds.h, one row here. */
#include <string.h>

#include "nodes/kinds.h"

const struct node_kind *const NODE_KINDS[] = {
    &NODE_FETCH, &NODE_INGEST, &NODE_CRAWL, &NODE_ANALYTIC, &NODE_PROBE,
};

const size_t NODE_KIND_COUNT = sizeof(NODE_KINDS) / sizeof(NODE_KINDS[0]);

const struct node_kind *node_kind_find(const char *name)
{
    for (size_t i = 0; i < NODE_KIND_COUNT; i++) {
        if (strcmp(NODE_KINDS[i]->name, name) == 0) {
            return NODE_KINDS[i];
        }
    }
    return NULL;
}
