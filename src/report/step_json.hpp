#pragma once
// A step as JSON, for the reports that hold steps: {op, kind, value, ip}, where `command` is the
// ip(8) command that does the same.

#include "tunlab/base/json.hpp"
#include "tunlab/plan/step.hpp"

#include <string>

namespace tunlab {

inline JsonObject step_json(const Change& change, const std::string& command) {
    return {{"op", word_of(operation_of(change))},
            {"kind", kind_of(change)},
            {"value", value_of(change)},
            {"ip", command}};
}

}  // namespace tunlab
