/*
 * Names and wildcards: FsRtlIsNameInExpression and its relatives.
 *
 * Besides * and ? there are the DOS ones: '<' (DOS_STAR) matches as * does, but not past the last
 * dot of the name; '>' (DOS_QM) matches one character, or nothing where the name ends or a dot
 * follows; '"' (DOS_DOT) matches a dot, or nothing at the end of the name.
 */
#include "executive.h"

#include <string.h>

#define DOS_STAR_UNIT '<'
#define DOS_QM_UNIT   '>'
#define DOS_DOT_UNIT  '"'

static bool is_wild(wchar_t c)
{
    return c == '*' || c == '?' || c == DOS_STAR_UNIT || c == DOS_QM_UNIT || c == DOS_DOT_UNIT;
}

struct name {
    const wchar_t *units;
    size_t count;
    size_t last_dot; /* its index; `count` where there is none */
    bool fold_name, fold_expression;
    const wchar_t *upcase;
};

static wchar_t up(const struct name *name, wchar_t c)
{
    return name->upcase != NULL ? name->upcase[c] : nt_upcase(c);
}

static bool same(const struct name *name, wchar_t expression, wchar_t c)
{
    if (name->fold_name)
        c = up(name, c);
    if (name->fold_expression)
        expression = up(name, expression);
    return expression == c;
}

/* Marks the states that are reached without eating a character. States are expression positions. */
static void spread(const struct name *name, const wchar_t *expression, size_t length, size_t at,
                   bool *states)
{
    for (size_t s = 0; s < length; s++) {
        wchar_t e = expression[s];
        bool at_end = at == name->count;
        bool at_dot = !at_end && name->units[at] == '.';

        if (!states[s])
            continue;
        if (e == '*' || e == DOS_STAR_UNIT || (e == DOS_QM_UNIT && (at_end || at_dot)) ||
            (e == DOS_DOT_UNIT && at_end))
            states[s + 1] = true;
    }
}

static bool eat(const struct name *name, const wchar_t *expression, size_t length, size_t at,
                const bool *states, bool *next)
{
    wchar_t c = name->units[at];
    bool any = false;

    memset(next, 0, length + 1);
    for (size_t s = 0; s < length; s++) {
        wchar_t e = expression[s];

        if (!states[s])
            continue;
        if (e == '*' || (e == DOS_STAR_UNIT && at != name->last_dot))
            next[s] = any = true;
        else if (e == '?' || (e == DOS_QM_UNIT && c != '.') || (e == DOS_DOT_UNIT && c == '.') ||
                 (!is_wild(e) && same(name, e, c)))
            next[s + 1] = any = true;
    }
    return any;
}

static bool match(const wchar_t *expression, size_t length, const struct name *name)
{
    bool small[2][130];
    bool *states = small[0], *next = small[1], *large = NULL;
    bool result = false;

    if (length + 1 > sizeof(small[0])) {
        large =
            nt_pool_allocate(NULL, POOL_FLAG_NON_PAGED, 2 * (length + 1), TAG('F', 'E', 'x', 'p'));
        if (large == NULL)
            nt_raise(STATUS_INSUFFICIENT_RESOURCES);
        states = large;
        next = large + length + 1;
    }
    memset(states, 0, length + 1);
    states[0] = true;
    for (size_t at = 0;; at++) {
        bool *swap = states;

        spread(name, expression, length, at, states);
        if (at == name->count) {
            result = states[length];
            break;
        }
        if (!eat(name, expression, length, at, states, next))
            break;
        states = next;
        next = swap;
    }
    if (large != NULL)
        nt_pool_free(large);
    return result;
}

static BOOLEAN in_expression(PUNICODE_STRING expression, PUNICODE_STRING given, BOOLEAN fold,
                             bool fold_expression, PWCH upcase)
{
    struct name name = {
        .units = given->Buffer,
        .count = given->Length / sizeof(wchar_t),
        .fold_name = fold,
        .fold_expression = fold && fold_expression,
        .upcase = upcase,
    };
    size_t length = expression->Length / sizeof(wchar_t);

    /* An empty one matches an empty one only. */
    if (name.count == 0 || length == 0)
        return name.count == length;
    name.last_dot = name.count;
    for (size_t i = 0; i < name.count; i++)
        if (name.units[i] == '.')
            name.last_dot = i;
    return match(expression->Buffer, length, &name);
}

BOOLEAN NTAPI FsRtlIsNameInExpression(PUNICODE_STRING expression, PUNICODE_STRING name,
                                      BOOLEAN fold, PWCH upcase)
{
    IRQL_AT_MOST(APC_LEVEL);
    /* Documented: with IgnoreCase the expression has to be in upper case already. */
    return in_expression(expression, name, fold, false, upcase);
}

BOOLEAN NTAPI FsRtlIsNameInUnUpcasedExpression(PUNICODE_STRING expression, PUNICODE_STRING name,
                                               BOOLEAN fold, PWCH upcase)
{
    IRQL_AT_MOST(APC_LEVEL);
    return in_expression(expression, name, fold, true, upcase);
}

BOOLEAN NTAPI FsRtlDoesNameContainWildCards(PUNICODE_STRING name)
{
    IRQL_AT_MOST(APC_LEVEL);
    /* The last component only: it is looked at from its end to the first backslash. */
    for (size_t i = name->Length / sizeof(wchar_t); i > 0 && name->Buffer[i - 1] != '\\'; i--)
        if (is_wild(name->Buffer[i - 1]))
            return TRUE;
    return FALSE;
}

BOOLEAN NTAPI FsRtlAreNamesEqual(PCUNICODE_STRING a, PCUNICODE_STRING b, BOOLEAN fold, PCWCH upcase)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (a->Length != b->Length)
        return FALSE;
    if (!fold)
        return memcmp(a->Buffer, b->Buffer, a->Length) == 0;
    for (size_t i = 0; i < a->Length / sizeof(wchar_t); i++) {
        wchar_t x = a->Buffer[i], y = b->Buffer[i];

        if (upcase != NULL ? upcase[x] != upcase[y] : nt_upcase(x) != nt_upcase(y))
            return FALSE;
    }
    return TRUE;
}

VOID NTAPI FsRtlDissectName(UNICODE_STRING path, PUNICODE_STRING first, PUNICODE_STRING rest)
{
    size_t count = path.Length / sizeof(wchar_t), begin = 0, end;

    IRQL_AT_MOST(APC_LEVEL);
    memset(first, 0, sizeof(*first));
    memset(rest, 0, sizeof(*rest));
    if (count == 0)
        return;
    if (path.Buffer[0] == '\\')
        begin = 1;
    end = begin;
    while (end < count && path.Buffer[end] != '\\')
        end++;
    first->Buffer = path.Buffer + begin;
    first->Length = first->MaximumLength = (USHORT)((end - begin) * sizeof(wchar_t));
    if (end < count) {
        rest->Buffer = path.Buffer + end + 1;
        rest->Length = rest->MaximumLength = (USHORT)((count - end - 1) * sizeof(wchar_t));
    }
}
