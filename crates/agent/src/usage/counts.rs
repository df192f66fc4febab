//! Tokens and dollars: of one conversation, or the sum of several.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was used, of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
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

/// No conversation uses more tokens of a kind: a hundred thousand answers, each with a million
/// tokens before it. A larger figure is a mistake, and would spoil every sum.
const TOKENS_MAX: u64 = 100_000_000_000;
/// No model's token costs more US dollars: a thousand for a million.
const DOLLARS_PER_TOKEN: f64 = 1e-3;
/// What a conversation can cost besides its tokens, in US dollars: searches, prices by the request.
const DOLLARS_BESIDES: f64 = 5.0;
/// No conversation costs more US dollars.
const COST_MAX: f64 = 100_000.0;

impl Counts {
    /// Without what cannot be, whoever claims it: more tokens than a conversation has, a cost below
    /// nothing, or above what these tokens can cost.
    pub fn sound(self) -> Counts {
        let bounded = |count: u64| count.min(TOKENS_MAX);
        let counts = Counts {
            input: bounded(self.input),
            output: bounded(self.output),
            reasoning: bounded(self.reasoning),
            cache_read: bounded(self.cache_read),
            cache_write: bounded(self.cache_write),
            cost: 0.0,
        };
        let most = DOLLARS_BESIDES + counts.tokens() as f64 * DOLLARS_PER_TOKEN;
        let most = most.min(COST_MAX);
        let cost = if self.cost.is_finite() { self.cost.clamp(0.0, most) } else { 0.0 };
        Counts { cost, ..counts }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_cost_is_bounded_by_what_the_tokens_can_cost() {
        let cost = |input, cost| Counts { input, cost, ..Counts::default() }.sound().cost;
        assert_eq!(cost(2_000_000, 30.0), 30.0);
        assert_eq!((cost(1000, 1e9), cost(0, 1e9)), (6.0, 5.0));
        assert_eq!((cost(9, -1.0), cost(9, f64::NAN), cost(9, f64::INFINITY)), (0.0, 0.0, 0.0));
        assert_eq!(cost(u64::MAX, 1e300), COST_MAX);
        let most = Counts { output: u64::MAX, ..Counts::default() };
        assert_eq!(most.sound().output, TOKENS_MAX);
    }
}
