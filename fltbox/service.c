#include "service.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flt/flt.h"
#include "inf.h"
#include "nt/nt.h"
#include "translate/translate.h"

#define SERVICES "\\Registry\\Machine\\System\\CurrentControlSet\\Services"

static char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *text(const char *format, ...)
{
    va_list arguments;
    char *result;

    va_start(arguments, format);
    if (vasprintf(&result, format, arguments) < 0)
        abort();
    va_end(arguments);
    return result;
}

/* ---- The altitude --------------------------------------------------------------------------- */

/* Where a minifilter's instances are described. Windows reads the second since build 25952. */
static const char *const instance_keys[] = {"Instances", "Parameters\\Instances"};

/* Gives the default instance its altitude, and makes one where the INF had none. */
static void set_altitude(const char *service, const char *name, const char *altitude)
{
    for (size_t i = 0; i < 2; i++) {
        char *key = NULL, *instance = NULL, *instance_key = NULL;

        if (asprintf(&key, "%s\\%s", service, instance_keys[i]) < 0)
            abort();
        instance = nt_registry_get_string(key, "DefaultInstance");
        if (instance == NULL) {
            if (asprintf(&instance, "%s Instance", name) < 0)
                abort();
            nt_registry_set_string(key, "DefaultInstance", instance);
        }
        if (asprintf(&instance_key, "%s\\%s", key, instance) < 0)
            abort();
        nt_registry_set_string(instance_key, "Altitude", altitude);
        nt_registry_set_dword(instance_key, "Flags", 0);
        free(instance_key);
        free(instance);
        free(key);
    }
}

static bool has_instance(const char *service)
{
    for (size_t i = 0; i < 2; i++) {
        char *key = text("%s\\%s", service, instance_keys[i]);
        char *instance = nt_registry_get_string(key, "DefaultInstance");

        free(key);
        free(instance);
        if (instance != NULL)
            return true;
    }
    return false;
}

/* One instance's altitude, as the INF has it. */
static char *check_altitude(const char *driver_path, const char *place, const char *instance,
                            const char *altitude)
{
    int length = (int)strlen(driver_path) - 4;

    if (flt_altitude_valid(altitude))
        return NULL;
    return text("%.*s.inf: the altitude of the instance '%s' (%s) is '%s', which is not an "
                "altitude%s; one is a decimal number such as 370020 or 370020.5: correct it there, "
                "or give the driver another with --altitude",
                length, driver_path, instance, place, altitude,
                strchr(altitude, '%') != NULL ? " (a %string% that [Strings] does not have)" : "");
}

/* What FltRegisterFilter would refuse without saying why. NULL: nothing. */
static char *check_instances(const char *driver_path, const char *service)
{
    char *wrong = NULL;

    for (size_t i = 0; i < 2 && wrong == NULL; i++) {
        char *key = text("%s\\%s", service, instance_keys[i]);
        char *wanted = nt_registry_get_string(key, "DefaultInstance");
        char **names = nt_registry_subkeys(key);
        bool found = false;

        for (char **n = names; n != NULL && *n != NULL; n++) {
            char *instance = text("%s\\%s", key, *n);
            char *altitude = nt_registry_get_string(instance, "Altitude");

            if (altitude != NULL && wanted != NULL && strcasecmp(*n, wanted) == 0)
                found = true;
            if (altitude != NULL && wrong == NULL)
                wrong = check_altitude(driver_path, instance_keys[i], *n, altitude);
            free(altitude);
            free(instance);
            free(*n);
        }
        if (wrong == NULL && wanted != NULL && !found)
            wrong = text("%.*s.inf: DefaultInstance (%s) is '%s', and no instance of that name has "
                         "an altitude: correct it there, or give the driver one with --altitude",
                         (int)strlen(driver_path) - 4, driver_path, instance_keys[i], wanted);
        free(names);
        free(wanted);
        free(key);
    }
    return wrong;
}

/* ---- Values --------------------------------------------------------------------------------- */

/* A name given once is a number or a string, one given more often a list of strings. */
static void set_value(const char *key, const struct box_driver *d, size_t first)
{
    const char *name = d->values[first].name, *value = d->values[first].value;
    size_t count = 0, units = 0;
    wchar_t *list;
    char *end;
    unsigned long number;

    for (size_t i = 0; i < d->value_count; i++) {
        if (strcasecmp(d->values[i].name, name) != 0)
            continue;
        if (i < first)
            return; /* done with the first of that name */
        count++;
        units += strlen(d->values[i].value) + 1;
    }
    if (count == 1) {
        errno = 0;
        number = strtoul(value, &end, 0);
        if (value[0] >= '0' && value[0] <= '9' && *end == '\0' && errno == 0 &&
            number <= UINT32_MAX)
            nt_registry_set_dword(key, name, number);
        else
            nt_registry_set_string(key, name, value);
        return;
    }
    list = calloc(units + 1, sizeof(*list));
    if (list == NULL)
        abort();
    units = 0;
    for (size_t i = first; i < d->value_count; i++) {
        if (strcasecmp(d->values[i].name, name) != 0)
            continue;
        units += translate_name(d->values[i].value, strlen(d->values[i].value),
                                (uint16_t *)list + units, true);
        list[units++] = 0;
    }
    nt_registry_set(key, name, REG_MULTI_SZ, list, (units + 1) * sizeof(*list));
    free(list);
}

int service_fill(const struct box_driver *d, const char *name, size_t place, bool debug_print,
                 char **error)
{
    char *service = text(SERVICES "\\%s", name), *parameters = text("%s\\Parameters", service);
    char *altitude = NULL;

    *error = NULL;
    inf_apply(d->path, service, error);
    if (*error != NULL)
        goto out;
    if (debug_print)
        nt_registry_set_dword(parameters, "DebugPrint", 1);
    for (size_t i = 0; i < d->value_count; i++)
        set_value(parameters, d, i);
    if (d->altitude != NULL) {
        set_altitude(service, name, d->altitude);
    } else if (!has_instance(service)) {
        /* Below the drivers loaded before it, among the activity monitors. */
        altitude = text("%u", 385000 - (unsigned)place);
        set_altitude(service, name, altitude);
    }
    *error = check_instances(d->path, service);
out:
    free(altitude);
    free(parameters);
    free(service);
    return *error == NULL ? 0 : -1;
}
