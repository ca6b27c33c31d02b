#pragma once
// What a parser returns: the value, or the first defect of the bytes. Malformed packets are normal input, so
// this is never an exception.

#include <cassert>
#include <utility>
#include <variant>

namespace tunlab {

/// What can be wrong with bytes, in the words of the formats.
enum class Defect {
    Truncated,        ///< fewer bytes than the fixed header has
    BadVersion,       ///< an IP version other than the parser's
    BadHeaderLength,  ///< a header length below the minimum or beyond the packet
    BadLength,        ///< a stated length beyond the bytes received, or below its own header
    BadChecksum,
    BadFormat,  ///< a field whose value this format doesn't allow
};

/// A T or the Defect that prevented it.
template <typename T>
class Parsed {
public:
    Parsed(T value) : content_(std::move(value)) {}  // NOLINT(google-explicit-constructor): `return value;`
    Parsed(Defect defect) : content_(defect) {}  // NOLINT(google-explicit-constructor): `return Defect::X;`

    [[nodiscard]] explicit operator bool() const { return std::holds_alternative<T>(content_); }
    /// Precondition: the bytes were well formed.
    [[nodiscard]] const T& operator*() const {
        assert(*this);
        return *std::get_if<T>(&content_);
    }
    /// Precondition: the bytes were well formed.
    [[nodiscard]] const T* operator->() const { return &**this; }
    /// Precondition: the bytes were not well formed.
    [[nodiscard]] Defect error() const {
        assert(!*this);
        return *std::get_if<Defect>(&content_);
    }

private:
    std::variant<T, Defect> content_;
};

}  // namespace tunlab
