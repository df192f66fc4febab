//! Reads a segment.
