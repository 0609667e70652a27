/*
 * Drivers include <dontuse.h> so that Microsoft's compiler warns of functions that are better not
 * used. There is nothing in it for other compilers.
 */
#ifndef _DONTUSE_H_
#define _DONTUSE_H_

#endif
