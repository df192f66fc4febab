//! What a run cost, by what its agent stored of it.

use std::time::Duration;

use super::due::Run;
use super::known::{self, Known};
use super::plan::{Plan, Setup};
use crate::environment::Environment;
use crate::error::CliError;
use crate::run::history;
use segno_agent::identity::SessionId;
use segno_agent::status::Usage;
use segno_agent::usage::counts::Counts;
use segno_agent::usage::figures::{Figure, Figures};
use segno_agent::usage::ledger::Entry;
use segno_agent::usage::pricing::{self, Answer, Model};
use segno_archive::{Archive, read};
use segno_base::system::os;
use segno_base::text::day::Day;
use segno_store::usage_log::UsageLog;

/// How often, and after what pause, an archive that another process writes is tried again.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// Notes it for `segno usage`; what is not known costs nothing.
pub fn note(
    env: &Environment,
    what: &str,
    setup: &Setup,
    plan: &Plan,
    run: &Run,
) -> Result<Vec<Entry>, CliError> {
    for _ in 0..TRIES {
        if history::update_agent(env, what, &plan.type_name)? {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    let Some(archive) = known::open(env, what)? else { return Ok(Vec::new()) };
    let failed = |e: segno_archive::Error| CliError::new(what, e);
    let ty = setup.registry.get(&plan.type_name);
    let models = ty.and_then(|ty| ty.usage.as_ref()).map_or(&[][..], |usage| &usage.models);
    let mut entries = Vec::new();
    for family in known::of_run(&archive, &plan.type_name, run).map_err(failed)? {
        let entry = entry(&archive, plan, run, models, &family).map_err(failed)?;
        let Some(entry) = entry.filter(|entry| !entry.usage.counts.is_zero()) else { continue };
        UsageLog::append_beside(&env.home.usage_file(), entry.clone())
            .map_err(|e| CliError::new(what, e))?;
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(
    archive: &Archive,
    plan: &Plan,
    run: &Run,
    models: &[Model],
    family: &[Known],
) -> Result<Option<Entry>, segno_archive::Error> {
    let Some(first) = family.first() else { return Ok(None) };
    let Ok(session) = SessionId::try_from(first.seen.id.clone()) else { return Ok(None) };
    let mut counts = Counts::default();
    for one in family {
        let model = one.model().unwrap_or_default();
        for figures in one.figures(archive)? {
            counts = counts.plus(counted(&figures, models, &model));
        }
    }
    let at = u64::try_from(run.ended.unwrap_or(run.begun)).unwrap_or(0);
    let offset = os::utc_offset(at / 1000).unwrap_or(0);
    Ok(Some(Entry {
        at,
        day: Day::of(at / 1000, offset),
        type_name: plan.type_name.clone(),
        session,
        pane: None,
        project: plan.project.clone(),
        usage: Usage { model: first.model(), counts, ..Usage::default() },
    }))
}

fn counted(of: &read::Figures, models: &[Model], model: &str) -> Counts {
    let mut used = Figures::default();
    let tokens = [
        (Figure::Input, of.input),
        (Figure::Output, of.output),
        (Figure::Reasoning, of.reasoning),
        (Figure::CacheRead, of.cache_read),
        (Figure::CacheWrite, of.cache_write),
    ];
    tokens.into_iter().for_each(|(figure, count)| used.set(figure, count as f64));
    let priced = || pricing::cost(models, model, Answer::default(), &used);
    Counts {
        input: of.input,
        output: of.output,
        reasoning: of.reasoning,
        cache_read: of.cache_read,
        cache_write: of.cache_write,
        cost: of.cost.unwrap_or_else(priced),
    }
}
