//! What tests are made of: a private Segno, terminals to look at it, real agents and a fake model.

pub mod agents;
pub mod model_server;
pub mod segno;
pub mod terminal;
