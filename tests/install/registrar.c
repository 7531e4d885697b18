/* Uses the installed headers and library from C, by way of pkg-config. */
#include <stdio.h>
#include <winreg.h>

int main(void) {
    HKEY key;
    DWORD disposition = 0;
    LSTATUS status = RegCreateKeyExW(HKEY_LOCAL_MACHINE, u"SOFTWARE\\Outside", 0, 0, 0, KEY_ALL_ACCESS, 0, &key, &disposition);
    if (status == ERROR_SUCCESS) status = RegSetValueW(key, u"Below", REG_SZ, u"written from C", 0);
    if (status == ERROR_SUCCESS) status = RegCloseKey(key);
    printf("%d %u\n", (int)status, (unsigned)disposition);
    return status != ERROR_SUCCESS;
}
