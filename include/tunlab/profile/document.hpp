#pragma once
// JSON text to a tree in which every value knows its place. Comments of both C++ kinds are allowed;
// what else JSON forbids is found here. What the values mean is for parse.hpp.

#include "tunlab/base/source.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tunlab {

/// Values may be nested this deep: whoever walks the tree may recurse.
constexpr std::size_t kMaxDocumentDepth = 32;

struct Number {
    enum class Kind {
        Whole,
        Fractional,  ///< written with a fraction or an exponent
        OutOfRange,  ///< a whole number beyond 64 bits, which is reported
    };
    Kind kind = Kind::Whole;
    std::int64_t whole = 0;  ///< with Kind::Whole only
};

struct Member;

struct Node {
    using Null = std::monostate;
    using Array = std::vector<Node>;
    using Object = std::vector<Member>;  ///< in source order; a duplicate key is there twice

    std::variant<Null, bool, Number, std::string, Array, Object> value;
    SourceRange range;  ///< from the first to the last byte, brackets and quotes included

    /// The first member `key` of an object; null if there is none, or this is no object.
    [[nodiscard]] const Node* find(std::string_view key) const;
};

struct Member {
    std::string key;
    SourceRange key_range;  ///< with its quotes
    Node value;
};

struct Document {
    std::optional<Node> root;  ///< absent when the text is not JSON
    /// In source order; the syntax error, if any, is the last. Without file and place; with a pointer where
    /// it is not very long.
    std::vector<Diagnostic> diagnostics;
};

/// Reads `text`, of any size and content. Recursion, time and memory are bounded by its size.
[[nodiscard]] Document parse_document(std::string_view text);

/// position_at() for many places of one text, each without reading the text from its beginning.
class PositionIndex {
public:
    /// Keeps `text`, not a copy.
    explicit PositionIndex(std::string_view text);

    /// Precondition: offset <= text.size(), and no byte within a character.
    [[nodiscard]] SourcePosition position(std::size_t offset) const;

private:
    struct Checkpoint {
        std::size_t offset = 0;
        SourcePosition position;
    };
    std::string_view text_;
    std::vector<Checkpoint> checkpoints_;
};

/// `key` or an index as the next element of `pointer` (RFC 6901 §3).
[[nodiscard]] std::string extend_pointer(std::string_view pointer, std::string_view key);

/// quote(), after cutting what is too long for a message.
[[nodiscard]] std::string quote_shortened(std::string_view text);

}  // namespace tunlab
