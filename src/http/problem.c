/* See problem.h. The sentences here are those of this room and of the kinds of failure; all others come from config.message. */
#include "http/http_private.h"
#include <stdio.h>

static const struct sentence {
    const char *code, *vi, *en; /* "%s" stands for the parameter */
} sentences[] = {
    {"error.malformed", "Yêu cầu không đọc được", "Malformed request"},
    {"error.unauthorised", "Chưa xác định được người gọi", "Authentication required"},
    {"error.forbidden", "Không có quyền", "Not permitted"},
    {"error.not-found", "Không tìm thấy", "Not found"},
    {"error.conflict", "Quy định không cho phép lúc này", "A rule forbids it now"},
    {"error.version", "Dữ liệu đã thay đổi", "Changed meanwhile"},
    {"error.version-required", "Cần nêu phiên bản", "Version required"},
    {"error.too-large", "Dữ liệu quá lớn", "Too large"},
    {"error.unsupported-type", "Loại dữ liệu không được nhận", "Unsupported media type"},
    {"error.invalid", "Có thông tin chưa đúng", "Some fields are wrong"},
    {"error.too-many-requests", "Quá nhiều yêu cầu", "Too many requests"},
    {"error.unavailable", "Hệ thống tạm thời chưa phục vụ được", "Temporarily unavailable"},
    {"error.no-space", "Hết chỗ lưu trữ", "No room left"},
    {"error.timeout", "Quá thời gian", "Took too long"},
    {"error.retry", "Vui lòng thử lại", "Please try again"},
    {"error.corrupt", "Lỗi dữ liệu trong hệ thống", "Inconsistent data"},
    {"error.internal", "Lỗi hệ thống", "Internal error"},
    {"http.absent", "Không có địa chỉ này.", "There is nothing at this address."},
    {"http.body", "Địa chỉ này không nhận nội dung.", "This address takes no body."},
    {"http.busy", "Hệ thống đang bận, vui lòng thử lại sau ít giây.", "The server is busy; please try again in a few seconds."},
    {"http.expect", "Không hỗ trợ yêu cầu Expect này.", "This expectation is not supported."},
    {"http.failed", "Hệ thống gặp lỗi; sự việc đã được ghi nhận.", "Something failed here; it has been recorded."},
    {"http.framing", "Độ dài nội dung không rõ ràng.", "The length of the body is ambiguous."},
    {"http.header", "Tiêu đề HTTP không hợp lệ.", "An HTTP header is not valid."},
    {"http.headers_large", "Tiêu đề HTTP quá lớn.", "The HTTP headers are too large."},
    {"http.host", "Cần đúng một tiêu đề Host.", "Exactly one valid Host header is needed."},
    {"http.if_match", "Cần tiêu đề If-Match với phiên bản đang sửa.", "If-Match with the version being changed is needed."},
    {"http.late", "Yêu cầu đã chờ quá lâu và chưa được thực hiện.", "The request waited too long and was not carried out."},
    {"http.length", "Cần tiêu đề Content-Length.", "Content-Length is needed."},
    {"http.line_end", "Dòng HTTP phải kết thúc bằng CR LF.", "HTTP lines must end in CR LF."},
    {"http.method", "Phương thức không hợp lệ.", "Not a valid method."},
    {"http.method_not_allowed", "Địa chỉ này chỉ nhận: %s.", "This address takes only: %s."},
    {"http.path", "Địa chỉ không hợp lệ.", "Not a valid address."},
    {"http.query", "Tham số sau dấu hỏi không hợp lệ hoặc quá nhiều.", "The query is not valid or too long."},
    {"http.query_number", "Phải là số trong khoảng %s.", "Must be a number within %s."},
    {"http.query_unknown", "Địa chỉ này không có tham số \"%s\".", "This address has no parameter \"%s\"."},
    {"http.range", "Khoảng yêu cầu nằm ngoài tệp.", "The range lies outside the file."},
    {"http.token", "Cần thẻ truy cập (Authorization: Bearer).", "A bearer token is needed."},
    {"http.too_large", "Nội dung lớn hơn mức cho phép (%s byte).", "The body is larger than allowed (%s bytes)."},
    {"http.type", "Cần Content-Type: %s.", "Content-Type must be %s."},
    {"http.uri_long", "Địa chỉ quá dài.", "The address is too long."},
    {"http.version", "Phiên bản HTTP không được hỗ trợ.", "This version of HTTP is not supported."},
    {"http.version_changed", "Người khác đã thay đổi; hãy tải lại.", "Somebody else changed it; please load it again."},
    {"json.depth", "JSON lồng quá %s tầng.", "JSON is nested deeper than %s levels."},
    {"json.duplicate", "Khóa bị lặp (dòng:cột %s).", "A key appears twice (line:column %s)."},
    {"json.empty", "Thiếu nội dung JSON.", "A JSON body is needed."},
    {"json.float", "Chỉ nhận số nguyên.", "Only integers are accepted."},
    {"json.integer", "Số vượt quá 2^53.", "The number is beyond 2^53."},
    {"json.nul", "Chuỗi có ký tự rỗng.", "A string contains a NUL character."},
    {"json.syntax", "Không phải JSON hợp lệ (dòng:cột %s).", "Not valid JSON (line:column %s)."},
    {"json.utf8", "Không phải UTF-8 hợp lệ (dòng:cột %s).", "Not valid UTF-8 (line:column %s)."},
};

