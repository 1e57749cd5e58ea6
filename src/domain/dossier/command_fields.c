/* What each command on a dossier may say: one row for each, beside the table of decide.c, in the notation of fields_known_only. What is not here is
 * refused (field.unknown); the description of the API names the same (test_openapi.c). Whether a value is right is for the command's own function. */
#include "domain/dossier/dossier_private.h"

#define ALWAYS "type outage{evidence logged_as} "
#define RESULT "file number date name subject"

static const struct {
    const char *command, *fields;
} rows[] = {
    {"submit", "procedure agency channel receiving_unit competent_unit competent_reason parties{" PARTY_DECLARED "} form "
               "components{component originals copies files} delivery{method unit address} due_at due_reason note object_territory linked_from receive receipt"},
    {"receive", ALWAYS "competent_unit competent_reason due_at due_reason receipt"},
    {"refuse", ALWAYS "reason basis"},
    {"request_supplement", ALWAYS "items reason"},
    {"supplement", ALWAYS "complete components{component originals copies files} form note"},
    {"hand_over", ALWAYS "list"},
    {"accept", ALWAYS},
    {"assign", ALWAYS "officer"},
    {"complete_step", ALWAYS "step note"},
    {"consult", ALWAYS "unit due_at question"},
    {"answer", ALWAYS "no opinion"},
    {"propose", ALWAYS "outcome note"},
    {"return_to_step", ALWAYS "to reason"},
    {"approve", ALWAYS "results{" RESULT "} note"},
    {"reject", ALWAYS "reason basis results{" RESULT "}"},
    {"sign_result", ALWAYS "result capacity file number date name"},
    {"extend", ALWAYS "due_at reason"},
    {"apologise", ALWAYS "due_at reason"},
    {"suspend", ALWAYS "reason basis"},
    {"resume", ALWAYS},
    {"withdraw", ALWAYS "reason"},
    {"take_back_withdrawal", ALWAYS "reason"},
    {"stop", ALWAYS "reason basis"},
    {"deliver", ALWAYS "results collector proof"},
    {"correct", ALWAYS "approver reason changes{procedure agency competent_unit parties{" PARTY_DECLARED "} form} due_at due_reason"},
    {"void", ALWAYS "approver reason doubled_by"},
    {"note", ALWAYS "text kind"},
    {"erase", ALWAYS "basis decision"},
};

const char *dossier_command_fields(struct str command)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(command, rows[i].command))
            return rows[i].fields;
    return NULL;
}
