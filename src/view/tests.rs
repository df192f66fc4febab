//! Snapshots and properties of composed frames.
