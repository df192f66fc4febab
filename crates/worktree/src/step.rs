//! The places between two steps at which a test ends the process, as a kill would.

/// A place that everything before has led to, and nothing after it has happened.
#[cfg(not(test))]
pub(crate) fn step(_name: &str) {}

#[cfg(test)]
pub(crate) use testing::step;

/// In tests a process can be ended at a chosen step.
#[cfg(test)]
pub(crate) mod testing {
    use std::sync::OnceLock;

    /// Where this process dies.
    pub(crate) static DIES_AT: OnceLock<String> = OnceLock::new();

    pub(crate) fn step(name: &str) {
        if DIES_AT.get().is_some_and(|place| place == name) {
            let own = nix::unistd::Pid::this();
            let _ = nix::sys::signal::kill(own, nix::sys::signal::Signal::SIGKILL);
        }
    }
}
