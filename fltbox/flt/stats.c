#include "manager.h"
#include <inttypes.h>

static void line(FILE *out, atomic_ullong *counter, const char *text)
{
    unsigned long long n = atomic_load(counter);

    if (n > 0)
        fprintf(out, "    %llu %s\n", n, text);
}

void flt_print_stats(struct nt_driver *driver, FILE *out)
{
    PFLT_FILTER f = filter_latest(driver);

    if (f == NULL)
        return;
    for (unsigned m = 0; m < FLT_MAJORS; m++) {
        unsigned long long pre = atomic_load(&f->pre_calls[m]);
        unsigned long long post = atomic_load(&f->post_calls[m]);

        if (pre > 0 || post > 0)
            fprintf(out, "    %-24s pre %llu  post %llu\n", FltGetIrpName((UCHAR)m), pre, post);
    }
    line(out, &f->completed, "requests completed by the filter: not enforced, the program went on");
    line(out, &f->changed, "results changed by the filter: not enforced, the program went on");
    line(out, &f->cancelled, "opens cancelled by the filter: not enforced, the program went on");
}
