/*
 * What an INF would have written under a driver's service key: of every [section], the lines
 *     HKR,"subkey","value",flags,data
 * with the [Strings] put in. Enough for the AddReg sections of a minifilter's INF, where its
 * instances, altitudes and default parameters stand.
 */
#ifndef FLTBOX_INF_H
#define FLTBOX_INF_H

#include <stdbool.h>

/*
 * Reads the INF beside a driver ("x.inf" for "x.sys") into the registry key `service_key`. Returns
 * false where there is none. One that cannot be read or understood: true, with *error set.
 */
bool inf_apply(const char *driver_path, const char *service_key, char **error);

#endif
