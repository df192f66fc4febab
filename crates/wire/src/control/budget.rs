//! Methods on budgets: `budget.*`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A budget that is half used, or more.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BudgetUse {
    /// `day`, `project` or `conversation`.
    pub scope: String,
    /// The project's root, or the conversation's id.
    pub of: Option<String>,
    /// What was spent, in US dollars: of a conversation in all, else today.
    pub cost: f64,
    /// What may be.
    pub limit: f64,
    /// Its user said that it may go on.
    pub allowed: bool,
}

/// The result of `budget.status`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BudgetStatus {
    /// What may be spent on a day, in US dollars; nothing: no limit.
    pub day: Option<f64>,
    /// On a day in one project.
    pub project: Option<f64>,
    /// In one conversation.
    pub conversation: Option<f64>,
    /// What happens at the limit: `notify`, `hold` or `interrupt`.
    pub at_limit: String,
    /// Those that are half used, or more.
    pub used: Vec<BudgetUse>,
}

/// The result of `budget.allow`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BudgetAllowed {
    /// How many budgets were used up, and may go on.
    pub allowed: usize,
}
