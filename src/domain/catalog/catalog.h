/* The catalogue of procedures (thủ tục hành chính): what may be asked of the state, of whom, within which time, at which price.
 *
 * An immutable generation in memory, built from the texts of the datasets: no I/O, no SQL, no globals. Every `struct str` of a
 * procedure points into those texts or into the arena of the load, so texts and arena must outlive the generation; a reload builds
 * a second one beside it. The 4,083 details stay packed, and are read only when somebody asks for one.
 *
 * The one thing to know: a row of the source is not the law. What is doubtful (a guessed unit, an odd number, several limits, a fee
 * that stands only in a note) is marked here and never used silently; the rows a person has checked stand in curated.tsv, each with
 * its validity, legal basis and confidence, and overlay the source. Days are counted as in base/timex.h (days since 1970, local). */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "domain/calendar/limit.h"

struct catalog;

struct catalog_amendment;
/* TSV texts with a line of column names. `details` is packed (zstd, see details.c): one JSON object a line that starts with its "code". */
struct catalog_input {
    struct str procedures_tsv, details, sectors_tsv, curated_tsv, competence_tsv, synonyms_tsv, variants_tsv;
    struct catalog_amendment *amendment; /* later decisions, in their order */
    size_t amendments;
};

enum procedure_level { AT_MINISTRY = 1, AT_PROVINCE = 2, AT_COMMUNE = 4, AT_OTHER = 8 };
/* From where a dossier may be handed in: only in the competent commune, anywhere in the province (R-012, the default), anywhere in
 * the country (R-013, a published list). */
enum reach { REACH_COMMUNE, REACH_PROVINCE, REACH_NATIONWIDE };
/* UNSPECIFIED: the source says only that it is offered online. */
enum service_level { SERVICE_UNKNOWN, SERVICE_NOT_ONLINE, SERVICE_ONLINE_UNSPECIFIED, SERVICE_PARTIAL, SERVICE_FULL };
/* Why a limit may not be used without a person. */
enum limit_doubt {
    LIMIT_DOUBT_NONE,
    LIMIT_DOUBT_UNIT_GUESSED,   /* the source gives a bare number; days were inferred */
    LIMIT_DOUBT_ODD_VALUE,      /* 1100, 120.000: a price in the wrong column */
    LIMIT_DOUBT_SEVERAL_LIMITS, /* cases or channels with different limits; `limit` holds the first */
    LIMIT_DOUBT_CONDITIONAL,    /* a sentence with conditions rather than a number */
    LIMIT_DOUBT_HOURS,          /* 24 hours and more: clock hours or working hours? */
    LIMIT_DOUBT_SOURCES_DIFFER  /* two sources contradict each other */
};
enum channel { CHANNEL_COUNTER = 1, CHANNEL_ONLINE = 2, CHANNEL_POST = 4, CHANNEL_KIOSK = 8, CHANNEL_ALL = 15 };

/* Fee (phí) and charge (lệ phí) are always separate lines. */
enum fee_kind { FEE_FEE, FEE_CHARGE };
enum fee_basis { FEE_PER_DOSSIER, FEE_PER_COPY, FEE_PER_DOCUMENT, FEE_PER_PERSON, FEE_PER_PAGE };
struct fee {
    enum fee_kind kind;
    enum fee_basis basis;
    unsigned channels;    /* mask of enum channel */
    int64_t amount;       /* đồng for one unit of the basis; -1: not known here */
    int64_t from_page;    /* FEE_PER_PAGE: from this page on `amount_from`; 0: none */
    int64_t amount_from;
    int64_t max;          /* per copy, 0: none */
    bool by_council;      /* the provincial People's Council sets it; the amount is local data */
    bool doubtful;        /* from the source, or to be checked: show, let the clerk confirm, never charge silently */
    struct str note;      /* the source's own words */
};

