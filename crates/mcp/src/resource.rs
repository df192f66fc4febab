//! What can be read by an address: `segno://pane/p3` and `segno://conversation/TYPE:ID`.

use crate::clean;
use crate::failure::Failure;
use crate::page;
use crate::scope::Context;
use crate::tool::{conversations, screen, shown};
use segno_archive::export::{self, Format};
use segno_archive::query::Filters;
use segno_archive::query::time::Now;
use segno_archive::read;

const PANE: &str = "segno://pane/";
const CONVERSATION: &str = "segno://conversation/";

/// Addresses with holes, and what they stand for.
pub const TEMPLATES: &[(&str, &str, &str)] = &[
    ("segno://pane/{pane}", "pane", "The screen of a pane, by its id"),
    ("segno://conversation/{id}", "conversation", "A past conversation, by its id or TYPE:ID"),
];
/// Conversations that are offered by themselves.
const OFFERED: usize = 20;

/// Something that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub uri: String,
    pub name: String,
    pub markdown: bool,
}

/// The panes, and the newest conversations where there is an archive.
pub fn list(context: &Context) -> Result<Vec<Resource>, Failure> {
    let panes = context.panes()?.into_iter().map(|pane| Resource {
        uri: format!("{PANE}{}", pane.id),
        name: clean::text(&pane.name.unwrap_or(pane.type_name)).replace('\n', " "),
        markdown: false,
    });
    let past = match conversations(context, Filters::default(), OFFERED) {
        Err(failure) if failure.code == "no_archive" => Vec::new(),
        past => past?,
    };
    let past = past.iter().filter_map(|one| {
        let text = |name: &str| one[name].as_str();
        let (agent, id) = (text("agent")?, text("id")?);
        let name = text("title").or_else(|| text("prompt")).unwrap_or(id).replace('\n', " ");
        Some(Resource { uri: format!("{CONVERSATION}{agent}:{id}"), name, markdown: true })
    });
    Ok(panes.chain(past).collect())
}

/// What stands there.
pub fn read(context: &Context, uri: &str) -> Result<String, Failure> {
    if let Some(pane) = uri.strip_prefix(PANE) {
        let pane = context.pane(pane)?.id.to_string();
        return Ok(page::tail(&screen(context, &pane, None)?, 0).0);
    }
    if let Some(id) = uri.strip_prefix(CONVERSATION) {
        let shown = shown(context, id, read::Show::default())?;
        let text = export::export(&[shown], Format::Markdown, &Now::system());
        let (end, before) = page::tail(&clean::text(&text), 0);
        let cut = before.map_or("", |_| "… the beginning is left out: history_show has it\n\n");
        return Ok(format!("{cut}{end}"));
    }
    Err(Failure::new("not_found", "no such resource")
        .todo("segno://pane/ID and segno://conversation/ID are known"))
}
