/*
 * The driver model's declarations, in parts by family.
 *
 *   ntdef.h      compilers, basic types, strings, exceptions      ntstatus.h   statuses
 *   wdm_base.h   masks, interlocked operations, lists, messages   wdm_ke.h     kernel: locks,
 * waits, time wdm_ex.h     executive: pool, lookaside, resources, work      wdm_rtl.h    run-time
 * library wdm_se.h     security                                         wdm_file.h   files'
 * constants and records wdm_driver.h driver, device and file objects                  wdm_irp.h
 * requests wdm_io.h     I/O functions, MDLs                              wdm_zw.h     objects,
 * processes, Zw
 */
#ifndef NT_WDM_H
#define NT_WDM_H

#include "wdm_zw.h"

#endif
