#include "scm/user.h"

#include <grp.h>
#include <pwd.h>

namespace odc::scm {
namespace {

constexpr std::size_t kBuffer = 16384;
constexpr int kMaxGroups = 1024;

User user_of(const passwd& entry) {
    User user{entry.pw_name, entry.pw_dir, entry.pw_uid, entry.pw_gid, std::vector<gid_t>(kMaxGroups)};
    int count = kMaxGroups;
    if (::getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count) < 0) count = kMaxGroups;
    user.groups.resize(static_cast<std::size_t>(count));
    return user;
}

}  // namespace

Result<User> find_user(std::uint32_t uid) {
    std::vector<char> buffer(kBuffer);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
        return fail(CO_E_RUNAS_LOGON_FAILURE, "no user with number " + std::to_string(uid));
    return user_of(entry);
}

Result<User> find_user(const std::string& name) {
    std::vector<char> buffer(kBuffer);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
        return fail(CO_E_RUNAS_LOGON_FAILURE, "no user " + name);
    return user_of(entry);
}

}  // namespace odc::scm
