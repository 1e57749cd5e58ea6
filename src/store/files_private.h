/* Shared by files.c (disk, keys, manifest) and file_type.c (what the first bytes say). */
#pragma once
#include "store/files.h"

enum sniffed { SNIFF_OTHER, SNIFF_PDF, SNIFF_PNG, SNIFF_JPEG, SNIFF_DOCX, SNIFF_XLSX, SNIFF_ODT, SNIFF_ODS, SNIFF_ZIP, SNIFF_XML, SNIFF_TEXT };
/* `first` is the first chunk, `whole` when there is no more. */
enum sniffed file_sniff(struct str first, bool whole);
/* The media type to keep, or NULL with a complaint: "file.type-unknown", "file.type-mismatch". */
const char *file_type_check(struct str declared, enum sniffed is, struct fail *f);
