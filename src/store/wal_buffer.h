/* A VFS of SQLite that writes the log in large pieces. See wal_buffer.c. Only for files in this folder. */
#pragma once

/* The VFS's name for sqlite3_open_v2; NULL (SQLite's own) when it cannot be had. Any thread. */
const char *wal_buffer_vfs(void);
