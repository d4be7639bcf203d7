/* SPDX-License-Identifier: MIT
 * pages: HTML of each page, from the database. */
#ifndef ROOKERY_WEB_PAGES_H
#define ROOKERY_WEB_PAGES_H

#include "engine/base/pg.h"

enum { PAGE_BYTES_MAX = 8 << 20 };

struct page_request {
    int64_t id;     /* of /runs/ID */
    int64_t before; /* of /runs?before=ID; 0 = from the newest */
};

/* Each fills `out` with a whole document; *ret_status 200 or 404. */
bool page_runs(struct pg *pg, const struct page_request *request, struct buf *out, int *ret_status,
               struct err *err);
bool page_run(struct pg *pg, const struct page_request *request, struct buf *out, int *ret_status,
              struct err *err);
void page_error(int status, const char *title, const char *text, struct buf *out);

/* The one style sheet. */
const char *page_style(void);

/* Text as HTML text: & < > " ' and control characters. */
void page_escape(struct buf *out, const char *text);

#endif
