/* The HTTP API /api/v1: parses, finds out who asks, stamps the time, hands commands to the writer and renders answers. It decides nothing.
 * The table of routes stands in api.c; openapi.c describes the same table to machines. */
#pragma once
#include "domain/command/command.h"
#include "domain/command/rules.h"
#include "http/route.h"
#include "http/server.h"

struct api; /* one per server: engine room, caches */
struct health; /* store/health.h */
struct file_store; /* store/files.h */
/* health and files may be NULL in tests. */
struct api *api_new(struct engine_room *room, struct health *health, struct file_store *files);
/* Before the server starts: how clients reach it (config public_url), for the description; "" leaves the address that was asked. */
void api_reached_at(struct api *api, struct str url);
void api_free(struct api **api);
/* What the pages share with it: stands first in it, and in what handlers get. */
struct face;
struct face *api_face(struct api *api);
/* For the pages that answer the same questions: the answers kept in memory, and the count of guesses at a phone's end, which is one for
 * both. 0: go on; else milliseconds to wait. Counted before anything is looked up, whether or not the dossier exists. */
struct kept;
struct kept *api_kept(struct request *r);
int64_t api_guess(struct request *r, struct str dossier_code);
/* After a new generation of rules was published: what was worked out from the old one is forgotten. Any thread. */
void api_rules_changed(struct api *api);

extern const struct route api_routes[];
extern const size_t api_route_count;
/* For http_config: who asks, by the bearer token. `app` of the server is the struct api. */
enum err api_enter(struct request *r, struct fail *f);
/* The download of {sha256} under the rights of whoever asks, for pages too: their route's principal is asked. */
extern const struct upload api_file_upload; /* the way in, also for pages */
enum http_result api_file(struct request *r);
