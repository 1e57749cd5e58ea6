/* What a server does besides answering: followers of events, and jobs. Both wait on the bell that the writer rings at each commit. */
#pragma once
#include "app/app.h"
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
};

/* The bell is there before the store is opened, for app_open's after_commit. */
void background_init(struct background *b);
/* Starts the followers and jobs of the store itself, and of what the configuration names. background_stop also after a failure, before the writer stops. */
enum err background_start(struct background *b, struct app *app, struct file_store *files, struct fail *f) CHECKED;
/* What the followers and jobs of the store itself have to do by now, done once and here: for a verb without a server beside it. What
 * another system is to be told waits for the server. */
enum err background_catch_up(struct app *app, struct file_store *files) CHECKED;
void background_stop(struct background *b);
void background_destroy(struct background *b);