static void sentence(struct buf *b, const char *code, const char *param, enum http_lang lang, http_message *message)
{
    char text[1024];
    struct buf out _buf_ = BUF_MAX(2048);
    if (message && message(&out, code, param, lang) && !out.overflow) {
        buf_json_str(b, buf_view(&out));
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
        if (strcmp(sentences[i].code, code) == 0) {
            const char *s = lang == HTTP_EN ? sentences[i].en : sentences[i].vi, *hole = strstr(s, "%s");
            if (hole)
                snprintf(text, sizeof text, "%.*s%s%s", (int)(hole - s), s, param, hole + 2);
            else
                snprintf(text, sizeof text, "%s", s);
            buf_json_str(b, str_of(text));
            return;
        }
    snprintf(text, sizeof text, "%s%s%s", code, param[0] ? ": " : "", param);
    buf_json_str(b, str_of(text));
}

/* A parameter that was cut inside a character would break the whole document. */
static const char *valid_or_empty(const char *s, char *copy, size_t max)
{
    snprintf(copy, max, "%s", s);
    size_t n = strlen(copy);
    while (n && !http_text_valid((struct str){copy, n}, true))
        copy[--n] = '\0';
    return copy;
}

void problem_write(struct buf *b, const struct fail *f, int status, enum http_lang lang, http_message *message, const char *base)
{
    const struct err_info *info = err_info(f->err ? f->err : ERR_INTERNAL);
    char title[64], param[FAIL_PARAM_MAX], pointer[96];
    snprintf(title, sizeof title, "error.%s", info->name);
    buf_c(b, "{\"type\":\"");
    buf_c(b, base);
    buf_c(b, info->name);
    buf_c(b, "\",\"title\":");
    sentence(b, title, "", lang, message);
    buf_printf(b, ",\"status\":%d", status);
    if (f->n) {
        buf_c(b, ",\"detail\":");
        sentence(b, f->item[0].code, valid_or_empty(f->item[0].param, param, sizeof param), lang, message);
    }
    if (f->rule[0]) {
        buf_c(b, ",\"rule\":");
        buf_json_str(b, str_of(f->rule));
    }
    buf_c(b, ",\"errors\":[");
    for (size_t i = 0; i < f->n; i++) {
        buf_c(b, i ? ",{\"pointer\":" : "{\"pointer\":");
        buf_json_str(b, str_of(valid_or_empty(f->item[i].pointer, pointer, sizeof pointer)));
        buf_c(b, ",\"code\":");
        buf_json_str(b, str_of(f->item[i].code));
        buf_c(b, ",\"message\":");
        sentence(b, f->item[i].code, valid_or_empty(f->item[i].param, param, sizeof param), lang, message);
        buf_char(b, '}');
    }
    buf_c(b, "]}");
}

/* A browser names text/html; programs name JSON, "*" or nothing. */
static bool respond_page(struct request *r, const struct fail *f, int status)
{
    const struct http_config *c = &r->server->config;
    struct buf b = BUF_MAX(256 * 1024);
    if (!c->problem_page || str_find(request_header(r, "Accept"), STR("text/html")) < 0)
        return false;
    bool made = c->problem_page(r, f, status, &b) && !b.overflow;
    if (made) {
        respond_html_buf(r, status, &b);
        r->answer.localized = r->answer.page = true;
    }
    buf_free(&b);
    return made;
}

static void respond_json_problem(struct request *r, const struct fail *f, int status)
{
    const struct http_config *c = &r->server->config;
    struct buf b = BUF_MAX(64 * 1024);
    problem_write(&b, f, status, request_lang(r), c->message, c->problem_base);
    struct str body = str_dup(r->arena, buf_view(&b));
    buf_free(&b);
    respond_bytes(r, status, "application/problem+json", body);
    r->answer.localized = true;
    respond_header(r, "Content-Language", r->lang == HTTP_EN ? STR("en") : STR("vi"));
    if (status == 401)
        respond_header(r, "WWW-Authenticate", STR("Bearer"));
}

static void respond(struct request *r, const struct fail *f, int status)
{
    if (!respond_page(r, f, status))
        respond_json_problem(r, f, status);
    if (status == 429 || status == 503)
        respond_retry_after(r, 2);
}

void respond_problem(struct request *r, const struct fail *f) { respond(r, f, err_info(f->err ? f->err : ERR_INTERNAL)->http_status); }

void respond_error(struct request *r, enum err err, const char *code, const char *param)
{
    struct fail f = {0};
    (void)fail_add(&f, err, NULL, "", code, param ? "%s" : NULL, param);
    respond_problem(r, &f);
}

void respond_problem_status(struct request *r, int status, const char *code, const char *param)
{
    struct fail f = {0};
    enum err err = status >= 500 ? ERR_INTERNAL : ERR_MALFORMED;
    for (int e = ERR_MALFORMED; e <= ERR_INTERNAL; e++)
        if (err_info((enum err)e)->http_status == status) {
            err = (enum err)e;
            break;
        }
    (void)fail_add(&f, err, NULL, "", code, param ? "%s" : NULL, param);
    respond(r, &f, status);
}
