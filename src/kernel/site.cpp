#include "tunlab/kernel/site.hpp"

#include "tunlab/base/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

namespace tunlab {

Visit::Visit(const NetworkNamespace& place, const NetworkNamespace& home)
    : home_(home), away_(!place.same_as(home)) {
    if (away_) place.enter();
}

Visit::~Visit() {
    if (!away_) return;
    try {
        home_.enter();
    } catch (const std::exception&) {
        std::abort();  // to go on in a namespace that nobody expects would be worse
    }
}

namespace {

NetworkNamespace place_of(const std::optional<std::string>& name) {
    return name ? NetworkNamespace::named(*name) : NetworkNamespace::current();
}

}  // namespace

void Sites::open(const std::vector<std::optional<std::string>>& names) {
    std::map<std::pair<std::uint64_t, std::uint64_t>, NetworkNamespace> places;
    for (const auto& name : names) {
        NetworkNamespace place = place_of(name);
        const auto identity = place.identity();
        places.try_emplace(identity, std::move(place));
    }
    for (auto& [identity, place] : places) {
        const Visit visit(place, home_);
        std::optional<NamespaceLock> lock;
        if (access_ == Access::Changing) lock.emplace();
        sites_.push_back(std::make_unique<Site>(Site{std::move(place), std::move(lock), Rtnl()}));
    }
}

Site& Sites::at(const std::optional<std::string>& name) {
    const NetworkNamespace place = place_of(name);
    const auto known = std::find_if(sites_.begin(), sites_.end(),
                                    [&](const auto& site) { return site->place.same_as(place); });
    if (known != sites_.end()) return **known;
    throw Error({.subject = "network namespace",
                 .cause = "its name means another one than a moment ago",
                 .code = ExitCode::Environment});
}

}  // namespace tunlab
