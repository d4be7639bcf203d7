/* SPDX-License-Identifier: MIT
 * spec_assets: one asset after the other; references between them are in spec_links.c. */
#include <ctype.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/spec/spec_internal.h"

enum { NAME_MAX_BYTES = 48, ATTEMPTS_MAX = 100, DESCRIPTION_MAX = 2000, CHECKS_MAX = 64 };
#define DAY_MS (24 * 3600 * 1000LL)

static const char *const ASSET_KEYS[] = {"node",    "deps",        "partitions",       "pool",
                                         "retry",   "timeout",     "progress_timeout", "checks",
                                         "with",    "plugins",     "description",      "group",
                                         NULL};
static const char *const RESERVED[] = {"all", "any", "done", "plugin", "table", "select", "user",
                                       "group", "order", "not", "and", "or", NULL};

/* Asset names become names of tables and of URLs. */
static bool check_name(struct loader *loader, const char *name, struct place at, const char *what)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    struct diag *diag = loader->env.diag;

    if (name[0] == '\0' || name[len] != '\0' || !islower((unsigned char)name[0])) {
        unsigned char bad = (unsigned char)(name[len] != '\0' ? name[len] : name[0]);

        diag_add(diag, DIAG_E037, at,
                 "%s: a name starts with a-z and holds only a-z, 0-9 and _ (found byte 0x%02x)",
                 what, bad);
        return false;
    }
    if (len > NAME_MAX_BYTES) {
        diag_add(diag, DIAG_E037, at, "%s: a name has at most %d characters, this one %zu", what,
                 NAME_MAX_BYTES, len);
        return false;
    }
    for (int i = 0; RESERVED[i] != NULL; i++) {
        if (strcmp(RESERVED[i], name) == 0) {
            diag_add(diag, DIAG_E037, at, "%s: '%s' is a reserved word", what, name);
            return false;
        }
    }
    return true;
}

struct spec_name *spec_name_find(struct loader *loader, const char *name)
{
    struct spec_name *found;

    HASH_FIND_STR(loader->names, name, found);
    return found;
}

/* Registers a name; false after a finding when it is taken. */
static bool add_name(struct loader *loader, const char *name, struct place at, int first, int count)
{
    struct spec_name *row = spec_name_find(loader, name);

    if (row != NULL) {
        diag_add(loader->env.diag, DIAG_E038, at, "the name '%s' is taken", name);
        diag_note(loader->env.diag, row->at, "first used here");
        return false;
    }
    row = mem_alloc(loader->env.mem, sizeof(*row));
    *row = (struct spec_name){.name = name, .at = at, .first = first, .count = count};
    HASH_ADD_KEYPTR(hh, loader->names, row->name, strlen(row->name), row);
    return true;
}

static struct spec_asset *add_asset(struct loader *loader, const struct spec_asset *asset)
{
    struct spec *spec = loader->spec;
    struct mem *mem = loader->env.mem;

    if (spec->asset_count == loader->cap) {
        int cap = loader->cap != 0 ? loader->cap * 2 : 32;
        size_t count = (size_t)spec->asset_count;
        struct spec_asset *assets = mem_array(mem, (size_t)cap, sizeof(*assets));
        const struct yaml_node **deps = mem_array(mem, (size_t)cap, sizeof(*deps));
        const struct yaml_node **from = mem_array(mem, (size_t)cap, sizeof(*from));

        if (count > 0) {
            memcpy(assets, spec->assets, count * sizeof(*assets));
            memcpy(deps, loader->deps_nodes, count * sizeof(*deps));
            memcpy(from, loader->from_nodes, count * sizeof(*from));
        }
        spec->assets = assets;
        loader->deps_nodes = deps;
        loader->from_nodes = from;
        loader->cap = cap;
    }
    spec->assets[spec->asset_count] = *asset;
    return &spec->assets[spec->asset_count++];
}

