/* The name that stands under a paper. See staff.h. */
#include "domain/staff/staff.h"

struct str staff_name_of(struct db *db, struct arena *a, struct str actor_id)
{
    struct rows r _rows_ = {0};
    struct str prefix = STR("staff:"), name = STR("");
    if (str_has_prefix(actor_id, prefix) && !db_query(db, &r, STMT_STAFF_DISPLAY, p_text(str_sub(actor_id, prefix.n, actor_id.n))) && rows_next(&r))
        name = str_dup(a, row_str(&r, 0));
    return name;
}
