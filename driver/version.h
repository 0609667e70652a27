/* The driver's version: in its resource, and in its answer to FT_COMMAND_VERSION. */
#ifndef FILETAP_VERSION_H
#define FILETAP_VERSION_H

#define FT_VERSION_MAJOR  0
#define FT_VERSION_MINOR  1
#define FT_VERSION_PATCH  0
#define FT_VERSION_STRING "0.1.0"

#endif
