//! Texts: how amounts, days and faults are written, and what is safe to show.

pub mod amount;
pub mod bar;
pub mod day;
pub mod diagnostic;
pub mod expression;
pub mod hex;
pub mod os_text;
pub mod path_text;
pub mod plain_text;
pub mod similar;
pub mod template;