/* A later decision on one procedure: what was doubtful is settled, or what was so changes. It lies over the curated rows in its days; of
 * several the one that began last wins, then the one that was decided last. Texts are kept by reference. */
struct catalog_amendment {
    struct str code, agency; /* agency empty: all that issue the code */
    bool has_limit, has_reach;
    struct limit limit;      /* from then on without doubt */
    enum reach reach;
    struct str fees;         /* the notation of curated.tsv, "none" for no fee; empty: as it was */
    struct str place, organ, by; /* who decides, in the words of competence.tsv ("province", "STP", "owner,receiving"); place empty: as it was */
    int64_t valid_from, valid_to; /* first and last day, INT64_MAX open */
    struct str legal_basis;
    int64_t seq;
    bool used;               /* the load sets it: there is such a procedure */
};
/* Can this text stand in `fees`? And these in place and by? */
bool fees_valid(struct str notation);
bool competence_words_valid(struct str place, struct str by);

/* Details that are packed together. */
struct detail_frame {
    struct str packed;
    struct str line; /* the one detail that it is, where it is unpacked already */
};

/* One version of one procedure of one issuing agency. */
struct procedure {
    struct str code, agency /* issuing; may be empty for unlisted rows */, name, folded, kind, sector, sector_code, executing, audience,
        service_level_text, result, result_codes, channels, source;
    const struct detail_frame *detail; /* where its detail is, NULL without one; see procedure_detail */
    uint32_t detail_line;
    unsigned levels;        /* mask of enum level; 0: the source is silent */
    bool level_inferred;    /* from the executing agency's name */
    struct limit limit;
    struct limit verification; /* the longer limit when facts must be verified; LIMIT_NONE: none known */
    enum limit_doubt limit_doubt;
    bool limit_doubtful; /* ask a due date with reason at receipt; `limit` is only a suggestion */
    bool limit_missing;  /* the same, without a suggestion */
    struct str limit_text; /* the source's own words */
    enum reach reach;
    enum service_level service_level;
    struct str service_reason; /* why only partly online, may be empty */
    bool listed;               /* in the published catalogue of 2026-07, or listed by a curated row */
    bool internal;             /* nội bộ: between offices, never received from a citizen */
    struct str own_province;   /* territory code when one province issued it, else empty */
    bool restricted;           /* adoption, criminal records: narrower audience */
    bool immediate;            /* result at once: no receipt unless asked, still recorded */
    int64_t valid_from, valid_to; /* first and last day, INT64_MIN and INT64_MAX where open */
    int64_t weight;               /* dossiers on the national portal in 2025, as published */
    struct str fees, fee_text, exemption; /* curated fees in the table's notation; the source's text; who is exempt */
    bool fees_curated;
    struct str legal_basis, confidence, note; /* of the curated row, empty without */
    uint32_t entry;      /* place among code and agency, internal */
    uint32_t executor;   /* internal: the executing agency taken apart */
};

/* Builds a generation. Refuses (NULL, f filled, ERR_CORRUPT) a text without its columns, a row that is not understood, or the same
 * code and agency twice; names text and line. ≤ 80 ms and ≤ 12 MB besides the texts. */
struct catalog *catalog_load(struct arena *a, const struct catalog_input *in, struct fail *f);

struct catalog_size {
    size_t procedures /* code and agency */, codes, versions, details, listed, internal, own_province, limit_missing, limit_doubtful, curated,
        tokens, bytes; /* bytes: what the load asked of the arena, besides the texts */
};
struct catalog_size catalog_size(const struct catalog *c);
/* The i-th procedure by code, then agency, in its version of that day (its last version when none is in force); NULL past the end. */
const struct procedure *catalog_nth(const struct catalog *c, size_t i, int64_t on_day);

/* The version in force on a day. `agency` is the issuing agency's name (any case, with or without marks) or the territory code of
 * the province that issued it; empty where the code has one agency only. NULL when there is none, or with *candidates_r > 1 when
 * the agency is needed: the caller lists procedure_agencies (1.014325). candidates_r may be NULL. */
