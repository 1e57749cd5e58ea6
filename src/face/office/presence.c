/* Who has a dossier open: rows in memory that expire. Nothing depends on them (versions do the refusing), so nothing of them is kept: an officer sees that
 * somebody else is looking, and asks across the table. */
#include "face/office/office_private.h"
#include <pthread.h>
#include <stdio.h>

enum { PLACES = 4096, TEXT_MAX = 96, SHOWN_MAX = 4 };

static struct present {
    char code[OFFICE_CODE_MAX], login[TEXT_MAX], name[2 * TEXT_MAX];
    int64_t seen_at;
} present[PLACES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

enum { REACH = 16 }; /* places that one dossier may use */

static size_t first_of(struct str code) { return str_hash(code) % (PLACES - REACH); }

void presence_beat(struct str code, struct str login, struct str name, int64_t now)
{
    struct present *oldest = NULL;
    size_t at = first_of(code);
    if (code.n >= OFFICE_CODE_MAX || login.n >= TEXT_MAX)
        return;
    pthread_mutex_lock(&lock);
    for (size_t i = at; i < at + REACH; i++) {
        struct present *p = &present[i];
        if (str_is(code, p->code) && str_is(login, p->login)) {
            oldest = p;
            break;
        }
        if (!oldest || p->seen_at < oldest->seen_at)
            oldest = p;
    }
    snprintf(oldest->code, sizeof oldest->code, "%.*s", PRS(code));
    snprintf(oldest->login, sizeof oldest->login, "%.*s", PRS(login));
    snprintf(oldest->name, sizeof oldest->name, "%.*s", PRS(name.n < sizeof oldest->name ? name : login));
    oldest->seen_at = now;
    pthread_mutex_unlock(&lock);
}

struct str presence_others(struct arena *a, struct str code, struct str login, int64_t now)
{
    struct buf b _buf_ = BUF_MAX(4096);
    size_t at = first_of(code), n = 0;
    pthread_mutex_lock(&lock);
    for (size_t i = at; i < at + REACH && n < SHOWN_MAX; i++) {
        const struct present *p = &present[i];
        if (!str_is(code, p->code) || str_is(login, p->login) || now - p->seen_at > PRESENCE_MS || p->seen_at > now)
            continue;
        buf_c(&b, n++ ? ", " : "");
        buf_c(&b, p->name);
    }
    pthread_mutex_unlock(&lock);
    return str_dup(a, buf_view(&b));
}

/* The page's heartbeat: "I am still here"; the answer says who else is. */
enum http_result presence_post(struct request *r)
{
    enum http_result refused;
    if (!staff_only(r, &refused))
        return refused;
    struct looked k;
    struct fail f = {0};
    if (!form_good(r, &f) || dossier_look(r, request_path_param(r, "ma"), &k, &f))
        return page_refuse(r, &f);
    const struct session *s = &visitor_of(r)->session;
    presence_beat(k.d.code, s->login, s->display, request_now_ms(r));
    respond_text(r, 200, presence_others(request_arena(r), k.d.code, s->login, request_now_ms(r)));
    return HTTP_DONE;
}
