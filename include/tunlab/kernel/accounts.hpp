#pragma once
// Users and groups of this machine, and its id.

#include "tunlab/profile/profile.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tunlab {

/// The uid that `owner` names. If absent: SUDO_UID under sudo, else the effective uid. Throws Error
/// (BadProfile) for a name that this machine doesn't know.
[[nodiscard]] std::uint32_t resolve_owner(const std::optional<Located<AccountName>>& owner);

/// The gid that `group` names. Throws Error (BadProfile) for a name that this machine doesn't know.
[[nodiscard]] std::optional<std::uint32_t> resolve_group(const std::optional<Located<AccountName>>& group);

/// The name of `uid`, or its number where it has none.
[[nodiscard]] std::string user_name(std::uint32_t uid);
/// The name of `gid`, or its number where it has none.
[[nodiscard]] std::string group_name(std::uint32_t gid);

/// /etc/machine-id, see machine-id(5); empty where there is none.
[[nodiscard]] std::string machine_id();

}  // namespace tunlab
