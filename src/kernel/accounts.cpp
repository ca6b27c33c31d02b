#include "tunlab/kernel/accounts.hpp"

#include "tunlab/base/error.hpp"
#include "tunlab/base/escape.hpp"
#include "tunlab/kernel/fd.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace tunlab {

namespace {

std::optional<std::uint32_t> lookup_user(const std::string& name) {
    const passwd* const entry = getpwnam(name.c_str());
    if (entry == nullptr) return std::nullopt;
    return entry->pw_uid;
}

std::optional<std::uint32_t> lookup_group(const std::string& name) {
    const struct group* const entry = getgrnam(name.c_str());
    if (entry == nullptr) return std::nullopt;
    return entry->gr_gid;
}

using Lookup = std::optional<std::uint32_t> (*)(const std::string&);

std::uint32_t resolve(const Located<AccountName>& account, std::string_view what, Lookup lookup) {
    if (const auto* const id = std::get_if<std::uint32_t>(&account.value)) return *id;
    const auto& name = std::get<std::string>(account.value);
    if (const auto id = lookup(name)) return *id;
    throw Error({.subject = fmt::format("{} {}", what, quote(name)),
                 .cause = fmt::format("this machine knows no {} of that name", what),
                 .origin = account.where->to_string(),
                 .hint = "a number is taken as it is",
                 .code = ExitCode::BadProfile});
}

std::optional<std::uint32_t> sudo_uid() {
    const char* const text = std::getenv("SUDO_UID");  // NOLINT(concurrency-mt-unsafe): no thread yet
    if (text == nullptr || geteuid() != 0) return std::nullopt;
    const std::string_view digits = text;
    std::uint32_t uid = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), uid);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    constexpr std::uint32_t kNobodyAtAll =
        0xffffffff;  // (uid_t)-1, which chown(2) and others take for "none"
    if (!whole || uid == kNobodyAtAll) return std::nullopt;
    return uid;
}

}  // namespace

std::uint32_t resolve_owner(const std::optional<Located<AccountName>>& owner) {
    if (owner) return resolve(*owner, "user", lookup_user);
    return sudo_uid().value_or(geteuid());
}

std::optional<std::uint32_t> resolve_group(const std::optional<Located<AccountName>>& group) {
    if (!group) return std::nullopt;
    return resolve(*group, "group", lookup_group);
}

std::string user_name(std::uint32_t uid) {
    const passwd* const entry = getpwuid(uid);
    return entry == nullptr ? fmt::to_string(uid) : entry->pw_name;
}

std::string group_name(std::uint32_t gid) {
    const struct group* const entry = getgrgid(gid);
    return entry == nullptr ? fmt::to_string(gid) : entry->gr_name;
}

std::string machine_id() {
    const std::string text = read_small_file("/etc/machine-id").value_or("");
    return text.substr(0, text.find('\n'));
}

}  // namespace tunlab