const struct procedure *procedure_find(const struct catalog *c, struct str code, struct str agency, int64_t on_day, size_t *candidates_r);
/* Issuing agencies of a code, at most max; returns how many there are. */
size_t procedure_agencies(const struct catalog *c, struct str code, struct str *out, size_t max);

enum receivable { RECEIVABLE, NOT_IN_FORCE, NOT_LISTED, INTERNAL, OTHER_PROVINCE, OUT_OF_REACH };
/* May a desk of this province receive it on this day? receiving_province: territory code, empty for "somewhere in the country". */
enum receivable procedure_receivable(const struct catalog *c, const struct procedure *p, struct str receiving_province, int64_t day);
/* is the desk within reach of the place that decides? Communes may be empty at a provincial desk. */
enum receivable procedure_in_reach(const struct procedure *p, struct str receiving_province, struct str receiving_commune,
                                   struct str deciding_province, struct str deciding_commune);
const char *receivable_name(enum receivable r); /* "receivable", "not_listed", … stable, for the API and i18n */
/* "commune", "xã", "province", "tỉnh", "ministry", "bộ", "other", "khác" → one bit; 0 otherwise. */
unsigned level_parse(struct str s);

/* What a hit matched by, best first. */
enum match { MATCH_CODE, MATCH_CODE_PREFIX, MATCH_EVERYDAY /* an everyday word names it */, MATCH_NAME, MATCH_MEANING /* official words for
    everyday ones */, MATCH_SECTOR /* all words in name and sector */, MATCH_NEAR /* a typing slip or a beginning */, MATCH_MOST };
enum { CATALOG_QUERY_MAX = 200 /* bytes read of q */, CATALOG_WORDS_MAX = 16, CATALOG_PAGE_MAX = 100, CATALOG_CURSOR_MAX = 64 };
struct catalog_query {
    struct str q;        /* name, code or everyday words, with or without marks; empty: everything by published use */
    struct str sector;   /* sector code or name, empty: all */
    unsigned levels;     /* any of these, 0: all */
    struct str province; /* whose desk asks: another province's own procedures come last */
    int64_t day;
    bool receivable_only;
    struct str after;    /* cursor of the page before, empty: from the start */
    size_t limit;        /* 1 … CATALOG_PAGE_MAX; 0: 20 */
};
struct catalog_hit {
    const struct procedure *p;
    enum match match;
    bool marked; /* matched with the marks that were typed */
};
struct catalog_page {
    struct catalog_hit *hits;
    size_t n, total;
    struct str next; /* cursor, empty on the last page */
};
/* Best first: code, beginning of a code, everyday word, whole name, then (with the marks typed before without; receivable before
 * not) phrase at the name's start, phrase inside, all words; then by published use. Only where fewer than five rows hold all words
 * come typing slips (one edit in a word of five letters or more) and rows with most words. The set of rows does not depend on
 * marks. Bounded work for any q. ERR_MALFORMED for a cursor that is not one. */
enum err catalog_search(const struct catalog *c, struct arena *a, const struct catalog_query *q, struct catalog_page *page_r, struct fail *f) CHECKED;

/* The detail of a version as it was published, a JSON object; empty without one. Unpacks some 60 kB into the arena,
 * and nothing for what is asked for most. ERR_CORRUPT when it does not unpack or is another procedure's. */
enum err procedure_detail(struct arena *a, const struct procedure *p, struct str *json_r) CHECKED;

/* A paper or data item that a procedure needs. Its key in the API is its code, or without one its place in the list, from 1. */
struct component {
    struct str code, name, variant; /* code and variant (trường hợp) may be empty */
    int originals, copies;          /* -1: not known */
    bool required, required_known;  /* the sources say so for one in six only */
    struct str forms_json;          /* JSON array of form names, or empty */
};
/* The version's list in its published order; empty list where there is no detail. ERR_CORRUPT when the line is not JSON. */
enum err procedure_components(struct arena *a, const struct procedure *p, struct component **list_r, size_t *n_r) CHECKED;

