// Unix users, as the launcher and RunAs need them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "opendcom/base/result.h"

namespace odc::scm {

struct User {
    std::string name, home;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;
};

/// Errors: CO_E_RUNAS_LOGON_FAILURE when there is no such user.
Result<User> find_user(std::uint32_t uid);
Result<User> find_user(const std::string& name);

}  // namespace odc::scm
