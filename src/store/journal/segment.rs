//! One segment file.
