/*
 * RTL_AVL_TABLE. The root hangs at BalancedRoot.RightChild; the element follows its links.
 * Callers serialize, as documented.
 */
#include "executive.h"

#include <string.h>

static PVOID element_of(PRTL_BALANCED_LINKS links)
{
    return links + 1;
}

static PRTL_BALANCED_LINKS root_of(PRTL_AVL_TABLE table)
{
    return table->BalancedRoot.RightChild;
}

VOID NTAPI RtlInitializeGenericTableAvl(PRTL_AVL_TABLE table, PRTL_AVL_COMPARE_ROUTINE compare,
                                        PRTL_AVL_ALLOCATE_ROUTINE allocate,
                                        PRTL_AVL_FREE_ROUTINE free, PVOID context)
{
    memset(table, 0, sizeof(*table));
    table->BalancedRoot.Parent = &table->BalancedRoot;
    table->CompareRoutine = compare;
    table->AllocateRoutine = allocate;
    table->FreeRoutine = free;
    table->TableContext = context;
}

/* ---- Finding ------------------------------------------------------------------------------- */

static TABLE_SEARCH_RESULT search(PRTL_AVL_TABLE table, PVOID buffer, PRTL_BALANCED_LINKS *found)
{
    PRTL_BALANCED_LINKS links = root_of(table);

    if (links == NULL) {
        *found = NULL;
        return TableEmptyTree;
    }
    for (;;) {
        RTL_GENERIC_COMPARE_RESULTS order = table->CompareRoutine(table, buffer, element_of(links));

        *found = links;
        if (order == GenericEqual)
            return TableFoundNode;
        if (order == GenericLessThan) {
            if (links->LeftChild == NULL)
                return TableInsertAsLeft;
            links = links->LeftChild;
        } else {
            if (links->RightChild == NULL)
                return TableInsertAsRight;
            links = links->RightChild;
        }
    }
}

PVOID NTAPI RtlLookupElementGenericTableFullAvl(PRTL_AVL_TABLE table, PVOID buffer, PVOID *node,
                                                TABLE_SEARCH_RESULT *result)
{
    PRTL_BALANCED_LINKS found;

    *result = search(table, buffer, &found);
    *node = found;
    return *result == TableFoundNode ? element_of(found) : NULL;
}

PVOID NTAPI RtlLookupElementGenericTableAvl(PRTL_AVL_TABLE table, PVOID buffer)
{
    PRTL_BALANCED_LINKS found;

    return search(table, buffer, &found) == TableFoundNode ? element_of(found) : NULL;
}

/* ---- Balancing ----------------------------------------------------------------------------- */

static void replace_child(PRTL_BALANCED_LINKS parent, PRTL_BALANCED_LINKS old,
                          PRTL_BALANCED_LINKS new)
{
    if (parent->LeftChild == old)
        parent->LeftChild = new;
    else
        parent->RightChild = new;
    if (new != NULL)
        new->Parent = parent;
}

static PRTL_BALANCED_LINKS *child(PRTL_BALANCED_LINKS links, int side)
{
    return side < 0 ? &links->LeftChild : &links->RightChild;
}

/* Lifts `links`, the child of its parent on `side`, above it. */
static void lift(PRTL_BALANCED_LINKS links, int side)
{
    PRTL_BALANCED_LINKS parent = links->Parent, inner = *child(links, -side);

    replace_child(parent->Parent, parent, links);
    *child(parent, side) = inner;
    if (inner != NULL)
        inner->Parent = parent;
    *child(links, -side) = parent;
    parent->Parent = links;
}

/*
 * `top` leans by two to `side`. Returns the new top of the subtree; *shorter says that it has
 * become less deep.
 */
