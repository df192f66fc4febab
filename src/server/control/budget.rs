//! `budget.status` and `budget.allow`.

use crate::server::control::calls::result;
use crate::server::message::Answer;
use crate::server::shared::Shared;
use segno_config::sections::budget::{AtLimit, Budget};
use segno_core::attention::budget::{Scope, Spent, limit};
use segno_core::model::workspace::Model;
use segno_wire::control::budget::{BudgetAllowed, BudgetStatus, BudgetUse};

fn used(budget: &Budget, spent: &Spent) -> Option<BudgetUse> {
    let (scope, of) = match &spent.scope {
        Scope::Day => ("day", None),
        Scope::Project(root) => ("project", Some(root.clone())),
        Scope::Conversation(session) => ("conversation", Some(session.to_string())),
    };
    let limit = limit(budget, &spent.scope)?;
    Some(BudgetUse { scope: scope.into(), of, cost: spent.cost, limit, allowed: spent.allowed })
}

pub(in crate::server) fn status(model: &Model) -> Answer {
    let budget = &model.budget;
    let named = AtLimit::ALL.iter().find(|(_, at_limit)| *at_limit == budget.at_limit);
    result(&BudgetStatus {
        day: budget.day,
        project: budget.project,
        conversation: budget.conversation,
        at_limit: named.map_or("", |(name, _)| name).to_string(),
        used: model.spending.spent.iter().filter_map(|s| used(budget, s)).collect(),
    })
}

pub(in crate::server) fn allow(shared: &mut Shared) -> Answer {
    let allowed = shared.with_model(|model, cx| model.allow_budgets(cx));
    result(&BudgetAllowed { allowed })
}
