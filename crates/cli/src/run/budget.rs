//! `budget`: what may be spent, and what is.

use super::{Reach, call, paint};
use crate::args::{Budget, BudgetCommand};
use crate::environment::Environment;
use crate::error::CliError;
use crate::show::table::{Table, Tone};
use crate::{print, show};
use segno_config::sections::budget::NEAR;
use segno_wire::control::Call;
use segno_wire::control::budget::{BudgetAllowed, BudgetStatus};

/// `budget`
pub fn budget(env: &Environment, args: &Budget) -> Result<(), CliError> {
    if args.command == Some(BudgetCommand::Allow) {
        let what = "cannot allow more";
        let allowed: BudgetAllowed = call(env, Reach::Start, what, &Call::BudgetAllow)?;
        return match (args.json, allowed.allowed) {
            (true, _) => print::line(&show::json("allowed", &allowed.allowed)),
            (false, 0) => print::line("no budget is used up"),
            (false, 1) => print::line("1 budget may go on"),
            (false, n) => print::line(&format!("{n} budgets may go on")),
        };
    }
    let what = "cannot say what was spent";
    let status: BudgetStatus = call(env, Reach::Look, what, &Call::BudgetStatus)?;
    if args.json {
        return print::line(&show::json("budget", &status));
    }
    let limits = [
        ("a day", status.day),
        ("a day in a project", status.project),
        ("a conversation", status.conversation),
    ];
    let limits: Vec<String> = limits
        .iter()
        .filter_map(|(name, limit)| limit.map(|limit| format!("${limit:.2} {name}")))
        .collect();
    if limits.is_empty() {
        return print::line("no budget; [budget] in config.toml sets one");
    }
    let mut text = format!("{}, then {}\n", limits.join(", "), status.at_limit);
    if !status.used.is_empty() {
        let mut table = Table::new(&["OF", "SPENT", "LIMIT", "", "WHICH"]);
        for used in &status.used {
            let (tone, word) = match used.cost / used.limit {
                _ if used.allowed => (Tone::Warn, "allowed"),
                part if part >= 1.0 => (Tone::Bad, "used up"),
                part if part >= NEAR => (Tone::Warn, "nearly"),
                _ => (Tone::Plain, ""),
            };
            table.row(vec![
                (Tone::Strong, used.scope.clone()),
                (tone, format!("${:.2}", used.cost)),
                (Tone::Plain, format!("${:.2}", used.limit)),
                (tone, word.into()),
                (Tone::Plain, used.of.clone().unwrap_or_default()),
            ]);
        }
        text.push('\n');
        text.push_str(&table.render(paint(env)));
    }
    print::line(&text)
}
