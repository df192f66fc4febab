//! The tools: name, arguments and effect of each.

mod history;
mod panes;
mod workspace;
mod worktrees;

pub(crate) use history::{conversations, shown};
pub(crate) use panes::screen;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::scope::Context;

/// What a tool does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only looks.
    Reads,
    /// It makes something new.
    Adds,
    /// It may end something, or make an agent do something.
    Changes,
}

type Run = Box<dyn Fn(&Context, Value) -> Result<Value, Failure> + Send + Sync>;

/// A tool.
pub struct Tool {
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// For models.
    pub description: &'static str,
    pub effect: Effect,
    /// The JSON Schema of its arguments.
    pub schema: Map<String, Value>,
    run: Run,
}

impl Tool {
    fn new<A: DeserializeOwned + JsonSchema + 'static>(
        name: &'static str,
        title: &'static str,
        effect: Effect,
        description: &'static str,
        run: fn(&Context, A) -> Result<Value, Failure>,
    ) -> Tool {
        let run: Run = Box::new(move |context, arguments| {
            let arguments =
                serde_json::from_value(arguments).map_err(|e| Failure::arguments(e.to_string()))?;
            run(context, arguments)
        });
        Tool { name, title, description, effect, schema: schema::<A>(), run }
    }

    /// Does it.
    pub fn run(&self, context: &Context, arguments: Value) -> Result<Value, Failure> {
        (self.run)(context, arguments)
    }
}

fn schema<A: JsonSchema>() -> Map<String, Value> {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<A>().to_value();
    let Value::Object(mut schema) = schema else { return Map::new() };
    for name in ["$schema", "title", "description"] {
        schema.remove(name);
    }
    schema
}

/// Every tool, or those that change nothing.
pub fn all(read_only: bool) -> Vec<Tool> {
    let all = panes::tools().into_iter().chain(history::tools()).chain(workspace::tools());
    let all = all.chain(worktrees::tools());
    all.filter(|tool| !read_only || tool.effect == Effect::Reads).collect()
}
