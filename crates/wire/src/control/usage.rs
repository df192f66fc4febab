//! What conversations have used, in calls.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use segno_agent::usage::counts::Counts;
pub use segno_agent::usage::ledger::{By, Sum};
use segno_agent::usage::quota::Quota;
use segno_base::ids::PaneId;
use segno_base::text::day::Day;

/// Which sums are wanted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UsageAsked {
    /// Nothing: by day.
    pub by: Option<By>,
    /// From this day on.
    pub since: Option<Day>,
    /// The last so many days, today included; counts where `since` is not given.
    pub days: Option<u32>,
}

/// The sums.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsageReport {
    pub by: By,
    /// The first day that counts; nothing: all.
    pub since: Option<Day>,
    pub usage: Vec<UsageRow>,
    pub total: Counts,
    /// What agents that run say of their own limits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<QuotasOf>,
}

/// What agents of a type say of their own limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuotasOf {
    /// The pane type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// A pane that says it.
    pub pane: PaneId,
    pub quotas: Vec<Quota>,
}

/// A sum, with what its conversation is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsageRow {
    #[serde(flatten)]
    pub sum: Sum,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}
