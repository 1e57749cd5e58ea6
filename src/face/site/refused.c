/* Refusals as pages: of our own handlers (page_refuse), and of the HTTP layer where a browser meets them (site_problem_page): an address that
 * there is not, a form that is too large, a busy server. Each says in a sentence what happened, in another what to do, and gives the number
 * under which the log knows it. Programs get the same as problem+json (http/problem.h). */
#include "base/vn.h"
#include "face/site/site.h"
#include "face/site/site.html.h"
#include <string.h>

/* What people read where the refusal is one of the HTTP layer, whose own sentences speak to programmers. */
static const struct {
    int status;
    const char *title, *text;
} kinds[] = {
    {400, TR_LATER("Địa chỉ không đúng"), TR_LATER("Địa chỉ này bị gõ sai hoặc bị cắt mất một phần. Hãy gõ lại, hoặc bắt đầu từ một trong các trang dưới đây.")},
    {403, TR_LATER("Bạn không có quyền xem trang này"), TR_LATER("Nếu công việc của bạn cần trang này, hãy hỏi người quản trị của cơ quan.")},
    {404, TR_LATER("Không tìm thấy trang"), TR_LATER("Địa chỉ có thể bị gõ sai, hoặc trang đã chuyển chỗ. Hãy tìm thủ tục theo tên, hoặc tra cứu hồ sơ bằng mã.")},
    {405, TR_LATER("Trang này không làm được việc đó"), TR_LATER("Hãy mở lại trang từ đầu rồi làm lại.")},
    {413, TR_LATER("Nội dung gửi lên quá lớn"), TR_LATER("Hãy quay lại, rút ngắn nội dung hoặc chọn tệp nhỏ hơn rồi gửi lại.")},
    {414, TR_LATER("Địa chỉ quá dài"), TR_LATER("Hãy rút ngắn từ cần tìm, hoặc bắt đầu từ một trong các trang dưới đây.")},
    {429, TR_LATER("Quá nhiều lần trong thời gian ngắn"), TR_LATER("Hãy chờ một phút rồi thử lại.")},
    {431, TR_LATER("Trình duyệt gửi quá nhiều dữ liệu kèm theo"), TR_LATER("Hãy xóa cookie của trang này trong trình duyệt rồi mở lại.")},
    {500, TR_LATER("Hệ thống gặp lỗi"), TR_LATER("Sự việc đã được ghi lại. Hãy thử lại; nếu vẫn lỗi, hãy đọc mã dưới đây cho người hỗ trợ.")},
    {503, TR_LATER("Hệ thống đang bận"), TR_LATER("Hãy chờ ít giây rồi tải lại trang. Những gì đã gửi xong không bị mất.")},
    {507, TR_LATER("Hệ thống hết chỗ lưu trữ"), TR_LATER("Hãy thử lại sau, hoặc báo cho cơ quan.")},
};

static size_t kind_of(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].status == status)
            return i;
    return SIZE_MAX;
}

static bool of_the_http_layer(const struct fail *f) { return !f->n || strncmp(f->item[0].code, "http.", 5) == 0; }

static void refusal_write(struct request *r, struct page *o, const struct fail *f, int status)
{
    size_t kind = kind_of(status);
    struct form_errors e = form_errors_of(o, f);
    struct form_error own;
    struct str title = kind < ARRAY_LEN(kinds) ? TR(o, kinds[kind].title) : TR(o, "Chưa làm được việc này");
    if (of_the_http_layer(f)) {
        own = (struct form_error){STR(""), kind < ARRAY_LEN(kinds) ? TR(o, kinds[kind].text) : TR(o, "Hãy bắt đầu từ một trong các trang dưới đây.")};
        e = (struct form_errors){&own, 1};
    }
    if (!vn_valid_utf8(o->path) || !o->path.n || o->path.p[0] != '/')
        o->path = STR("/");
    site_begin(r, o, title, STR(""), false);
    refused_page(o, title, &e, request_id(r));
    site_end(o);
}

enum http_result page_refuse(struct request *r, const struct fail *f)
{
    struct buf b _buf_ = BUF_MAX(PAGE_BYTES_MAX);
    struct page o;
    int status = err_info(f->err)->http_status;
    page_begin(r, &o, &b);
    refusal_write(r, &o, f, status);
    return page_end(r, status, &o);
}

enum http_result page_refuse_code(struct request *r, enum err e, const char *code)
{
    struct fail f = {0};
    (void)!fail_add(&f, e, NULL, "", code, NULL);
    return page_refuse(r, &f);
}

bool site_problem_page(struct request *r, const struct fail *f, int status, struct buf *out)
{
    struct page o;
    if (str_has_prefix(request_path(r), STR("/api/")))
        return false;
    page_begin(r, &o, out);
    refusal_write(r, &o, f, status);
    respond_header(r, "Content-Language", o.lang == LANGUAGE_EN ? STR("en") : STR("vi"));
    return true;
}
