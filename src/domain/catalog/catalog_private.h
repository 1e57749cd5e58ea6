/* What the files of this folder share: the generation, its index, its tables. Nobody else includes this. */
#pragma once
#include "domain/catalog/catalog.h"

enum { TOKEN_NONE = 0xffff };

/* A hash table of strings in an arena; the value is what the caller counts. */
struct strmap {
    struct strmap_slot { struct str key; uint32_t value; } *slots;
    size_t n, cap; /* cap is a power of two */
};
void strmap_init(struct strmap *m, struct arena *a, size_t expected);
/* The value of key; inserts `fresh` (and says so) when it is new. Key bytes must live as long as the map. */
uint32_t strmap_put(struct strmap *m, struct arena *a, struct str key, uint32_t fresh, bool *was_new_r);
bool strmap_get(const struct strmap *m, struct str key, uint32_t *value_r);

/* Allocation that is counted, for catalog_size. */
void *catalog_alloc(struct catalog *c, size_t n);

/* One code of one agency: its versions in order of validity lie together. */
struct entry {
    struct str code, agency;
    uint32_t version, versions;
    uint16_t ordinal;   /* among the agencies of one code */
};

/* What search looks at for each row that it hits, side by side so that it stays in the processor's cache. */
struct standing {
    int64_t use;
    uint32_t words_at;          /* into index.word and index.mark */
    uint16_t words, lead, core; /* of the folded name; how many lead words it begins with; where a bracket begins */
    uint8_t levels;
    bool plain;                 /* one version for all time and every province: what follows holds without asking */
    bool receivable;
};

/* The inverted index: sorted folded words, each with the set of entries whose name, or whose sector, holds it. */
struct index {
    size_t tokens, width;       /* width: of a set of entries, in words of 64 bits */
    struct str *token;          /* sorted */
    uint32_t *letters;          /* of each token, a bit for each letter that occurs in it */
    struct strmap by_text;      /* token text -> id */
    uint64_t *names, *sectors;  /* sets one after another: of each token; of those that occur in sectors, from the second on */
    uint16_t *sector_set, *rows; /* of each token: which of the sets of sectors, and how many names hold it */
    struct standing *standing;  /* of each entry */
    uint16_t *word, *mark;      /* all names one after another: token, hash of its marks */
    uint16_t *sector_of;        /* of each entry, into sector_folded */
    struct str *sector_folded;
};

enum phrase_kind { PHRASE_PROCEDURE, PHRASE_WORDS, PHRASE_LEAD, PHRASE_FILLER };
struct phrase {
    enum phrase_kind kind;
    struct str text;
    uint16_t words;
    uint16_t token[8], mark[8]; /* of the everyday words; TOKEN_NONE: not in any name */
    struct str key[8];          /* the folded words themselves */
    struct str means;           /* official words, or codes separated by blanks */
    uint32_t next;              /* the next one that begins with the same word, from 1 */
};

enum place { PLACE_COMMUNE, PLACE_PROVINCE, PLACE_CENTRAL };
enum rule_match { RULE_CODE, RULE_SECTOR, RULE_WHOLE, RULE_PREFIX };
struct rule {
    struct str id, pattern /* folded; a code is raw */, sector /* "|folded|folded|" or empty */, organ, legal_basis, confidence;
    enum rule_match match;
    enum place place;
    unsigned levels;
    enum competence_by by[3];
    size_t n_by, pattern_words;
    int64_t valid_from, valid_to;
    struct str province; /* issuer rows only */
};
/* An executing agency's text taken apart: folded words, and before which of them a new agency may begin. */
struct executor {
    struct str folded;
    size_t words;
    struct str *word;
    bool *breaks;
};

struct catalog {
    struct arena *a;
    size_t bytes;
    struct entry *entry;
    size_t entries, codes;
    struct procedure *version;
    size_t versions;
    struct executor *executor;
    size_t executors;
    struct rule *rule;
    size_t rules;
    struct rule *issuer;
    size_t issuers;
    struct phrase *phrase;
    size_t phrases;
    struct strmap phrase_by_word; /* first word -> the first phrase, from 1 */
    struct variant *variant;
    size_t variants;
    struct index index;
    uint32_t *letter; /* marks of each letter below U+2000: tone and shape */
    struct catalog_size size;
};

/* marks.c: what marks a word carries, independent of where the tone is written (hòa, hoà). */
void marks_init(struct catalog *c);
struct word {
    struct str text;   /* folded, final y as i (ký, kí) */
    uint16_t mark;     /* 0: typed without marks */
};
/* Takes text apart into words, as vn_fold does; at most max. Texts lie in the arena. */
size_t words_of(const struct catalog *c, struct arena *a, struct str text, struct str folded, struct word *out, size_t max);
/* The search key of a folded word. */
struct str word_key(struct str folded, char room[48]);

/* limit_source.c: the words of the sources. */
enum { NO_CUTOFF = -1 }; /* as calendar/limit.h has it; 0 would be midnight and move every receipt to the next day */
bool levels_parse(struct str s, unsigned *levels_r);
enum service_level service_parse(struct str s);
/* What the source says, and what of it may not be trusted. */
bool limit_from_source(struct procedure *p, struct str value, struct str unit, struct str text);
/* "same_day" or "7 working_days", as curated.tsv writes it. */

/* curated.c: the rows that lie over one procedure, in the order in which they are laid. */
struct overlays {
    struct curated **row;
    size_t n, cap;
};
/* Finds for each row (sorted by code) what lies over it; *versions_r is the most versions that come of it. */
bool overlays_make(struct arena *scratch, const struct catalog_input *in, const struct procedure *rows, size_t n, struct overlays **over_r,
                   size_t *versions_r, struct fail *f);
/* Cuts the base row at every boundary of its curated rows and lays the rows over each piece, sector rows first. */
void versions_make(struct catalog *c, struct arena *scratch, const struct procedure *base, const struct overlays *o);

/* details.c: gives each row its place in the packed details. */
bool details_join(struct catalog *c, struct procedure *rows, size_t n, struct str packed, struct fail *f);
/* The first of the rows, sorted by code, with a code of at least this. */
size_t row_first(const struct procedure *rows, size_t n, struct str code);

/* Says which line of which text is not understood; always false. */
bool bad_row(struct fail *f, const char *text, size_t line, const char *what);

static inline const uint64_t *rows_with_name(const struct index *x, uint16_t token) { return x->names + token * x->width; }
static inline const uint64_t *rows_with_sector(const struct index *x, uint16_t token) { return x->sectors + x->sector_set[token] * x->width; }
/* A bit for each letter of a folded word: two words that are one slip apart differ in two at most. */
static inline uint32_t letters_of(struct str s)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < s.n; i++)
        bits |= 1u << (s.p[i] & 31);
    return bits;
}
bool index_build(struct catalog *c, struct fail *f);
bool phrases_load(struct catalog *c, struct str text, struct fail *f);
bool competence_load(struct catalog *c, const struct catalog_input *in, struct fail *f);
bool variants_load(struct catalog *c, struct str text, struct fail *f); /* after the entries */
bool limit_parse(struct str s, struct limit *limit_r); /* "same_day" or "7 working_days" */
void executor_parse(struct catalog *c, struct executor *x, struct str text);
struct str issuer_province(const struct catalog *c, struct str folded_agency);
size_t entry_first(const struct catalog *c, struct str code); /* first entry with code >= */
const struct procedure *entry_on(const struct catalog *c, const struct entry *e, int64_t day, bool *in_force_r);
bool validity_parse(struct str from, struct str to, int64_t *from_r, int64_t *to_r);
