/* Places and agencies of the country, on any date.
 *
 * A territory is a place with its official code on a date; a unit is an agency. The People's Committee of a territory bears its code
 * (`91`, `30292`), organs bear CODE.ABBR (`91.STP`, `30292.CAX`), central agencies their code of QĐ 20/2020 (`G03`). A code alone does
 * not name a place: `91` was Kiên Giang until 2025-06-30 and is An Giang since. Therefore every question about a place takes a day.
 *
 * A generation is read from dataset texts once, never changes, and may be read by any number of threads; it lives as long as its arena
 * and keeps nothing of the texts. Where the map of successors says "một phần" or is silent nothing is guessed: the doubt is a value. */
#pragma once
#include "base/arena.h"
#include "base/err.h"

struct org;

/* Texts of data/units-2024.tsv, units-2025.tsv, merge-2025.tsv, merge-2025-provinces.tsv, agencies.tsv and organs.tsv. */
struct org_input {
    struct str units_2024, units_2025, merge_2025, merge_2025_provinces, agencies, organs;
};
/* NULL when a text lacks a column, holds an impossible date, names a place or agency that does not exist, or repeats itself; *f says
 * where (ERR_CORRUPT). */
struct org *org_load(struct arena *a, const struct org_input *in, struct fail *f) CHECKED;

enum { ORG_PAGE_MAX = 500 }; /* a page is never longer, whatever limit was asked for */

/* --- Places ------------------------------------------------------------------------------------------------------------------- */

enum territory_level { LEVEL_PROVINCE, LEVEL_DISTRICT, LEVEL_COMMUNE };

/* One code during one span of days. Renaming or changing the kind (2026-04-30) begins a new row under the same code. */
struct territory {
    struct str code, name, folded; /* "30307", "Phường Rạch Giá", "phuong rach gia" */
    struct str kind, parent;       /* "phường"; code of the province (of the district until 2025-06-30), empty for a province */
    enum territory_level level;
    int64_t valid_from, valid_to;  /* day numbers; INT64_MIN since before the data, end exclusive, INT64_MAX still valid */
    struct str agency_code;        /* H.. of QĐ 20/2020, provinces since 2025-07-01 only */
    struct str note;
};

/* The place that bore the code on that day, or NULL. */
const struct territory *territory_on(const struct org *o, struct str code, int64_t day);
/* The last row of a code, whether still valid or not, or NULL. */
const struct territory *territory_latest(const struct org *o, struct str code);
size_t territory_count_on(const struct org *o, enum territory_level level, int64_t day);
/* Code of the province that a place lay in on that day; empty when there was none. A province lies in itself. */
struct str territory_province(const struct org *o, struct str code, int64_t day);
/* "Phường Rạch Giá, Tỉnh An Giang", as that day's address; empty when the code was not valid. */
struct str territory_path(const struct org *o, struct arena *a, struct str code, int64_t day);
/* The day from which the places of units-2025 hold: 2025-07-01. */
int64_t org_merged_on(const struct org *o);

struct territory_page {
    const struct territory **items;
    size_t n;
    struct str next; /* pass as after_code for the page that follows; empty at the end */
};
/* Places valid on that day in byte order of their code. `parent` is a code, "VN" for the provinces, or empty for all levels. `q` is what
 * a person typed: marks, case and the kind ("phường", "tp.") may be missing or wrong, words may be cut short, a code is found too;
 * exact readings win over forgiving ones. limit is clamped to 1 … ORG_PAGE_MAX. */
struct territory_page territory_list(const struct org *o, struct arena *a, int64_t day, struct str parent, struct str q,
                                     struct str after_code, size_t limit);

/* --- What a place became (R-010) ---------------------------------------------------------------------------------------------- */

enum share {
    SHARE_UNCHANGED, /* "giữ nguyên" */
    SHARE_WHOLE,     /* "toàn bộ" */
    SHARE_PART,      /* "một phần" */
    SHARE_REST       /* "còn lại": what is left after a part went elsewhere */
};
enum doubt {
    DOUBT_NONE,
    DOUBT_PART,     /* only parts are named: a person decides by the exact place */
    DOUBT_SEVERAL,  /* it went on, but a part went elsewhere */
    DOUBT_MISSING,  /* the map is silent about a code that ended */
    DOUBT_NO_CODE,  /* the map names a place without a code */
    DOUBT_DISTRICT, /* the level was abolished: competence moved by law to province or commune */
    DOUBT_CODE,     /* the sources give one place two codes */
    DOUBT_ORGAN     /* whether each province has this organ is not known */
};
const char *doubt_name(enum doubt d); /* stable id: "part", "several", … */

