#pragma once
// The commands: options in, exit code out. Results go to standard output, all else to standard
// error; what fails is thrown as Error or InvalidProfile to main().

#include "tunlab/cli/options.hpp"

namespace tunlab {

ExitCode run_up(const UpCommand& command, const CommonOptions& common);
ExitCode run_down(const DownCommand& command, const CommonOptions& common);
ExitCode run_echo(const EchoCommand& command, const CommonOptions& common);
ExitCode run_status(const StatusCommand& command, const CommonOptions& common);
ExitCode run_check(const CheckCommand& command, const CommonOptions& common);
ExitCode run_schema(const SchemaCommand& command, const CommonOptions& common);

}  // namespace tunlab
