#include "tunlab/profile/schema.hpp"

#include "tunlab/cli/commands.hpp"
#include "tunlab/cli/terminal.hpp"

namespace tunlab {

ExitCode run_schema(const SchemaCommand& /*command*/, const CommonOptions& /*common*/) {
    print(Stream::Output, profile_schema());
    return ExitCode::Success;
}

}  // namespace tunlab
