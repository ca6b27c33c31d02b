#include "tunlab/base/error.hpp"

#include <cerrno>
#include <set>
#include <string>

#include <doctest/doctest.h>

using tunlab::describe_errno;
using tunlab::Error;
using tunlab::exit_code_meanings;
using tunlab::ExitCode;

TEST_CASE("an error's headline is subject, action and cause") {
    const Error error({.subject = "tun0", .action = "attach", .cause = "Device or resource busy"});
    CHECK(std::string(error.what()) == "tun0: attach: Device or resource busy");
}

TEST_CASE("empty parts leave no colon behind") {
    CHECK(std::string(Error({.action = "attach", .cause = "no"}).what()) == "attach: no");
    CHECK(std::string(Error({.subject = "tun0", .cause = "no"}).what()) == "tun0: no");
    CHECK(std::string(Error({.subject = "tun0", .action = "attach"}).what()) == "tun0: attach");
    CHECK(std::string(Error({}).what()).empty());
}

TEST_CASE("an error keeps its parts and its exit code") {
    const Error error({.subject = "tun0",
                       .cause = "no",
                       .tries = {"first", "second"},
                       .notes = {"rolled back"},
                       .code = ExitCode::Conflict});
    CHECK(error.code() == ExitCode::Conflict);
    CHECK(error.parts().tries.size() == 2);
    CHECK(error.parts().notes.front() == "rolled back");
    CHECK(Error({}).code() == ExitCode::Failed);
}

TEST_CASE("an errno value is told in the C library's words") {
    CHECK(describe_errno(EBUSY) == "Device or resource busy");
    CHECK(describe_errno(EPERM) == "Operation not permitted");
    CHECK_FALSE(describe_errno(99999).empty());
}

TEST_CASE("every exit status has one meaning") {
    std::set<ExitCode> codes;
    for (const auto& [code, meaning] : exit_code_meanings()) {
        CHECK_FALSE(meaning.empty());
        CHECK(codes.insert(code).second);
    }
    CHECK(codes.size() == 11);
    CHECK(static_cast<int>(*codes.begin()) == 0);
    CHECK(static_cast<int>(*codes.rbegin()) == 143);
}
