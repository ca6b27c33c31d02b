#include "tunlab/lab/reply_sink.hpp"

#include <cassert>

namespace tunlab {

MutableBytes Outbox::begin(std::size_t size) {
    assert(size <= kCapacity && !ready_);
    size_ = size;
    return MutableBytes(buffer_).first(size);
}

Bytes Outbox::take() {
    if (!ready_) return {};
    ready_ = false;
    return Bytes(buffer_).first(size_);
}

}  // namespace tunlab
