//! What a conversation used and how it is called, from the transcript that its agent keeps: one
//! message after the other, in the order of the file.
//!
//! Pure: a [`Tally`] knows no files. The total is reported, never an increase, so that a
//! transcript may be read again from its beginning at any time.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Add;

use serde_json::Value;

use crate::event::one_line;
use crate::mapping::{Pointer, text};
use crate::status::Usage;
use crate::usage::counts::Counts;
use crate::usage::figures::{Condition, Figure, Figures};
use crate::usage::pricing::{self, Answer, Model};

/// Answers that are remembered, as they may be reported again: an agent writes an answer's lines
/// close to each other.
const ANSWERS_MAX: usize = 4096;
/// No figure of an answer is larger, and sums of those stay exact.
const FIGURE_MAX: f64 = 1e12;
/// The longest texts kept, in characters.
const TITLE_MAX: usize = 200;
const MODEL_MAX: usize = 100;

/// A place whose number is added up with others, or taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub at: Pointer,
    pub minus: bool,
}

/// How a transcript's messages are understood.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    pub condition: Vec<Condition>,
    pub unless: Vec<Condition>,
    /// What identifies an answer: of several messages about one the last counts.
    pub once: Option<Pointer>,
    /// What an answer used.
    pub sum: Vec<(Figure, Vec<Place>)>,
    pub model: Option<Pointer>,
    pub context: Vec<Place>,
    pub context_limit: Option<Pointer>,
    /// Where titles are: one at an earlier of these places counts before one at a later.
    pub title: Vec<Pointer>,
}

/// How a conversation is called and what room it takes up, as its transcript says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Now {
    pub model: Option<String>,
    pub title: Option<String>,
    pub context: Option<u64>,
    pub context_limit: Option<u64>,
}

/// What a transcript said so far.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    sum: Figures,
    model: Option<String>,
    context: Option<u64>,
    context_limit: Option<u64>,
    /// By their places in the rule.
    titles: Vec<Option<String>>,
    /// What the latest answers used, by what identifies them, and these in their order.
    answers: HashMap<u64, Figures>,
    order: VecDeque<u64>,
}

impl Tally {
    /// Counts a message.
    pub fn add(&mut self, rule: &Rule, models: &[Model], message: &Value) {
        let holds = |condition: &Condition| condition.holds(message);
        if !rule.condition.iter().all(holds) || rule.unless.iter().any(holds) {
            return;
        }
        let line = |at: &Pointer, max| {
            Some(one_line(&text(message, at)?, max)).filter(|line| !line.is_empty())
        };
        let model = rule.model.as_ref().and_then(|at| line(at, MODEL_MAX));
        self.model = model.or(self.model.take());
        self.titles.resize(rule.title.len(), None);
        for (known, at) in self.titles.iter_mut().zip(&rule.title) {
            *known = line(at, TITLE_MAX).or(known.take());
        }
        if let Some(context) = total(message, &rule.context) {
            self.context = Some(context as u64);
        }
        let limit = rule.context_limit.as_ref().and_then(|at| number(message, at));
        self.context_limit = limit.map(|limit| limit as u64).or(self.context_limit);
        if let Some(used) = self.used(rule, models, message) {
            self.count(rule, message, used);
        }
    }

    /// What an answer used; `None` when the message is about none.
    fn used(&self, rule: &Rule, models: &[Model], message: &Value) -> Option<Figures> {
        let mut used = Figures::default();
        let (mut any, mut priced) = (false, false);
        for (figure, places) in &rule.sum {
            if let Some(number) = total(message, places) {
                used.set(*figure, number);
                any = true;
                priced |= *figure == Figure::Cost;
            }
        }
        if !priced && let Some(model) = &self.model {
            let answer = Answer { message: Some(message), tier: None };
            used.set(Figure::Cost, pricing::cost(models, model, answer, &used));
        }
        any.then_some(used)
    }

    fn count(&mut self, rule: &Rule, message: &Value, used: Figures) {
        self.answer(rule.once.as_ref().and_then(|at| text(message, at)).as_deref(), used);
    }

    /// Adds what an answer used. Of answers with one key the last counts.
    pub fn answer(&mut self, key: Option<&str>, used: Figures) {
        if let Some(key) = key {
            let mut hasher = DefaultHasher::new();
            key.hash(&mut hasher);
            let key = hasher.finish();
            match self.answers.insert(key, used) {
                Some(before) => self.sum -= before,
                None => self.order.push_back(key),
            }
            if self.order.len() > ANSWERS_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                self.answers.remove(&oldest);
            }
        }
        self.sum += used;
    }

    /// Takes over how the conversation is now.
    pub fn is_now(&mut self, now: Now) {
        let short =
            |text: Option<String>, max| Some(one_line(&text?, max)).filter(|line| !line.is_empty());
        self.model = short(now.model, MODEL_MAX);
        self.titles = vec![short(now.title, TITLE_MAX)];
        self.context = now.context;
        self.context_limit = now.context_limit;
    }

    /// Adds what another transcript of the conversation said. Where both know the last of
    /// something, the first one's counts.
    pub fn merge(&mut self, other: &Tally) {
        self.sum += other.sum;
        self.model = self.model.take().or_else(|| other.model.clone());
        self.context = self.context.or(other.context);
        self.context_limit = self.context_limit.or(other.context_limit);
        self.titles.extend_from_slice(&other.titles);
    }

    /// How the conversation is called.
    pub fn title(&self) -> Option<&str> {
        self.titles.iter().flatten().next().map(String::as_str)
    }

    /// What the conversation used in all.
    pub fn usage(&self, models: &[Model]) -> Usage {
        let count = |figure| self.sum.get(figure).max(0.0) as u64;
        let limit = || crate::usage::pricing::context_limit(models, self.model.as_deref()?);
        Usage {
            counts: Counts {
                input: count(Figure::Input),
                output: count(Figure::Output),
                reasoning: count(Figure::Reasoning),
                cache_read: count(Figure::CacheRead),
                cache_write: count(Figure::CacheWrite),
                cost: self.sum.get(Figure::Cost),
            }
            .sound(),
            context: self.context,
            context_limit: self.context_limit.or_else(limit),
            model: self.model.clone(),
        }
    }
}

