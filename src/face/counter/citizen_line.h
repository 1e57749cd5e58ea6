/* The line behind the QR of a citizen's card, as a scanner types it: number|old number|name|ddmmyyyy|sex|address|ddmmyyyy. A keyboard-wedge scanner types
 * through the input method of the machine, which may turn marks into letters or digits (Telex, VNI): what can be undone is undone, what cannot is said.
 *
 * The one thing to know: digits come through; letters may not. So the number and the dates are trusted, and a name that is not certain is `doubtful`: the
 * clerk compares it with the card. Pure. */
#pragma once
#include "base/arena.h"
#include "base/str.h"

struct citizen_line {
    struct str number, name, birth /* YYYY-MM-DD, "" unknown */, sex /* "male", "female", "" */, address;
    bool doubtful; /* the name was broken on its way, or is missing */
};
/* False: this is no such line (fewer than three parts, or no number of 12 digits where it belongs). */
bool citizen_line_read(struct arena *a, struct str line, struct citizen_line *out);
/* A word typed with the keys of Telex or VNI while no input method was on: "Nguyeexn", "Nguye64n" → "Nguyễn". What is no such word comes back as it is. */
struct str telex_word(struct arena *a, struct str word);
struct str vni_word(struct arena *a, struct str word);
