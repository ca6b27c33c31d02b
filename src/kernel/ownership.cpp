#include "tunlab/kernel/ownership.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/kernel/holders.hpp"
#include "tunlab/plan/mark.hpp"

#include <fmt/format.h>

namespace tunlab {

namespace {

std::string describe_foreign(const LinkState& link, const std::string& asked) {
    if (link.name != asked) return fmt::format("{} is another name of {}", escape(asked), escape(link.name));
    if (!link.tun) return link.kind.empty() ? "" : fmt::format("it is a {} device", escape(link.kind));
    const auto name = parse_interface_name(link.name);
    const auto* const valid = std::get_if<InterfaceName>(&name);
    if (valid == nullptr) return "";
    if (const auto holders = find_holders(*valid); !holders.empty()) return describe_holders(holders);
    return "tunlab knows its devices by their alias" +
           (link.alias().empty() ? ", and this one has none"
                                 : fmt::format(", and this one's is {}", quote(link.alias())));
}

/// The command that makes room for tunlab's device, if no program has the other one open.
std::vector<std::string> ways_out(const LinkState& link) {
    if (!link.tun || link.tun->attached_queues > 0 || link.carrier) return {};
    return {fmt::format("ip link delete dev {}", shell_quote(link.name))};
}

}  // namespace

bool is_ours(const LinkState& link) {
    return link.tun && parse_mark(link.alias());
}

void require_ours(const LinkState& link, const std::string& asked) {
    if (is_ours(link) && link.name == asked) return;
    throw Error({.subject = fmt::format("{} was not made by tunlab; not touched", escape(asked)),
                 .hint = describe_foreign(link, asked),
                 .tries = link.name == asked ? ways_out(link) : std::vector<std::string>(),
                 .code = ExitCode::Conflict});
}

}  // namespace tunlab
