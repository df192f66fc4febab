//! Every conversation of every agent, kept and searchable.
