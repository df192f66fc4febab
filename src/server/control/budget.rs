//! `budget.status` and `budget.allow`.

use crate::core::attention::budget::{Scope, Spent, limit};
use crate::server::Server;
use crate::server::control::calls::result;
use crate::server::message::Answer;
use segno_config::sections::budget::{AtLimit, Budget};
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

impl Server {
    pub(in crate::server) fn budget_status(&self) -> Answer {
        let budget = &self.model.budget;
        let named = AtLimit::ALL.iter().find(|(_, at_limit)| *at_limit == budget.at_limit);
        result(&BudgetStatus {
            day: budget.day,
            project: budget.project,
            conversation: budget.conversation,
            at_limit: named.map_or("", |(name, _)| name).to_string(),
            used: self.model.spending.spent.iter().filter_map(|s| used(budget, s)).collect(),
        })
    }

    pub(in crate::server) fn allow_budget(&mut self) -> Answer {
        let allowed = self.with_model(|model, cx| model.allow_budgets(cx));
        result(&BudgetAllowed { allowed })
    }
}
