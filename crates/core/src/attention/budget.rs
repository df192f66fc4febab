//! Budgets: what conversations have cost beside what they may, who is notified, and whose prompts
//! wait.
//!
//! Nothing is ever ended: at the limit, somebody is notified, prompts are held, or a key is
//! pressed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::attention::notices::NoticeKind;
use crate::model::pane::Pane;
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::{Effect, PaneInput};
use segno_agent::identity::SessionId;
use segno_agent::status::Activity;
use segno_base::ids::PaneId;
use segno_base::key::KeyEvent;
use segno_base::text::day::Day;
use segno_config::sections::budget::{AtLimit, Budget, NEAR};

/// What costs less than this part of a budget is not worth remembering.
const SMALL: f64 = 0.5;
/// Scopes that are remembered.
const SCOPES_MAX: usize = 1000;

/// What a budget is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All conversations of a day.
    Day,
    /// Those of a project, by its root, on a day.
    Project(String),
    /// One conversation, in all.
    Conversation(SessionId),
}

/// How far a budget is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Near,
    Reached,
}

/// What is known of a scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    pub scope: Scope,
    /// In US dollars.
    pub cost: f64,
    /// The highest level that was notified.
    #[serde(default)]
    notified: Option<Level>,
    /// Its user said that it may go on.
    #[serde(default)]
    pub allowed: bool,
}

/// What was spent in each scope that has a budget, as far as it is worth remembering.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    day: Option<Day>,
    pub spent: Vec<Spent>,
}

/// What has become known of costs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Costs {
    /// The pane that it is about; none: what was known before.
    pub pane: Option<PaneId>,
    pub day: Option<Day>,
    pub costs: BTreeMap<Scope, f64>,
}

impl Ledger {
    pub fn is_empty(&self) -> bool {
        self.spent.is_empty()
    }

    /// The next day begins with nothing.
    fn turn(&mut self, day: Option<Day>) {
        if day.is_some() && day > self.day {
            self.day = day;
            self.spent.retain(|spent| matches!(spent.scope, Scope::Conversation(_)));
        }
    }

    fn note(&mut self, scope: Scope, cost: f64, limit: f64) {
        match self.spent.iter_mut().find(|spent| spent.scope == scope) {
            Some(spent) => spent.cost = cost,
            None if cost < limit * SMALL => {}
            None => {
                if self.spent.len() >= SCOPES_MAX {
                    self.spent.remove(0);
                }
                self.spent.push(Spent { scope, cost, notified: None, allowed: false });
            }
        }
    }
}

/// What a scope may cost.
pub fn limit(budget: &Budget, scope: &Scope) -> Option<f64> {
    match scope {
        Scope::Day => budget.day,
        Scope::Project(_) => budget.project,
        Scope::Conversation(_) => budget.conversation,
    }
}

fn is_of(pane: &Pane, scope: &Scope) -> bool {
    match scope {
        Scope::Day => pane.tracking.is_some(),
        Scope::Project(root) => {
            let project = pane.project.as_ref().unwrap_or(&pane.spec.cwd);
            pane.tracking.is_some() && project.to_string_lossy() == root.as_str()
        }
        Scope::Conversation(session) => pane.session().as_ref() == Some(session),
    }
}

fn words(spent: &Spent, limit: f64) -> String {
    let what = match &spent.scope {
        Scope::Day => "today".to_string(),
        Scope::Project(root) => format!("today in {root}"),
        Scope::Conversation(session) => format!("in conversation {session}"),
    };
    format!("${:.2} of ${limit:.2} spent {what}", spent.cost)
}

impl Model {
    /// What conversations have cost is known; answers what follows from it.
    pub fn costs_known(&mut self, known: Costs, cx: &mut Context) {
        self.spending.turn(known.day);
        if let (Some(day), Some(cost)) = (known.day, known.costs.get(&Scope::Day)) {
            self.used_today = Some((day, *cost));
            cx.out.push(Effect::Redraw);
        }
        for (scope, cost) in known.costs {
            if let Some(limit) = limit(&self.budget, &scope) {
                self.spending.note(scope, cost, limit);
            }
        }
        let mut reached = Vec::new();
        for spent in &mut self.spending.spent {
            let Some(limit) = limit(&self.budget, &spent.scope) else { continue };
            let level = match spent.cost / limit {
                part if part >= 1.0 => Some(Level::Reached),
                part if part >= NEAR => Some(Level::Near),
                _ => None,
            };
            if level > spent.notified && !spent.allowed {
                spent.notified = level;
                reached.push((spent.scope.clone(), words(spent, limit), level));
            }
        }
        for (scope, text, level) in reached {
            self.notify_of_budget(known.pane, &text, cx);
            if level == Some(Level::Reached) && self.budget.at_limit == AtLimit::Interrupt {
                self.interrupt(&scope, cx);
            }
            cx.out.push(Effect::SaveSoon);
        }
        self.settle_budgets(cx);
    }

    fn notify_of_budget(&mut self, pane: Option<PaneId>, text: &str, cx: &mut Context) {
        let any = || self.panes.values().find(|pane| pane.tracking.is_some()).map(|pane| pane.id);
        let Some(pane) = pane.or_else(any) else { return };
        self.notify(pane, NoticeKind::Warning, text, cx.now, cx);
        self.say_to_all(text, cx);
    }

    fn interrupt(&self, scope: &Scope, cx: &mut Context) {
        let works = |pane: &&Pane| {
            pane.agent().is_some_and(|agent| {
                matches!(agent.activity, Activity::Working | Activity::Retrying)
            })
        };
        let event = KeyEvent::from(self.budget.interrupt);
        let panes = self.panes.values().filter(|pane| is_of(pane, scope)).filter(works);
        cx.out.extend(
            panes.map(|pane| Effect::Input { pane: pane.id, input: PaneInput::Key(event.clone()) }),
        );
    }

    /// Says of each pane whether its prompts are held.
    pub fn settle_budgets(&mut self, cx: &mut Context) {
        let holds = self.budget.at_limit == AtLimit::Hold;
        let over: Vec<(Scope, String)> = self
            .spending
            .spent
            .iter()
            .filter(|spent| holds && !spent.allowed)
            .filter_map(|spent| {
                let limit = limit(&self.budget, &spent.scope)?;
                (spent.cost >= limit).then(|| (spent.scope.clone(), words(spent, limit)))
            })
            .collect();
        let mut changed = false;
        for pane in self.panes.values_mut() {
            let why = over.iter().find(|(scope, _)| is_of(pane, scope)).map(|(_, why)| why.clone());
            changed |= pane.over_budget.is_some() != why.is_some();
            pane.over_budget = why;
        }
        if changed {
            cx.out.extend([Effect::SaveSoon, Effect::Redraw]);
        }
    }

    /// What is used up may go on: for today, or of a conversation for good. Answers how many were.
    pub fn allow_budgets(&mut self, cx: &mut Context) -> usize {
        let mut allowed = 0;
        for spent in self.spending.spent.iter_mut().filter(|spent| !spent.allowed) {
            if limit(&self.budget, &spent.scope).is_some_and(|limit| spent.cost >= limit) {
                spent.allowed = true;
                allowed += 1;
            }
        }
        self.settle_budgets(cx);
        cx.out.push(Effect::SaveSoon);
        allowed
    }
}
