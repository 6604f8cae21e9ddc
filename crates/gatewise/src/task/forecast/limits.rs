//! What the values of a target can be: bounds, and whether they are whole.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::combine::Output;
use crate::error::Error;

/// Bounds of a target's forecasts, and whether they are whole numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The least value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The greatest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Whether values are whole: halves go to the even neighbour.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
}

impl Limits {
    /// The nearest value that can be.
    pub fn apply(self, value: f64) -> f64 {
        let value = if self.whole { value.round_ties_even() } else { value };
        let value = self.min.map_or(value, |min| value.max(min));
        self.max.map_or(value, |max| value.min(max))
    }

    /// Point and quantiles within the limits.
    pub(super) fn limit(self, output: &mut Output) {
        if self != Self::default() {
            output.point.iter_mut().chain(&mut output.quantiles).for_each(|v| *v = self.apply(*v));
        }
    }

    /// Whether there is a value between the bounds.
    pub(super) fn is_sound(self) -> bool {
        let finite = [self.min, self.max].into_iter().flatten().all(f64::is_finite);
        finite && self.min.zip(self.max).is_none_or(|(min, max)| min <= max)
    }
}

/// A bound of one target or of all, as it is typed: `pm2.5=0` or `0`.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The target; none for all.
    pub target: Option<String>,
    /// The bound, in units of the data.
    pub value: f64,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Some(target) => write!(f, "{target}={}", self.value),
            None => write!(f, "{}", self.value),
        }
    }
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A name may hold the mark as well.
        let (target, number) = text.rsplit_once('=').map_or((None, text), |(target, number)| (Some(target.trim().to_owned()), number));
        let value: Option<f64> = number.trim().parse().ok().filter(|value: &f64| value.is_finite());
        value.map(|value| Self { target, value }).ok_or_else(|| "it is a number, or COLUMN=NUMBER".to_owned())
    }
}

