//! Segno as it is installed: started with the system, and updated while everything goes on.

mod installer;
mod nested;
mod service;
mod update;
