//! What was used, for a client that looks at it.

use tokio::sync::oneshot;

use crate::server::agent::evidence::Evidence;
use crate::server::message::Answer;
use crate::server::shared::{Shared, Stateless};
use segno_base::ids::ClientId;
use segno_core::dialog::usage::{Sums, Used};
use segno_core::update::event::Event;
use segno_wire::control::usage::{By, UsageAsked, UsageReport};

/// How many days are shown.
const DAYS: u32 = 14;
const PROJECTS: usize = 12;

impl Evidence {
    /// Adds up what was used lately, for a client's dialog.
    pub(in crate::server) fn show_usage(&mut self, shared: &mut Shared, client: ClientId) {
        let mut asked = |by| {
            let (answer, answered) = oneshot::channel();
            let asked = UsageAsked { by: Some(by), since: None, days: Some(DAYS) };
            self.report_usage(shared, asked, answer);
            answered
        };
        let (days, projects) = (asked(By::Day), asked(By::Project));
        shared.aside(
            move || Sums { days: sums(days), projects: sums(projects) },
            move |_: &mut Stateless, shared: &mut Shared, mut sums: Sums| {
                sums.projects
                    .sort_by(|a, b| b.cost.total_cmp(&a.cost).then(b.tokens.cmp(&a.tokens)));
                sums.projects.truncate(PROJECTS);
                shared.handle(Event::UsageRead { client, sums });
            },
        );
    }
}

fn sums(answered: oneshot::Receiver<Answer>) -> Vec<Used> {
    let answer = answered.blocking_recv().ok().and_then(Result::ok);
    let report = answer.and_then(|answer| serde_json::from_value::<UsageReport>(answer).ok());
    let used = |row: segno_wire::control::usage::UsageRow| Used {
        name: row.sum.key,
        cost: row.sum.counts.cost,
        tokens: row.sum.counts.tokens(),
    };
    report.map(|report| report.usage.into_iter().map(used).collect()).unwrap_or_default()
}
