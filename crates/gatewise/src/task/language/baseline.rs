//! What models that count foresee of a text, to hold a network against.

use std::collections::HashMap;
use std::ops::Range;

use super::error::LanguageError;
use super::ids::Ids;
use super::ngram::{CHARACTERS, KneserNey, Ppm};

/// Symbols counted at most, the last ones: frequencies are settled by then.
const MOST_COUNTED: u64 = 20_000_000;

/// Symbols read at once.
const BLOCK: u64 = 65_536;

/// Nats of a symbol of a text under models that count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    /// Knowing how frequent each symbol is.
    pub frequency: f64,
    /// Knowing what follows each symbol: counts of pairs, interpolated with the frequencies (Witten and Bell 1991).
    pub pair: f64,
    /// Knowing what follows each of the last few symbols: n-grams with [`KneserNey`]'s smoothing.
    pub kneser_ney: OfOrder,
    /// [`Ppm`], which goes on learning as it reads; none where the vocabulary has more than a few thousand symbols.
    pub ppm: Option<OfOrder>,
    /// Symbols of the training part, the first ones, that were not counted: it is too long.
    pub left_out: u64,
    /// Whether the memory was full that n-grams or contexts may take, so that new ones were not counted.
    pub full: bool,
}

/// Nats of a symbol under a model that looks back so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OfOrder {
    /// Symbols of the longest n-gram, or of the longest context of a PPM.
    pub order: usize,
    /// Nats of a symbol.
    pub nats: f64,
}

/// Counts of a text.
struct Counts {
    single: Vec<u64>,
    total: u64,
    pairs: HashMap<(u32, u32), u64>,
    /// Different symbols that follow each, and how often it is followed.
    kinds: Vec<u64>,
    followed: Vec<u64>,
}

impl Baseline {
    /// Counts `train` and foresees `text`, both of symbols below `symbols`.
    ///
    /// # Errors
    /// Numbers that cannot be read any more, or a text of fewer than two symbols.
    pub fn of(ids: &Ids, symbols: usize, train: Range<u64>, text: Range<u64>) -> Result<Self, LanguageError> {
        let predicted = text.end.saturating_sub(text.start + 1);
        if predicted == 0 {
            return Err(LanguageError::TooShort { found: text.end.saturating_sub(text.start), needed: 2 });
        }
        let mut counts = Counts::new(symbols);
        let start = train.start.max(train.end.saturating_sub(MOST_COUNTED));
        pairs(ids, start..train.end, |before, symbol| counts.add(before, symbol))?;
        let (mut frequency, mut pair) = (0.0, 0.0);
        pairs(ids, text.clone(), |before, symbol| {
            let (single, both) = counts.probabilities(before, symbol);
            frequency -= single.ln();
            pair -= both.ln();
        })?;
        drop(counts);
        let mut grams = KneserNey::usual(symbols);
        let counted = grams.learn_part(ids, start..train.end)?;
        let kneser_ney = OfOrder { order: grams.order(), nats: grams.foresee_part(ids, text.clone())? };
        drop(grams);
        let counted = train.end - counted..train.end;
        let left_out = counted.start - train.start;
        let model = (symbols <= CHARACTERS).then(|| Ppm::of_part(ids, symbols, counted)).transpose()?;
        let (ppm, full) = read(model, ids, text)?;
        Ok(Self { frequency: frequency / predicted as f64, pair: pair / predicted as f64, kneser_ney, ppm, left_out, full })
    }
}

impl Baseline {
    /// Foresees `text` by what has been counted of it so far: for a text whose training part is not at hand.
    ///
    /// # Errors
    /// As [`Baseline::of`].
    pub fn while_reading(ids: &Ids, symbols: usize, text: Range<u64>) -> Result<Self, LanguageError> {
        let predicted = text.end.saturating_sub(text.start + 1);
        if predicted == 0 {
            return Err(LanguageError::TooShort { found: text.end.saturating_sub(text.start), needed: 2 });
        }
        let mut counts = Counts::new(symbols);
        let (mut frequency, mut pair) = (0.0, 0.0);
        pairs(ids, text.clone(), |before, symbol| {
            let (single, both) = counts.probabilities(before, symbol);
            frequency -= single.ln();
            pair -= both.ln();
            counts.add(before, symbol);
        })?;
        drop(counts);
        let mut grams = KneserNey::usual(symbols);
        let kneser_ney = OfOrder { order: grams.order(), nats: grams.read_part(ids, text.clone())? };
        let grams_full = grams.is_full();
        drop(grams);
        let (ppm, full) = read((symbols <= CHARACTERS).then(|| Ppm::untaught(symbols)), ids, text)?;
        let full = full || grams_full;
        Ok(Self { frequency: frequency / predicted as f64, pair: pair / predicted as f64, kneser_ney, ppm, left_out: 0, full })
    }
}

