#include "tunlab/base/error.hpp"

#include <initializer_list>
#include <system_error>
#include <utility>

namespace tunlab {

namespace {

std::string join_parts(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const auto part : parts) {
        if (part.empty()) continue;
        if (!out.empty()) out += ": ";
        out += part;
    }
    return out;
}

}  // namespace

const std::vector<ExitCodeMeaning>& exit_code_meanings() {
    static const std::vector<ExitCodeMeaning> kMeanings{
        {ExitCode::Success, "done, or nothing to do"},
        {ExitCode::Failed,
         "failed, and all changes were rolled back; down removed some devices and not others; "
         "fewer requests than --count asked for; or the result could not be written"},
        {ExitCode::Usage, "the command line is wrong"},
        {ExitCode::BadProfile, "a profile is not valid or can't be read"},
        {ExitCode::Environment,
         "the system forbids it or lacks something: privilege, /dev/net/tun, a namespace, a bridge"},
        {ExitCode::Conflict,
         "a device that tunlab did not make, one that is busy, or an address that overlaps"},
        {ExitCode::RollbackIncomplete, "failed, and not everything could be undone; what is left is listed"},
        {ExitCode::DeviceGone, "the device went away while echo was serving it"},
        {ExitCode::ChangesPending,
         "with --exit-code: changes are pending, or a device differs from its profile"},
        {ExitCode::Interrupted, "up was interrupted (INT) and rolled back"},
        {ExitCode::Terminated, "up was told to end (TERM, HUP) and rolled back"},
    };
    return kMeanings;
}

Error::Error(ErrorParts parts)
    : parts_(std::move(parts)), headline_(join_parts({parts_.subject, parts_.action, parts_.cause})) {}

std::string describe_errno(int number) {
    return std::generic_category().message(number);  // strerror without its shared buffer
}

}  // namespace tunlab
