//! Tokens and dollars: of one conversation, or the sum of several.

use serde::{Deserialize, Serialize};

/// What was used, of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub input: u64,
    pub output: u64,
    pub reasoning: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    /// In US dollars, as the agent computed it or by the prices of its type.
    pub cost: f64,
}

impl Counts {
    /// Without what cannot be: a cost below nothing, or none at all.
    pub fn sound(self) -> Counts {
        let cost = if self.cost.is_finite() { self.cost.max(0.0) } else { 0.0 };
        Counts { cost, ..self }
    }

    fn with(self, other: Counts, count: fn(u64, u64) -> u64, cost: fn(f64, f64) -> f64) -> Counts {
        Counts {
            input: count(self.input, other.input),
            output: count(self.output, other.output),
            reasoning: count(self.reasoning, other.reasoning),
            cache_read: count(self.cache_read, other.cache_read),
            cache_write: count(self.cache_write, other.cache_write),
            cost: cost(self.cost, other.cost),
        }
    }

    pub fn plus(self, other: Counts) -> Counts {
        self.with(other, u64::saturating_add, |a, b| a + b)
    }

    /// The higher figure of each kind.
    pub fn highest(self, other: Counts) -> Counts {
        self.with(other, u64::max, f64::max)
    }

    /// How much more it is than another, of each kind.
    pub fn beyond(self, other: Counts) -> Counts {
        self.with(other, u64::saturating_sub, |a, b| (a - b).max(0.0))
    }

    /// All tokens.
    pub fn tokens(&self) -> u64 {
        [self.input, self.output, self.reasoning, self.cache_read, self.cache_write]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    pub fn is_zero(&self) -> bool {
        self.tokens() == 0 && self.cost <= 0.0
    }
}
