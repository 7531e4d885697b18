/* Structures from here to <poppack.h> have no padding beyond 1 byte. To be included as often as needed. */
#pragma pack(push, 1)
