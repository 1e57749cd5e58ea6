/* Structured log: one logfmt line on stderr with syslog priority ("<6>") for the journal. Never personal data: log ids, codes
 * of units, counts, durations. The request id is set per thread by the face and printed on every line. */
#pragma once
#include "base/str.h"

enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_INFO = 6, LOG_DEBUG = 7 };

void log_level_set(enum log_level most);
void log_request_set(const char *request_id); /* NULL: none; kept by copy, at most 40 bytes */
/* log_line(LOG_INFO, "writer.started", "engine=%s group=%d", …); values with blanks must be quoted by the caller's format. */
void log_line(enum log_level level, const char *what, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
