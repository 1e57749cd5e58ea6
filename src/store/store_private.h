/* What a driver offers. Only for files in this folder. */
#pragma once
#include "store/store.h"

struct driver {
    enum err (*open)(struct store *s, enum db_mode mode, struct db **db_r);
    void (*close)(struct db *db);
    enum err (*begin)(struct db *db);
    enum err (*commit)(struct db *db);
    void (*rollback)(struct db *db);
    enum err (*flush)(struct db *db);
    enum err (*exec)(struct db *db, enum stmt_id id, unsigned mask, const struct param *p, size_t n);
    enum err (*query)(struct db *db, struct rows *r, enum stmt_id id, unsigned mask, const struct param *p, size_t n);
    bool (*next)(struct rows *r);
    void (*end)(struct rows *r);
    int (*columns)(const struct rows *r);
    const char *(*name)(const struct rows *r, int col);
    bool (*null)(const struct rows *r, int col);
    int64_t (*i64)(const struct rows *r, int col);
    struct str (*text)(const struct rows *r, int col);
    bool (*is_int)(const struct rows *r, int col);
    bool (*is_bytes)(const struct rows *r, int col);
    enum err (*raw)(struct db *db, const char *sql);
    enum err (*raw_query)(struct db *db, struct rows *r, const char *sql);
    enum err (*checkpoint)(struct db *db);
    enum err (*prepare)(struct db *db, enum stmt_id id, unsigned mask);
};

struct store {
    const struct driver *driver;
    struct store_config config;
    bool shadow; /* thrown away afterwards: its migrations are no news */
};

struct db {
    const struct driver *driver;
    struct store *store;
    enum db_mode mode;
    bool in_transaction, must_exit;
    enum err failed; /* what voided the transaction */
    char error[256];
};

extern const struct driver driver_sqlite, driver_pg;

/* store_migrate over a connection that is open: a shadow lives only in its one connection. */
enum err db_migrate(struct db *db, struct fail *f) CHECKED;
