// The version of OpenDCOM.
#pragma once

namespace odc {

const char* version();

}  // namespace odc
