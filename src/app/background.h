/* What a server does besides answering: followers of events and jobs, the keeper of the rules, housekeeping. The first three wait on the bell
 * that the writer rings at each commit. */
#pragma once
#include "app/app.h"
#include "app/housekeeping.h"
#include "app/keeper.h"
#include "connect/residence/residence.h"
#include "domain/dossier/forget.h"
#include "domain/party/party.h"

struct background {
    struct bell bell;
    struct residence residence;
    struct dossier_files files;
    struct follower follower[FOLLOWERS_MAX];
    size_t followers_n;
    struct followers *followers;
    struct job_kind kinds[JOB_KINDS_MAX];
    struct job_room jobs;
    struct job_runner *runner;
    struct keeper *keeper;
    struct housekeeping *housekeeping;
};

/* The bell is there before the store is opened, for app_open's after_commit. */
void background_init(struct background *b);
struct background_config {
    struct file_store *files;
    void (*rules_changed)(void *arg); /* after each reload, on the keeper's thread */
    void *arg;
};
/* Starts the keeper, housekeeping, and the followers and jobs that the configuration names. background_stop also after a failure, before the writer stops. */
enum err background_start(struct background *b, struct app *app, const struct background_config *c, struct fail *f) CHECKED;
/* What the followers and jobs of the store itself have to do by now, done once and here: for a verb without a server beside it. What
 * another system is to be told waits for the server. */
enum err background_catch_up(struct app *app, struct file_store *files) CHECKED;
void background_stop(struct background *b);
void background_destroy(struct background *b);
