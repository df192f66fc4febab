//! What the keeper is asked to do with a pane's program. It may take its time, or be stopped; each
//! pane's orders reach it in the order in which they were given.

use super::{Lane, Work};
use crate::server::lifecycle::keeper_link::CLOSED;
use crate::server::pane::process::{GRACE, closed};
use crate::server::shared::Shared;
use segno_base::ids::PaneId;
use segno_keeper::client::{Keeper, KeeperError};
use segno_keeper::protocol::HeldState;

/// An order to the keeper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Order {
    /// End the program.
    Kill,
    /// End it, and note that its pane was closed: should this daemon die meanwhile, the next one
    /// knows.
    Close,
    /// As `Close`, of a program whose start came too late; answers whether it runs at all.
    CloseLate,
    /// Forget the program, which has ended.
    Forget,
}

impl Order {
    /// Carries it out; answers whether the program runs, where that was asked for.
    fn carry_out(self, keeper: &Keeper, pane: PaneId) -> Result<bool, KeeperError> {
        match self {
            Order::Kill => keeper.kill(pane, GRACE).map(|()| true),
            Order::Close => keeper.kill_noting(pane, GRACE, CLOSED).map(|()| true),
            Order::CloseLate => {
                let _ = keeper.kill_noting(pane, GRACE, CLOSED);
                let runs = |held: &segno_keeper::protocol::HeldPane| {
                    held.pane == pane && held.state == HeldState::Running
                };
                Ok(keeper.list()?.iter().any(runs))
            }
            Order::Forget => keeper.ack(pane).map(|()| false),
        }
    }
}

/// What a keeper that died was asked for.
#[derive(Default)]
pub(in super::super) struct Orders {
    undelivered: Vec<(PaneId, Order)>,
}

impl Orders {
    fn ordered(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        order: Order,
        result: Result<bool, KeeperError>,
    ) {
        match result {
            Ok(runs) => {
                if order == Order::CloseLate && !runs && !shared.panes.contains(pane) {
                    closed(shared, pane);
                }
            }
            // Another one is on its way, and gets it.
            Err(error) if error.is_gone() => self.undelivered.push((pane, order)),
            Err(error) => tracing::debug!(%pane, %error, ?order, "the keeper did not do it"),
        }
    }

    /// Gives a new keeper the orders that the previous one did not get.
    pub(in super::super) fn repeat(&mut self, shared: &mut Shared) {
        for (pane, order) in std::mem::take(&mut self.undelivered) {
            give_order(shared, pane, order);
        }
    }
}

/// Gives the keeper an order about a pane's program.
pub(in super::super) fn give_order(shared: &mut Shared, pane: PaneId, order: Order) {
    shared.in_lane(Lane::Program(pane), move |_: &mut Orders, shared: &mut Shared| {
        let keeper = shared.keeper.clone();
        let then = move |orders: &mut Orders, shared: &mut Shared, result| {
            orders.ordered(shared, pane, order, result);
        };
        Some(Work::of(move || order.carry_out(&keeper, pane), then))
    });
}
