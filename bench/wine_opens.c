/* Opens a file that is there and one that is not, each as often as told; prints microseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

static double measure(const wchar_t *name, int count)
{
    LARGE_INTEGER frequency, begin, end;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&begin);
    for (int i = 0; i < count; i++) {
        HANDLE file =
            CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

        if (file != INVALID_HANDLE_VALUE)
            CloseHandle(file);
    }
    QueryPerformanceCounter(&end);
    return (double)(end.QuadPart - begin.QuadPart) * 1e6 / (double)frequency.QuadPart / count;
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 10000;

    printf("%.2f", measure(L"C:\\windows\\win.ini", count));
    printf(" %.2f\n", measure(L"C:\\windows\\missing.ini", count));
    return 0;
}