/* A case (trường hợp) of a procedure, curated: its papers, and where they differ its limit and fees. Most procedures have none: one case. */
struct variant {
    struct str procedure, code, name, components /* notation of variant.c */, fees /* of curated.tsv; empty: the procedure's */;
    bool has_limit; /* false: the procedure's */
    struct limit limit;
    int64_t valid_from, valid_to;
    struct str legal_basis, confidence;
};
enum { VARIANTS_MAX = 24 };
/* In the table's order, at most max; returns how many there are on that day. */
size_t procedure_variants(const struct catalog *c, const struct procedure *p, int64_t on_day, const struct variant **out, size_t max);
const struct variant *variant_find(const struct catalog *c, const struct procedure *p, struct str code, int64_t on_day); /* NULL: no such case */
/* does this paper (its place in the version's list, from 1) belong to that case? What no case names belongs to all. */
bool variant_needs(const struct catalog *c, const struct procedure *p, const struct variant *v, int64_t on_day, const struct component *k, size_t place);

enum { FEES_MAX = 12 };
/* The fee lines for a channel (a kiosk is online), at most FEES_MAX; returns how many. Curated ones, or else what the source says,
 * marked doubtful. None and p->fees_curated: no fee is due; none without: nothing is published. */
size_t fees_of(const struct procedure *p, enum channel channel, struct fee out[FEES_MAX]);
/* What one line costs for `quantity` (copies, documents, persons; 1 per dossier), each of `pages` pages where the basis is pages.
 * False when the amount is not known here, a count is not positive, or on overflow. */
bool fee_amount(const struct fee *fee, int64_t quantity, int64_t pages, int64_t *dong_r);

/* Which unit decides? Pure, from the table competence.tsv; where no row answers the clerk chooses and the choice is recorded. */
struct competence_question {
    const struct procedure *p;
    struct str receiving_unit, receiving_commune /* empty at a provincial desk */, receiving_province;
    struct str owner_territory, owner_province;   /* where the owner lives: commune (or only province) code, and its province; may be empty */
    struct str object_territory, object_province; /* where the land, house, vehicle, business is; may be empty */
    int64_t day;
};
enum { COMPETENCE_UNIT_MAX = 40, COMPETENCE_CANDIDATES_MAX = 4 };
enum competence_by { BY_NOTHING, BY_OBJECT, BY_OWNER, BY_RECEIVING, BY_OWN_PROVINCE };
struct competence_answer {
    bool found; /* false: the clerk chooses */
    char unit[COMPETENCE_UNIT_MAX]; /* "30292", "91", "91.STP", "30292.CAX" */
    struct str row_id, legal_basis, confidence;
    bool by_object;
    enum competence_by by; /* whose territory gave it */
    /* Not found: units among which to choose, as far as the table names them, and whether the source names others too. */
    size_t n_candidates;
    char candidate[COMPETENCE_CANDIDATES_MAX][COMPETENCE_UNIT_MAX];
    bool others;
};
struct competence_answer competence_of(const struct catalog *c, const struct competence_question *q);

/* JSON for the API. Summary: code, agency, name, sector, sector_code, level[], limit{unit,amount,doubtful,…}, service_level, reach,
 * receivable, …; detail adds executing, fees[], components[], variants[], cases[] (the source's own), legal[], results[]. With a detail line that is not JSON the
 * parts read from it are empty. b's maximum should be 1 MiB. */
struct procedure_view {
    bool detail;
    struct str province; /* for `receivable` */
    int64_t day;
};
void procedure_json(struct buf *b, const struct catalog *c, const struct procedure *p, const struct procedure_view *view);