static PRTL_BALANCED_LINKS rebalance(PRTL_BALANCED_LINKS top, int side, bool *shorter)
{
    PRTL_BALANCED_LINKS heavy = *child(top, side), inner;

    *shorter = true;
    if (heavy->Balance != -side) {
        lift(heavy, side);
        if (heavy->Balance == 0) {
            top->Balance = (CHAR)side;
            heavy->Balance = (CHAR)-side;
            *shorter = false;
        } else {
            top->Balance = heavy->Balance = 0;
        }
        return heavy;
    }
    inner = *child(heavy, -side);
    lift(inner, -side);
    lift(inner, side);
    top->Balance = (CHAR)(inner->Balance == side ? -side : 0);
    heavy->Balance = (CHAR)(inner->Balance == -side ? side : 0);
    inner->Balance = 0;
    return inner;
}

static void grown(PRTL_AVL_TABLE table, PRTL_BALANCED_LINKS links)
{
    while (links->Parent != &table->BalancedRoot) {
        PRTL_BALANCED_LINKS parent = links->Parent;
        int side = parent->LeftChild == links ? -1 : 1;
        bool shorter;

        if (parent->Balance == -side) {
            parent->Balance = 0;
            return;
        }
        if (parent->Balance == side) {
            rebalance(parent, side, &shorter);
            return;
        }
        parent->Balance = (CHAR)side;
        links = parent;
    }
    table->DepthOfTree++;
}

/* The subtree of `parent` on `side` has become less deep by one. */
static void shrunk(PRTL_AVL_TABLE table, PRTL_BALANCED_LINKS parent, int side)
{
    while (parent != &table->BalancedRoot) {
        PRTL_BALANCED_LINKS top = parent;

        if (parent->Balance == 0) {
            parent->Balance = (CHAR)-side;
            return;
        }
        if (parent->Balance == side) {
            parent->Balance = 0;
        } else {
            bool shorter;

            top = rebalance(parent, -side, &shorter);
            if (!shorter)
                return;
        }
        parent = top->Parent;
        side = parent->LeftChild == top ? -1 : 1;
    }
    table->DepthOfTree--;
}

/* ---- Changing ------------------------------------------------------------------------------ */

static PVOID insert(PRTL_AVL_TABLE table, PVOID buffer, CLONG size, PBOOLEAN new_element,
                    PRTL_BALANCED_LINKS at, TABLE_SEARCH_RESULT result)
{
    PRTL_BALANCED_LINKS links;

    if (new_element != NULL)
        *new_element = result != TableFoundNode;
    if (result == TableFoundNode)
        return element_of(at);
    links = table->AllocateRoutine(table, (CLONG)(sizeof(*links) + size));
    if (links == NULL) {
        if (new_element != NULL)
            *new_element = FALSE;
        return NULL;
    }
    memset(links, 0, sizeof(*links));
    memcpy(element_of(links), buffer, size);
    if (result == TableEmptyTree)
        at = &table->BalancedRoot;
    *child(at, result == TableInsertAsLeft ? -1 : 1) = links;
    links->Parent = at;
    table->NumberGenericTableElements++;
    table->OrderedPointer = NULL;
    table->WhichOrderedElement = 0;
    grown(table, links);
    return element_of(links);
}

PVOID NTAPI RtlInsertElementGenericTableAvl(PRTL_AVL_TABLE table, PVOID buffer, CLONG size,
                                            PBOOLEAN new_element)
{
    PRTL_BALANCED_LINKS at;
    TABLE_SEARCH_RESULT result = search(table, buffer, &at);

    return insert(table, buffer, size, new_element, at, result);
}

PVOID NTAPI RtlInsertElementGenericTableFullAvl(PRTL_AVL_TABLE table, PVOID buffer, CLONG size,
                                                PBOOLEAN new_element, PVOID node,
                                                TABLE_SEARCH_RESULT result)
{
    return insert(table, buffer, size, new_element, node, result);
}

static PRTL_BALANCED_LINKS leftmost(PRTL_BALANCED_LINKS links)
{
    while (links != NULL && links->LeftChild != NULL)
        links = links->LeftChild;
    return links;
}

