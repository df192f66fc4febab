//! Finds rows that moved up or down together, so that the terminal can move them itself.
