/* The table of the office's pages. See office.h. */
#include "face/api/api.h" /* how a file is brought */
#include "face/office/office_private.h"

enum { FORM_BYTES = 128 * 1024, FILE_BYTES = 100 << 20 };

/* A form is sent to a public route: whoever's session ended meanwhile is not led away from what she typed (act_page.c). */
const struct route office_routes[] = {
    {HTTP_GET, "/xu-ly", queue_page, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "queue", .query = "viec q don-vi truoc cua-toi trang"},
    {HTTP_GET, "/xu-ly/danh-sach.csv", queue_csv, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "queueCsv", .query = "viec q don-vi truoc cua-toi trang"},
    {HTTP_GET, "/xu-ly/so-luong", queue_stream, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE | ROUTE_QUIET, .operation = "queueCounts", .query = "mot-lan"},
    {HTTP_GET, "/quet", scan, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "scan", .query = "q tai"},
    {HTTP_GET, "/xu-ly/{ma}", dossier_page, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "dossierPage", .query = "xong ve"},
    {HTTP_GET, "/xu-ly/{ma}/tep/{sha}", dossier_file, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "dossierFile"},
    {HTTP_POST, "/xu-ly/tep", .class = ROUTE_UPLOAD, .access = ROUTE_SESSION, .body = BODY_STREAM, .body_max = FILE_BYTES, .flags = ROUTE_PAGE, .operation = "bringFile", .upload = &api_file_upload, .query = "name"},
    {HTTP_POST, "/xu-ly/{ma}/dang-mo", presence_post, ROUTE_READ, ROUTE_SESSION, BODY_FORM, 4096, .flags = ROUTE_PAGE | ROUTE_QUIET, .operation = "presence"},
    {HTTP_GET, "/xu-ly/{ma}/{viec}", act_form, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "actForm", .query = "ve"},
    {HTTP_POST, "/xu-ly/{ma}/{viec}", act_post, ROUTE_COMMAND, ROUTE_PUBLIC, BODY_FORM, FORM_BYTES, .flags = ROUTE_PAGE, .operation = "act"},
    {HTTP_GET, "/lanh-dao", decide_page, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "decidePage", .query = "trang xong"},
    {HTTP_POST, "/lanh-dao", decide_post, ROUTE_COMMAND, ROUTE_SESSION, BODY_FORM, FORM_BYTES, .flags = ROUTE_PAGE, .operation = "decide"},
    {HTTP_GET, "/tra-ket-qua", deliver_page, ROUTE_READ, ROUTE_SESSION, .flags = ROUTE_PAGE, .operation = "deliverPage", .query = "q trang xong"},
};
const size_t office_route_count = ARRAY_LEN(office_routes);
