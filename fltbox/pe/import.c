#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pe/image.h"

#define MODULES_MAX 1024
#define IMPORTS_MAX 16384
#define NAME_MAX_   512 /* with the terminator */

/* An import before it is bound. */
struct want {
    char *module;
    char *name;
    uint64_t slot; /* rva of its import address */
    void *target;
    bool is_data;
};

struct wants {
    struct want *at;
    size_t count, room;
};

/* A terminated printable string in the image, copied; NULL where there is none. */
static char *copy_name(const struct pe_image *image, uint64_t rva)
{
    const char *at = pe_image_at(image, rva, 1);
    size_t room, n;

    if (!at)
        return NULL;
    room = image->size - (size_t)rva;
    if (room > NAME_MAX_)
        room = NAME_MAX_;
    for (n = 0; n < room && at[n]; n++)
        if (at[n] <= ' ' || at[n] >= 0x7f)
            return NULL;
    return n && n < room ? strndup(at, n) : NULL;
}

static bool add_want(struct pe_loader *l, struct wants *wants, const char *module, uint64_t thunk,
                     uint64_t slot)
{
    char *name;
    struct want *want;

    if (thunk & PE_IMPORT_BY_ORDINAL)
        return pe_refuse(l, "imports %s by ordinal %u, which is not supported; import it by name",
                         module, (unsigned)(thunk & 0xffff));
    name = copy_name(l->image, thunk + 2); /* after the hint */
    if (!name)
        return pe_refuse(l,
                         "the name of an import from %s, at 0x%llx, is outside the image, "
                         "unterminated or not text",
                         module, (unsigned long long)thunk);
    if (wants->count == IMPORTS_MAX) {
        free(name);
        return pe_refuse(l, "more than %u imports", IMPORTS_MAX);
    }
    if (wants->count == wants->room) {
        size_t room = wants->room ? wants->room * 2 : 64;
        struct want *at = realloc(wants->at, room * sizeof *at);
        if (!at) {
            free(name);
            return pe_refuse(l, "out of memory");
        }
        wants->at = at;
        wants->room = room;
    }
    want = &wants->at[wants->count];
    *want = (struct want){.module = strdup(module), .name = name, .slot = slot};
    wants->count++;
    return want->module ? true : pe_refuse(l, "out of memory");
}

static bool collect_module(struct pe_loader *l, struct wants *wants,
                           const struct pe_import_descriptor *d)
{
    uint64_t names = d->original_first_thunk ? d->original_first_thunk : d->first_thunk;
    char *module = copy_name(l->image, d->name);
    bool ok = false;

    if (!module)
        return pe_refuse(l,
                         "an imported module's name, at 0x%x, is outside the image, "
                         "unterminated or not text",
                         d->name);
    for (uint64_t i = 0;; i += 8) {
        const void *at = pe_image_at(l->image, names + i, 8);
        uint64_t thunk;

        if (!at) {
            pe_refuse(l, "the imports from %s run out of the image at 0x%llx", module,
                      (unsigned long long)(names + i));
            goto out;
        }
        memcpy(&thunk, at, sizeof thunk);
        if (!thunk)
            break;
        if (!pe_image_at(l->image, d->first_thunk + i, 8)) {
            pe_refuse(l, "the import addresses of %s are outside the image at 0x%llx", module,
                      (unsigned long long)(d->first_thunk + i));
            goto out;
        }
        if (!add_want(l, wants, module, thunk, d->first_thunk + i))
            goto out;
    }
    ok = true;
out:
    free(module);
    return ok;
}

/* Everything is read before anything is written: tables in a damaged file may overlap. */
static bool collect(struct pe_loader *l, struct wants *wants)
{
    const struct pe_directory *dir = &l->directories[PE_DIRECTORY_IMPORT];

    if (!dir->rva)
        return true;
    for (uint64_t i = 0; i < MODULES_MAX; i++) {
        struct pe_import_descriptor d;
        uint64_t rva = dir->rva + i * sizeof d;
        const void *at = pe_image_at(l->image, rva, sizeof d);

        if (!at)
            return pe_refuse(l, "its import table runs out of the image at 0x%llx, unterminated",
                             (unsigned long long)rva);
        memcpy(&d, at, sizeof d);
        if (!d.name && !d.first_thunk)
            return true;
        if (!collect_module(l, wants, &d))
            return false;
    }
    return pe_refuse(l, "imports from more than %u modules", MODULES_MAX);
}

