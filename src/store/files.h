/* The content store: what people bring as documents, under DIR/files, encrypted, with a manifest in table `file`.
 *
 * A file is written to files/tmp, synced, renamed to files/ab/cd/<name>, its folder synced, and only then entered in the manifest: a
 * row always has its content. What a crash leaves (a temporary file, or content without a row) is swept away. The name on disk is
 * random: the hash of a document that somebody else has, too, shows to nobody who reads the disk.
 *
 * Each file has a key of its own (XChaCha20-Poly1305 in chunks of 64 KiB, libsodium's secretstream: a chunk that was changed, moved or
 * left out is seen), wrapped by its owner's key and bound to owner and content. Equal content is stored once per owner, never across
 * owners: whether somebody else has brought the same document is nobody's business.
 *
 * What this does not do: decide who may read (the face asks the dossier), look into a file beyond its first bytes (a capped child does). */
#pragma once
#include "base/crypto.h"
#include "store/writer.h"

enum { FILE_NAME_MAX = 200, FILE_TYPE_MAX = 96, FILE_OWNER_MAX = 80, FILE_CHUNK = 65536 };

struct file_store;
struct file_store_config {
    const char *dir;       /* DIR/files; made when absent, 0700 */
    struct writer *writer;
    struct key wrap;       /* keyring.wrap: owners' keys come from it */
    int64_t max_bytes;
};
/* Removes what a crash left in files/tmp (not what another process is writing right now). */
enum err file_store_open(const struct file_store_config *c, struct file_store **s_r, struct fail *f) CHECKED;
void file_store_close(struct file_store **s);
void file_store_limit(struct file_store *s, int64_t max_bytes);

struct file_info {
    struct hash sha256; /* of the plain content: the file's name everywhere else */
    int64_t size, at;
    char type[FILE_TYPE_MAX], name[FILE_NAME_MAX + 1], owner[FILE_OWNER_MAX + 1];
};

/* Uploading. `owner` is the principal (actor.id); `type` the declared media type, "" or application/octet-stream to take what the
 * first bytes say. Refusals: ERR_INVALID "file.name" (empty, over 200 bytes, control characters, path separators), "file.empty";
 * ERR_TYPE "file.type-unknown" (not a type that is accepted), "file.type-mismatch" (declared one thing, is another);
 * ERR_TOO_LARGE "file.too-large" (parameter: the limit in bytes); ERR_NO_SPACE "file.no-space"; ERR_UNAVAILABLE "file.unavailable".
 * After any refusal only file_writer_abort is left to call; nothing half done stays. */
struct file_writer;
enum err file_writer_begin(struct file_store *s, struct str owner, struct str name, struct str type, int64_t now, struct file_writer **w_r,
                           struct fail *f) CHECKED;
enum err file_writer_data(struct file_writer *w, struct str bytes, struct fail *f) CHECKED;
/* Durable when it returns ERR_OK. The owner's earlier upload of the same content is answered with its own name and time. */
enum err file_writer_end(struct file_writer **w, struct file_info *info_r, struct fail *f) CHECKED;
void file_writer_abort(struct file_writer **w);
#define _file_writer_ __attribute__((cleanup(file_writer_abort)))

/* The manifest's row of one of these owners; ERR_NOT_FOUND also when it was destroyed. */
enum err file_find(struct db *db, const struct str *owners, size_t n, const struct hash *sha256, struct file_info *info_r) CHECKED;
/* ERR_OK when one of the principals uploaded it; ERR_NOT_FOUND otherwise: then ask whether they may read a dossier that cites it. */
enum err file_may_cite(struct db *db, const struct str *principals, size_t n, const struct hash *sha256) CHECKED;

/* Reading, chunk by chunk in constant memory. With owners NULL, of whomever: only after the right was found through a dossier.
 * ERR_NOT_FOUND: no such file, or destroyed. ERR_CORRUPT "file.damaged": missing, cut short or changed on disk. */
struct file_reader;
enum err file_open(struct file_store *s, struct db *db, const struct str *owners, size_t n, const struct hash *sha256,
                   struct file_reader **r_r, struct file_info *info_r, struct fail *f) CHECKED;
/* The next at most 64 KiB, valid until the next call; empty at the end, which is only reached when nothing is missing. */
enum err file_read(struct file_reader *r, struct str *bytes_r) CHECKED;
void file_close(struct file_reader **r);
#define _file_reader_ __attribute__((cleanup(file_close)))

/* Lawful destruction: the key and the name go first, then the content; repeatable. ERR_NOT_FOUND when there is none. `may` (or NULL) is asked
 * in the same transaction; what it refuses with is given back, and nothing has happened. */
enum err file_destroy(struct file_store *s, struct db *db, struct str owner, const struct hash *sha256, enum err (*may)(void *arg, struct db *db),
                      void *arg) CHECKED;
/* Removes contents that no row of the manifest names and that were written before `older_than_ms` (machine's clock; a day ago is
 * right: an upload writes its row right after its content). Gives how many went. */
enum err file_store_sweep(struct file_store *s, struct db *db, int64_t older_than_ms, int64_t *removed_r) CHECKED;
