/* Output formats. Adding one is adding a file with one of these and a line in format.c. */
#ifndef CLIENT_FORMAT_H
#define CLIENT_FORMAT_H

#include "buffer.h"
#include "event.h"

struct format_state {
    bool color;           /* may use the terminal's colors */
    bool errno_words;     /* text: a failure in the system's word for it where there is one */
    bool requested;       /* text: the name that was asked for, where it is another */
    unsigned columns;     /* text: that a line has on the terminal; 0: it is not for one */
    size_t process_width; /* text: the widest process so far */
    size_t result_width;  /* text: the widest result so far */
    /* The Linux path of an NT path, malloc'ed, where it is not what a user takes the file for: NULL
       where it is. Costs more than a name should. NULL: there are no such names. */
    char *(*unix_path)(const uint16_t *units, size_t count);
};

struct format {
    const char *name;
    /* What stands ahead of the first event; NULL: nothing. Each adds whole lines. */
    void (*begin)(struct buffer *, struct format_state *);
    void (*event)(struct buffer *, struct format_state *, const struct event *);
    void (*loss)(struct buffer *, struct format_state *, const struct loss *);
};

extern const struct format format_text, format_csv, format_jsonl;

/* NULL where there is none of that name. */
const struct format *format_find(const char *name);

/* The names of all, "text, csv, jsonl". */
void format_names(struct buffer *);

#endif
