#include "tunlab/lab/events.hpp"

#include <string>

#include <doctest/doctest.h>

namespace tunlab::test {

namespace {

/// Writes what it hears into a text that several share.
class Listener : public EventSink {
public:
    Listener(std::string name, std::string& heard) : name_(std::move(name)), heard_(heard) {}
    void decided(const Decided& event) override { heard_ += name_ + std::to_string(event.number) + ' '; }
    void sent(const Sent& event) override { heard_ += name_ + "sent" + std::to_string(*event.request) + ' '; }
    void flush() override { heard_ += name_ + "flush "; }

private:
    std::string name_;
    std::string& heard_;
};

}  // namespace

TEST_CASE("a fan-out hands each event to all observers, in the order in which they were added") {
    std::string heard;
    Listener a("a", heard);
    Listener b("b", heard);
    EventFanOut events;
    events.decided({.number = 1});  // to no observer
    events.add(a);
    events.add(b);
    events.decided({.number = 2});
    events.sent({.request = 2});
    events.flush();
    CHECK(heard == "a2 b2 asent2 bsent2 aflush bflush ");
}

}  // namespace tunlab::test
