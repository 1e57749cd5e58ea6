/* The one query layer of dossiers: lists and search for pages, the API and exports alike. It reads the work rows of the actor's audiences
 * and nothing else, so a dossier outside the scope cannot come out of it.
 *
 * A page is a merge: for each audience and state one keyset read in the order of the index `work`, put together and made unique here.
 * Open lists run by the clock that ends first, closed ones newest first. Every read is bounded by the page. Unit, task and due time
 * are in no index: a page that asks for them looks at about DOSSIER_SCAN_MAX rows and may come with few items or none and a `next` that goes on.
 * Every search is bounded by DOSSIER_SEARCH_MAX candidates (of at most DOSSIER_SCAN_MAX index rows per audience): what is beyond is found
 * with one word more. */
#pragma once
#include "domain/dossier/dossier.h"

enum { DOSSIER_LIST_MAX = 200, DOSSIER_SEARCH_MAX = 300, DOSSIER_SCAN_MAX = 3000, DOSSIER_WORDS_MAX = 6 };

/* Which lists: bit n is state n; bit 0 the voided ones, which are counted apart. */
unsigned dossier_lists_open(void);
unsigned dossier_lists_closed(void);
/* "open", "closed", "voided", a state's name or number; 0 for anything else. */
unsigned dossier_lists_parse(struct str word);

struct dossier_list_query {
    unsigned lists;      /* 0: open; of a search all */
    struct str unit;     /* receiving or competent; empty: any */
    struct str task;     /* empty: any */
    struct str officer;  /* "staff:lan"; empty: any */
    int64_t due_before;  /* ms; 0: any. Only dossiers that have a due time */
    struct str q;        /* a code, the end of one, words of names as typed (with or without marks), or a personal number; empty: a list */
    struct str cursor;   /* `next` of the page before; empty: the first page */
    size_t limit;        /* 1 … DOSSIER_LIST_MAX */
};
struct dossier_item {
    struct str home_unit; /* = receiving unit */
    struct id id;
    struct str code, procedure, agency, competent_unit, task, officer, owner, submitter;
    int64_t rank, state, submitted_at, received_at, due_at, promised_at, finished_at, late_mark, voided, register_year, register_no, version;
    int64_t next_at;         /* 0: none, or not known (a search) */
    const char *punctuality; /* */
};
struct dossier_page {
    const struct dossier_item **items;
    size_t n;
    struct str next; /* empty at the end; only then there is no more */
};
/* ERR_MALFORMED "query.cursor"; else only the store's errors. */
enum err dossier_list(const struct keyring *k, const struct rules *rules, struct db *db, struct arena *a, const struct actor *actor,
                      const struct dossier_list_query *query, int64_t now, struct dossier_page *page_r, struct fail *f) CHECKED;
