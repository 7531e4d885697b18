// For tests: a registry in a folder of its own that goes away with the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "registry/registry.h"

namespace odc::registry {

class TestRegistry : public ::testing::Test {
  protected:
    void SetUp() override {
        auto name = (std::filesystem::temp_directory_path() / "odc-registry-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        auto opened = Registry::open(file());
        ASSERT_TRUE(opened) << opened.error().text();
        registry_ = opened.take();
    }
    void TearDown() override {
        registry_.reset();
        std::filesystem::remove_all(folder_);
    }

    std::string file() const { return folder_ / "registry.db"; }
    const std::filesystem::path& folder() const { return folder_; }
    Registry& registry() { return *registry_; }
    std::shared_ptr<Registry> shared() { return registry_; }

  private:
    std::filesystem::path folder_;
    std::shared_ptr<Registry> registry_;
};

}  // namespace odc::registry
