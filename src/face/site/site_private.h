/* What the files of this folder share. */
#pragma once
#include "face/site/site.h"

/* A browser says where a form came from: true when that is us. */
bool form_of_our_own(struct request *r);
/* Path and query of this request, without lang. */
struct str page_address(struct request *r, struct page *o);

/* --- carry.c: a form that was sent when its session had ended --- */

/* Its bytes and its address, sealed for the sign-in page to carry; "" where there is none, or none of ours. */
struct str carry_seal(struct request *r);
struct carried {
    struct str address; /* where it was sent */
    struct form_pair *pair;
    size_t n;
};
/* What came back with the sign-in; false: none, too old, or not made by us. */
bool carry_open(struct request *r, struct str sealed, struct carried *out);
/* Answers a form without session with the sign-in page that carries it; false: nothing to carry. */
bool sign_in_again(struct request *r);

/* --- own.c --- */
enum http_result own_page(struct request *r);
enum http_result own_password(struct request *r);
enum http_result own_session(struct request *r);
enum http_result own_second_page(struct request *r);
enum http_result own_second(struct request *r);
