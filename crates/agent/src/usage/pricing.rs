//! What models cost and how much they have room for, for agents that keep only tokens.

use regex::Regex;
use serde_json::Value;

use crate::usage::figures::{Condition, Figure, Figures};

/// What is known of some models.
#[derive(Debug, Clone)]
pub struct Model {
    /// Their names.
    pub name: Regex,
    /// What an answer must be like to have these prices.
    pub condition: Vec<Condition>,
    /// It must have been asked with more tokens than so many.
    pub prompt_above: Option<u64>,
    pub context_limit: Option<u64>,
    /// US dollars for a million tokens.
    pub prices: Figures,
}

/// What an answer cost, by the first of the models that fits it.
pub fn cost(models: &[Model], name: &str, message: &Value, used: &Figures) -> f64 {
    let prompt =
        used.get(Figure::Input) + used.get(Figure::CacheRead) + used.get(Figure::CacheWrite);
    let fits = |model: &&Model| {
        model.name.is_match(name)
            && model.condition.iter().all(|condition| condition.holds(message))
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
            name: Regex::new(name).unwrap(),
            condition: Vec::new(),
            prompt_above: None,
            context_limit: None,
            prices: figures(&[
                (Figure::Input, 1.0),
                (Figure::Output, output),
                (Figure::CacheWrite, 2.0),
                (Figure::CacheWrite1h, 4.0),
            ]),
        };
        let is = Condition { at: "/speed".into(), is: Regex::new("^fast$").unwrap() };
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
            cost(&models(), name, &message, &used).round()
        };
        assert_eq!(price("big-1", json!({"speed": "fast"}), 99.0), 50.0);
        assert_eq!(price("big-1", json!({}), 11.0), 20.0);
        assert_eq!(price("big-1", json!({}), 10.0), 10.0);
        assert_eq!(price("small", json!({}), 10.0), 0.0);
        assert_eq!(context_limit(&models(), "big-1"), Some(99));
        assert_eq!(context_limit(&models(), "small"), None);
    }

    #[test]
    fn what_is_cached_for_an_hour_has_a_price_of_its_own() {
        let written = |hour| figures(&[(Figure::CacheWrite, 1e6), (Figure::CacheWrite1h, hour)]);
        let price = |hour| cost(&models()[2..], "big", &json!({}), &written(hour));
        assert_eq!((price(0.0), price(1e6), price(5e5), price(9e9)), (2.0, 4.0, 3.0, 4.0));
    }
}
