#include "inf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nt/nt.h"

#define MAX_FIELDS   8
#define MAX_STRINGS  128
#define MAX_INF_SIZE (1 << 20)

struct inf {
    struct {
        char *name, *value;
    } strings[MAX_STRINGS];
    size_t string_count;
};

static char *trim(char *s)
{
    char *end;

    while (isspace((unsigned char)*s))
        s++;
    end = s + strlen(s);
    while (end > s && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return s;
}

/* Ends the line at a comment: a ';' outside quotes. */
static void strip_comment(char *s)
{
    bool quoted = false;

    for (; *s != '\0'; s++) {
        if (*s == '"')
            quoted = !quoted;
        else if (*s == ';' && !quoted) {
            *s = '\0';
            return;
        }
    }
}

/* Takes the quotes off a field; a doubled quote inside stands for one. */
static char *unquote(char *s)
{
    char *out = s, *in = s;
    bool quoted = false;

    while (*in != '\0') {
        if (*in == '"' && quoted && in[1] == '"') {
            *out++ = '"';
            in += 2;
        } else if (*in == '"') {
            quoted = !quoted;
            in++;
        } else {
            *out++ = *in++;
        }
    }
    *out = '\0';
    return s;
}

/* Splits at commas outside quotes. */
static size_t split(char *s, char *fields[MAX_FIELDS])
{
    size_t n = 0;
    bool quoted = false;
    char *start = s;

    for (;; s++) {
        if (*s == '"')
            quoted = !quoted;
        if ((*s == ',' && !quoted) || *s == '\0') {
            bool last = *s == '\0';

            *s = '\0';
            if (n < MAX_FIELDS)
                fields[n++] = trim(start);
            if (last)
                return n;
            start = s + 1;
        }
    }
}

/* `s` with every %name% that [Strings] has replaced; malloc'ed. "%%" is a percent sign. */
static char *expand(const struct inf *inf, const char *s)
{
    char *out = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&out, &size);

    if (f == NULL)
        return NULL;
    while (*s != '\0') {
        const char *end = *s == '%' ? strchr(s + 1, '%') : NULL;
        const char *value = NULL;

        if (end != NULL && end == s + 1)
            value = "%";
        for (size_t i = 0; end != NULL && value == NULL && i < inf->string_count; i++) {
            if (strlen(inf->strings[i].name) == (size_t)(end - s - 1) &&
                strncasecmp(inf->strings[i].name, s + 1, end - s - 1) == 0)
                value = inf->strings[i].value;
        }
        if (value != NULL) {
            fputs(value, f);
            s = end + 1;
        } else {
            fputc(*s++, f);
        }
    }
    fclose(f);
    return out;
}

/* Calls `each` for every line of every section. */
static void for_lines(const char *text,
                      void (*each)(struct inf *, const char *section, char *line, const char *key),
                      struct inf *inf, const char *key)
{
    char *copy = strdup(text), *save = NULL, section[128] = "";

    if (copy == NULL)
        return;
    for (char *line = strtok_r(copy, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save)) {
        strip_comment(line);
        line = trim(line);
        if (line[0] == '[') {
            size_t n = strcspn(line + 1, "]");

            snprintf(section, sizeof(section), "%.*s", (int)n, line + 1);
        } else if (line[0] != '\0') {
            each(inf, section, line, key);
        }
    }
    free(copy);
}

static void read_string(struct inf *inf, const char *section, char *line, const char *key)
{
    char *equals = strchr(line, '=');

    (void)key;
    if (strcasecmp(section, "Strings") != 0 || equals == NULL || inf->string_count == MAX_STRINGS)
        return;
    *equals = '\0';
    inf->strings[inf->string_count].name = strdup(trim(line));
    inf->strings[inf->string_count].value = strdup(unquote(trim(equals + 1)));
    inf->string_count++;
}

static void read_value(struct inf *inf, const char *section, char *line, const char *key)
{
    /* FLG_ADDREG_TYPE_DWORD; FLG_ADDREG_TYPE_SZ is 0. Other types do not occur in what we need. */
    enum { TYPE_MASK = 0xFFFF0001, TYPE_DWORD = 0x00010001, TYPE_SZ = 0 };
    char *fields[MAX_FIELDS], *full = NULL, *subkey, *name, *value;
    size_t n = split(line, fields);
    unsigned long type;

    (void)section;
    if (n < 5 || strcasecmp(fields[0], "HKR") != 0)
        return;
    type = fields[3][0] ? strtoul(fields[3], NULL, 0) : 0;
    subkey = expand(inf, unquote(fields[1]));
    name = expand(inf, unquote(fields[2]));
    value = expand(inf, unquote(fields[4]));
    if (subkey != NULL && name != NULL && value != NULL &&
        asprintf(&full, "%s%s%s", key, subkey[0] ? "\\" : "", subkey) >= 0) {
        if ((type & TYPE_MASK) == TYPE_DWORD)
            nt_registry_set_dword(full, name, strtoul(value, NULL, 0));
        else if ((type & TYPE_MASK) == TYPE_SZ)
            nt_registry_set_string(full, name, value);
        free(full);
    }
    free(subkey);
    free(name);
    free(value);
}

