/* Structures from here to <poppack.h> have no padding beyond 4 bytes. To be included as often as needed. */
#pragma pack(push, 4)