static void read_retry(struct loader *loader, const struct yaml_node *node, struct spec_retry *retry)
{
    static const char *const KEYS[] = {"attempts", "backoff", "delay", "max_delay", "jitter", NULL};
    static const char *const BACKOFFS[] = {"constant", "linear", "exponential", NULL};
    static const char *const JITTERS[] = {"none", "full", "plus_minus", NULL};
    const struct value_env *env = &loader->env;
    const struct yaml_node *at;
    int64_t attempts;

    if (!value_is(env, node, "retry", YAML_MAP)) {
        return;
    }
    value_check_keys(env, node, "retry", KEYS);
    if ((at = yaml_get(node, "attempts")) != NULL &&
        value_int(env, at, "attempts", 1, ATTEMPTS_MAX, &attempts)) {
        retry->attempts = (int)attempts;
    }
    if ((at = yaml_get(node, "backoff")) != NULL) {
        (void)value_choice(env, at, "backoff", BACKOFFS, &retry->backoff);
    }
    if ((at = yaml_get(node, "delay")) != NULL) {
        (void)value_duration(env, at, "delay", 0, DAY_MS, &retry->delay_ms);
    }
    if ((at = yaml_get(node, "max_delay")) != NULL) {
        (void)value_duration(env, at, "max_delay", 0, 7 * DAY_MS, &retry->max_delay_ms);
    }
    if ((at = yaml_get(node, "jitter")) != NULL) {
        (void)value_choice(env, at, "jitter", JITTERS, &retry->jitter);
    }
}

static void read_check(struct loader *loader, const struct yaml_node *node, struct spec_check *check)
{
    static const char *const KEYS[] = {"name", "sql", "severity", "blocking", NULL};
    static const char *const SEVERITIES[] = {"warn", "error", NULL};
    const struct value_env *env = &loader->env;
    const struct yaml_node *name = NULL, *sql = NULL, *at;
    int severity = 0;

    if (!value_is(env, node, "check", YAML_MAP)) {
        return;
    }
    value_check_keys(env, node, "check", KEYS);
    name = yaml_get(node, "name");
    sql = yaml_get(node, "sql");
    if (name == NULL || sql == NULL) {
        diag_add(env->diag, DIAG_E040, node->at, "a check needs the keys 'name' and 'sql'");
        return;
    }
    check->at = node->at;
    if (value_string(env, name, "name", &check->name)) {
        (void)check_name(loader, check->name, name->at, "check");
    }
    (void)value_string(env, sql, "sql", &check->sql);
    if ((at = yaml_get(node, "severity")) != NULL) {
        (void)value_choice(env, at, "severity", SEVERITIES, &severity);
    }
    check->error = severity == 1;
    if ((at = yaml_get(node, "blocking")) != NULL) {
        (void)value_bool(env, at, "blocking", &check->blocking);
    }
}

static void read_checks(struct loader *loader, const struct yaml_node *node,
                        struct spec_asset *asset)
{
    if (!value_is(&loader->env, node, "checks", YAML_LIST)) {
        return;
    }
    if (node->count > CHECKS_MAX) {
        diag_add(loader->env.diag, DIAG_E046, node->at, "%d checks exceed the limit of %d",
                 node->count, CHECKS_MAX);
        return;
    }
    asset->checks = mem_array(loader->env.mem, (size_t)node->count, sizeof(asset->checks[0]));
    asset->check_count = node->count;
    for (int i = 0; i < node->count; i++) {
        read_check(loader, node->items[i], &asset->checks[i]);
    }
}

/* The declared options of the kind, each with its value or its default. */
static void read_with(struct loader *loader, const struct yaml_node *node, struct spec_asset *asset)
{
    const struct spec_kind *kind = asset->kind;
    const char **keys =
        mem_array(loader->env.mem, kind->param_count + 1, sizeof(*keys));

    asset->with = json_object();
    spec_own_json(loader->spec, loader->env.mem, asset->with);
    for (size_t i = 0; i < kind->param_count; i++) {
        const struct param *param = &kind->params[i];
        const struct yaml_node *given = node != NULL ? yaml_get(node, param->name) : NULL;
        json_t *value = NULL;

        keys[i] = param->name;
        if (given != NULL) {
            value = value_param(&loader->env, given, param);
        } else if (param->fallback != NULL || param->type == PARAM_STRING_LIST) {
            value = value_param_default(param);
        } else {
            diag_add(loader->env.diag, DIAG_E040, asset->at, "%s: the option '%s' is missing",
                     asset->name, param->name);
        }
        if (value != NULL) {
            (void)json_object_set_new(asset->with, param->name, value);
        }
    }
    if (node != NULL) {
        value_check_keys(&loader->env, node, mem_printf(loader->env.mem, "%s.with", asset->name),
                         keys);
    }
}

