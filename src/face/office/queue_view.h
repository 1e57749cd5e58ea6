/* What the templates of queues are given. */
#pragma once
#include "face/office/office_private.h"

struct row {
    const struct dossier_item *it;
    struct str procedure, officer, due;
    enum due_kind kind;
};
struct queue_view {
    const struct queue *queue;
    struct str q, unit, before, first, next;
    bool mine;
    int64_t n[QUEUES_MAX];
    struct option *units;
    size_t unit_n;
    struct row *rows;
    size_t row_n;
};
struct str queue_url(struct page *o, const struct queue_view *v, const char *path, const char *slug, struct str cursor);
struct row *queue_rows(struct request *r, struct page *o, const struct dossier_page *page);
