//! With real git, through start, work and finish: repositories of all kinds, kills between the
//! steps, and what must never get lost.

mod glance;
mod kills;
mod repositories;
mod review;
mod support;
mod tasks;
