/* What a file is by its first bytes, against what it was declared to be. A short list on purpose: these are the types that a component
 * of a dossier may have; HTML and whatever a browser might run are not among them. Looking deeper is the work of a capped child. */
#include "store/files_private.h"
#include "base/vn.h"
#include <strings.h>

static const struct {
    const char *type;
    enum sniffed is;
} types[] = { /* the first of a kind is the name it is kept under */
    {"application/pdf", SNIFF_PDF},
    {"image/png", SNIFF_PNG},
    {"image/jpeg", SNIFF_JPEG},
    {"image/jpg", SNIFF_JPEG},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", SNIFF_DOCX},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", SNIFF_XLSX},
    {"application/vnd.oasis.opendocument.text", SNIFF_ODT},
    {"application/vnd.oasis.opendocument.spreadsheet", SNIFF_ODS},
    {"application/xml", SNIFF_XML},
    {"text/xml", SNIFF_XML},
    {"text/plain", SNIFF_TEXT},
};

static bool has(struct str s, const char *needle) { return str_find(s, str_of(needle)) >= 0; }

static enum sniffed sniff_zip(struct str s)
{
    struct str head = str_sub(s, 30, 100); /* OpenDocument: an uncompressed first entry "mimetype" */
    if (str_has_prefix(head, STR("mimetypeapplication/vnd.oasis.opendocument.text")))
        return SNIFF_ODT;
    if (str_has_prefix(head, STR("mimetypeapplication/vnd.oasis.opendocument.spreadsheet")))
        return SNIFF_ODS;
    if (has(s, "word/"))
        return SNIFF_DOCX;
    return has(s, "xl/") ? SNIFF_XLSX : SNIFF_ZIP;
}

/* Valid UTF-8 without control characters; a character may be cut at the end of a chunk that is not the last. */
static bool is_text(struct str s, bool whole)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f') || c == 0x7f)
            return false;
    }
    for (size_t cut = 0; cut <= (whole ? 0 : 3) && cut <= s.n; cut++)
        if (vn_valid_utf8(str_sub(s, 0, s.n - cut)))
            return true;
    return false;
}

static bool begins(struct str s, const char *word) { return s.n >= strlen(word) && strncasecmp(s.p, word, strlen(word)) == 0; }

/* HTML and SVG by their names, or by their namespaces behind an XML declaration: a browser would run them. */
static enum sniffed sniff_text(struct str s)
{
    if (str_has_prefix(s, STR("\xef\xbb\xbf")))
        s = str_sub(s, 3, s.n);
    s = str_trim(s);
    if (begins(s, "<!doctype html") || begins(s, "<html") || begins(s, "<script") || begins(s, "<body") || begins(s, "<svg")
        || has(s, "http://www.w3.org/1999/xhtml") || has(s, "http://www.w3.org/2000/svg"))
        return SNIFF_OTHER;
    return s.n > 1 && s.p[0] == '<' ? SNIFF_XML : SNIFF_TEXT;
}

enum sniffed file_sniff(struct str s, bool whole)
{
    if (has(str_sub(s, 0, 1024), "%PDF-")) /* readers allow something before it */
        return SNIFF_PDF;
    if (str_has_prefix(s, STR("\x89PNG\r\n\x1a\n")))
        return SNIFF_PNG;
    if (str_has_prefix(s, STR("\xff\xd8\xff")))
        return SNIFF_JPEG;
    if (str_has_prefix(s, STR("PK\x03\x04")))
        return sniff_zip(s);
    return is_text(s, whole) ? sniff_text(s) : SNIFF_OTHER;
}

const char *file_type_check(struct str declared, enum sniffed is, struct fail *f)
{
    ptrdiff_t parameters = str_find_char(declared, ';'); /* "text/plain; charset=utf-8" */
    struct str bare = str_trim(parameters < 0 ? declared : str_sub(declared, 0, (size_t)parameters));
    bool open = bare.n == 0 || str_is(bare, "application/octet-stream"), known = false;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        bool names = bare.n == strlen(types[i].type) && strncasecmp(bare.p, types[i].type, bare.n) == 0;
        known = known || names;
        /* XML may be sent as text, never text as XML. */
        if ((open && types[i].is == is) || (names && (types[i].is == is || (types[i].is == SNIFF_TEXT && is == SNIFF_XML))))
            return types[i].is == SNIFF_JPEG ? "image/jpeg" : types[i].type;
    }
    fail_add(f, ERR_TYPE, NULL, "/type", known ? "file.type-mismatch" : "file.type-unknown", "%.*s", PRS(str_sub(bare, 0, 80)));
    return NULL;
}
