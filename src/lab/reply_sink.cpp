#include "tunlab/lab/reply_sink.hpp"

#include <algorithm>
#include <cassert>

namespace tunlab {

MutableBytes ReplyBuffer::begin(std::size_t size) {
    assert(size <= kMaxReply);
    begun_ = size;
    if (buffer_.size() < used() + size) buffer_.resize(std::max(used() + size, 2 * buffer_.size()));
    return MutableBytes(buffer_).subspan(used(), size);
}

void ReplyBuffer::finish() {
    ends_.push_back(used() + begun_);
}

Bytes ReplyBuffer::reply(std::size_t index) const {
    const std::size_t start = index == 0 ? 0 : ends_.at(index - 1);
    return Bytes(buffer_).subspan(start, ends_.at(index) - start);
}

}  // namespace tunlab
