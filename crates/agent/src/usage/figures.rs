//! What is counted of an answer, and for which answers a rule holds.

use std::ops::{AddAssign, SubAssign};

use serde_json::Value;

use crate::mapping::{Pointer, text};
use segno_base::text::expression::Expression;

/// What is counted. `CacheWrite1h` is a part of `CacheWrite` that has a price of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    Input,
    Output,
    Reasoning,
    CacheRead,
    CacheWrite,
    CacheWrite1h,
    Cost,
}

impl Figure {
    pub const ALL: [(&str, Figure); 7] = [
        ("input", Figure::Input),
        ("output", Figure::Output),
        ("reasoning", Figure::Reasoning),
        ("cache_read", Figure::CacheRead),
        ("cache_write", Figure::CacheWrite),
        ("cache_write_1h", Figure::CacheWrite1h),
        ("cost", Figure::Cost),
    ];
}

/// Tokens, and dollars.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures([f64; Figure::ALL.len()]);

impl Figures {
    pub fn get(&self, figure: Figure) -> f64 {
        self.0[figure as usize]
    }

    pub fn set(&mut self, figure: Figure, value: f64) {
        self.0[figure as usize] = value;
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Figures) {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a += b);
    }
}

impl SubAssign for Figures {
    fn sub_assign(&mut self, other: Figures) {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a -= b);
    }
}

/// What there has to be at a place.
#[derive(Debug, Clone)]
pub struct Condition {
    pub at: Pointer,
    pub is: Expression,
}

impl Condition {
    pub fn holds(&self, message: &Value) -> bool {
        text(message, &self.at).is_some_and(|text| self.is.is_match(&text))
    }
}
