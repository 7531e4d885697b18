#include "compound_file/sector_chain.h"

namespace odc::compound_file {

Result<> SectorChain::open(Sector first) {
    sectors_.clear();
    while (first != kEndOfChain) {
        const auto run = ODC_TRY(space_.run(first, space_.count()));
        if (sectors_.size() + run.count > space_.count()) {
            sectors_.clear();
            return fail(STG_E_DOCFILECORRUPT, "a chain of sectors never ends");
        }
        for (std::uint32_t i = 0; i < run.count; ++i) sectors_.push_back(run.first + i);
        first = run.next;
    }
    return {};
}

Result<std::uint8_t*> SectorChain::change(std::size_t index) {
    const Sector old = sectors_[index];
    if (!space_.is_fresh(old)) [[unlikely]] {
        const Sector previous = index == 0 ? kEndOfChain : sectors_[index - 1];
        const auto sector = ODC_TRY(space_.replace(old, previous, SectorSpace::Content::moves));
        sectors_[index] = sector;
    }
    return cache_.change(sectors_[index]);
}

Result<> SectorChain::sink(Sector limit) {
    for (std::size_t i = 0; i < sectors_.size(); ++i) {
        if (sectors_[i] < limit || space_.is_fresh(sectors_[i])) continue;
        const Sector previous = i == 0 ? kEndOfChain : sectors_[i - 1];
        sectors_[i] = ODC_TRY(space_.replace(sectors_[i], previous, SectorSpace::Content::sinks));
    }
    return {};
}

Result<> SectorChain::append(std::uint8_t fill) {
    const auto sector = ODC_TRY(space_.allocate(sectors_.empty() ? kFreeSector : sectors_.back()));
    if (!sectors_.empty()) ODC_TRY(space_.link(sectors_.back(), sector));
    sectors_.push_back(sector);
    ODC_TRY(cache_.fresh(sector, fill));
    return {};
}

Result<> SectorChain::shorten(std::size_t size) {
    while (sectors_.size() > size) {
        ODC_TRY(space_.release(sectors_.back()));
        sectors_.pop_back();
        if (!sectors_.empty() && sectors_.size() == size) ODC_TRY(space_.link(sectors_.back(), kEndOfChain));
    }
    return {};
}

}  // namespace odc::compound_file
