/* SPDX-License-Identifier: MIT
 * spec_links: references between assets, and cycles among them. */
#include <string.h>

#include "engine/base/limits.h"
#include "engine/spec/spec_internal.h"

/* "did you mean" for a name that is no asset. */
static void unknown_asset(struct loader *loader, const struct yaml_node *node)
{
    const char **names = mem_array(loader->env.mem, HASH_COUNT(loader->names) + 1, sizeof(*names));
    struct spec_name *row, *next;
    const char *near;
    int count = 0;

    diag_add(loader->env.diag, DIAG_E034, node->at, "the asset '%.60s' is not defined",
             node->from_env ? "(from the environment)" : node->text);
    HASH_ITER(hh, loader->names, row, next)
    {
        names[count++] = row->name;
    }
    near = diag_nearest(node->text, names);
    if (near != NULL) {
        row = spec_name_find(loader, near);
        diag_help(loader->env.diag, "did you mean '%s' (%d:%d)?", near, row->at.line, row->at.col);
    }
}

static void link_dep(struct loader *loader, struct spec_asset *asset, const struct yaml_node *node)
{
    const struct spec_name *row;

    if (!value_is(&loader->env, node, "deps", YAML_SCALAR) || node->text[0] == '\0') {
        return;
    }
    row = spec_name_find(loader, node->text);
    if (row == NULL) {
        unknown_asset(loader, node);
        return;
    }
    for (int i = row->first; i < row->first + row->count; i++) {
        if (&loader->spec->assets[i] == asset) {
            diag_add(loader->env.diag, DIAG_E035, node->at, "asset '%s' depends on itself",
                     asset->name);
            return;
        }
        asset->deps[asset->dep_count++] = i;
    }
}

/* Room needed: a group stands for all its plugins. */
static int count_deps(struct loader *loader, const struct yaml_node *node)
{
    int count = 0;

    for (int i = 0; i < node->count; i++) {
        const struct spec_name *row = node->items[i]->kind == YAML_SCALAR
                                          ? spec_name_find(loader, node->items[i]->text)
                                          : NULL;

        count += row != NULL ? row->count : 0;
    }
    return count;
}

static void link_deps(struct loader *loader, int index)
{
    struct spec_asset *asset = &loader->spec->assets[index];
    const struct yaml_node *node = loader->deps_nodes[index];
    int room;

    if (node == NULL || !value_is(&loader->env, node, "deps", YAML_LIST)) {
        return;
    }
    room = count_deps(loader, node);
    if (room > LIMIT_DEPS_PER_ASSET || node->count > LIMIT_DEPS_PER_ASSET) {
        diag_add(loader->env.diag, DIAG_E046, node->at, "%s: %d deps exceed the limit of %d",
                 asset->name, room > node->count ? room : node->count, LIMIT_DEPS_PER_ASSET);
        return;
    }
    asset->deps = mem_array(loader->env.mem, (size_t)room, sizeof(int));
    for (int i = 0; i < node->count; i++) {
        link_dep(loader, asset, node->items[i]);
    }
}

static void link_partitions(struct loader *loader, int index)
{
    struct spec_asset *asset = &loader->spec->assets[index];
    const struct yaml_node *node = loader->from_nodes[index];
    const struct spec_name *row;

    if (node == NULL || !value_is(&loader->env, node, "from", YAML_SCALAR)) {
        return;
    }
    row = spec_name_find(loader, node->text);
    if (row == NULL) {
        unknown_asset(loader, node);
        return;
    }
    if (row->count != 1 || !loader->spec->assets[row->first].kind->provides_partitions) {
        diag_add(loader->env.diag, DIAG_E045, node->at, "the asset '%s' provides no partitions",
                 node->text);
        diag_help(loader->env.diag, "partitions come from an asset of the kind crawl");
        return;
    }
    asset->partitions_from = row->first;
}

/* ---- cycles: Tarjan's components without recursion, then the shortest way round ------------- */

struct tarjan {
    int *index, *low, *stack, *call, *call_edge, *component;
    bool *on_stack;
    int next_index, stack_len, call_len, components;
};

static void close_component(struct tarjan *t, int root)
{
    int v;

    do {
        v = t->stack[--t->stack_len];
        t->on_stack[v] = false;
        t->component[v] = t->components;
    } while (v != root);
    t->components++;
}