impl Serialize for Bound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.target {
            None => self.value.serialize(serializer),
            Some(_) => self.to_string().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(value) => Ok(Self { target: None, value }),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

/// Targets by name, as they are typed; `all` is all of them, where no column is called so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetName(pub String);

impl FromStr for TargetName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The limits of each target; empty where none has any. `least` has the least value of each that the data tell.
///
/// # Errors
/// A name that is no target's, one that is named twice, and bounds between which nothing lies.
pub(super) fn limits(
    targets: &[String],
    (min, max, whole): (&[Bound], &[Bound], &[TargetName]),
    least: &[Option<f64>],
) -> Result<Vec<Limits>, Error> {
    let mut limits: Vec<Limits> = least.iter().map(|&min| Limits { min, ..Limits::default() }).collect();
    let bounds = |setting: &str, given: &[Bound]| -> Result<Vec<Option<f64>>, Error> {
        let mut found = vec![None; targets.len()];
        for bound in given.iter().filter(|bound| bound.target.is_none()) {
            if found.first().is_some_and(Option::is_some) {
                return Err(
                    Error::usage(format!("⦃{setting}⦄ is given twice for all targets")).help("give one, and others as COLUMN=NUMBER")
                );
            }
            found.fill(Some(bound.value));
        }
        let mut named = vec![false; targets.len()];
        for bound in given {
            let Some(target) = &bound.target else { continue };
            let at = position(targets, target, setting)?;
            if std::mem::replace(&mut named[at], true) {
                return Err(Error::usage(format!("⦃{setting}⦄ is given twice for {target}")).help("give each target once"));
            }
            found[at] = Some(bound.value);
        }
        Ok(found)
    };
    let (mins, maxs) = (bounds("min", min)?, bounds("max", max)?);
    for (k, limits) in limits.iter_mut().enumerate() {
        limits.min = mins[k].or(limits.min);
        limits.max = maxs[k];
    }
    for name in whole {
        match targets.iter().position(|target| *target == name.0) {
            None if name.0 == "all" => limits.iter_mut().for_each(|limits| limits.whole = true),
            _ => limits[position(targets, &name.0, "whole")?].whole = true,
        }
    }
    for (limits, target) in limits.iter_mut().zip(targets) {
        if limits.whole {
            (limits.min, limits.max) = (limits.min.map(f64::ceil), limits.max.map(f64::floor));
        }
        if let (false, Some(min), Some(max)) = (limits.is_sound(), limits.min, limits.max) {
            let what = if limits.whole { "whole number" } else { "value" };
            let message = format!("no {what} of {target} lies between ⦃min⦄ {min} and ⦃max⦄ {max}");
            return Err(Error::usage(message).help("give a lower ⦃min⦄ or a higher ⦃max⦄"));
        }
    }
    if limits.iter().all(|limits| *limits == Limits::default()) {
        limits.clear();
    }
    Ok(limits)
}

fn position(targets: &[String], name: &str, setting: &str) -> Result<usize, Error> {
    targets.iter().position(|target| target == name).ok_or_else(|| {
        Error::usage(format!("⦃{setting}⦄ {name}: no target has that name")).help(format!("the targets are {}", targets.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(min: &[&str], max: &[&str], whole: &[&str]) -> Result<Vec<Limits>, Error> {
        let read = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Bound>>();
        let whole: Vec<TargetName> = whole.iter().map(|name| TargetName((*name).to_owned())).collect();
        limits(&["pm2.5".to_owned(), "a=b".to_owned()], (&read(min), &read(max), &whole), &[Some(0.0), None])
    }

    #[test]
    fn bounds_are_of_all_targets_or_of_one() {
        let (none, zero) = (Limits::default(), Limits { min: Some(0.0), ..Limits::default() });
        assert_eq!(of(&[], &[], &[]).unwrap(), [zero, none]);
        assert_eq!(
            of(&["-4"], &["a=b=7.5"], &[]).unwrap().iter().map(|l| (l.min, l.max)).collect::<Vec<_>>(),
            [(Some(-4.0), None), (Some(-4.0), Some(7.5))]
        );
        assert_eq!(
            of(&["1.5", "pm2.5=-2"], &[], &["all"]).unwrap(),
            [-2.0, 2.0].map(|min| Limits { min: Some(min), max: None, whole: true })
        );
        assert_eq!(of(&[], &[], &["a=b"]).unwrap()[1].apply(2.5), 2.0);
        assert_eq!(Limits { min: Some(0.0), max: Some(9.0), whole: true }.apply(9.6), 9.0);
        assert!(limits(&["y".to_owned()], (&[], &[], &[]), &[None]).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_is_refused_with_a_cure() {
        for (min, max, whole, said) in [
            (&["pm=0"][..], &[][..], &[][..], "⦃min⦄ pm: no target has that name"),
            (&["1", "2"], &[], &[], "⦃min⦄ is given twice for all targets"),
            (&[], &["pm2.5=1", "pm2.5=2"], &[], "⦃max⦄ is given twice for pm2.5"),
            (&["3"], &["2"], &[], "no value of pm2.5 lies between ⦃min⦄ 3 and ⦃max⦄ 2"),
            (&["0.2"], &["0.8"], &["pm2.5"], "no whole number of pm2.5"),
            (&[], &[], &["pm"], "⦃whole⦄ pm: no target"),
        ] {
            let error = of(min, max, whole).unwrap_err();
            assert!(error.to_string().contains(said) && error.remedy().is_some(), "{error}");
        }
        assert!("sales=".parse::<Bound>().is_err() && "inf".parse::<Bound>().is_err());
    }

    #[test]
    fn bounds_are_written_as_they_are_read() {
        let given: Vec<Bound> = serde_json::from_str("[0, \"pm2.5=-3.5\", \"7\"]").unwrap();
        assert_eq!(serde_json::to_string(&given).unwrap(), "[0.0,\"pm2.5=-3.5\",7.0]");
    }
}
