//! Tabs: their order, their arrangement, the projects that they belong to.

pub mod arrange;
pub mod order;
pub mod project;
