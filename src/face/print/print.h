/* Printed papers as pages: PDF, shown by the browser, from which people print. The receipt, the request to complete, the refusal, the letter of apology, the
 * register of a day and the list of a hand-over. Reading only: a paper says what the events say, and issues nothing. */
#pragma once
#include "face/face.h"
#include "print/press.h"

struct print_face {
    struct press *press;
    struct str public_url; /* where the QR code leads; "": where the request came to */
};

extern const struct route print_routes[];
extern const size_t print_route_count;
