//! Who may do what, and for how long.

pub mod audit;
pub mod guard;
pub mod scope;
pub mod secret;
pub mod tokens;

pub use scope::{May, Over, Scope};
pub use tokens::{Access, Token, TokenError, Tokens};
