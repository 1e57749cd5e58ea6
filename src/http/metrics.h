/* The three addresses a machine asks: put them into the table of routes as inline routes.
 *     {HTTP_GET, "/healthz", http_healthz, .flags = ROUTE_INLINE | ROUTE_QUIET, .operation = "healthz"}, … */
#pragma once
#include "http/route.h"

enum http_result http_healthz(struct request *r); /* 200 while the process answers at all */
enum http_result http_readyz(struct request *r);  /* 200, or 503 while stopping or while config.ready says no */
enum http_result http_metrics(struct request *r); /* base/metrics.h and this server's own counts, as Prometheus text */
