//! Counts that a damaged file may hold: rows and steps that nothing can have counted, and that would overflow with the next.

use serde_json::Value;

/// Beyond every count and every time, by a factor that leaves room for sums and differences.
const MOST: u64 = 1 << 62;

/// Keys whose numbers are no counts that grow: of random numbers, of what the caller keeps, and those for which the largest number means "never".
const OTHERS: [&str; 7] = ["data", "hold", "join", "position", "seed", "since", "stream"];

/// Whether every whole number can be a count, a time or a setting.
pub(super) fn are_countable(value: &Value) -> bool {
    match value {
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(count), _) => count <= MOST,
            (None, Some(below)) => below.unsigned_abs() <= MOST,
            (None, None) => true,
        },
        Value::Array(values) => values.iter().all(are_countable),
        Value::Object(map) => map.iter().all(|(key, value)| OTHERS.contains(&key.as_str()) || are_countable(value)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nothing_counts_is_told_from_counts() {
        assert!(are_countable(&json!({"rows": 1_u64 << 62, "at": [-5, 1e300, null], "seed": u64::MAX, "name": "a"})));
        for wrong in [json!(u64::MAX), json!(i64::MIN), json!({"a": [{"rows": u64::MAX}]})] {
            assert!(!are_countable(&wrong), "{wrong}");
        }
    }
}