struct succession {
    const struct territory *from; /* NULL: a place without a code (`note` says which) */
    const struct territory *to;
    enum share share;
    bool doubtful;
    enum doubt reason;
    bool people_go_whole; /* "một phần diện tích, toàn bộ dân số": doubtful for land, not for residents */
    struct str note;      /* the map's own words */
};
/* What the pre-merger holder of the code became; 0 when the map is silent (see territory_doubt) or the code is not one of then. */
size_t territory_successors(const struct org *o, struct str code, const struct succession **first_r);
/* What was put together into a place of 2025-07-01. Pointers in order of the old code. */
size_t territory_predecessors(const struct org *o, struct str code, const struct succession *const **first_r);
/* Why the successor of a pre-merger code is not certain; DOUBT_NONE when it is, or when the code was not one of then. */
enum doubt territory_doubt(const struct org *o, struct str code);
/* The place on `day` that took over from the one that bore the code on `was_on` (was_on <= day). NULL when there was none, or when a
 * person must decide: then *doubt_r says why. */
const struct territory *territory_became(const struct org *o, struct str code, int64_t was_on, int64_t day, enum doubt *doubt_r);

struct doubtful {
    enum doubt reason;
    struct str code, name;           /* of the place; of an organ its abbreviation */
    const struct territory *place;   /* NULL for DOUBT_NO_CODE and DOUBT_ORGAN */
    const struct succession *first;  /* the candidates */
    size_t candidates;
    struct str note;
};
/* All that a person must decide before dossiers of such places can be handed over: by reason, then by code. Districts are not in it:
 * their dossiers follow the procedure, not the map. */
size_t org_doubtful(const struct org *o, const struct doubtful **first_r);

/* --- Agencies ----------------------------------------------------------------------------------------------------------------- */

enum unit_level { UNIT_CENTRAL, UNIT_PROVINCE, UNIT_COMMUNE };

struct unit {
    struct str code, territory; /* territory is empty for central agencies */
    struct str name, folded;    /* the latest name: "Công an phường Rạch Giá" */
    struct str abbr, parent;    /* abbr is empty for committees and central agencies; parent is a unit's code */
    struct str province;        /* territory code; empty for central agencies */
    struct str kind;            /* "sở", "phòng chuyên môn", "ngành dọc", "đơn vị một cửa", … */
    enum unit_level level;
    bool authority;             /* outside authority: takes outcomes from its connector, or by hand with evidence in an outage */
    bool one_stop;              /* a service centre or one-stop desk */
    bool shares_committee;      /* works in the same audience as the People's Committee of its territory */
    bool oversees;              /* its supervisors, auditors and procedure controllers see the whole province (or nation) */
    bool doubtful;              /* whether it exists there must be confirmed */
    struct str authority_kind;  /* police, tax, social_insurance, land, treasury, military, court, … */
    int64_t valid_from, valid_to;
    struct str agency_code;     /* H01, G03, …; empty for organs */
};

/* NULL when there is no such unit, now or in the data's past. */
const struct unit *unit_find(const struct org *o, struct str code);
bool unit_valid_on(const struct unit *u, int64_t day);
size_t unit_count(const struct org *o);

struct unit_page {
    const struct unit **items;
    size_t n;
    struct str next;
};
/* Units that have no end in the data. With a territory: its own units first, then those of the places inside it, each in byte order of
 * the code; "VN" or empty: all, by code. `q` as in territory_list; abbreviations (STP, UBND) are understood. */
struct unit_page unit_list(const struct org *o, struct arena *a, struct str territory, struct str q, struct str after, size_t limit);

/* The People's Committee of a present territory, or NULL. */
const struct unit *unit_committee_of(const struct org *o, struct str territory);
/* The organ of that abbreviation there, or the one that acts in its place (PKTHTDT for PKT in a ward); NULL when there is none. */
const struct unit *unit_organ(const struct org *o, struct str territory, struct str abbr);
/* The service centre of a present territory, or NULL. */
const struct unit *unit_service_centre(const struct org *o, struct str territory);
/* Territory code of the unit's province; empty for central agencies and unknown codes. */
struct str unit_province(const struct org *o, struct str code);
/* `unit` is an agency of `territory` or of a place inside it. "VN" holds all. */
bool unit_is_within(const struct org *o, struct str unit, struct str territory);
/* Whose audience its staff work in: the committee's code for the committee and its sharing organs, else its own. Empty if unknown. */
struct str unit_desk(const struct org *o, struct str code);
/* Code of the unit that carries on under an agency code of QĐ 20/2020, ended ones followed to their successor: H33 → "91", G04 → "G17".
 * Empty when unknown. */
struct str unit_of_agency(const struct org *o, struct str agency_code);
