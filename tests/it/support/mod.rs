//! What tests are made of: a private Segno, terminals to look at it, real agents and a fake model.

#![allow(dead_code, reason = "not every helper is needed by the tests of the day")]

pub mod agent;
pub mod agents;
pub mod archived;
pub mod browser;
pub mod mcp;
pub mod model_server;
pub mod opencode;
pub mod permit;
pub mod python;
pub mod quiet;
pub mod scripted;
pub mod segno;
pub mod small_disk;
pub mod stand_in;
pub mod terminal;
pub mod web;