static void refuse(char **error, const char *path, const char *why)
{
    if (asprintf(error, "cannot read '%s': %s", path, why) < 0)
        *error = NULL;
}

/* The file as it is, NUL after it; NULL, with *error set unless it is not there. */
static char *read_bytes(const char *path, size_t *size, char **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nobody waits for a FIFO's writer */
    FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
    struct stat st;
    char *bytes;

    if (f == NULL) {
        if (errno != ENOENT)
            refuse(error, path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
        refuse(error, path, "it is not a regular file");
        fclose(f);
        return NULL;
    }
    bytes = malloc(MAX_INF_SIZE + 2);
    if (bytes == NULL)
        abort();
    errno = 0;
    *size = fread(bytes, 1, MAX_INF_SIZE + 1, f);
    if (ferror(f))
        refuse(error, path, strerror(errno));
    else if (*size > MAX_INF_SIZE)
        refuse(error, path, "it is larger than 1 MiB");
    fclose(f);
    if (*error != NULL) {
        free(bytes);
        return NULL;
    }
    bytes[*size] = '\0';
    return bytes;
}

/* UTF-8 of UTF-16, little-endian; takes `bytes`. */
static char *from_utf16(char *bytes, size_t size, const char *path, char **error)
{
    size_t count = size / sizeof(wchar_t);
    bool has_nul = false;
    wchar_t *units;
    char *text;

    if (size % sizeof(wchar_t) != 0) {
        refuse(error, path, "it is UTF-16, and ends in the middle of a character");
        free(bytes);
        return NULL;
    }
    units = malloc(size + sizeof(wchar_t));
    if (units == NULL)
        abort();
    memcpy(units, bytes, size);
    text = nt_narrow(units, count);
    if (text == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        has_nul |= units[i] == 0;
    if (has_nul) {
        refuse(error, path, "there is a NUL character in it");
        free(text);
        text = NULL;
    }
    free(units);
    free(bytes);
    return text;
}

/* Its text in UTF-8, whatever it is written in: a byte order mark says so, as for Windows. */
static char *read_text(const char *path, char **error)
{
    size_t size = 0;
    char *bytes = read_bytes(path, &size, error);

    if (bytes == NULL)
        return NULL;
    if (size >= 2 && memcmp(bytes, "\xFF\xFE", 2) == 0) {
        memmove(bytes, bytes + 2, size - 2);
        return from_utf16(bytes, size - 2, path, error);
    }
    if (size >= 2 && memcmp(bytes, "\xFE\xFF", 2) == 0)
        refuse(error, path,
               "it is big-endian UTF-16; save it as UTF-16 (little-endian) or UTF-8, as Windows "
               "reads it");
    else if (memchr(bytes, '\0', size) != NULL)
        refuse(error, path,
               "there is a NUL byte in it; if it is UTF-16, it has no byte order mark: save it "
               "with one, or as UTF-8");
    if (*error != NULL) {
        free(bytes);
        return NULL;
    }
    if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        memmove(bytes, bytes + 3, size - 3 + 1);
    return bytes;
}

bool inf_apply(const char *driver_path, const char *service_key, char **error)
{
    struct inf inf = {0};
    size_t length = strlen(driver_path);
    char *path = NULL, *text;

    *error = NULL;
    if (length < 4 || strcasecmp(driver_path + length - 4, ".sys") != 0 ||
        asprintf(&path, "%.*s.inf", (int)length - 4, driver_path) < 0)
        return false;
    text = read_text(path, error);
    free(path);
    if (text == NULL)
        return *error != NULL;
    for_lines(text, read_string, &inf, service_key);
    for_lines(text, read_value, &inf, service_key);
    for (size_t i = 0; i < inf.string_count; i++) {
        free(inf.strings[i].name);
        free(inf.strings[i].value);
    }
    free(text);
    return true;
}
