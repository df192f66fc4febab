//! What conversations have used, by day and by project, to be looked at.

use super::Dialog;
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::ClientId;

/// What was used on a day, or in a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Used {
    /// The day, or the project.
    pub name: String,
    /// US dollars.
    pub cost: f64,
    pub tokens: u64,
}

/// What was used lately.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UsageDialog {
    /// `None` until they were added up; the last day first.
    pub sums: Option<Sums>,
    pub scroll: usize,
}

/// The sums of some days.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sums {
    pub days: Vec<Used>,
    pub projects: Vec<Used>,
}

impl Model {
    pub(crate) fn ask_usage(&mut self, client: ClientId, cx: &mut Context) {
        self.open_dialog(client, Dialog::Usage(Box::default()), cx);
        cx.out.push(Effect::ReadUsage { client });
    }

    pub(crate) fn usage_read(&mut self, client: ClientId, sums: Sums, cx: &mut Context) {
        if let Some(Dialog::Usage(dialog)) = self.dialog(client) {
            dialog.sums = Some(sums);
            cx.out.push(Effect::RedrawClient(client));
        }
    }
}
