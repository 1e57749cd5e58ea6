/* Shared by files.c (keys and uploading), files_read.c (manifest, reading, destruction) and file_type.c (what the first bytes say). */
#pragma once
#include "store/files.h"
#include <sodium.h>
#include <stdatomic.h>

enum sniffed { SNIFF_OTHER, SNIFF_PDF, SNIFF_PNG, SNIFF_JPEG, SNIFF_DOCX, SNIFF_XLSX, SNIFF_ODT, SNIFF_ODS, SNIFF_ZIP, SNIFF_XML, SNIFF_TEXT };
/* `first` is the first chunk, `whole` when there is no more. */
enum sniffed file_sniff(struct str first, bool whole);
/* The media type to keep, or NULL with a complaint: "file.type-unknown", "file.type-mismatch". */
const char *file_type_check(struct str declared, enum sniffed is, struct fail *f);

enum {
    PATH_BYTES = 4000,
    STORED_HEX = 64, /* the name on disk: 32 random bytes */
    MAGIC = 4,
    HEAD = MAGIC + crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    SEALED_CHUNK = FILE_CHUNK + crypto_secretstream_xchacha20poly1305_ABYTES,
    WRAPPED = SEAL_NONCE_BYTES + KEY_BYTES + SEAL_TAG_BYTES
};
static const char FILE_MAGIC[MAGIC] = {'m', 'c', 'f', 1};

struct file_store {
    char dir[PATH_BYTES];
    struct writer *writer;
    struct key wrap;
    _Atomic int64_t max_bytes;
};

void file_folder_of(const struct file_store *s, const char *stored, char out[PATH_BYTES + 80]);
void file_path_of(const struct file_store *s, const char *stored, char out[PATH_BYTES + 80]);
bool file_sync_folder(const char *path);
bool file_key_unwrap(const struct file_store *s, struct str owner, const struct hash *sha, struct str wrapped, struct key *key_r);
void file_info_from_row(const struct rows *r, struct file_info *i);
