/* SPDX-License-Identifier: MIT
 *
 * hash: SHA-256 for identity of files and plugins, a fast keyed 64-bit hash for content that only
 * we compare, random ids. By libsodium (already in the process through libzmq's CURVE).
 */
#ifndef ROOKERY_BASE_HASH_H
#define ROOKERY_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_HEX_BYTES = 65 };

/* SHA-256 as 64 lower-case hex digits and a NUL. Returns out. */
char *hash_sha256_hex(const void *data, size_t len, char out[HASH_HEX_BYTES]);

/* SipHash-2-4 under a fixed key: equal input, equal value, on every machine and version. */
uint64_t hash64(const void *data, size_t len);

/* 128 random bits as 32 hex digits and a NUL; out holds 33 bytes. Returns out. */
char *hash_random_id(char out[33]);
uint64_t hash_random64(void);

#endif
