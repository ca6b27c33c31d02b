#include "tunlab/kernel/fd.hpp"

#include <unistd.h>

namespace tunlab {

UniqueFd::~UniqueFd() {
    if (fd_ >= 0) close(fd_);
}

}  // namespace tunlab
