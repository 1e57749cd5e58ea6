/* What an operator sets: DIR/motcua.ini. One table (config.c) names every key with its kind, default and limits; a key that is not in
 * it is refused with its line, so that a misspelt one never passes for its default. A secret may come from the environment instead
 * (MOTCUA_DSN), and then stands above the file.
 *
 * What this does not do: know what a value is for. Adding a key is one line in the table and one field here. */
#pragma once
#include "base/err.h"

enum { CONFIG_TEXT_MAX = 512, CONFIG_PATH_MAX = 4000, CONFIG_CHANGES_MAX = 32 };

struct config {
    char engine[12];                /* "sqlite" or "postgres" */
    char dsn[CONFIG_TEXT_MAX];      /* PostgreSQL: libpq connection string */
    char schema[64];                /* PostgreSQL: search_path, "" for public */
    char listen[80];                /* "127.0.0.1:8080", "[::1]:8080" */
    char public_url[CONFIG_TEXT_MAX]; /* how people reach it: "https://motcua.example.vn", "" for the address it is asked by */
    bool trust_forwarded;           /* a proxy on this machine says who asks */
    char province[8];               /* territory code of the province; "" for the whole country */
    bool rehearsal;                 /* set by init; the store remembers it too */
    int64_t workers;                /* threads that answer requests */
    int64_t job_threads;            /* threads that run jobs */
    int64_t lanes;                  /* writers on PostgreSQL; SQLite has one */
    int64_t queue_max;              /* commands that wait per lane before the next one is refused */
    int64_t files_max_mb;           /* largest file */
    int64_t low_disk_mb;            /* below this much free room nothing is written */
    char residence_url[CONFIG_TEXT_MAX]; /* residence system of the police, "" when there is none */
    char residence_secret[128];     /* shared with it */
    int64_t log_level;              /* enum log_level */
};

struct config config_default(void);

/* Reads DIR/motcua.ini and the environment. Every fault of the file is a complaint: "config.unknown-key", "config.twice",
 * "config.not-a-number", "config.out-of-range", "config.not-one-of", "config.too-long", "config.section", "config.syntax",
 * each with "line: key" as its parameter. ERR_NOT_FOUND: no such file ("config.absent"); ERR_INVALID for the rest. */
enum err config_load(const char *dir, struct config *c_r, struct fail *f) CHECKED;
/* The same from text (tests, --check); the environment is read too. */
enum err config_parse(struct str text, struct config *c_r, struct fail *f) CHECKED;

/* Writes DIR/motcua.ini (0600) with every key, what it means and its limits. ERR_CONFLICT "config.exists" when there is one. */
enum err config_write(const char *dir, const struct config *c, struct fail *f) CHECKED;

/* What a re-read (SIGHUP) found: `live` ones hold from now, the others only after a restart. */
struct config_change {
    const char *key;
    bool live;
};
/* Reads again; *c becomes the configuration in force (live keys new, the others as they were). On an error nothing changes. */
enum err config_reload(const char *dir, struct config *c, struct config_change changes[CONFIG_CHANGES_MAX], size_t *n_r, struct fail *f) CHECKED;
