/* Shared by the files of this folder. */
#pragma once
#include "connect/residence/residence.h"
#include "domain/dossier/dossier.h"

/* wire.c: one request; the answer's body in the arena. */
struct residence_answer {
    long status;
    struct str body;
};
/* ERR_UNAVAILABLE: nobody answered in time; ERR_UNAUTHORISED: the answer is not signed by who shares the secret. */
enum err residence_post(const struct residence *r, struct arena *a, const char *path, struct str body, struct residence_answer *out) CHECKED;

/* message.c: the bodies; canonical, so that the same dossier gives the same bytes. */
enum err residence_message(struct arena *a, struct id id, const struct dossier *d, const json_t *personal, struct str *body_r) CHECKED;
enum err residence_query(struct arena *a, const struct dossier *d, struct str *body_r) CHECKED;
