#pragma once
// INT, TERM and HUP during a change: the current message is finished, then everything is rolled back.

namespace tunlab {

/// From now on INT, TERM and HUP are pending until throw_if_interrupted() takes them, except those that were
/// ignored already (nohup(1), a shell's background jobs), which stay ignored. This lasts until the process
/// ends: its report must not be cut off, and its exit status must not be a signal's.
void block_interrupts();

/// If one of the three is pending, takes it and throws Error (Interrupted for INT, Terminated for the
/// others). Does nothing without block_interrupts().
void throw_if_interrupted();

}  // namespace tunlab
