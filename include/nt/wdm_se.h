/*
 * Security: tokens, descriptors, impersonation, privileges, as far as a filter meets them.
 */
#ifndef NT_WDM_SE_H
#define NT_WDM_SE_H

#include "wdm_base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef PVOID PACCESS_TOKEN;
typedef ULONG SECURITY_INFORMATION, *PSECURITY_INFORMATION;
#define OWNER_SECURITY_INFORMATION    0x00000001
#define GROUP_SECURITY_INFORMATION    0x00000002
#define DACL_SECURITY_INFORMATION     0x00000004
#define SACL_SECURITY_INFORMATION     0x00000008
#define LABEL_SECURITY_INFORMATION    0x00000010

#define SECURITY_DESCRIPTOR_REVISION  0x1
#define SECURITY_DESCRIPTOR_REVISION1 0x1
#define ACL_REVISION                  0x2

typedef struct _ACL {
    UCHAR AclRevision;
    UCHAR Sbz1;
    USHORT AclSize;
    USHORT AceCount;
    USHORT Sbz2;
} ACL, *PACL;

typedef struct _LUID_AND_ATTRIBUTES {
    LUID Luid;
    ULONG Attributes;
} LUID_AND_ATTRIBUTES, *PLUID_AND_ATTRIBUTES;

typedef struct _PRIVILEGE_SET {
    ULONG PrivilegeCount;
    ULONG Control;
    LUID_AND_ATTRIBUTES Privilege[1];
} PRIVILEGE_SET, *PPRIVILEGE_SET;

typedef struct _INITIAL_PRIVILEGE_SET {
    ULONG PrivilegeCount;
    ULONG Control;
    LUID_AND_ATTRIBUTES Privilege[3];
} INITIAL_PRIVILEGE_SET, *PINITIAL_PRIVILEGE_SET;

typedef enum _SECURITY_IMPERSONATION_LEVEL {
    SecurityAnonymous,
    SecurityIdentification,
    SecurityImpersonation,
    SecurityDelegation,
} SECURITY_IMPERSONATION_LEVEL,
    *PSECURITY_IMPERSONATION_LEVEL;

typedef BOOLEAN SECURITY_CONTEXT_TRACKING_MODE, *PSECURITY_CONTEXT_TRACKING_MODE;
#define SECURITY_DYNAMIC_TRACKING 0x1
#define SECURITY_STATIC_TRACKING  0x0
typedef struct _SECURITY_QUALITY_OF_SERVICE {
    ULONG Length;
    SECURITY_IMPERSONATION_LEVEL ImpersonationLevel;
    SECURITY_CONTEXT_TRACKING_MODE ContextTrackingMode;
    BOOLEAN EffectiveOnly;
} SECURITY_QUALITY_OF_SERVICE, *PSECURITY_QUALITY_OF_SERVICE;

typedef struct _SECURITY_SUBJECT_CONTEXT {
    PACCESS_TOKEN ClientToken;
    SECURITY_IMPERSONATION_LEVEL ImpersonationLevel;
    PACCESS_TOKEN PrimaryToken;
    PVOID ProcessAuditId;
} SECURITY_SUBJECT_CONTEXT, *PSECURITY_SUBJECT_CONTEXT;

/* What a create asks for, and what it has been given so far. */
typedef struct _ACCESS_STATE {
    LUID OperationID;
    BOOLEAN SecurityEvaluated;
    BOOLEAN GenerateAudit;
    BOOLEAN GenerateOnClose;
    BOOLEAN PrivilegesAllocated;
    ULONG Flags;
    ACCESS_MASK RemainingDesiredAccess;
    ACCESS_MASK PreviouslyGrantedAccess;
    ACCESS_MASK OriginalDesiredAccess;
    SECURITY_SUBJECT_CONTEXT SubjectSecurityContext;
    PSECURITY_DESCRIPTOR SecurityDescriptor;
    PVOID AuxData;
    union {
        INITIAL_PRIVILEGE_SET InitialPrivilegeSet;
        PRIVILEGE_SET PrivilegeSet;
    } Privileges;
    BOOLEAN AuditPrivileges;
    UNICODE_STRING ObjectName;
    UNICODE_STRING ObjectTypeName;
} ACCESS_STATE, *PACCESS_STATE;