static PRTL_BALANCED_LINKS next_of(PRTL_AVL_TABLE table, PRTL_BALANCED_LINKS links)
{
    if (links->RightChild != NULL)
        return leftmost(links->RightChild);
    while (links->Parent != &table->BalancedRoot && links->Parent->RightChild == links)
        links = links->Parent;
    return links->Parent == &table->BalancedRoot ? NULL : links->Parent;
}

static void unlink_node(PRTL_AVL_TABLE table, PRTL_BALANCED_LINKS links)
{
    PRTL_BALANCED_LINKS parent, instead;
    int side;

    if (links->LeftChild != NULL && links->RightChild != NULL) {
        /* The next one in order takes its place, links and all. */
        instead = leftmost(links->RightChild);
        parent = instead->Parent;
        side = parent == links ? 1 : -1;
        replace_child(parent, instead, instead->RightChild);
        if (parent == links)
            parent = instead;
        instead->Balance = links->Balance;
        instead->LeftChild = links->LeftChild;
        instead->RightChild = links->RightChild;
        if (instead->LeftChild != NULL)
            instead->LeftChild->Parent = instead;
        if (instead->RightChild != NULL)
            instead->RightChild->Parent = instead;
        replace_child(links->Parent, links, instead);
    } else {
        parent = links->Parent;
        side = parent->LeftChild == links ? -1 : 1;
        replace_child(parent, links,
                      links->LeftChild != NULL ? links->LeftChild : links->RightChild);
    }
    shrunk(table, parent, side);
}

BOOLEAN NTAPI RtlDeleteElementGenericTableAvl(PRTL_AVL_TABLE table, PVOID buffer)
{
    PRTL_BALANCED_LINKS links;

    if (search(table, buffer, &links) != TableFoundNode)
        return FALSE;
    /* Documented: an enumeration under way goes on behind the deleted element. */
    if (table->RestartKey == links) {
        PRTL_BALANCED_LINKS before = NULL;

        for (PRTL_BALANCED_LINKS l = leftmost(root_of(table)); l != links; l = next_of(table, l))
            before = l;
        table->RestartKey = before;
    }
    table->DeleteCount++;
    unlink_node(table, links);
    table->NumberGenericTableElements--;
    table->OrderedPointer = NULL;
    table->WhichOrderedElement = 0;
    table->FreeRoutine(table, links);
    return TRUE;
}

/* ---- Enumerating --------------------------------------------------------------------------- */

PVOID NTAPI RtlEnumerateGenericTableWithoutSplayingAvl(PRTL_AVL_TABLE table, PVOID *restart)
{
    PRTL_BALANCED_LINKS links =
        *restart == NULL ? leftmost(root_of(table)) : next_of(table, *restart);

    if (links == NULL)
        return NULL;
    *restart = links;
    return element_of(links);
}

PVOID NTAPI RtlEnumerateGenericTableAvl(PRTL_AVL_TABLE table, BOOLEAN restart)
{
    PVOID key = restart ? NULL : table->RestartKey, element;

    element = RtlEnumerateGenericTableWithoutSplayingAvl(table, &key);
    table->RestartKey = key;
    return element;
}

PVOID NTAPI RtlGetElementGenericTableAvl(PRTL_AVL_TABLE table, ULONG index)
{
    PRTL_BALANCED_LINKS links = leftmost(root_of(table));

    while (links != NULL && index-- > 0)
        links = next_of(table, links);
    return links != NULL ? element_of(links) : NULL;
}

ULONG NTAPI RtlNumberGenericTableElementsAvl(PRTL_AVL_TABLE table)
{
    return table->NumberGenericTableElements;
}

BOOLEAN NTAPI RtlIsGenericTableEmptyAvl(PRTL_AVL_TABLE table)
{
    return table->NumberGenericTableElements == 0;
}
