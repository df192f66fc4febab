//! Random events keep the invariants.
