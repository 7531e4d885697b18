// For IDL files that import <basetsd.h>: the compiler takes it as IDL. The header of that name is include/sdk's.
import "winbase_types.idl";
