/* Structures from here to <poppack.h> have no padding beyond 8 bytes. To be included as often as needed. */
#pragma pack(push, 8)
