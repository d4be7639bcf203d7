/* SPDX-License-Identifier: MIT
 * yaml_syntax: words for what libyaml refuses, and for bytes that must not reach it. */
#ifndef ROOKERY_SPEC_YAML_SYNTAX_H
#define ROOKERY_SPEC_YAML_SYNTAX_H

#include <yaml.h>

#include "engine/spec/diag.h"

/* Encoding, control characters, tabs that indent; false after adding a finding. */
bool yaml_check_bytes(struct diag *diag, const char *text, size_t len);
/* One finding for the parser's error. */
void yaml_syntax_error(struct diag *diag, const yaml_parser_t *parser, const char *text,
                       size_t len);

#endif
