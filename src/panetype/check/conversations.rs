//! The `[conversations]` part of a pane type.

use toml::Spanned;

use crate::base::diagnostic::Reports;
use crate::config::reader::Section;
use crate::panetype::conversations::Listing;

use super::mapping::{checked, pointer};

pub(super) fn conversations(
    section: &mut Section<'_>,
    reports: &mut Reports<'_>,
) -> Option<Listing> {
    let args = section.strings(reports, "args");
    if section.value("args").is_none() {
        let message = "`conversations.args` is missing; add the arguments that make the program \
                       list its conversations as JSON";
        reports.error(section.span(), message);
    }
    let list = pointer(section, "list", reports);
    let session = section.required(reports, "session").map(|text| checked(text, reports));
    let title = pointer(section, "title", reports);
    let directory = pointer(section, "directory", reports);
    let at = pointer(section, "at", reports);
    let args: Vec<_> = args?.into_iter().filter(|arg| plain(arg, reports)).collect();
    Some(Listing {
        args: args.into_iter().map(Spanned::into_inner).collect(),
        list: list.unwrap_or_default(),
        session: session?,
        title,
        directory,
        at,
    })
}

fn plain(arg: &Spanned<String>, reports: &mut Reports<'_>) -> bool {
    let fine = !arg.get_ref().contains('\0');
    if !fine {
        reports.error(arg.span(), "an argument holds a character that no program can be given");
    }
    fine
}
