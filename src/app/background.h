/* What a server does besides answering: followers of events, and jobs. Both wait on the bell that the writer rings at each commit. */
#pragma once
#include "app/app.h"
#include "connect/residence/residence.h"

struct background {
    struct bell bell;
    struct residence residence;
    struct follower follower[FOLLOWERS_MAX];
    size_t followers_n;
    struct followers *followers;
    struct job_kind kinds[JOB_KINDS_MAX];
    struct job_room jobs;
    struct job_runner *runner;
};

/* The bell is there before the store is opened, for app_open's after_commit. */
void background_init(struct background *b);
/* Starts what the configuration names; nothing when it names nothing. background_stop also after a failure, before the writer stops. */
enum err background_start(struct background *b, struct app *app, struct fail *f) CHECKED;
void background_stop(struct background *b);
void background_destroy(struct background *b);
