#include "tunlab/lab/host.hpp"

namespace tunlab {

std::string_view word_of(Answer answer) {
    switch (answer) {
        case Answer::Echo: return "echo";
        case Answer::Silent: return "silent";
        case Answer::Absent: return "absent";
        case Answer::NetUnreachable: return "net-unreachable";
        case Answer::HostUnreachable: return "host-unreachable";
        case Answer::PortUnreachable: return "port-unreachable";
        case Answer::AdminProhibited: return "admin-prohibited";
    }
    return "echo";
}

}  // namespace tunlab
