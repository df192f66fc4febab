//! Values that are made anew at each start.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::inject::filled;
use super::{LaunchError, Probe};
use crate::panetype::text::template::{Name, Values};
use crate::panetype::types::{Computed, ComputedValue};
use segno_base::text::hex::hex;

/// Makes every value, in the order of the type, so that a later one may use an earlier one.
pub(super) fn compute(
    computed: &[Computed],
    values: &mut Values,
    probe: &dyn Probe,
) -> Result<(), LaunchError> {
    for entry in computed {
        let failed =
            |why: &dyn std::fmt::Display| LaunchError::Compute(entry.name.clone(), why.to_string());
        let value = match &entry.what {
            ComputedValue::Sha256(json) => {
                let json = filled(json, values).map_err(|error| failed(&error))?;
                hex(&Sha256::digest(sorted(json).to_string()))
            }
            ComputedValue::Uuid => uuid(probe.random().map_err(|error| failed(&error))?),
            ComputedValue::Port => probe.free_port().map_err(|error| failed(&error))?.to_string(),
        };
        values.name(Name::Computed(entry.name.clone()), value.into());
    }
    Ok(())
}

/// A random UUID (version 4) of these bytes.
pub(super) fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex(&bytes);
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}

/// The same JSON with the keys of every object in order.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(Map::from_iter(entries))
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value = json!({"b": [{"d": 1, "c": "x"}], "a": null});
        assert_eq!(sorted(value).to_string(), r#"{"a":null,"b":[{"c":"x","d":1}]}"#);
    }

    #[test]
    fn a_uuid_says_that_it_is_random() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn a_hash_is_that_of_the_compact_text() {
        assert_eq!(
            hex(&Sha256::digest(sorted(json!({})).to_string())),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
    }
}
