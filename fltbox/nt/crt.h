/*
 * The narrow C library functions as PE images call them. The wide ones and those that only
 * Microsoft's library has are declared by <ntdef.h>.
 */
#ifndef FLTBOX_NT_CRT_H
#define FLTBOX_NT_CRT_H

#include <ntifs.h>

size_t NTAPI nt_strlen(const char *);
size_t NTAPI nt_strnlen(const char *, size_t limit);
int NTAPI nt_strcmp(const char *, const char *);
int NTAPI nt_strncmp(const char *, const char *, size_t);
char *NTAPI nt_strcpy(char *to, const char *from);
char *NTAPI nt_strncpy(char *to, const char *from, size_t);
char *NTAPI nt_strcat(char *to, const char *from);
char *NTAPI nt_strncat(char *to, const char *from, size_t);
char *NTAPI nt_strchr(const char *, int);
char *NTAPI nt_strrchr(const char *, int);
char *NTAPI nt_strstr(const char *, const char *part);
int NTAPI nt_tolower(int);
int NTAPI nt_toupper(int);

/* In fltbox/pe, because a fault inside must unwind to the driver. */
void *NTAPI nt_memcpy(void *to, const void *from, size_t);
void *NTAPI nt_memmove(void *to, const void *from, size_t);
void *NTAPI nt_memset(void *to, int value, size_t);
int NTAPI nt_memcmp(const void *, const void *, size_t);

#endif
