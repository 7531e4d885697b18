#include "registry/class_records.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sanitizers.h"
#include "registry/test_registry.h"

namespace odc::registry {
namespace {

const Guid kPager = *parse_guid("{6B29FC40-CA47-1067-B31D-00DD010662DA}");
const Guid kBeeper = *parse_guid("{6B29FC41-CA47-1067-B31D-00DD010662DA}");
const Guid kApp = *parse_guid("{6B29FC42-CA47-1067-B31D-00DD010662DA}");
const std::string kPagerKey = "HKCR\\CLSID\\{6B29FC40-CA47-1067-B31D-00DD010662DA}";
const std::string kBeeperKey = "HKCR\\CLSID\\{6B29FC41-CA47-1067-B31D-00DD010662DA}";
const std::string kAppKey = "HKCR\\AppID\\{6B29FC42-CA47-1067-B31D-00DD010662DA}";

class ClassRecordsTest : public TestRegistry {
  protected:
    void set(const std::string& key, std::string_view name, std::string_view text, ValueType type = ValueType::sz) {
        const auto result = registry().set_value(KeyPath::parse(key).take(), Value::text(std::string(name), text, type));
        ASSERT_TRUE(result) << result.error().text();
    }
    ClassRecords& records() {
        if (!records_) records_.emplace(shared());
        return *records_;
    }
    ClassRecord pager() { return **records().find_class(kPager); }

