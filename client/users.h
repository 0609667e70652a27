/* The names of users, each looked up once. */
#ifndef CLIENT_USERS_H
#define CLIENT_USERS_H

#include <stdint.h>

/* NULL: there is none. It lives until another is asked for. */
const char *user_name(uint32_t uid);

#endif
