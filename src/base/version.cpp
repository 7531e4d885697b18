#include "base/version.h"

namespace odc {

const char* version() { return ODC_VERSION; }

}  // namespace odc
