/* Issued results by their code: KQ.<dossier code>.<n>. Public, so nothing personal: what a paper in one's hand can be held against. */
#pragma once
#include "domain/dossier/dossier.h"

struct issued_result {
    struct str competent_unit, procedure, agency, number, date, file; /* file: SHA-256 in hex, or "" */
    bool restricted;
    int64_t issued_at, revoked_at; /* issued_at 0: decided, but without number or date yet; revoked_at 0: in force */
};
struct str result_code(struct arena *a, struct str dossier_code, size_t place); /* place from 1 */
/* ERR_NOT_FOUND. */
enum err result_find(struct db *db, struct arena *a, struct str code, struct issued_result *out) CHECKED;
/* Do these last digits (as typed) belong to a phone of one of the parties? ERR_NOT_FOUND when not. */
enum err dossier_phone_ends(const struct keyring *k, struct db *db, struct str home_unit, struct id id, struct str digits) CHECKED;
