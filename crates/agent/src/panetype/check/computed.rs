//! `[[computed]]`, and whether everything that is used of it is there.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{TYPE_NAME, required_name, tracker, unique};
use crate::panetype::types::{Computed, ComputedValue};
use segno_base::text::diagnostic::{Reports, closest};
use segno_config::reader::{Section, Wanted, in_order};

pub(super) fn computed(root: &mut Section<'_>, reports: &mut Reports<'_>) -> Vec<Computed> {
    let mut names = Vec::new();
    let mut computed = Vec::new();
    for mut entry in root.sections(reports, "computed") {
        let name = required_name(&mut entry, "name", &TYPE_NAME, reports);
        entry.record("sha256", Wanted::Anything);
        let random = [("uuid", ComputedRandom::Uuid), ("port", ComputedRandom::Port)];
        let random = entry.choice(reports, "random", &random);
        let hashed = entry.value("sha256").and_then(|value| {
            check_value(value, &computed, " before this one", reports);
            tracker::json(value, reports)
        });
        let what = match (hashed, random) {
            (Some(json), None) => Some(ComputedValue::Sha256(json)),
            (None, Some(ComputedRandom::Uuid)) => Some(ComputedValue::Uuid),
            (None, Some(ComputedRandom::Port)) => Some(ComputedValue::Port),
            _ => {
                let message = "give it either sha256 = { … } or random = \"uuid\" or \"port\"";
                reports.error(entry.span(), message);
                None
            }
        };
        if let (Some(name), Some(what)) = (name, what) {
            names.push((name.get_ref().clone(), name.span()));
            computed.push(Computed { name: name.into_inner(), what });
        }
        entry.finish(reports);
    }
    unique(&names, "computed value", reports);
    computed
}

#[derive(Clone, Copy)]
enum ComputedRandom {
    Uuid,
    Port,
}

/// Reports `{computed:NAME}` whose name nothing computes, wherever it stands but in a computed
/// value itself, which may only use those before it.
pub(super) fn check_uses(
    table: &Spanned<DeTable<'_>>,
    computed: &[Computed],
    reports: &mut Reports<'_>,
) {
    for (key, value) in in_order(table.get_ref()) {
        if key.get_ref() != "computed" {
            check_value(value, computed, "", reports);
        }
    }
}

/// `place` ends what is said of a name that is not among the computed ones.
fn check_value(
    value: &Spanned<DeValue<'_>>,
    computed: &[Computed],
    place: &str,
    reports: &mut Reports<'_>,
) {
    match value.get_ref() {
        DeValue::String(text) => {
            for (at, used) in text.match_indices("{computed:") {
                let doubled = text[..at].bytes().rev().take_while(|b| *b == b'{').count() % 2 == 1;
                let rest = &text[at + used.len()..];
                let Some(name) = rest.split('}').next().filter(|_| !doubled) else { continue };
                if computed.iter().all(|known| known.name != name) {
                    let advice = match closest(name, computed.iter().map(|c| c.name.as_str())) {
                        Some(meant) => format!("did you mean {meant:?}?"),
                        None => "add a [[computed]] with that name".to_string(),
                    };
                    let name: String = name.chars().take(40).collect();
                    let message = format!("nothing computes {name:?}{place}; {advice}");
                    reports.error(value.span(), message);
                }
            }
        }
        DeValue::Array(items) => {
            items.iter().for_each(|item| check_value(item, computed, place, reports));
        }
        DeValue::Table(table) => {
            for (_, value) in in_order(table) {
                check_value(value, computed, place, reports);
            }
        }
        _ => {}
    }
}
