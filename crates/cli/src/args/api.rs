//! Options of `api`.

use clap::Subcommand;

/// `api …`
#[derive(Debug, Subcommand)]
pub enum Api {
    /// Print the methods, their parameters and results as an OpenRPC document with JSON Schema
    Schema,
    /// Call a method and print its result as JSON
    Call {
        /// The method, such as `pane.list`
        method: String,
        /// Its parameters, a JSON object; `-` reads it from standard input
        #[arg(default_value = "{}")]
        params: String,
    },
}
