//! The public holidays of countries and their regions.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;

use flate2::read::GzDecoder;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::error::DataError;

/// Code, name and steps between days, a line each; see `calendar/make_holidays.py`.
const PACKED: &[u8] = include_bytes!("../../../calendar/holidays.tsv.gz");
/// The day that days are counted from.
const FIRST: Date = date(2000, 1, 1);

fn table() -> &'static str {
    static TABLE: OnceLock<String> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut text = String::new();
        GzDecoder::new(PACKED).read_to_string(&mut text).expect("the table of holidays is text");
        text
    })
}

/// Names and days of the public holidays of a country (`KR`) or of a region of one (`DE-BY`), which has those of its country too. ISO 3166-1 and -2.
pub(super) fn holidays_of(code: &str) -> Result<BTreeMap<String, Vec<Date>>, DataError> {
    let code = code.trim().to_ascii_uppercase();
    let country = code.split('-').next().unwrap_or_default();
    let mut found: BTreeMap<String, Vec<Date>> = BTreeMap::new();
    let mut whole = code == country;
    for line in table().lines() {
        let mut fields = line.split('\t');
        let (Some(of), Some(name), Some(steps)) = (fields.next(), fields.next(), fields.next()) else { continue };
        if of != country && of != code {
            continue;
        }
        whole |= of == code;
        let mut at: i64 = 0;
        let days = steps.split(' ').filter_map(|step| {
            at += step.parse::<i64>().ok()?;
            FIRST.checked_add(at.days()).ok()
        });
        found.entry(name.to_owned()).or_default().extend(days);
    }
    if found.is_empty() || !whole {
        return Err(unknown(&code, country, !found.is_empty()));
    }
    Ok(found)
}

/// What is said of a code that stands for nothing.
fn unknown(code: &str, country: &str, is_country: bool) -> DataError {
    let codes = table().lines().filter_map(|line| line.split('\t').next());
    let mut near: Vec<&str> =
        codes.filter(|of| if is_country { of.starts_with(&format!("{country}-")) } else { !of.contains('-') }).collect();
    near.dedup();
    let message = if is_country && near.is_empty() {
        format!("⦃holidays⦄: no region of {country} has holidays of its own that are known")
    } else if is_country {
        format!("⦃holidays⦄: \"{code}\" is no region of {country}")
    } else {
        format!("⦃holidays⦄: \"{code}\" is no country")
    };
    let help = if is_country && near.is_empty() {
        format!("give the country: ⦃holidays⦄ {country}")
    } else if is_country {
        format!("one of {}, or {country} alone", near.join(", "))
    } else {
        "give the two letters of ISO 3166, such as KR, US or DE, or those of a region, such as DE-BY".to_owned()
    };
    DataError::Usage { message, help }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_of_countries_and_regions() {
        let korea = holidays_of("kr").unwrap();
        assert!(korea["Chuseok"].contains(&date(2024, 9, 17)) && korea["Korean New Year"].contains(&date(2025, 1, 29)), "{korea:?}");
        let (germany, bavaria) = (holidays_of("DE").unwrap(), holidays_of("DE-BY").unwrap());
        assert!(!germany.contains_key("Epiphany") && bavaria["Epiphany"].contains(&date(2024, 1, 6)));
        assert!(bavaria["Christmas Day"] == germany["Christmas Day"]);
        let refused = |code: &str| holidays_of(code).unwrap_err();
        assert!(refused("KOR").to_string().contains("\"KOR\" is no country"));
        assert!(refused("DE-XX").help().unwrap().contains("DE-BY"));
        assert!(refused("").to_string().contains("is no country"));
    }
}