static bool resolve_all(struct pe_loader *l, struct wants *wants, pe_resolver *resolve,
                        void *context)
{
    bool ok = true;

    for (size_t i = 0; i < wants->count; i++) {
        struct want *w = &wants->at[i];
        w->target = resolve ? resolve(context, w->module, w->name, &w->is_data) : NULL;
        if (!w->target)
            ok = pe_refuse(l, "needs %s!%s, which is not implemented", w->module, w->name);
    }
    return ok;
}

#define STUB_SIZE   32u
#define GUARD_STUBS 2u /* before the imports' own */

static size_t table_pages(size_t imports)
{
    return (imports * sizeof(struct pe_import) + PE_PAGE) & ~(size_t)(PE_PAGE - 1);
}

void *pe_guard_check_stub(const struct pe_image *image)
{
    const struct pe_private *p = (const struct pe_private *)image;

    return p->calls + table_pages(image->import_count);
}

void *pe_guard_dispatch_stub(const struct pe_image *image)
{
    return (uint8_t *)pe_guard_check_stub(image) + STUB_SIZE;
}

/* lock inc qword [rip + calls]; jmp [rip]; target. It changes no register: __chkstk's caller
   passes rax. */
static void write_stub(uint8_t *stub, uint64_t *calls, void *target)
{
    static const uint8_t jump[] = {0xff, 0x25, 0, 0, 0, 0};
    static const uint8_t count[] = {0xf0, 0x48, 0xff, 0x05};
    int32_t distance = (int32_t)((intptr_t)calls - (intptr_t)(stub + 8));

    memcpy(stub, count, sizeof count);
    memcpy(stub + 4, &distance, sizeof distance);
    memcpy(stub + 8, jump, sizeof jump);
    memcpy(stub + 14, &target, sizeof target);
}

static size_t strings_size(const struct wants *wants)
{
    size_t size = 1;

    for (size_t i = 0; i < wants->count; i++)
        size += strlen(wants->at[i].module) + strlen(wants->at[i].name) + 2;
    return size;
}

/* The counters and the stubs share a mapping so that one reaches the other rip-relative. */
static bool make_stubs(struct pe_loader *l, struct wants *wants, bool count_calls)
{
    struct pe_private *p = (struct pe_private *)l->image;
    size_t table = table_pages(wants->count);
    size_t stubs = ((wants->count + GUARD_STUBS) * STUB_SIZE + PE_PAGE) & ~(size_t)(PE_PAGE - 1);
    uint8_t *code;
    char *text;

    p->strings = text = malloc(strings_size(wants));
    if (!text)
        return pe_refuse(l, "out of memory");
    p->calls =
        mmap(NULL, table + stubs, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p->calls == MAP_FAILED) {
        p->calls = NULL;
        return pe_refuse(l, "cannot map its import stubs: %s", strerror(errno));
    }
    p->calls_size = table + stubs;
    l->image->imports = (struct pe_import *)p->calls;
    l->image->import_count = wants->count;
    code = p->calls + table;
    memset(code, 0xcc, stubs);
    code[0] = 0xc3;                          /* ret */
    memcpy(code + STUB_SIZE, "\xff\xe0", 2); /* jmp rax */

    for (size_t i = 0; i < wants->count; i++) {
        struct want *w = &wants->at[i];
        struct pe_import *import = &l->image->imports[i];
        uint8_t *stub = code + (i + GUARD_STUBS) * STUB_SIZE;
        void *bound = w->is_data || !count_calls ? w->target : stub;

        import->module = text;
        text = stpcpy(text, w->module) + 1;
        import->name = text;
        text = stpcpy(text, w->name) + 1;
        import->target = w->target;
        write_stub(stub, &import->calls, w->target);
        memcpy(pe_image_at(l->image, w->slot, sizeof bound), &bound, sizeof bound);
    }
    if (mprotect(code, stubs, PROT_READ | PROT_EXEC) < 0)
        return pe_refuse(l, "cannot protect its import stubs: %s", strerror(errno));
    return true;
}

bool pe_bind_imports(struct pe_loader *l, pe_resolver *resolve, void *context, bool count_calls)
{
    struct wants wants = {0};
    bool ok = collect(l, &wants) && resolve_all(l, &wants, resolve, context) &&
              make_stubs(l, &wants, count_calls);

    for (size_t i = 0; i < wants.count; i++) {
        free(wants.at[i].module);
        free(wants.at[i].name);
    }
    free(wants.at);
    return ok;
}

void pe_free_imports(struct pe_image *image)
{
    struct pe_private *p = (struct pe_private *)image;

    free(p->strings);
    p->strings = NULL;
    if (p->calls)
        munmap(p->calls, p->calls_size);
    p->calls = NULL;
    image->imports = NULL;
    image->import_count = 0;
}