  private:
    std::optional<ClassRecords> records_;
};

TEST_F(ClassRecordsTest, UnknownClassIsNotRegistered) {
    EXPECT_EQ(records().find_class(kPager).code(), REGDB_E_CLASSNOTREG);
    EXPECT_EQ(records().find_interface(kPager).code(), REGDB_E_IIDNOTREG);
    EXPECT_EQ(records().clsid_of_prog_id("Pager.Pager").code(), CO_E_CLASSSTRING);
    EXPECT_EQ(records().prog_id_of_clsid(kPager).code(), REGDB_E_CLASSNOTREG);
    EXPECT_EQ(records().type_library_path(kPager, 1, 0).code(), TYPE_E_LIBNOTREGISTERED);
}

TEST_F(ClassRecordsTest, ReadsServersOfAClass) {
    ::setenv("ODC_TEST_PLACE", "/opt/pager", 1);
    set(kPagerKey, "", "Pager");
    set(kPagerKey + "\\InprocServer32", "", "\"%ODC_TEST_PLACE%/libpager.so\"", ValueType::expand_sz);
    set(kPagerKey + "\\InprocServer32", "threadingmodel", "Both");
    set(kPagerKey + "\\InprocHandler32", "", "/opt/pager/libhandler.so");
    set(kPagerKey + "\\LocalServer32", "", "\"/opt/pager/pager server\" -v");
    set(kPagerKey + "\\ProgID", "", "Pager.Pager.1");
    const auto record = pager();
    EXPECT_EQ(record.name, "Pager");
    EXPECT_EQ(record.inproc_server, "/opt/pager/libpager.so");
    EXPECT_EQ(record.threading_model, ThreadingModel::both);
    EXPECT_EQ(record.inproc_handler, "/opt/pager/libhandler.so");
    EXPECT_EQ(record.handler_threading_model, ThreadingModel::single);
    EXPECT_EQ(record.local_server, "\"/opt/pager/pager server\" -v");
    EXPECT_EQ(*records().prog_id_of_clsid(kPager), "Pager.Pager.1");
}

TEST_F(ClassRecordsTest, RemoteServerNameHasThreePlaces) {
    set(kPagerKey, "AppID", to_string(kApp));
    EXPECT_EQ(pager().remote_server_name, "");
    set(kAppKey, "RemoteServerName", "from-app");
    EXPECT_EQ(pager().remote_server_name, "from-app");
    set(kPagerKey + "\\RemoteServerName", "", "from-subkey");
    EXPECT_EQ(pager().remote_server_name, "from-subkey");
    set(kPagerKey, "RemoteServerName", "from-value");
    EXPECT_EQ(pager().remote_server_name, "from-value");
    EXPECT_TRUE(pager().has_server());
}

TEST_F(ClassRecordsTest, ReadsTheApplication) {
    set(kPagerKey, "AppID", to_string(kApp));
    set(kAppKey, "LocalService", "PagerService");
    set(kAppKey, "RunAs", "pager");
    set(kAppKey, "DllSurrogate", "");
    ASSERT_TRUE(registry().set_value(KeyPath::parse(kAppKey).take(), Value::binary("LaunchPermission", {1, 2, 3})));
    ASSERT_TRUE(registry().set_value(KeyPath::parse(kAppKey).take(), Value::dword("AuthenticationLevel", 5)));
    const auto record = pager();
    EXPECT_EQ(record.local_service, "PagerService");
    EXPECT_EQ(record.run_as, "pager");
    EXPECT_TRUE(record.app->has_dll_surrogate);
    EXPECT_EQ(record.app->launch_permission, (std::vector<std::uint8_t>{1, 2, 3}));
    EXPECT_EQ(record.app->authentication_level, 5u);
    EXPECT_FALSE(record.app->access_permission);
}

TEST_F(ClassRecordsTest, AnswersAreForgottenWhenAnotherConnectionWrites) {
    set(kPagerKey, "", "one");
    const auto first = *records().find_class(kPager);
    EXPECT_EQ(*records().find_class(kPager), first) << "the same record while nothing changed";
    EXPECT_EQ(records().find_class(kBeeper).code(), REGDB_E_CLASSNOTREG);
    const auto other = Registry::open(file()).take();
    ASSERT_TRUE(other->set_value(KeyPath::parse(kPagerKey).take(), Value::text("", "two")));
    ASSERT_TRUE(other->create_key(KeyPath::parse(kBeeperKey).take()));
    EXPECT_EQ(pager().name, "two");
    EXPECT_TRUE(records().find_class(kBeeper));
    EXPECT_EQ(first->name, "one") << "a record in somebody's hands does not change";
}

#ifndef ODC_SANITIZED
TEST_F(ClassRecordsTest, ARememberedAnswerCostsNoSystemCall) {
    set(kPagerKey, "", "Pager");
    ASSERT_TRUE(records().find_class(kPager));
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);  // from here on anything but read, write and exit kills
        const auto again = records().find_class(kPager);
        const bool good = again && (*again)->name == "Pager";
        ::syscall(SYS_exit, good ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}
#endif

TEST_F(ClassRecordsTest, ProgIdsGoThroughCurVer) {
    set("HKCR\\Pager.Pager\\CurVer", "", "Pager.Pager.2");
    set("HKCR\\Pager.Pager.2\\CLSID", "", to_string(kPager));
    EXPECT_EQ(*records().clsid_of_prog_id("pager.PAGER"), kPager);
    EXPECT_EQ(*records().clsid_of_prog_id("Pager.Pager.2"), kPager);
    set("HKCR\\Loop\\CurVer", "", "Loop");
    EXPECT_EQ(records().clsid_of_prog_id("Loop").code(), CO_E_CLASSSTRING);
    EXPECT_EQ(records().clsid_of_prog_id("").code(), CO_E_CLASSSTRING);
    EXPECT_EQ(records().clsid_of_prog_id("CLSID\\x").code(), CO_E_CLASSSTRING);
}

TEST_F(ClassRecordsTest, TreatAsIsFollowedAndLoopsEnd) {
    EXPECT_EQ(*records().treat_as(kPager), kPager);
    set(kPagerKey + "\\TreatAs", "", to_string(kBeeper));
    EXPECT_EQ(*records().treat_as(kPager), kBeeper);
    set(kBeeperKey + "\\TreatAs", "", to_string(kPager));
    EXPECT_EQ(*records().treat_as(kPager), kPager);
}

TEST_F(ClassRecordsTest, ReadsInterfaces) {
    const std::string key = "HKCR\\Interface\\" + to_string(kBeeper);
    set(key, "", "IBeeper");
    set(key + "\\ProxyStubClsid32", "", to_string(kPager));
    set(key + "\\NumMethods", "", "7");
    set(key + "\\TypeLib", "", to_string(kApp));
    set(key + "\\TypeLib", "Version", "1.0");
    const auto record = *records().find_interface(kBeeper).take();
    EXPECT_EQ(record.name, "IBeeper");
    EXPECT_EQ(record.proxy_stub, kPager);
    EXPECT_EQ(record.method_count, 7u);
    EXPECT_EQ(record.type_library, kApp);
    EXPECT_EQ(record.type_library_version, "1.0");
    EXPECT_EQ(record.synchronous, std::nullopt);
    set(key + "\\SynchronousInterface", "", to_string(kApp));
    EXPECT_EQ((*records().find_interface(kBeeper).take()).synchronous, kApp);
}

TEST_F(ClassRecordsTest, FindsTypeLibrariesByVersionAndLanguage) {
    const std::string key = "HKCR\\TypeLib\\" + to_string(kApp);
    set(key + "\\1.2\\0\\win64", "", "neutral-1.2");
    set(key + "\\1.a\\0\\linux64", "", "neutral-1.a");
    set(key + "\\1.a\\7\\win32", "", "german-1.a");
    set(key + "\\2.0\\0\\win32", "", "neutral-2.0");
    EXPECT_EQ(*records().type_library_path(kApp, 1, 2), "neutral-1.2");
    EXPECT_EQ(*records().type_library_path(kApp, 1, 0), "neutral-1.a");
    EXPECT_EQ(*records().type_library_path(kApp, 1, 10, 0x407), "german-1.a");
    EXPECT_EQ(*records().type_library_path(kApp, 1, 10, 0x409), "neutral-1.a");
    EXPECT_EQ(records().type_library_path(kApp, 1, 11).code(), TYPE_E_LIBNOTREGISTERED);
    EXPECT_EQ(records().type_library_path(kApp, 3, 0).code(), TYPE_E_LIBNOTREGISTERED);
}

TEST_F(ClassRecordsTest, HostsHaveAddresses) {
    EXPECT_FALSE(records().host_address("lola"));
    set("HKLM\\SOFTWARE\\OpenDCOM\\Hosts", "Lola", "127.0.0.2[1135]");
    EXPECT_EQ(records().host_address("lola"), "127.0.0.2[1135]");
    EXPECT_FALSE(records().host_address(""));
}

}  // namespace
}  // namespace odc::registry
