/* SPDX-License-Identifier: MIT
 * spec: the file as a whole; see spec.h. */
#include "engine/spec/spec.h"

#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/os.h"
#include "engine/spec/spec_internal.h"

enum { WORKERS_MAX = LIMIT_WORKERS, SLOTS_MAX = 1000, VERSION_SUPPORTED = 1 };

void spec_own_json(struct spec *spec, struct mem *mem, json_t *json)
{
    if (spec->owned_count == spec->owned_cap) {
        int cap = spec->owned_cap != 0 ? spec->owned_cap * 2 : 64;
        json_t **grown = mem_array(mem, (size_t)cap, sizeof(json_t *));

        if (spec->owned_count > 0) {
            memcpy(grown, spec->owned, (size_t)spec->owned_count * sizeof(json_t *));
        }
        spec->owned = grown;
        spec->owned_cap = cap;
    }
    spec->owned[spec->owned_count++] = json;
}

void spec_free(struct spec *spec)
{
    for (int i = 0; spec != NULL && i < spec->owned_count; i++) {
        json_decref(spec->owned[i]);
    }
}

int spec_find(const struct spec *spec, const char *name)
{
    for (int i = 0; i < spec->asset_count; i++) {
        if (strcmp(spec->assets[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

int spec_pool_index(struct loader *loader, const char *name)
{
    struct spec *spec = loader->spec;
    struct spec_pool *grown;

    for (int i = 0; i < spec->pool_count; i++) {
        if (strcmp(spec->pools[i].name, name) == 0) {
            return i;
        }
    }
    grown = mem_array(loader->env.mem, (size_t)spec->pool_count + 1, sizeof(*grown));
    if (spec->pool_count > 0) {
        memcpy(grown, spec->pools, (size_t)spec->pool_count * sizeof(*grown));
    }
    grown[spec->pool_count] = (struct spec_pool){.name = name, .slots = 1};
    spec->pools = grown;
    return spec->pool_count++;
}

static void read_lichess(struct loader *loader, const struct yaml_node *node)
{
    static const char *const KEYS[] = {"url", "token", "contact", NULL};
    const struct value_env *env = &loader->env;
    const struct yaml_node *at;

    if (!value_is(env, node, "resources.lichess", YAML_MAP)) {
        return;
    }
    value_check_keys(env, node, "resources.lichess", KEYS);
    if ((at = yaml_get(node, "url")) != NULL &&
        value_string(env, at, "url", &loader->spec->lichess_url) &&
        strncmp(loader->spec->lichess_url, "https://", 8) != 0 &&
        strncmp(loader->spec->lichess_url, "http://127.0.0.1:", 17) != 0 &&
        strncmp(loader->spec->lichess_url, "http://localhost:", 17) != 0) {
        diag_add(env->diag, DIAG_E045, at->at,
                 "url: expected https://HOST, or http:// to this machine");
    }
    if ((at = yaml_get(node, "token")) != NULL) {
        (void)value_string(env, at, "token", &loader->spec->lichess_token);
    }
    if ((at = yaml_get(node, "contact")) != NULL) {
        (void)value_string(env, at, "contact", &loader->spec->lichess_contact);
    }
}

static void read_resources(struct loader *loader, const struct yaml_node *node)
{
    static const char *const KEYS[] = {"lichess", "postgres", NULL};
    static const char *const POSTGRES_KEYS[] = {"url", NULL};
    const struct yaml_node *at;

    if (!value_is(&loader->env, node, "resources", YAML_MAP)) {
        return;
    }
    value_check_keys(&loader->env, node, "resources", KEYS);
    if ((at = yaml_get(node, "lichess")) != NULL) {
        read_lichess(loader, at);
    }
    if ((at = yaml_get(node, "postgres")) != NULL &&
        value_is(&loader->env, at, "resources.postgres", YAML_MAP)) {
        value_check_keys(&loader->env, at, "resources.postgres", POSTGRES_KEYS);
        if ((at = yaml_get(at, "url")) != NULL) {
            (void)value_string(&loader->env, at, "url", &loader->spec->postgres_url);
        }
    }
}

static void read_pools(struct loader *loader, const struct yaml_node *node)
{
    static const char *const KEYS[] = {"slots", NULL};
    int64_t slots;

    if (!value_is(&loader->env, node, "pools", YAML_MAP)) {
        return;
    }
    for (int i = 0; i < node->count; i++) {
        const struct yaml_node *pool = node->items[i], *at;
        int index = spec_pool_index(loader, node->keys[i]);

        if (!value_is(&loader->env, pool, node->keys[i], YAML_MAP)) {
            continue;
        }
        value_check_keys(&loader->env, pool, node->keys[i], KEYS);
        at = yaml_get(pool, "slots");
        if (at != NULL && value_int(&loader->env, at, "slots", 1, SLOTS_MAX, &slots)) {
            loader->spec->pools[index].slots = (int)slots;
        }
    }
}

static void read_head(struct loader *loader, const struct yaml_node *root)
{
    const struct value_env *env = &loader->env;
    const struct yaml_node *at;
    int64_t number;

    at = yaml_get(root, "version");
    if (at == NULL) {
        diag_add(env->diag, DIAG_E040, root->at, "the key 'version' is missing");
        diag_help(env->diag, "write 'version: 1' on the first line");
    } else {
        (void)value_int(env, at, "version", VERSION_SUPPORTED, VERSION_SUPPORTED, &number);
    }
    if ((at = yaml_get(root, "name")) != NULL) {
        (void)value_string(env, at, "name", &loader->spec->name);
    }
    if ((at = yaml_get(root, "workers")) != NULL &&
        value_int(env, at, "workers", 1, WORKERS_MAX, &number)) {
        loader->spec->workers = (int)number;
    }
    if ((at = yaml_get(root, "resources")) != NULL) {
        read_resources(loader, at);
    }
    if ((at = yaml_get(root, "pools")) != NULL) {
        read_pools(loader, at);
    }
}

static void read_root(struct loader *loader, const struct yaml_node *root)
{
    static const char *const KEYS[] = {"version", "name", "workers", "resources", "pools",
                                       "assets", NULL};
    const struct yaml_node *assets;

    if (!value_is(&loader->env, root, "the file", YAML_MAP)) {
        return;
    }
    value_check_keys(&loader->env, root, "the file", KEYS);
    read_head(loader, root);
    assets = yaml_get(root, "assets");
    if (assets == NULL || (assets->kind == YAML_MAP && assets->count == 0)) {
        diag_add(loader->env.diag, DIAG_E040, assets != NULL ? assets->at : root->at,
                 "no assets: the key 'assets' must name at least one");
        return;
    }
    if (value_is(&loader->env, assets, "assets", YAML_MAP)) {
        spec_read_assets(loader, assets);
        spec_link_assets(loader);
    }
}

static struct spec *new_spec(struct mem *mem, const char *path, const char *text, size_t len)
{
    struct spec *spec = mem_alloc(mem, sizeof(*spec));

    spec->path = mem_strdup(mem, path);
    spec->text = mem_strndup(mem, text, len);
    spec->text_len = len;
    (void)hash_sha256_hex(text, len, spec->hash);
    spec->name = "pipeline";
    spec->lichess_url = "https://lichess.org";
    spec->lichess_token = spec->lichess_contact = spec->postgres_url = "";
    return spec;
}

struct spec *spec_load_text(struct mem *mem, const char *path, const char *text, size_t len,
                            const struct spec_input *input, struct diag *diag)
{
    struct loader loader = {.env = {.mem = mem, .diag = diag, .input = input}};
    const char *body = text;
    size_t body_len = len;
    struct yaml_node *root;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        body += 3;
        body_len -= 3;
    }
    loader.spec = new_spec(mem, path, text, len);
    diag_source(diag, loader.spec->text + (body - text), body_len);
    if (len > LIMIT_YAML_BYTES) {
        diag_add(diag, DIAG_E003, (struct place){0, 0}, "%zu bytes exceed the limit of %d", len,
                 LIMIT_YAML_BYTES);
        return NULL;
    }
    root = yaml_read(mem, loader.spec->text + (body - text), body_len, diag);
    if (root == NULL) {
        return NULL;
    }
    value_fill_env(&loader.env, root);
    read_root(&loader, root);
    HASH_CLEAR(hh, loader.names);
    if (diag_count(diag) > 0) {
        spec_free(loader.spec);
        return NULL;
    }
    return loader.spec;
}

struct spec *spec_load_file(struct mem *mem, const char *path, const struct spec_input *input,
                            struct diag *diag)
{
    AUTO(buf) struct buf text = BUF_INIT(LIMIT_YAML_BYTES + 128 * 1024);
    struct err err = ERR_INIT;

    if (!os_read_file(path, LIMIT_YAML_BYTES + 1, &text, &err)) {
        diag_add(diag, err.kind == ERR_OS || !os_exists(path) ? DIAG_E001 : DIAG_E003,
                 (struct place){0, 0}, "%s", err.text);
        if (!os_exists(path)) {
            diag_help(diag, "name the file with --pipeline FILE");
        }
        return NULL;
    }
    return spec_load_text(mem, path, buf_str(&text), text.len, input, diag);
}
