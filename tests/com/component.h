// In-process classes for tests: each a copy of libcom_component.so of its own, so that no test sees what another one loaded.
#pragma once

#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "base/guid.h"
#include "hosts.h"
#include "registry/registry.h"

namespace odc::test {

/// HKEY_CLASSES_ROOT of this process's host.
inline void set_class_value(const std::string& path, const std::string& text, const std::string& name = {}) {
    const auto registry = *registry::Registry::current();
    const auto key = *registry::KeyPath::parse("HKEY_CLASSES_ROOT\\" + path);
    ASSERT_TRUE(registry->create_key(key).ok());
    ASSERT_TRUE(registry->set_value(key, registry::Value::text(name, text)).ok());
}

class Component {
  public:
    /// `model`: ThreadingModel of the class, empty for none.
    explicit Component(const std::string& model) {
        const auto text = to_string(clsid);
        path_ = own_host().home() + "/" + text + ".so";
        std::filesystem::copy_file(ODC_COMPONENT, path_);
        set_class_value("CLSID\\" + text + "\\InprocServer32", path_);
        if (!model.empty()) set_class_value("CLSID\\" + text + "\\InprocServer32", model, "ThreadingModel");
    }
    ComPtr<ICalc> create() const {
        ComPtr<ICalc> calc;
        EXPECT_EQ(CoCreateInstance(clsid, nullptr, CLSCTX_INPROC_SERVER, IID_ICalc, calc.put_void()), S_OK);
        return calc;
    }
    bool loaded() const {
        void* handle = ::dlopen(path_.c_str(), RTLD_LAZY | RTLD_NOLOAD);
        if (handle) ::dlclose(handle);
        return handle != nullptr;
    }
    const std::string& path() const { return path_; }
    const CLSID clsid = new_guid();

  private:
    std::string path_;
};

}  // namespace odc::test
