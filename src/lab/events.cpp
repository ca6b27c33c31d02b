#include "tunlab/lab/events.hpp"

namespace tunlab {

void EventFanOut::decided(const Decided& event) {
    for (EventSink* const observer : observers_) {
        observer->decided(event);
    }
}

void EventFanOut::sent(const Sent& event) {
    for (EventSink* const observer : observers_) {
        observer->sent(event);
    }
}

void EventFanOut::flush() {
    for (EventSink* const observer : observers_) {
        observer->flush();
    }
}

}  // namespace tunlab
