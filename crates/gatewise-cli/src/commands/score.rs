//! `gatewise score`: how probable a text is.

use std::process::ExitCode;

use gatewise::task::language::{Ids, LanguageError, Surprise, Vocabulary};
use gatewise_data::Corpus;
use serde_json::json;

use crate::args::{PrecisionName, ScoreArgs};
use crate::failure::Failure;
use crate::language::text::{Text, failure};
use crate::language::{apply, named};
use crate::talk::Talk;

/// Symbols shown before and behind an unlikely one.
const CONTEXT: u64 = 24;

/// A place in a text.
struct Place {
    line: u64,
    column: u64,
    before: String,
    symbol: String,
    behind: String,
}

pub fn run(args: &ScoreArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let cpu = super::cpu(args.threads)?;
    let mut model = crate::model::language(&args.model)?;
    let corpus = Corpus::open(&args.text)?;
    let (text, unknown) = Text::read(&corpus, &model.vocabulary, 0, &std::env::temp_dir())?;
    let known = !text.ids.is_empty() && text.unknown < 1.0;
    if !known && !unknown.is_empty() {
        return Err(failure(LanguageError::AllUnknown { symbols: named(&unknown) }, corpus.path()).into());
    }
    if !unknown.is_empty() {
        let how = if model.vocabulary.rare().is_some() { "share the symbol of rare words" } else { "are left out" };
        talk.say(format!("note: {:.2} % of the symbols are unknown to the model and {how}: {}", 100.0 * text.unknown, named(&unknown)));
    }
    let precision = args.precision.inference(talk);
    let (score, exact) = apply::score(&mut model, &cpu, &text, args.worst, precision).map_err(|e| match e {
        LanguageError::TooShort { .. } => Failure::data(format!("{}: {e}", corpus.path())).help("give a text of two symbols or more"),
        other => failure(other, corpus.path()),
    })?;
    let places = places(&text.ids, &model.vocabulary, &score.unlikely).map_err(|e| failure(e, corpus.path()))?;
    let bits = score.bits_per_char(text.valid_chars);
    if talk.json() {
        let unlikely = score.unlikely.iter().zip(&places).map(|(s, p)| {
            json!({"position": s.position, "line": p.line, "column": p.column, "symbol": p.symbol, "nats": s.nats, "before": p.before, "behind": p.behind})
        });
        let unlikely: Vec<_> = unlikely.collect();
        talk.event(&json!({
            "event": "score", "precision": PrecisionName::from(precision), "f32_nats": exact, "nats": score.nats, "bits_per_char": bits, "perplexity": score.perplexity(), "symbols": score.symbols,
            "characters": text.valid_chars, "unknown": unknown, "unlikely": unlikely,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = format!(
        "nats a symbol       {:.4}\nbits a character    {bits:.4}\nperplexity          {:.3}\nsymbols             {}\n",
        score.nats,
        score.perplexity(),
        score.symbols
    );
    out += &apply::cost(score.nats, exact, precision.into());
    if !places.is_empty() {
        out += "least expected\n";
    }
    for (surprise, place) in score.unlikely.iter().zip(&places) {
        let plain = |text: &str| text.escape_debug().to_string();
        out += &format!(
            "  {}:{}:{}: {:.2} nats: {}⟨{}⟩{}\n",
            corpus.path(),
            place.line,
            place.column,
            surprise.nats,
            plain(&place.before),
            plain(&place.symbol),
            plain(&place.behind)
        );
    }
    talk.print(&out)?;
    Ok(ExitCode::SUCCESS)
}

/// Lines and columns of some symbols, with what stands around them.
fn places(ids: &Ids, vocabulary: &Vocabulary, unlikely: &[Surprise]) -> Result<Vec<Place>, LanguageError> {
    /// Symbols read at once.
    const BLOCK: u64 = 65_536;
    let mut order: Vec<usize> = (0..unlikely.len()).collect();
    order.sort_by_key(|&k| unlikely[k].position);
    let mut places: Vec<Option<Place>> = unlikely.iter().map(|_| None).collect();
    let (mut line, mut column, mut next, mut at, mut block) = (1, 1, 0, 0, Vec::new());
    while next < order.len() {
        block.resize((ids.len() - at).min(BLOCK) as usize, 0);
        ids.read(at, &mut block)?;
        for (position, &id) in (at..).zip(&block) {
            if order.get(next).is_some_and(|&k| unlikely[k].position == position) {
                let show = |from: u64, to: u64| -> Result<String, LanguageError> {
                    let mut around = vec![0; (to - from) as usize];
                    ids.read(from, &mut around)?;
                    let bytes: Vec<u8> = around.iter().flat_map(|&id| vocabulary.bytes_of(id)).copied().collect();
                    Ok(String::from_utf8_lossy(&bytes).into_owned())
                };
                let before = show(position.saturating_sub(CONTEXT), position)?;
                let behind = show(position + 1, (position + 1 + CONTEXT).min(ids.len()))?;
                places[order[next]] = Some(Place { line, column, before, symbol: vocabulary.show(id), behind });
                next += 1;
            }
            for &byte in vocabulary.bytes_of(id) {
                match byte {
                    b'\n' => (line, column) = (line + 1, 1),
                    // Bytes inside a character do not count.
                    0x80..0xC0 => {}
                    _ => column += 1,
                }
            }
        }
        at += block.len() as u64;
    }
    Ok(places.into_iter().flatten().collect())
}
