/* Load and search of the catalogue: how long, how large, how well covered. Not a test: `build/bench_catalog [QUERY…]` prints figures,
 * or with arguments the first ten rows of each query. */
#include "base/dataset.h"
#include "base/timex.h"
#include "domain/catalog/catalog.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

static struct str text_of(struct arena *a, const char *name)
{
    struct str text;
    const struct dataset *d = dataset_find(str_of(name));
    if (!d || dataset_unpack(a, d->packed, &text) != ERR_OK) {
        fprintf(stderr, "no dataset %s\n", name);
        exit(3);
    }
    return text;
}

static int cmp(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    struct arena *texts _arena_ = arena_new(), *a _arena_ = arena_new();
    int64_t t0 = time_monotonic_us();
    struct catalog_input in = {text_of(texts, "procedures.tsv"), dataset_find(STR("procedures.jsonl"))->packed, text_of(texts, "sectors.tsv"),
                               text_of(texts, "curated.tsv"), text_of(texts, "competence.tsv"), text_of(texts, "synonyms.tsv"), text_of(texts, "variants.tsv")};
    int64_t t1 = time_monotonic_us();
    struct fail f = {0};
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    struct catalog *c = catalog_load(a, &in, &f);
    size_t held = mallinfo2().uordblks + mallinfo2().hblkhd - before;
    int64_t t2 = time_monotonic_us();
    if (!c) {
        fprintf(stderr, "%s %s %s\n", f.item[0].pointer, f.item[0].code, f.item[0].param);
        return 1;
    }
    int64_t day;
    if (!date_parse(STR("2026-11-21"), &day))
        return 1;
    if (argc > 1) {
        for (int i = 1; i < argc; i++) {
            struct arena *s _arena_ = arena_new();
            struct catalog_query q = {.q = str_of(argv[i]), .day = day, .limit = 10};
            struct catalog_page page;
            int64_t from = time_monotonic_us();
            if (catalog_search(c, s, &q, &page, &f) != ERR_OK)
                return 1;
            printf("%s: %zu rows, %lld us\n", argv[i], page.total, (long long)(time_monotonic_us() - from));
            for (size_t k = 0; k < page.n; k++)
                printf("  %.*s %d%s %9lld %s %.*s\n", PRS(page.hits[k].p->code), page.hits[k].match, page.hits[k].marked ? "m" : " ",
                       (long long)page.hits[k].p->weight, page.hits[k].p->listed ? " " : "-", PRS(str_sub(page.hits[k].p->name, 0, 110)));
        }
        return 0;
    }
    struct catalog_size z = catalog_size(c);
    printf("unpack %.1f ms, load %.1f ms, %.1f MB held (%.1f MB counted) besides %.1f MB of texts and packed details\n", (t1 - t0) / 1e3, (t2 - t1) / 1e3, held / 1e6, z.bytes / 1e6,
           (in.procedures_tsv.n + in.details.n + in.sectors_tsv.n + in.curated_tsv.n + in.competence_tsv.n + in.synonyms_tsv.n) / 1e6);
    printf("%zu procedures, %zu codes, %zu versions, %zu details, %zu listed, %zu internal, %zu of one province, %zu curated, %zu words\n",
           z.procedures, z.codes, z.versions, z.details, z.listed, z.internal, z.own_province, z.curated, z.tokens);
    printf("limits: %zu missing, %zu doubtful\n", z.limit_missing, z.limit_doubtful);

    /* Coverage of competence, for a clerk in commune 30292 of An Giang (91), owner at home there. */
    struct { const char *what; unsigned levels; size_t n, found, some; int64_t weight, found_weight, some_weight; } cover[] = {
        {"all receivable", 0}, {"with province or commune among the levels", AT_PROVINCE | AT_COMMUNE}, {"commune level", AT_COMMUNE},
        {"province level only", AT_PROVINCE}};
    for (size_t i = 0; i < z.procedures; i++) {
        const struct procedure *p = catalog_nth(c, i, day);
        struct competence_question q = {.p = p, .receiving_unit = STR("30292"), .receiving_commune = STR("30292"), .receiving_province = STR("91"),
                                        .owner_territory = STR("30292"), .owner_province = STR("91"), .day = day};
        if (procedure_receivable(c, p, STR_NONE, day) != RECEIVABLE)
            continue;
        struct competence_answer r = competence_of(c, &q);
        for (size_t k = 0; k < ARRAY_LEN(cover); k++)
            if (k == 3 ? p->levels == AT_PROVINCE : !cover[k].levels || (p->levels & cover[k].levels)) {
                cover[k].n++;
                cover[k].weight += p->weight;
                cover[k].found += r.found;
                cover[k].found_weight += r.found ? p->weight : 0;
                cover[k].some += !r.found && r.n_candidates;
                cover[k].some_weight += !r.found && r.n_candidates ? p->weight : 0;
            }
        if (getenv("UNCOVERED") && !r.found && (p->levels & 6))
            printf("%lld\t%s\t%.*s\t%.*s\n", (long long)p->weight, r.n_candidates ? r.candidate[0] : "-", PRS(p->code), PRS(p->executing));
    }
    for (size_t k = 0; k < ARRAY_LEN(cover); k++)
        printf("competence, %s: %zu rows; answered %.1f%% of rows, %.1f%% of use; candidates %.1f%%, %.1f%%\n", cover[k].what, cover[k].n,
               100.0 * cover[k].found / cover[k].n, 100.0 * cover[k].found_weight / cover[k].weight, 100.0 * cover[k].some / cover[k].n,
               100.0 * cover[k].some_weight / cover[k].weight);

    /* 200 queries: names in parts, with and without marks, codes, slips, the commonest words, the longest query. */
    static const char *const fixed[] = {"khai sinh", "đăng ký khai sinh", "dang ky khai sinh", "1.001193", "1.00", "so do", "sổ đỏ", "cấp giấy phép",
        "cap lai giay chung nhan du dieu kien kinh doanh dich vu trong linh vuc", "thủ tục", "cấp", "lý lịch tư pháp", "khai sihn", "giay phep xay dugn",
        "làm giấy khai sinh cho con ở đâu", "hộ khẩu", "cccd", "xyz", "bang lai xe", "đăng kí kinh doanh", ""};
    enum { QUERIES = 200, ROUNDS = 20 };
    static char text[QUERIES][CATALOG_QUERY_MAX + 8];
    static int64_t took[QUERIES * ROUNDS];
    for (size_t i = 0; i < QUERIES; i++) {
        const struct procedure *p = catalog_nth(c, i * 7919 % z.procedures, day);
        struct str s = i < ARRAY_LEN(fixed) ? str_of(fixed[i]) : i % 3 ? p->name : p->folded;
        size_t n = i < ARRAY_LEN(fixed) ? s.n : i % 5 == 0 ? s.n : 12 + i % 40;
        n = n > s.n ? s.n : n > CATALOG_QUERY_MAX ? CATALOG_QUERY_MAX : n;
        while (n < s.n && n && ((unsigned char)s.p[n] & 0xC0) == 0x80)
            n--;
        snprintf(text[i], sizeof text[i], "%.*s", (int)n, s.p);
    }
    size_t runs = 0, slowest = 0;
    int64_t worst = 0;
    struct arena *s _arena_ = arena_new();
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < QUERIES; i++) {
            arena_reset(s);
            struct catalog_query q = {.q = str_of(text[i]), .day = day, .limit = 20};
            struct catalog_page page;
            int64_t from = time_monotonic_us();
            if (catalog_search(c, s, &q, &page, &f) != ERR_OK)
                return 1;
            took[runs++] = time_monotonic_us() - from;
            if (took[runs - 1] > worst) {
                worst = took[runs - 1];
                slowest = i;
            }
        }
    qsort(took, runs, sizeof took[0], cmp);
    printf("search: p50 %lld us, p99 %lld us, worst %lld us (%s)\n", (long long)took[runs / 2], (long long)took[runs * 99 / 100], (long long)worst, text[slowest]);

    struct buf b _buf_ = BUF_MAX(1 << 20);
    struct procedure_view view = {.detail = true, .day = day};
    int64_t from = time_monotonic_us();
    size_t bytes = 0, n = 0;
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < z.procedures; i++, n++) {
            const struct procedure *p = catalog_nth(c, i, day);
            buf_clear(&b);
            procedure_json(&b, c, procedure_find(c, p->code, p->agency, day, NULL), &view);
            bytes += b.n;
        }
    int64_t us = time_monotonic_us() - from;
    printf("by code as JSON with detail: %.0f/s, %zu bytes each\n", n * 1e6 / us, bytes / n);
    return 0;
}
