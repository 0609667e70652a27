/* Imports what no kernel has: must be refused with each name. */
#include <fltKernel.h>

DECLSPEC_IMPORT VOID NTAPI FtTestNotThere(VOID);
DECLSPEC_IMPORT VOID NTAPI FtTestNotThereEither(VOID);

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    FtTestNotThere();
    FtTestNotThereEither();
    return STATUS_SUCCESS;
}
