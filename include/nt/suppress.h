/*
 * Drivers include <suppress.h> for names of static-analysis warnings to be suppressed. Other
 * compilers do not have these warnings.
 */
#ifndef _SUPPRESS_H_
#define _SUPPRESS_H_

#endif
