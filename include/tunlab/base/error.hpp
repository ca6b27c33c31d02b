#pragma once
// A failed operation. Thrown where it fails, caught once, in main(). It names what was being done
// to what, the cause in the kernel's own words, and what the user can do about it.

#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace tunlab {

/// The program's exit status; scripts and the manual rest on these numbers.
enum class ExitCode : int {
    Success = 0,
    Failed = 1,
    Usage = 2,
    BadProfile = 3,
    Environment = 4,
    Conflict = 5,
    RollbackIncomplete = 6,
    DeviceGone = 7,
    ChangesPending = 10,
    Interrupted = 130,
    Terminated = 143,
};

/// What each exit status means, in one line: the table behind the manual's EXIT STATUS.
struct ExitCodeMeaning {
    ExitCode code;
    std::string_view meaning;
};
[[nodiscard]] const std::vector<ExitCodeMeaning>& exit_code_meanings();

/// The parts of an error's text; empty ones are left out. They stand as
///     SUBJECT: ACTION: CAUSE
///       ORIGIN
///       hint: HINT
///       try: TRIES[0]
///        or: TRIES[1]
///     NOTES[0]
struct ErrorParts {
    std::string subject{};             ///< what it was done to: "tun0", "/dev/net/tun"
    std::string action{};              ///< what was being done: "route 10.9.0.0/16", "attach"
    std::string cause{};               ///< why it failed, in the kernel's words where it spoke
    std::string origin{};              ///< the place in a profile that asked for it
    std::string hint{};                ///< what the user may not know
    std::vector<std::string> tries{};  ///< commands that would help
    std::vector<std::string> notes{};  ///< what was done about it: "rolled back: tun0 removed"
    ExitCode code = ExitCode::Failed;
    bool needs_privilege = false;  ///< the same command would work as root
};

class Error : public std::exception {
public:
    explicit Error(ErrorParts parts);

    /// "SUBJECT: ACTION: CAUSE"
    [[nodiscard]] const char* what() const noexcept override { return headline_.c_str(); }
    [[nodiscard]] const ErrorParts& parts() const { return parts_; }
    [[nodiscard]] ExitCode code() const { return parts_.code; }

private:
    ErrorParts parts_;
    std::string headline_;
};

/// A failure that is reported without allocating memory, for where there may be none left.
class UnreportedFailure : public std::exception {
public:
    /// `text` is a literal.
    UnreportedFailure(const char* text, ExitCode code) noexcept : text_(text), code_(code) {}

    [[nodiscard]] const char* what() const noexcept override { return text_; }
    [[nodiscard]] ExitCode code() const { return code_; }

private:
    const char* text_;
    ExitCode code_;
};

/// The C library's text for errno value `number`: "Device or resource busy".
[[nodiscard]] std::string describe_errno(int number);

}  // namespace tunlab
