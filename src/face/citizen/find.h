/* Shared by the pages of the citizen who looks: handlers, words for limits and fees, life events. */
#pragma once
#include "domain/dossier/track.h"
#include "domain/report/report.h"
#include "face/citizen/citizen.h"

http_handler home_page, places_page, search_page, procedure_page, event_page, track_form_page, track_form_sent, track_page, track_sent, verify_form_page, verify_page,
    report_page, guide_page;

enum { TYPED_MAX = 200, LIST_PAGE = 20 };
/* A query as a person typed it: trimmed, NFC, at most TYPED_MAX bytes, "" where it is absent or no text. */
struct str query_typed(struct request *r, const char *name);

/* --- words (find_words.c) --- */

/* "Trong ngày", "3 ngày làm việc"; empty for none. */
struct str limit_words(struct page *o, struct limit l);
/* How long it takes, with its doubts, in one line. */
struct str time_words(struct page *o, const struct procedure *p);
/* The same for a list: "khoảng 3 ngày làm việc". */
struct str time_brief(struct page *o, const struct procedure *p);
/* Received in the morning of that day: the last day of the limit, in words ("thứ Năm, 26/11/2026"); empty where nobody can say. */
struct str track_due_words(struct page *o, const struct rules *rules, const struct procedure *p, int64_t day);
struct str day_words(struct page *o, int64_t day);
/* One line of a fee: "15.000 đồng", "2.000 đồng mỗi trang; …". */
struct str fee_words(struct page *o, const struct fee *f);
/* All fees in one line, for lists: "Không mất tiền", "Từ 7.000 đồng", "Hỏi khi nộp". */
struct str fee_summary(struct page *o, const struct procedure *p);
struct str level_words(struct page *o, unsigned levels);
struct str reach_words(struct page *o, enum reach reach);
/* Why a desk here may not take it; empty when it may. */
struct str not_receivable_words(struct page *o, const struct catalog *c, enum receivable why);
bool can_start_online(const struct procedure *p, enum receivable can);

/* --- life events (find_event.c) --- */

enum { EVENTS_MAX = 24, EVENT_QUESTIONS_MAX = 8, EVENT_OPTIONS_MAX = 8, EVENT_PROCEDURES_MAX = 40 };
struct life_event {
    struct str slug, title, more;
};
/* In the table's order, in the language of the page. */
size_t life_events(struct page *o, struct life_event out[EVENTS_MAX]);
/* What people call this procedure; empty where the table has no word. */
struct str everyday_name(struct page *o, struct str code);
