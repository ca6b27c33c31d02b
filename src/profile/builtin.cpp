#include "tunlab/profile/builtin.hpp"

#include "tunlab/profile/parse.hpp"

#include <fmt/format.h>

namespace tunlab {

Profile builtin_profile(Mode mode) {
    return parse_profile(builtin_profile_text(mode), fmt::format("built-in {}0", word_of(mode)));
}

}  // namespace tunlab
