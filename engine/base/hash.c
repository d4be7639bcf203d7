/* SPDX-License-Identifier: MIT
 * hash: see hash.h. */
#include "engine/base/hash.h"

#include <sodium.h>

#include "engine/base/err.h"

/* Part of stored data (content hashes): must never change. */
static const unsigned char KEY[crypto_shorthash_KEYBYTES] = "rookery content";

char *hash_sha256_hex(const void *data, size_t len, char out[HASH_HEX_BYTES])
{
    unsigned char digest[crypto_hash_sha256_BYTES];

    (void)crypto_hash_sha256(digest, data, len);
    return sodium_bin2hex(out, HASH_HEX_BYTES, digest, sizeof(digest));
}

uint64_t hash64(const void *data, size_t len)
{
    unsigned char out[crypto_shorthash_BYTES];
    uint64_t value = 0;

    (void)crypto_shorthash(out, data, len, KEY);
    for (size_t i = 0; i < sizeof(out); i++) {
        value = value << 8 | out[i];
    }
    return value;
}

char *hash_random_id(char out[33])
{
    unsigned char bytes[16];

    CHECK(sodium_init() >= 0);
    randombytes_buf(bytes, sizeof(bytes));
    return sodium_bin2hex(out, 33, bytes, sizeof(bytes));
}

uint64_t hash_random64(void)
{
    uint64_t value;

    CHECK(sodium_init() >= 0);
    randombytes_buf(&value, sizeof(value));
    return value;
}
