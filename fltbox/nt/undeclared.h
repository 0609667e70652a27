/*
 * What ntoskrnl exports and include/nt does not declare: functions that only the kernel's import
 * library knows, that the WDK has as macros or inline functions, or that no driver of ours needs.
 */
#ifndef FLTBOX_NT_UNDECLARED_H
#define FLTBOX_NT_UNDECLARED_H

#include <ntifs.h>

#define IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY          0x0080

/* Flags of RtlDuplicateUnicodeString. */
#define RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE       1
#define RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING 2

BOOLEAN NTAPI IoIsWdmVersionAvailable(UCHAR major, UCHAR minor);
PVOID NTAPI RtlLookupElementGenericTableFullAvl(PRTL_AVL_TABLE, PVOID buffer, PVOID *node,
                                                TABLE_SEARCH_RESULT *);
PVOID NTAPI RtlInsertElementGenericTableFullAvl(PRTL_AVL_TABLE, PVOID buffer, CLONG size,
                                                PBOOLEAN new_element, PVOID node,
                                                TABLE_SEARCH_RESULT);
PEPROCESS NTAPI PsGetCurrentThreadProcess(void);
HANDLE NTAPI PsGetCurrentThreadProcessId(void);
HANDLE NTAPI PsGetProcessInheritedFromUniqueProcessId(PEPROCESS);
ULONG NTAPI PsGetProcessSessionId(PEPROCESS);
ULONG NTAPI PsGetCurrentProcessSessionId(void);
PCHAR NTAPI PsGetProcessImageFileName(PEPROCESS); /* at most 15 characters */
PIRP NTAPI IoGetTopLevelIrp(void);
VOID NTAPI IoSetTopLevelIrp(PIRP);
NTSTATUS NTAPI NtOpenProcess(PHANDLE, ACCESS_MASK, POBJECT_ATTRIBUTES, PCLIENT_ID);
LONG NTAPI KePulseEvent(PRKEVENT, KPRIORITY, BOOLEAN wait);
VOID NTAPI ObDereferenceObjectDeferDeleteWithTag(PVOID, ULONG tag);
NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG component, ULONG level);
NTSTATUS NTAPI DbgSetDebugFilterState(ULONG component, ULONG level, BOOLEAN state);
BOOLEAN NTAPI ExAcquireRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE, ULONG);
VOID NTAPI ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE, ULONG);
BOOLEAN NTAPI IoTryQueueWorkItem(PIO_WORKITEM, PIO_WORKITEM_ROUTINE_EX, WORK_QUEUE_TYPE, PVOID);
NTSTATUS NTAPI IoCreateSystemThread(PVOID object, PHANDLE, ULONG access, POBJECT_ATTRIBUTES,
                                    HANDLE process, PCLIENT_ID, PKSTART_ROUTINE, PVOID);

#endif
