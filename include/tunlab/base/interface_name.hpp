#pragma once
// The name of a network device, checked when made. The kernel silently cuts a sixteenth
// character, takes "" and "tun%d" for templates, and keeps "all" and "default" for itself:
// what passes here arrives there unchanged.

#include <compare>
#include <string>
#include <string_view>
#include <variant>

namespace tunlab {

class InterfaceName {
public:
    /// IFNAMSIZ less the terminating NUL.
    static constexpr std::size_t kMaxSize = 15;

    [[nodiscard]] const std::string& str() const { return name_; }
    friend auto operator<=>(const InterfaceName&, const InterfaceName&) = default;

private:
    friend std::variant<InterfaceName, std::string> parse_interface_name(std::string_view text);
    explicit InterfaceName(std::string_view name) : name_(name) {}
    std::string name_;
};

/// 1 to 15 of [A-Za-z0-9_.-], not starting with "-", and none of the names that Linux keeps for
/// itself. On a bad name: one line saying what is wrong with it.
[[nodiscard]] std::variant<InterfaceName, std::string> parse_interface_name(std::string_view text);

}  // namespace tunlab
