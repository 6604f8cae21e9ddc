//! The symbols of texts.

use std::collections::BTreeMap;

use gatewise_data::items::{Content, ItemSet};

use super::Parts;
use crate::choice::Choices;
use crate::error::Error;
use crate::task::classify::encode::text_error;
use crate::task::classify::{Options, TextSpec};
use crate::task::language::{Builder, Normal, Unit, Vocabulary};

/// Symbols of a text where the user does not limit them: all of Hangul and the usual Chinese characters.
const MOST_CHARACTERS: usize = 20_000;
const MOST_WORDS: usize = 20_000;
const SUB_WORDS: usize = 6_000;

/// The symbols of texts, where the items are texts.
pub(super) fn text(set: &ItemSet, parts: &Parts, s: &mut Options, normal: Normal) -> Result<Option<TextSpec>, Error> {
    if !set.items.iter().any(|item| matches!(item.content, Content::Text(_))) {
        return Ok(None);
    }
    let unit = Choices::or_default(&mut s.symbols.unit, Unit::Char);
    let listed = s.symbols.listed(unit, normal)?;
    let limit = Choices::or_default(
        &mut s.symbols.vocabulary,
        match unit {
            Unit::Char | Unit::Jamo => MOST_CHARACTERS,
            Unit::Byte => 256,
            Unit::Word | Unit::Token => MOST_WORDS,
            Unit::SubWord | Unit::Unigram => SUB_WORDS,
        },
    );
    let texts = parts.train.iter().filter_map(|&k| match &set.items[k].content {
        Content::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let vocabulary = match listed {
        Some(listed) => listed,
        None => vocabulary(texts, (unit, limit, normal), &set.path)?,
    };
    Ok(Some(TextSpec { unit, vocabulary: vocabulary.to_json() }))
}

/// Times that a character is met before it has a symbol of its own: of one met once nothing can be learned.
const LEAST_CHARACTERS: u32 = 2;

/// The symbols of the training part's texts.
fn vocabulary<'a>(
    texts: impl Iterator<Item = &'a str> + Send,
    (unit, limit, normal): (Unit, usize, Normal),
    path: &str,
) -> Result<Vocabulary, Error> {
    let builder = Builder::new(unit, limit).with_normal(normal);
    let built = if unit == Unit::Char {
        let mut counts: BTreeMap<char, u32> = BTreeMap::new();
        texts.for_each(|text| normal.apply(text).chars().for_each(|c| *counts.entry(c).or_default() += 1));
        let often = |least: u32| counts.iter().filter(|(_, n)| **n >= least).map(|(c, _)| *c).collect::<String>();
        let common = often(LEAST_CHARACTERS);
        let kept = if common.chars().nth(1).is_some() { common } else { often(1) };
        builder.build(std::iter::once(kept))
    } else {
        // A line end keeps the words of two texts apart.
        builder.build(texts.map(|text| format!("{text}\n")))
    };
    built.map_err(|e| text_error(&e, path))
}
