//! What conversations have used: tokens, costs, and where each figure was read.

pub mod counts;
pub mod figures;
pub mod ledger;
pub mod pricing;
pub mod quota;
pub mod tally;