/// The numbers at some places, added up; `None` when there is none at any of them.
fn total(message: &Value, places: &[Place]) -> Option<f64> {
    let numbers = places.iter().filter_map(|place| {
        let number = number(message, &place.at)?;
        Some(if place.minus { -number } else { number })
    });
    numbers.reduce(f64::add).map(|total| total.max(0.0))
}

fn number(message: &Value, at: &str) -> Option<f64> {
    let number = message.pointer(at)?.as_f64().filter(|number| number.is_finite())?;
    Some(number.clamp(0.0, FIGURE_MAX))
}

#[cfg(test)]
mod tests {
    use segno_base::text::expression::Expression;

    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn place(at: &str) -> Place {
        let minus = at.starts_with('-');
        Place { at: at.trim_start_matches('-').into(), minus }
    }

    fn rule() -> Rule {
        Rule {
            once: Some("/id".into()),
            sum: vec![
                (Figure::Input, vec![place("/in"), place("-/cached")]),
                (Figure::Output, vec![place("/out")]),
                (Figure::CacheRead, vec![place("/cached")]),
            ],
            model: Some("/model".into()),
            context: vec![place("/in"), place("/out")],
            ..Rule::default()
        }
    }

    fn tallied(rule: &Rule, messages: &[Value]) -> Usage {
        let mut tally = Tally::default();
        messages.iter().for_each(|message| tally.add(rule, &[], message));
        tally.usage(&[])
    }

    #[test]
    fn an_answer_counts_once_and_its_last_line_wins() {
        let usage = tallied(
            &rule(),
            &[
                json!({"model": "m1"}),
                json!({"id": "a", "in": 10, "cached": 4, "out": 1}),
                json!({"id": "b", "in": 1, "out": 1}),
                json!({"id": "a", "in": 10, "cached": 4, "out": 7}),
                json!({"in": 5}),
                json!({"in": 5}),
                json!({"id": "c", "in": "5", "out": null, "cached": -3}),
                json!([1, 2]),
            ],
        );
        assert_eq!(
            (usage.counts.input, usage.counts.output, usage.counts.cache_read),
            (6 + 1 + 5 + 5, 8, 4)
        );
        assert_eq!((usage.model.as_deref(), usage.context), (Some("m1"), Some(5)));
    }

    #[test]
    fn what_is_taken_off_never_leaves_less_than_nothing() {
        let usage = tallied(&rule(), &[json!({"in": 3, "cached": 9})]);
        assert_eq!((usage.counts.input, usage.counts.cache_read), (0, 9));
    }

    #[test]
    fn only_what_fits_counts() {
        let is = |at: &str, is: &str| Condition { at: at.into(), is: Expression::new(is).unwrap() };
        let rule = Rule {
            condition: vec![is("/type", "^answer$")],
            unless: vec![is("/copied", ".")],
            ..rule()
        };
        let message = |kind: &str, more: Value| {
            let mut message = json!({"type": kind, "out": 1});
            message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            message
        };
        let messages = [
            message("answer", json!({})),
            message("question", json!({})),
            message("answer", json!({"copied": true})),
        ];
        assert_eq!(tallied(&rule, &messages).counts.output, 1);
    }

    #[test]
    fn the_first_transcripts_last_word_counts() {
        let mut first = Tally::default();
        first.add(&rule(), &[], &json!({"model": "m1", "out": 1}));
        let mut second = Tally::default();
        second.add(&rule(), &[], &json!({"model": "m2", "out": 2}));
        first.merge(&second);
        let usage = first.usage(&[]);
        assert_eq!((usage.model.as_deref(), usage.counts.output), (Some("m1"), 3));
    }

    #[test]
    fn a_title_at_an_earlier_place_counts_before_a_later_one() {
        let rule = Rule { title: vec!["/own".into(), "/made".into()], ..Rule::default() };
        let mut tally = Tally::default();
        let mut titled = |message: Value| {
            tally.add(&rule, &[], &message);
            tally.title().map(str::to_owned)
        };
        assert_eq!(titled(json!({"made": ""})), None);
        assert_eq!(titled(json!({"made": "a\u{1b}[1m"})).as_deref(), Some("a[1m"));
        assert_eq!(titled(json!({"own": "b"})).as_deref(), Some("b"));
        assert_eq!(titled(json!({"made": "c"})).as_deref(), Some("b"));
        assert_eq!(titled(json!({"own": "d"})).as_deref(), Some("d"));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut tally = Tally::default();
        let answers = ANSWERS_MAX as u64 + 100;
        for n in 0..answers {
            tally.add(&rule(), &[], &json!({"id": n, "out": 1}));
        }
        assert_eq!(tally.usage(&[]).counts.output, answers);
        assert_eq!((tally.answers.len(), tally.order.len()), (ANSWERS_MAX, ANSWERS_MAX));
    }

    proptest! {
        #[test]
        fn lines_reported_again_change_nothing(list in prop::collection::vec((0..9u8, 0..99u64), 0..40)) {
            let last: HashMap<_, _> = list.iter().copied().collect();
            let messages: Vec<_> =
                list.iter().map(|(id, out)| json!({"id": id, "out": out})).collect();
            prop_assert_eq!(tallied(&rule(), &messages).counts.output, last.values().sum::<u64>());
        }
    }
}
