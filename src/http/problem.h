/* Refusals as application/problem+json (RFC 9457): {type, title, status, detail, rule?, errors: [{pointer, code, message}]}.
 * A browser gets a page instead where the face has one (config.problem_page). The status comes from the one table in base/err.c; the sentences from config.message, in the language of the request. */
#pragma once
#include "http/request.h"

void respond_problem(struct request *r, const struct fail *f);
/* One complaint without a place: respond_error(r, ERR_NOT_FOUND, "dossier.absent", NULL). */
void respond_error(struct request *r, enum err err, const char *code, const char *param);
/* A status that no enum err stands for (405, 414, 431, 501 …). */
void respond_problem_status(struct request *r, int status, const char *code, const char *param);
/* The document alone, for other ways out (an idempotent answer, a queue). */
void problem_write(struct buf *b, const struct fail *f, int status, enum http_lang lang, http_message *message, const char *base);