static const struct spec_kind *read_kind(struct loader *loader, const struct yaml_node *map,
                                         const char *name, struct place at)
{
    const struct spec_input *input = loader->env.input;
    const struct yaml_node *node = yaml_get(map, "node");
    const char **names = mem_array(loader->env.mem, input->kind_count + 1, sizeof(*names));
    int index;

    for (size_t i = 0; i < input->kind_count; i++) {
        names[i] = input->kinds[i].name;
    }
    if (node == NULL) {
        diag_add(loader->env.diag, DIAG_E040, at, "%s: the key 'node' is missing", name);
        diag_help(loader->env.diag, "write for example 'node: fetch'");
        return NULL;
    }
    return value_choice(&loader->env, node, "node", names, &index) ? &input->kinds[index] : NULL;
}

/* Keys that every asset may have. */
static void read_common(struct loader *loader, const struct yaml_node *map, struct spec_asset *asset)
{
    const struct value_env *env = &loader->env;
    const struct yaml_node *at;
    const char *pool;

    if ((at = yaml_get(map, "pool")) != NULL && value_string(env, at, "pool", &pool) &&
        check_name(loader, pool, at->at, "pool")) {
        asset->pool = spec_pool_index(loader, pool);
    }
    if ((at = yaml_get(map, "retry")) != NULL) {
        read_retry(loader, at, &asset->retry);
    }
    if ((at = yaml_get(map, "timeout")) != NULL) {
        (void)value_duration(env, at, "timeout", 100, 30 * DAY_MS, &asset->timeout_ms);
    }
    if ((at = yaml_get(map, "progress_timeout")) != NULL) {
        (void)value_duration(env, at, "progress_timeout", 100, DAY_MS, &asset->progress_timeout_ms);
    }
    if ((at = yaml_get(map, "checks")) != NULL) {
        read_checks(loader, at, asset);
    }
    if ((at = yaml_get(map, "description")) != NULL) {
        (void)value_string(env, at, "description", &asset->description);
    }
    if ((at = yaml_get(map, "group")) != NULL && value_string(env, at, "group", &asset->group)) {
        (void)check_name(loader, asset->group, at->at, "group");
    }
    at = yaml_get(map, "with");
    if (at == NULL || value_is(env, at, "with", YAML_MAP)) {
        read_with(loader, at, asset);
    }
}

/* partitions: { by: player, from: ASSET } */
static const struct yaml_node *read_partitions(struct loader *loader, const struct yaml_node *map,
                                               const struct spec_asset *asset)
{
    static const char *const KEYS[] = {"by", "from", NULL};
    static const char *const BY[] = {"player", NULL};
    const struct yaml_node *node = yaml_get(map, "partitions"), *by;
    int index;

    if (node == NULL) {
        if (asset->kind->partitioned) {
            diag_add(loader->env.diag, DIAG_E040, asset->at,
                     "%s: a %s asset needs the key 'partitions'", asset->name, asset->kind->name);
            diag_help(loader->env.diag, "write 'partitions: { by: player, from: players }'");
        }
        return NULL;
    }
    if (!value_is(&loader->env, node, "partitions", YAML_MAP)) {
        return NULL;
    }
    if (!asset->kind->partitioned) {
        diag_add(loader->env.diag, DIAG_E045, node->at, "%s: a %s asset has no partitions",
                 asset->name, asset->kind->name);
        return NULL;
    }
    value_check_keys(&loader->env, node, "partitions", KEYS);
    by = yaml_get(node, "by");
    if (by != NULL) {
        (void)value_choice(&loader->env, by, "by", BY, &index);
    }
    if (yaml_get(node, "from") == NULL) {
        diag_add(loader->env.diag, DIAG_E040, node->at, "partitions: the key 'from' is missing");
    }
    return yaml_get(node, "from");
}

