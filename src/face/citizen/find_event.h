/* What the page of a life event shows. */
#pragma once
#include "face/citizen/find.h"

struct event_question {
    struct str name, text;
    struct option option[EVENT_OPTIONS_MAX];
    size_t options;
};
struct event_procedure {
    struct str code, name, official, time, fee;
    bool open; /* desks here take it today */
};
struct event_model {
    struct life_event event;
    struct event_question question[EVENT_QUESTIONS_MAX];
    size_t questions;
    struct event_procedure procedure[EVENT_PROCEDURES_MAX];
    size_t procedures;
    bool answered;
};
