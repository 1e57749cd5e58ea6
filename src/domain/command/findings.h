/* What verify, replay, export and import say to the operator: sentences, or with --json one document on one line. Each returns the exit
 * code: 1 for a finding, else 0. Numbers and codes only, never personal data. */
#pragma once
#include "domain/command/exchange.h"
#include "domain/command/replay.h"

/* `known`: a root that was written down, NULL for none; another one is a finding. */
int verify_print(FILE *out, const struct verify_report *v, const struct hash *known, bool json);
/* The differences themselves are printed only as JSON: replay_run has written the lines already. */
int replay_print(FILE *out, const struct replay_report *r, bool json);
int exchange_print(FILE *out, const struct exchange_report *r, bool json);
