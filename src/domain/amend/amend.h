/* Amendments: the decisions by which an authority changes the rules that datasets brought. One stream a store ("rule"), in the
 * province's committee ("VN" where the store serves the country); its events carry the decided values, and the rules in force are the adopted
 * datasets with these events on top, in their order. Nothing personal stands here.
 *
 *   rule_day {date, kind: rest|make_up|by_weekday, name, basis}                          an undecided day decided, a swapped day
 *   rule_year {year, basis}                                                              the holiday table of a year is complete
 *   rule_hours {unit?, valid_from, valid_to?, season? {from, to: "MM-DD"}, weekdays: [1…7], intervals: ["07:00-11:30"…], basis}     
 *   rule_parameter {key, value, valid_from, valid_to?, basis}                            a known key, of the type that it has
 *   rule_procedure {code, agency?, limit? {unit, amount?, cutoff?}, fees?, reach?, competence? {place, organ?, by?}, valid_from, valid_to?, basis}
 *
 * By an administrator or a procedure controller of that committee (data/rights.tsv), or the system; `basis` is the legal basis, and required.
 *
 * The one thing to know: what is promised stays promised. A dossier carries the dates and limits of its receipt in its own events;
 * an amendment changes what is decided from now on, and no projection of what was. docs/internals/rules.md. */
#pragma once
#include "domain/command/command.h"
#include "domain/command/rules.h"

extern const struct aggregate amend_aggregate;
const char *amend_command_at(size_t i); /* in the order of the table; NULL past the last */

/* Where the stream of this store lives, and its id: zero when nothing was amended yet (a command then makes it). */
struct str amend_home(const struct rules *rules);
enum err amend_stream(struct db *db, struct str home_unit, struct id *id_r) CHECKED;

/* All amendments in their order; `home_unit`: the province, or "VN". */
enum err amend_read(struct db *db, struct arena *a, struct str home_unit, struct amendment **list_r, size_t *n_r) CHECKED;

/* Builds a generation from what the store holds now and publishes it in the room. After a failure the old one stays. */
enum err amend_rules_load(struct engine_room *room, struct db *db, struct str province, bool rehearsal, struct fail *f) CHECKED;
/* What the rules of the store rest on, in one value: it differs after each adoption and each amendment, and costs two look-ups. */
enum err amend_stamp(struct db *db, struct str province, struct hash *stamp_r) CHECKED;

struct amendment_row {
    int64_t seq, at, valid_from; /* valid_from: a day; INT64_MIN for a year */
    struct str actor, type, subject, basis; /* subject: the date, year, unit, key or code */
};
/* For people: at most `most` after `after_seq`. */
enum err amend_list(struct db *db, struct arena *a, struct str home_unit, int64_t after_seq, struct amendment_row *rows_r, size_t most, size_t *n_r) CHECKED;
