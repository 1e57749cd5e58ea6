/* For the templates of this room: see page.c. */
#pragma once
#include "view/assets.h"
#include "view/components.h"

bool page_is_at(const struct page *o, const char *url);
struct str page_in_language(struct page *o, const char *lang);
void field_extra(struct page *o, const struct field *f); /* the attributes that depend on hint, error and key */
