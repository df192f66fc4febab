//! The keeper's server, run in a thread of the test.
