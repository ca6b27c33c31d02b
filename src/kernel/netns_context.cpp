#include "tunlab/kernel/netns_context.hpp"

#include "tunlab/base/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

namespace tunlab {

ScopedNetns::ScopedNetns(const NetworkNamespace& netns, const NetworkNamespace& original)
    : original_(original), away_(!netns.same_as(original)) {
    if (away_) netns.enter();
}

ScopedNetns::~ScopedNetns() {
    if (!away_) return;
    try {
        original_.enter();
    } catch (const std::exception&) {
        std::abort();  // going on in the wrong namespace would be worse
    }
}

namespace {

NetworkNamespace open_netns(const std::optional<std::string>& name) {
    return name ? NetworkNamespace::named(*name) : NetworkNamespace::current();
}

}  // namespace

void NetnsContexts::open(const std::vector<std::optional<std::string>>& names) {
    std::map<std::pair<std::uint64_t, std::uint64_t>, NetworkNamespace> opened;
    for (const auto& name : names) {
        NetworkNamespace netns = open_netns(name);
        const auto identity = netns.identity();
        opened.try_emplace(identity, std::move(netns));
    }
    for (auto& [identity, netns] : opened) {
        const ScopedNetns scoped(netns, original_);
        std::optional<NamespaceLock> lock;
        if (access_ == Access::Changing) lock.emplace();
        contexts_.push_back(
            std::make_unique<NetnsContext>(NetnsContext{std::move(netns), std::move(lock), Rtnl()}));
    }
}

NetnsContext& NetnsContexts::at(const std::optional<std::string>& name) {
    const NetworkNamespace netns = open_netns(name);
    const auto known = std::find_if(contexts_.begin(), contexts_.end(),
                                    [&](const auto& context) { return context->netns.same_as(netns); });
    if (known != contexts_.end()) return **known;
    throw Error({.subject = "network namespace",
                 .cause = "its name means another one than a moment ago",
                 .code = ExitCode::Environment});
}

}  // namespace tunlab
