/* The table of routes. See citizen.h. */
#include "face/citizen/find.h"

#define PAGE(pattern, handler, extra, name) {HTTP_GET, pattern, handler, ROUTE_READ, ROUTE_PUBLIC, .flags = ROUTE_PAGE | (extra), .operation = name}
#define FORM(pattern, handler, name) {HTTP_POST, pattern, handler, ROUTE_READ, ROUTE_PUBLIC, BODY_FORM, 8192, .flags = ROUTE_PAGE, .operation = name}

const struct route citizen_routes[] = {
    PAGE("/", home_page, 0, "home"),
    PAGE("/noi-nop", places_page, 0, "placesPage"),
    PAGE("/thu-tuc", search_page, 0, "proceduresPage"),
    PAGE("/thu-tuc/{code}", procedure_page, ROUTE_INLINE, "procedurePage"),
    PAGE("/viec/{slug}", event_page, 0, "lifeEventPage"),
    PAGE("/tra-cuu", track_form_page, 0, "trackForm"),
    FORM("/tra-cuu", track_form_sent, "trackFormSent"),
    PAGE("/ho-so/{code}", track_page, 0, "trackPage"),
    FORM("/ho-so/{code}", track_sent, "trackPageSent"),
    PAGE("/xac-minh", verify_form_page, 0, "verifyForm"),
    PAGE("/xac-minh/{code}", verify_page, 0, "verifyPage"),
    PAGE("/ket-qua-phuc-vu", report_page, 0, "reportPage"),
    PAGE("/giao-dien", guide_page, 0, "guidePage"),
};
const size_t citizen_route_count = ARRAY_LEN(citizen_routes);
