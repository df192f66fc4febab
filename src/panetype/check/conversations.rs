//! The `[conversations]` part of a pane type.

use toml::Spanned;

use crate::base::diagnostic::Reports;
use crate::config::reader::Section;
use crate::panetype::conversations::{Listing, Printed, Stored};

use super::mapping::{expressions, optional_mapping, pointer};
use super::templates;

/// What only one of the two sources has.
const OF_PRINTED: [&str; 2] = ["title", "at"];
const OF_STORED: [&str; 5] = ["format", "directory_sha256", "unless", "event", "on"];

pub(super) fn conversations(
    section: &mut Section<'_>,
    reports: &mut Reports<'_>,
) -> Option<Listing> {
    let args = section.strings(reports, "args");
    let files = templates(section, "files", None, reports);
    section.required(reports, "session");
    let list = pointer(section, "list", reports);
    let directory = pointer(section, "directory", reports);
    let title = pointer(section, "title", reports);
    let at = pointer(section, "at", reports);
    let formats = [("json", false), ("lines", true)];
    let lines = section.choice(reports, "format", &formats).unwrap_or(false);
    let directory_sha256 = pointer(section, "directory_sha256", reports);
    let unless = expressions(section, "unless", reports);
    let mapping = optional_mapping(section, reports);
    let stored = section.value("files").is_some();
    if stored == section.value("args").is_some() {
        let message = "it needs either `args`, which make the program list its conversations as \
                       JSON, or `files`, in which it keeps them";
        reports.error(section.span(), message);
    }
    for key in if stored { &OF_PRINTED[..] } else { &OF_STORED } {
        if let Some(value) = section.value(key) {
            let source = if stored { "files" } else { "args" };
            let message = format!("`{key}` has no effect with `{source}`; remove it");
            reports.warning(value.span(), message);
        }
    }
    if stored {
        let stored = Stored { files, lines, list, directory, directory_sha256, unless, mapping };
        return Some(Listing::Stored(Box::new(stored)));
    }
    let args: Vec<_> = args?.into_iter().filter(|arg| plain(arg, reports)).collect();
    Some(Listing::Printed(Printed {
        args: args.into_iter().map(Spanned::into_inner).collect(),
        list: list.unwrap_or_default(),
        session: mapping.session?,
        title,
        directory,
        at,
    }))
}

fn plain(arg: &Spanned<String>, reports: &mut Reports<'_>) -> bool {
    let fine = !arg.get_ref().contains('\0');
    if !fine {
        reports.error(arg.span(), "an argument holds a character that no program can be given");
    }
    fine
}