/* One asset a plugin of the folder. */
static void expand_plugins(struct loader *loader, const struct yaml_node *map,
                           const struct spec_asset *model)
{
    const struct yaml_node *node = yaml_get(map, "plugins");
    const struct spec_input *input = loader->env.input;
    struct spec_plugins plugins = {0};
    struct err err = ERR_INIT;
    const char *dir;
    int first = loader->spec->asset_count;

    if (node == NULL) {
        diag_add(loader->env.diag, DIAG_E040, model->at, "%s: the key 'plugins' is missing",
                 model->name);
        diag_help(loader->env.diag, "write 'plugins: analytics/plugins', the folder of plugins");
        return;
    }
    if (!value_string(&loader->env, node, "plugins", &dir)) {
        return;
    }
    if (!input->list_plugins(input->ctx, loader->env.mem, dir, &plugins, &err)) {
        diag_add(loader->env.diag, DIAG_E041, node->at, "%s", err.text);
        return;
    }
    for (size_t i = 0; i < plugins.count; i++) {
        struct spec_asset asset = *model;

        asset.name = plugins.list[i].name;
        asset.group = model->name;
        asset.plugin = &plugins.list[i];
        asset.description = plugins.list[i].doc;
        if (check_name(loader, asset.name, node->at, "plugin") &&
            add_name(loader, asset.name, node->at, loader->spec->asset_count, 1)) {
            (void)add_asset(loader, &asset);
            loader->deps_nodes[loader->spec->asset_count - 1] = yaml_get(map, "deps");
        }
    }
    (void)add_name(loader, model->name, model->at, first, loader->spec->asset_count - first);
}

static void read_asset(struct loader *loader, const char *name, struct place at,
                       const struct yaml_node *map)
{
    struct spec_asset asset = {
        .name = name,
        .group = "default",
        .description = "",
        .at = at,
        .partitions_from = -1,
        .pool = -1,
        .retry = {.attempts = 3, .backoff = SPEC_BACKOFF_EXPONENTIAL, .jitter = SPEC_JITTER_FULL,
                  .delay_ms = 1000, .max_delay_ms = 60000},
        .progress_timeout_ms = 120000,
    };
    const struct yaml_node *from;

    if (!check_name(loader, name, at, "asset") || !value_is(&loader->env, map, name, YAML_MAP)) {
        return;
    }
    value_check_keys(&loader->env, map, name, ASSET_KEYS);
    asset.kind = read_kind(loader, map, name, at);
    if (asset.kind == NULL) {
        (void)add_name(loader, name, at, 0, 0);
        return;
    }
    read_common(loader, map, &asset);
    from = read_partitions(loader, map, &asset);
    if (asset.kind->takes_plugins) {
        expand_plugins(loader, map, &asset);
        return;
    }
    if (yaml_get(map, "plugins") != NULL) {
        diag_add(loader->env.diag, DIAG_E045, yaml_get(map, "plugins")->at,
                 "%s: a %s asset takes no plugins", name, asset.kind->name);
    }
    if (add_name(loader, name, at, loader->spec->asset_count, 1)) {
        (void)add_asset(loader, &asset);
        loader->deps_nodes[loader->spec->asset_count - 1] = yaml_get(map, "deps");
        loader->from_nodes[loader->spec->asset_count - 1] = from;
    }
}

void spec_read_assets(struct loader *loader, const struct yaml_node *map)
{
    if (map->count > LIMIT_ASSETS) {
        diag_add(loader->env.diag, DIAG_E046, map->at, "%d assets exceed the limit of %d",
                 map->count, LIMIT_ASSETS);
        return;
    }
    for (int i = 0; i < map->count; i++) {
        read_asset(loader, map->keys[i], map->key_at[i], map->items[i]);
    }
}
