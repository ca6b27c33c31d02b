#pragma once
// Places in a source text, and what is wrong there.

#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tunlab {

/// A range of bytes in a source text.
struct SourceRange {
    std::size_t begin = 0;
    std::size_t end = 0;  ///< one past the last byte
};

/// Line and column. Both count from 1; the column counts characters, not bytes.
struct SourcePosition {
    std::size_t line = 1;
    std::size_t column = 1;
    friend bool operator==(const SourcePosition&, const SourcePosition&) = default;
};

/// Where something stands in a file, for messages about it.
struct SourceLocation {
    std::string file;
    SourcePosition position;
    std::string pointer;  ///< RFC 6901, "" for the whole document

    /// "profiles/wan0.json:14:5, at /routes/0"
    [[nodiscard]] std::string to_string() const;
};

/// A value with the place that asks for it; without one where nothing in a file does.
template <typename T>
struct Located {
    T value;
    std::optional<SourceLocation> where{};
};

/// The position of byte `offset`. A byte that is no UTF-8 counts as one character.
/// Precondition: offset <= text.size().
[[nodiscard]] SourcePosition position_at(std::string_view text, std::size_t offset);

/// The line of `text` in which byte `offset` lies, without its line end.
[[nodiscard]] std::string_view line_at(std::string_view text, std::size_t offset);

/// One thing that is wrong with a file.
struct Diagnostic {
    /// A place in the file with the line it stands in.
    struct Place {
        SourcePosition position;
        std::size_t width = 1;  ///< characters to underline
        std::string line;       ///< the whole source line
    };

    std::string file{};
    std::optional<Place> place{};  ///< absent where the file as a whole is at fault
    std::string message{};         ///< `unknown key "mtuu"`
    std::string pointer{};         ///< RFC 6901, "" for the whole document
    std::string suggestion{};      ///< `did you mean "mtu"?`, or empty
    SourceRange range{};           ///< `place` in bytes, for as long as the text is at hand
};

/// Everything that is wrong with the files of one command, thrown together.
class InvalidProfile : public std::exception {
public:
    /// Precondition: !diagnostics.empty().
    explicit InvalidProfile(std::vector<Diagnostic> diagnostics);
    [[nodiscard]] const char* what() const noexcept override { return diagnostics_.front().message.c_str(); }
    [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

private:
    std::vector<Diagnostic> diagnostics_;
};

}  // namespace tunlab