/* The well-known privileges, as the low part of their LUID. */
#define SE_CREATE_TOKEN_PRIVILEGE                      0x2
#define SE_ASSIGNPRIMARYTOKEN_PRIVILEGE                0x3
#define SE_LOCK_MEMORY_PRIVILEGE                       0x4
#define SE_INCREASE_QUOTA_PRIVILEGE                    0x5
#define SE_MACHINE_ACCOUNT_PRIVILEGE                   0x6
#define SE_UNSOLICITED_INPUT_PRIVILEGE                 0x6
#define SE_TCB_PRIVILEGE                               0x7
#define SE_SECURITY_PRIVILEGE                          0x8
#define SE_TAKE_OWNERSHIP_PRIVILEGE                    0x9
#define SE_LOAD_DRIVER_PRIVILEGE                       0xA
#define SE_SYSTEM_PROFILE_PRIVILEGE                    0xB
#define SE_SYSTEMTIME_PRIVILEGE                        0xC
#define SE_PROF_SINGLE_PROCESS_PRIVILEGE               0xD
#define SE_INC_BASE_PRIORITY_PRIVILEGE                 0xE
#define SE_CREATE_PAGEFILE_PRIVILEGE                   0xF
#define SE_CREATE_PERMANENT_PRIVILEGE                  0x10
#define SE_BACKUP_PRIVILEGE                            0x11
#define SE_RESTORE_PRIVILEGE                           0x12
#define SE_SHUTDOWN_PRIVILEGE                          0x13
#define SE_DEBUG_PRIVILEGE                             0x14
#define SE_AUDIT_PRIVILEGE                             0x15
#define SE_SYSTEM_ENVIRONMENT_PRIVILEGE                0x16
#define SE_CHANGE_NOTIFY_PRIVILEGE                     0x17
#define SE_REMOTE_SHUTDOWN_PRIVILEGE                   0x18
#define SE_UNDOCK_PRIVILEGE                            0x19
#define SE_SYNC_AGENT_PRIVILEGE                        0x1A
#define SE_ENABLE_DELEGATION_PRIVILEGE                 0x1B
#define SE_MANAGE_VOLUME_PRIVILEGE                     0x1C
#define SE_IMPERSONATE_PRIVILEGE                       0x1D
#define SE_CREATE_GLOBAL_PRIVILEGE                     0x1E
#define SE_TRUSTED_CREDMAN_ACCESS_PRIVILEGE            0x1F
#define SE_RELABEL_PRIVILEGE                           0x20
#define SE_INC_WORKING_SET_PRIVILEGE                   0x21
#define SE_TIME_ZONE_PRIVILEGE                         0x22
#define SE_CREATE_SYMBOLIC_LINK_PRIVILEGE              0x23
#define SE_DELEGATE_SESSION_USER_IMPERSONATE_PRIVILEGE 0x24

_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    SeCaptureSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    SeLockSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    SeUnlockSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    SeAccessCheck(PSECURITY_DESCRIPTOR SecurityDescriptor,
                  PSECURITY_SUBJECT_CONTEXT SubjectSecurityContext, BOOLEAN SubjectContextLocked,
                  ACCESS_MASK DesiredAccess, ACCESS_MASK PreviouslyGrantedAccess,
                  PPRIVILEGE_SET *Privileges, PGENERIC_MAPPING GenericMapping,
                  KPROCESSOR_MODE AccessMode, PACCESS_MASK GrantedAccess, PNTSTATUS AccessStatus);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    SeSinglePrivilegeCheck(LUID PrivilegeValue, KPROCESSOR_MODE PreviousMode);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    SeValidSecurityDescriptor(ULONG Length, PSECURITY_DESCRIPTOR SecurityDescriptor);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    SeAssignSecurity(PSECURITY_DESCRIPTOR ParentDescriptor, PSECURITY_DESCRIPTOR ExplicitDescriptor,
                     PSECURITY_DESCRIPTOR *NewDescriptor, BOOLEAN IsDirectoryObject,
                     PSECURITY_SUBJECT_CONTEXT SubjectContext, PGENERIC_MAPPING GenericMapping,
                     POOL_TYPE PoolType);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    SeDeassignSecurity(PSECURITY_DESCRIPTOR *SecurityDescriptor);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, ULONG Revision);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI ULONG NTAPI
    RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, BOOLEAN DaclPresent,
                                 PACL Dacl, BOOLEAN DaclDefaulted);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI BOOLEAN NTAPI
    RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor);

FORCEINLINE LUID RtlConvertLongToLuid(LONG Long)
{
    LUID Result;
    LARGE_INTEGER Value;

    Value.QuadPart = Long;
    Result.LowPart = Value.LowPart;
    Result.HighPart = Value.HighPart;
    return Result;
}

FORCEINLINE LUID RtlConvertUlongToLuid(ULONG Ulong)
{
    LUID Result;

    Result.LowPart = Ulong;
    Result.HighPart = 0;
    return Result;
}
#define RtlEqualLuid(a, b) ((a)->LowPart == (b)->LowPart && (a)->HighPart == (b)->HighPart)

#ifdef __cplusplus
}
#endif

#endif
