/* The addresses under /in; see print.h. */
#include "face/print/print.h"
#include "face/print/reading.h"
#include "face/site/site.h"

enum { HAND_OVER_CODES_MAX = 200 };

static struct paper_reader reader_of(struct request *r)
{
    struct face *face = face_of(r);
    struct str url = face->print ? face->print->public_url : STR("");
    if (!url.n)
        url = str_printf(request_arena(r), "%s://%.*s", request_is_https(r) ? "https" : "http", PRS(request_host(r)));
    return (struct paper_reader){.rules = rules_of(r), .keyring = &face->room->keyring, .db = db_of(r), .arena = request_arena(r), .actor = actor_of(r),
                                 .now = request_now_ms(r), .rehearsal = face->rehearsal, .address = url};
}

static enum http_result refuse(struct request *r, const struct fail *f)
{
    if (f->err == ERR_UNAVAILABLE)
        respond_retry_after(r, 2);
    return page_refuse(r, f);
}

/* Shown in the browser, kept nowhere; the name is for those who save it. */
static enum http_result send(struct request *r, const struct paper *paper)
{
    struct fail f = {0};
    struct buf pdf _buf_ = BUF_MAX(PRESS_PDF_MAX);
    if (!face_of(r)->print)
        return page_refuse_code(r, ERR_UNAVAILABLE, "print.failed");
    if (press_print(face_of(r)->print->press, paper->form, paper->doc, &pdf, &f))
        return refuse(r, &f);
    struct str kept = str_dup(request_arena(r), buf_view(&pdf));
    respond_bytes(r, 200, "application/pdf", kept);
    respond_header(r, "Content-Disposition", str_printf(request_arena(r), "inline; filename=\"%.*s\"", PRS(paper->file)));
    respond_header(r, "Content-Security-Policy", STR("default-src 'none'; frame-ancestors 'self'; object-src 'self'; style-src 'unsafe-inline'"));
    return HTTP_DONE;
}

static enum http_result of_dossier(struct request *r, const char *form)
{
    struct fail f = {0};
    struct paper paper;
    struct paper_reader reader = reader_of(r);
    int64_t turn = 0;
    if (!request_query_i64(r, "lan", 1, 1000, 0, &turn, &f))
        return page_refuse(r, &f);
    if (paper_of_dossier(&reader, str_of(form), request_path_param(r, "ma"), turn, &paper, &f))
        return refuse(r, &f);
    return send(r, &paper);
}

static enum http_result receipt(struct request *r) { return of_dossier(r, "giay-hen"); }
static enum http_result supplement(struct request *r) { return of_dossier(r, "bo-sung"); }
static enum http_result refusal(struct request *r) { return of_dossier(r, "tu-choi"); }
static enum http_result apology(struct request *r) { return of_dossier(r, "xin-loi"); }

/* `don-vi`, or the unit that she works for. */
static struct str unit_asked(struct request *r)
{
    struct str asked = request_query(r, "don-vi");
    return asked.n ? asked : actor_of(r)->unit;
}

/* "2026-11-21" or "21/11/2026"; today without. */
static bool day_asked(struct request *r, int64_t *day_r)
{
    struct str s = str_trim(request_query(r, "ngay"));
    char text[16];
    *day_r = time_local_day(request_now_ms(r));
    if (!s.n)
        return true;
    if (s.n == 10 && s.p[2] == '/' && s.p[5] == '/') {
        snprintf(text, sizeof text, "%.4s-%.2s-%.2s", s.p + 6, s.p + 3, s.p);
        s = str_of(text);
    }
    return date_parse(s, day_r);
}

static enum http_result day_book(struct request *r)
{
    struct fail f = {0};
    struct paper paper;
    int64_t day;
    struct paper_reader reader = reader_of(r);
    if (!day_asked(r, &day))
        return page_refuse_code(r, ERR_INVALID, "print.day");
    if (paper_register(&reader, unit_asked(r), day, &paper, &f))
        return refuse(r, &f);
    return send(r, &paper);
}

static enum http_result hand_over(struct request *r)
{
    struct fail f = {0};
    struct paper paper;
    struct paper_reader reader = reader_of(r);
    struct str codes[HAND_OVER_CODES_MAX], name, value;
    size_t n = 0;
    for (size_t i = 0; request_query_at(r, i, &name, &value); i++)
        if (str_is(name, "ma") && value.n && n < HAND_OVER_CODES_MAX)
            codes[n++] = value;
    if (paper_hand_over(&reader, unit_asked(r), request_query(r, "co-quan"), codes, n, &paper, &f))
        return refuse(r, &f);
    return send(r, &paper);
}

#define PAPER(path, handler, name, asked) {HTTP_GET, path, handler, ROUTE_COMMAND /* these workers wait for others; pages must not */, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = name, .query = asked}
const struct route print_routes[] = {
    PAPER("/in/giay-hen/{ma}", receipt, "printReceipt", ""),
    PAPER("/in/bo-sung/{ma}", supplement, "printSupplementRequest", "lan"),
    PAPER("/in/tu-choi/{ma}", refusal, "printRefusal", ""),
    PAPER("/in/xin-loi/{ma}", apology, "printApology", ""),
    PAPER("/in/so-theo-doi", day_book, "printRegister", "ngay don-vi"),
    PAPER("/in/ban-giao", hand_over, "printHandOver", "don-vi co-quan ma"),
};
const size_t print_route_count = ARRAY_LEN(print_routes);
