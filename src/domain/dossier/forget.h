/* Files of an erased dossier. The erasure (project) marks what the dossier cited as doomed, in its own transaction; a follower makes a job
 * of it; the job destroys each copy that no living dossier needs. At least once, and repeatable: a copy that is gone is gone.
 *
 * A copy is of (owner, content). It stays while a living dossier cites the content by that owner, or by somebody without a copy of his own
 * (who read it through the erased one); then its row stays doomed, and goes with the last dossier that needs it. Copies of owners who never
 * cited it in an erased dossier are none of its business. */
#pragma once
#include "domain/dossier/dossier.h"
#include "domain/follower/follower.h"
#include "domain/job/job.h"
#include "store/files.h"

struct dossier_files {
    struct store *store;
    struct writer *writer;
    struct file_store *files;
};

struct follower dossier_erased_follower(void);
/* `files` must outlive the runner. */
struct job_kind dossier_forget_job(struct dossier_files *files);
/* The work of the job, at once: the verb that erases does not leave it to others. ERR_OK when nothing of it is left to do. */
enum err dossier_forget_files(struct dossier_files *files, struct arena *a, struct str home_unit, struct id id) CHECKED;
