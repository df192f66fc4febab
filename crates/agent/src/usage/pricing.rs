//! What models cost and how much they have room for, for agents that keep only tokens.

use serde_json::Value;

use crate::usage::figures::{Condition, Figure, Figures};
use segno_base::text::expression::Expression;

/// What is known of some models.
#[derive(Debug, Clone)]
pub struct Model {
    /// Their names.
    pub name: Expression,
    /// What an answer must be like to have these prices.
    pub condition: Vec<Condition>,
    /// What the answer's tier must be like.
    pub tier: Option<Expression>,
    /// It must have been asked with more tokens than so many.
    pub prompt_above: Option<u64>,
    pub context_limit: Option<u64>,
    /// US dollars for a million tokens.
    pub prices: Figures,
}

/// What beside its figures is known of an answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer<'a> {
    /// As it is stored, where that is at hand.
    pub message: Option<&'a Value>,
    pub tier: Option<&'a str>,
}

impl Answer<'_> {
    fn fits(self, model: &Model) -> bool {
        let holds = |condition: &Condition| self.message.is_some_and(|m| condition.holds(m));
        let is_of = |tier: &Expression| self.tier.is_some_and(|of| tier.is_match(of));
        model.condition.iter().all(holds) && model.tier.as_ref().is_none_or(is_of)
    }
}

/// What an answer cost, by the first of the models that fits it.
pub fn cost(models: &[Model], name: &str, answer: Answer<'_>, used: &Figures) -> f64 {
    let prompt =
        used.get(Figure::Input) + used.get(Figure::CacheRead) + used.get(Figure::CacheWrite);
    let fits = |model: &&Model| {
        model.name.is_match(name)
            && answer.fits(model)
            && model.prompt_above.is_none_or(|above| prompt > above as f64)
    };
    let Some(model) = models.iter().find(fits) else { return 0.0 };
    let hour = used.get(Figure::CacheWrite1h).min(used.get(Figure::CacheWrite));
    let dollars: f64 = Figure::ALL
        .map(|(_, figure)| {
            let tokens = match figure {
                Figure::CacheWrite => used.get(figure) - hour,
                Figure::CacheWrite1h => hour,
                Figure::Cost => 0.0,
                _ => used.get(figure),
            };
            tokens * model.prices.get(figure)
        })
        .iter()
        .sum();
    dollars / 1e6
}

/// How many tokens a model has room for.
pub fn context_limit(models: &[Model], name: &str) -> Option<u64> {
    models.iter().filter(|model| model.name.is_match(name)).find_map(|model| model.context_limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn figures(list: &[(Figure, f64)]) -> Figures {
        let mut figures = Figures::default();
        list.iter().for_each(|(figure, value)| figures.set(*figure, *value));
        figures
    }

    fn models() -> Vec<Model> {
        let model = |name: &str, output: f64| Model {
            name: Expression::new(name).unwrap(),
            condition: Vec::new(),
            tier: None,
            prompt_above: None,
            context_limit: None,
            prices: figures(&[
                (Figure::Input, 1.0),
                (Figure::Output, output),
                (Figure::CacheWrite, 2.0),
                (Figure::CacheWrite1h, 4.0),
            ]),
        };
        let is = Condition { at: "/speed".into(), is: Expression::new("^fast$").unwrap() };
        vec![
            Model { condition: vec![is], ..model("^big", 50.0) },
            Model { prompt_above: Some(10), context_limit: Some(99), ..model("^big", 20.0) },
            model("^big", 10.0),
        ]
    }

    #[test]
    fn the_first_that_fits_has_the_price() {
        let price = |name: &str, message: Value, input: f64| {
            let used = figures(&[(Figure::Input, input), (Figure::Output, 1e6)]);
            let answer = Answer { message: Some(&message), tier: None };
            cost(&models(), name, answer, &used).round()
        };
        assert_eq!(price("big-1", json!({"speed": "fast"}), 99.0), 50.0);
        assert_eq!(price("big-1", json!({}), 11.0), 20.0);
        assert_eq!(price("big-1", json!({}), 10.0), 10.0);
        assert_eq!(price("small", json!({}), 10.0), 0.0);
        let mut by_tier = models();
        by_tier[0] = Model { tier: Expression::new("^fast$").ok(), ..models()[0].clone() };
        by_tier[0].condition.clear();
        let price = |tier| {
            let used = figures(&[(Figure::Output, 1e6)]);
            cost(&by_tier, "big", Answer { message: None, tier }, &used).round()
        };
        assert_eq!((price(Some("fast")), price(Some("slow")), price(None)), (50.0, 10.0, 10.0));
        assert_eq!(context_limit(&models(), "big-1"), Some(99));
        assert_eq!(context_limit(&models(), "small"), None);
    }

    #[test]
    fn what_is_cached_for_an_hour_has_a_price_of_its_own() {
        let written = |hour| figures(&[(Figure::CacheWrite, 1e6), (Figure::CacheWrite1h, hour)]);
        let price = |hour| cost(&models()[2..], "big", Answer::default(), &written(hour));
        assert_eq!((price(0.0), price(1e6), price(5e5), price(9e9)), (2.0, 4.0, 3.0, 4.0));
    }
}
