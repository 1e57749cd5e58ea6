/* Vietnamese text. NFC at the edge; search over a folded shadow, the query folded alike (facts: đ, ự, ộ, NFD, case). */
#pragma once
#include "base/arena.h"
#include "base/err.h"

/* Valid UTF-8, no NUL, no surrogates, no non-characters. */
bool vn_valid_utf8(struct str s);
/* NFC; ERR_INVALID on broken UTF-8. Control characters other than \n and \t, and bidirectional overrides, are refused too. */
enum err vn_nfc(struct arena *a, struct str s, struct str *out_r) CHECKED;
/* The shadow for search: lower case, marks stripped, đ→d, NFKD; every run of anything but letters and digits becomes one blank; no
 * leading or trailing blank. Broken UTF-8 gives an empty string. Idempotent: vn_fold(vn_fold(x)) == vn_fold(x). */
struct str vn_fold(struct arena *a, struct str s);
/* A person's name for print and comparison: trimmed, inner blanks single, NFC, first letter of each word upper case only where the
 * whole was typed in one case (NGUYỄN VĂN A, nguyễn văn a → Nguyễn Văn A). */
enum err vn_name(struct arena *a, struct str s, struct str *out_r) CHECKED;
/* 1250000 → "Một triệu hai trăm năm mươi nghìn". 0 ≤ n ≤ 10^15. */
struct str vn_number_words(struct arena *a, int64_t n);
/* 1250000 → "1.250.000". */
struct str vn_number(struct arena *a, int64_t n);
/* Orders names as a Vietnamese list does: given name last word first, then the rest; đ after d, tones last. */
int vn_name_cmp(struct str a, struct str b);
