// libFuzzer's door to one target: TUNLAB_FUZZ_TARGET is its name.

#include <cstddef>
#include <cstdint>

#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tunlab::fuzz::TUNLAB_FUZZ_TARGET({data, size});
    return 0;
}