/// What a PPM needs for a symbol of a text that it learns as it reads, and whether it was full at the end.
fn read(model: Option<Ppm>, ids: &Ids, text: Range<u64>) -> Result<(Option<OfOrder>, bool), LanguageError> {
    let Some(mut model) = model else { return Ok((None, false)) };
    let nats = model.read_part(ids, text)?;
    Ok((Some(OfOrder { order: model.order(), nats }), model.is_full()))
}

impl Counts {
    fn new(symbols: usize) -> Self {
        Self { single: vec![0; symbols], total: 0, pairs: HashMap::new(), kinds: vec![0; symbols], followed: vec![0; symbols] }
    }

    fn add(&mut self, before: u32, symbol: u32) {
        self.single[symbol as usize] += 1;
        self.total += 1;
        let count = self.pairs.entry((before, symbol)).or_default();
        self.kinds[before as usize] += u64::from(*count == 0);
        *count += 1;
        self.followed[before as usize] += 1;
    }

    /// Of a symbol alone, with one added to every count, and after the one before it.
    fn probabilities(&self, before: u32, symbol: u32) -> (f64, f64) {
        let single = (self.single[symbol as usize] + 1) as f64 / (self.total + self.single.len() as u64) as f64;
        let (kinds, followed) = (self.kinds[before as usize] as f64, self.followed[before as usize] as f64);
        if followed == 0.0 {
            return (single, single);
        }
        let seen = self.pairs.get(&(before, symbol)).copied().unwrap_or(0) as f64;
        (single, (seen + kinds * single) / (followed + kinds))
    }
}

/// Calls back for every symbol with the one before it.
fn pairs(ids: &Ids, part: Range<u64>, mut see: impl FnMut(u32, u32)) -> Result<(), LanguageError> {
    let mut block = Vec::new();
    let mut at = part.start;
    while at + 1 < part.end {
        // Blocks share a symbol, so that no pair is lost between them.
        let length = (part.end - at).min(BLOCK + 1);
        block.resize(length as usize, 0);
        ids.read(at, &mut block)?;
        block.windows(2).for_each(|pair| see(pair[0], pair[1]));
        at += length - 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::ids::IdsWriter;
    use super::*;

    #[test]
    fn counts_foresee_what_repeats() {
        let mut writer = IdsWriter::new(3, std::path::Path::new("."));
        // Longer than a block, so that pairs across blocks count too.
        let text: Vec<u32> = (0..150_000).map(|i| i % 3).collect();
        writer.push(&text).unwrap();
        let ids = writer.finish().unwrap();
        let Baseline { frequency, pair, kneser_ney, ppm, left_out, full } = Baseline::of(&ids, 3, 0..120_000, 120_000..150_000).unwrap();
        assert!((frequency - 3.0_f64.ln()).abs() < 1e-3, "{frequency}");
        // Each symbol has one successor, met 40 000 times: (n + p) / (n + 1) with p a third.
        assert!((pair - 1.0 / 60_000.0).abs() < 1e-6, "{pair}");
        assert!(kneser_ney.nats < 1e-3 && ppm.unwrap().nats < 1e-3, "{kneser_ney:?} {ppm:?}");
        assert_eq!((left_out, full), (0, false));
        assert!(Baseline::of(&ids, 3, 0..10, 10..11).is_err());
        let reading = Baseline::while_reading(&ids, 3, 0..150_000).unwrap();
        assert!((reading.frequency - 3.0_f64.ln()).abs() < 1e-3 && reading.pair < 1e-3, "{reading:?}");
        assert!(reading.pair > pair, "what is not counted yet costs");
        assert!(reading.kneser_ney.nats < 1e-2 && reading.ppm.unwrap().nats < 1e-2, "{reading:?}");
        let many = Baseline::while_reading(&ids, CHARACTERS + 1, 0..1000).unwrap();
        assert_eq!((many.ppm, many.kneser_ney.order), (None, 5));
    }
}