static void enter(struct tarjan *t, int v)
{
    t->index[v] = t->low[v] = ++t->next_index;
    t->stack[t->stack_len++] = v;
    t->on_stack[v] = true;
    t->call[t->call_len] = v;
    t->call_edge[t->call_len++] = 0;
}

static void visit(struct tarjan *t, const struct spec *spec, int start)
{
    enter(t, start);
    while (t->call_len > 0) {
        int v = t->call[t->call_len - 1];
        int edge = t->call_edge[t->call_len - 1]++;

        if (edge < spec->assets[v].dep_count) {
            int w = spec->assets[v].deps[edge];

            if (t->index[w] == 0) {
                enter(t, w);
            } else if (t->on_stack[w] && t->index[w] < t->low[v]) {
                t->low[v] = t->index[w];
            }
            continue;
        }
        t->call_len--;
        if (t->call_len > 0 && t->low[v] < t->low[t->call[t->call_len - 1]]) {
            t->low[t->call[t->call_len - 1]] = t->low[v];
        }
        if (t->low[v] == t->index[v]) {
            close_component(t, v);
        }
    }
}

/* Shortest way from `start` back to itself inside its component, by breadth; the path in `path`. */
static int shortest_cycle(struct mem *mem, const struct spec *spec, const int *component, int start,
                          int *path)
{
    int n = spec->asset_count, head = 0, tail = 0, len = 0;
    int *queue = mem_array(mem, (size_t)n + 1, sizeof(int));
    int *from = mem_array(mem, (size_t)n, sizeof(int)); /* 0 = not met, else previous + 1 */

    queue[tail++] = start;
    while (head < tail) {
        int v = queue[head++];

        for (int i = 0; i < spec->assets[v].dep_count; i++) {
            int w = spec->assets[v].deps[i];

            if (w == start) {
                for (int at = v; at != start; at = from[at] - 1) {
                    path[len++] = at;
                }
                path[len++] = start;
                return len;
            }
            if (component[w] == component[start] && from[w] == 0) {
                from[w] = v + 1;
                queue[tail++] = w;
            }
        }
    }
    return 0;
}

static void report_cycle(struct loader *loader, const int *component, int start)
{
    const struct spec *spec = loader->spec;
    int *path = mem_array(loader->env.mem, (size_t)spec->asset_count + 1, sizeof(int));
    int len = shortest_cycle(loader->env.mem, spec, component, start, path);
    AUTO(buf) struct buf text = BUF_INIT(ERR_TEXT_MAX);

    for (int i = len - 1; i >= 0; i--) {
        const struct spec_asset *asset = &spec->assets[path[i]];

        buf_printf(&text, "%s (%d:%d) -> ", asset->name, asset->at.line, asset->at.col);
    }
    diag_add(loader->env.diag, DIAG_E036, spec->assets[start].at, "dependency cycle: %s%s",
             buf_str(&text), spec->assets[start].name);
    diag_help(loader->env.diag, "each '->' reads 'depends on'; remove one of these deps");
}

static void find_cycles(struct loader *loader)
{
    const struct spec *spec = loader->spec;
    struct mem *mem = loader->env.mem;
    size_t n = (size_t)spec->asset_count;
    struct tarjan t = {.index = mem_array(mem, n, sizeof(int)),
                       .low = mem_array(mem, n, sizeof(int)),
                       .stack = mem_array(mem, n, sizeof(int)),
                       .call = mem_array(mem, n, sizeof(int)),
                       .call_edge = mem_array(mem, n, sizeof(int)),
                       .component = mem_array(mem, n, sizeof(int)),
                       .on_stack = mem_array(mem, n, sizeof(bool))};
    int *sizes, *first;

    for (int i = 0; i < spec->asset_count; i++) {
        if (t.index[i] == 0) {
            visit(&t, spec, i);
        }
    }
    sizes = mem_array(mem, (size_t)t.components, sizeof(int));
    first = mem_array(mem, (size_t)t.components, sizeof(int));
    for (int i = spec->asset_count - 1; i >= 0; i--) {
        sizes[t.component[i]]++;
        first[t.component[i]] = i;
    }
    for (int i = 0; i < t.components; i++) {
        if (sizes[i] > 1) {
            report_cycle(loader, t.component, first[i]);
        }
    }
}

void spec_link_assets(struct loader *loader)
{
    for (int i = 0; i < loader->spec->asset_count; i++) {
        link_deps(loader, i);
        link_partitions(loader, i);
    }
    find_cycles(loader);
}
