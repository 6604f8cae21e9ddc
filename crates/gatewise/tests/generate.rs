//! Writing: several texts at once, the likeliest text against every text there is, and what comes out as text.

use std::convert::Infallible;

use gatewise::layer::recurrent::State;
use gatewise::model::Model;
use gatewise::task::language::{
    Beams, Builder, Completion, Ends, Generator, Graphemes, LanguageConfig, Reason, Sampling, Transcript, Unit, Unknown, Vocabulary,
};
use gatewise::{Cell, Cpu, Isa, Precision};

const TEXT: &str = "나는 학교에 간다. 너는 집에 간다.\n그 애는 2시에 ‘학교’로 갔다! the cat's mat\n";

fn units() -> Vec<Unit> {
    let mut units = vec![Unit::Char, Unit::Byte, Unit::Word];
    if cfg!(feature = "subword") {
        units.push(Unit::SubWord);
    }
    units
}

fn vocabulary(unit: Unit) -> Vocabulary {
    Builder::new(unit, 300).build(std::iter::once(TEXT.repeat(3))).unwrap()
}

fn model(cell: Cell, symbols: usize) -> Model<f32> {
    let config = LanguageConfig { cell, hidden: 24, layers: 2, embedding: 8, ..LanguageConfig::default() };
    let mut model = config.starting_model(symbols, 3).unwrap();
    // As a network starts, one symbol is as likely as another.
    model.params_mut().values.iter_mut().for_each(|value| *value *= 4.0);
    model
}

fn one(generator: &mut Generator<'_>, ends: &Ends) -> Completion {
    let Ok(written) = generator.write::<Infallible>(ends, "", &mut |_| Ok(()));
    written
}

#[test]
fn a_text_is_the_same_whatever_is_written_beside_it() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let vocabulary = vocabulary(Unit::Char);
    let sampling = Sampling { repetition_penalty: 1.2, repetition_memory: 10, top_p: 0.95, ..Sampling::default() };
    let ends = Ends { length: 25, stop: vec!["간".into(), " t".into()] };
    let mut ended = [0, 0];
    for cell in [Cell::Lstm, Cell::Gru, Cell::MinGru] {
        for precision in [Precision::F32, Precision::Int8] {
            let mut model = model(cell, vocabulary.len());
            model.set_precision(precision);
            let mut write = |count: usize| {
                let mut generator = Generator::new(&mut model, &vocabulary, &cpu, sampling.clone(), 5).unwrap();
                generator.read(&[1, 2, 3]);
                generator.write_several(count, &ends).unwrap()
            };
            let most = write(17);
            most.iter().for_each(|text| ended[usize::from(text.reason == Reason::Length)] += 1);
            for count in [1, 2, 3, 8, 9] {
                assert_eq!(write(count), &most[..count], "{cell:?} {precision:?}");
            }
            let mut generator = Generator::new(&mut model, &vocabulary, &cpu, sampling.clone(), 5).unwrap();
            generator.read(&[1, 2, 3]);
            assert_eq!(one(&mut generator, &ends), most[0], "{cell:?} {precision:?}");
            assert!(most[1..].iter().all(|text| text.text != most[0].text), "each has random numbers of its own");
        }
    }
    assert!(ended[0] > 10 && ended[1] > 10, "some leave the batch early, some do not: {ended:?}");
}

#[test]
fn writing_beside_leaves_the_text_as_it_was() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let vocabulary = vocabulary(Unit::Char);
    let sampling = Sampling { repetition_penalty: 1.3, temperature: 0.0, ..Sampling::default() };
    let ends = Ends { length: 30, stop: Vec::new() };
    let mut model = model(Cell::Lstm, vocabulary.len());
    let mut draws = |beside: bool| -> Vec<u32> {
        let mut generator = Generator::new(&mut model, &vocabulary, &cpu, sampling.clone(), 5).unwrap();
        generator.read(&[1, 2, 3]);
        if beside {
            generator.write_several(4, &ends).unwrap();
            generator.search(&Beams { beams: 3, length_penalty: 1.0, count: 1 }, &ends).unwrap();
        }
        (0..40).map(|_| generator.draw()).collect()
    };
    assert_eq!(draws(true), draws(false));
}

/// Every text of `length` symbols or up to a stop string, with its ln p and symbols.
fn every_text(model: &mut Model<f32>, cpu: &Cpu, vocabulary: &Vocabulary, ends: &Ends) -> Vec<(String, f64, usize)> {
    let mut texts = Vec::new();
    let mut open = vec![(Vec::<u32>::new(), 0.0)];
    while let Some((symbols, log_probability)) = open.pop() {
        let text: String = symbols.iter().map(|&id| vocabulary.show(id)).collect();
        let met = ends.stop.iter().filter_map(|word| text.find(word.as_str())).min();
        if met.is_some() || symbols.len() == ends.length {
            texts.push((text[..met.unwrap_or(text.len())].to_owned(), log_probability, symbols.len()));
            continue;
        }
        let mut state = State::zeros(model.config(), 1);
        let mut output = model.step(cpu, &[], &[0], &mut state).unwrap().to_vec();
        for &symbol in &symbols {
            output = model.step(cpu, &[], &[symbol], &mut state).unwrap().to_vec();
        }
        let total: f64 = output.iter().map(|&x| f64::from(x).exp()).sum();
        for (symbol, &x) in (0..).zip(&output) {
            open.push(([&symbols[..], &[symbol]].concat(), log_probability + f64::from(x) - total.ln()));
        }
    }
    texts
}

#[test]
fn enough_beams_find_the_likeliest_of_every_text_there_is() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let vocabulary = Builder::new(Unit::Char, 10).build(std::iter::once("abc".to_owned())).unwrap();
    let mut model = model(Cell::Gru, vocabulary.len());
    for stop in [vec![], vec!["bc".to_owned()], vec!["ca".to_owned(), "b".to_owned()]] {
        for length_penalty in [0.0, 0.7, 1.0, 2.5] {
            let ends = Ends { length: 4, stop: stop.clone() };
            let mut expected: Vec<(String, f64, usize)> = every_text(&mut model, &cpu, &vocabulary, &ends);
            let score = |(_, log_probability, symbols): &(String, f64, usize)| log_probability / (*symbols as f64).powf(length_penalty);
            expected.sort_by(|a, b| score(b).total_cmp(&score(a)));
            // Texts that read alike are one.
            let mut seen = std::collections::BTreeSet::new();
            expected.retain(|(text, ..)| seen.insert(text.clone()));
            let mut generator = Generator::new(&mut model, &vocabulary, &cpu, Sampling::default(), 1).unwrap();
            generator.read(&[0]);
            let count = 4.min(expected.len());
            let beams = Beams { beams: 81, length_penalty, count };
            let found = generator.search(&beams, &ends).unwrap();
            assert_eq!(found.len(), count);
            for (found, expected) in found.iter().zip(&expected) {
                let about = found.found.unwrap();
                assert_eq!((&found.text, found.symbols), (&expected.0, expected.2), "{stop:?} {length_penalty}");
                assert!((about.log_probability - expected.1).abs() < 1e-5, "{} against {}", about.log_probability, expected.1);
                assert!((about.score - score(expected)).abs() < 1e-5);
            }
            assert_eq!(found, generator.search(&beams, &ends).unwrap(), "a search draws nothing");
        }
    }
}

#[test]
fn one_beam_takes_the_likeliest_symbol_and_more_find_no_worse() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    for unit in units() {
        let vocabulary = vocabulary(unit);
        let mut model = model(Cell::Lstm, vocabulary.len());
        let ends = Ends { length: 12, stop: Vec::new() };
        let greedy = Sampling { temperature: 0.0, ..Sampling::default() };
        let mut generator = Generator::new(&mut model, &vocabulary, &cpu, greedy, 1).unwrap();
        generator.read(&[1]);
        let mut search = |beams| generator.search(&Beams { beams, length_penalty: 1.0, count: 1 }, &ends).unwrap().remove(0);
        let (narrow, wide) = (search(1), search(8));
        assert!(wide.found.unwrap().score >= narrow.found.unwrap().score, "{unit:?}");
        let drawn = one(&mut generator, &ends);
        assert_eq!((drawn.text, drawn.unfinished), (narrow.text, narrow.unfinished), "{unit:?}");
    }
}

#[test]
fn nothing_is_written_without_length_and_nothing_breaks() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let vocabulary = vocabulary(Unit::Word);
    let mut model = model(Cell::Lstm, vocabulary.len());
    let mut generator = Generator::new(&mut model, &vocabulary, &cpu, Sampling::default(), 1).unwrap();
    let ends = Ends { length: 0, stop: vec!["a".into()] };
    let mut all = generator.write_several(2, &ends).unwrap();
    all.push(one(&mut generator, &ends));
    all.extend(generator.search(&Beams { beams: 2, length_penalty: 1.0, count: 1 }, &ends).unwrap());
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|text| text.text.is_empty() && text.symbols == 0 && text.reason == Reason::Length), "{all:?}");
    // More than any memory holds.
    let several = generator.write_several(1 << 60, &ends).unwrap_err().to_string();
    let search = generator.search(&Beams { beams: 1 << 60, length_penalty: 1.0, count: 1 }, &ends).unwrap_err().to_string();
    assert!(several.contains("count of ") && search.contains("beams of "), "{several}; {search}");
}

#[test]
fn every_unit_writes_texts_as_people_do() {
    for unit in units() {
        let vocabulary = vocabulary(unit);
        let (mut symbols, mut unknown) = (Vec::new(), Unknown::new());
        vocabulary.encode(TEXT, &mut symbols, &mut unknown).unwrap();
        assert!(unknown.is_empty());
        for stop in ["", "학교로", "교에 간", ".\n그", " the", "’로 갔", "none"] {
            let words: Vec<String> = Some(stop).filter(|word| !word.is_empty()).map(str::to_owned).into_iter().collect();
            let mut transcript = Transcript::new(&vocabulary, "", &words);
            let (mut graphemes, mut told) = (Graphemes::default(), String::new());
            let mut at = 0;
            let met = symbols.iter().any(|&symbol| {
                let met = transcript.push(symbol);
                graphemes.push(&transcript.text()[at..], &mut told);
                at = transcript.text().len();
                // What is told is a part of what will be told.
                assert!(TEXT.starts_with(&told), "{unit:?} {told:?}");
                met
            });
            assert!(transcript.end().is_empty());
            graphemes.push(&transcript.text()[at..], &mut told);
            graphemes.flush(&mut told);
            let expected = TEXT.find(stop).filter(|_| !stop.is_empty()).map_or(TEXT, |at| &TEXT[..at]);
            assert_eq!((transcript.text(), told.as_str(), met), (expected, expected, expected.len() < TEXT.len()), "{unit:?} {stop:?}");
        }
    }
}

#[test]
fn bytes_come_out_in_whole_graphemes() {
    let cases: [&[&str]; 5] = [
        &["e\u{301}", "a", "n\u{303}\u{323}", "!"],
        &["\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}", " ", "\u{1f44d}\u{1f3fd}", "\u{2764}\u{fe0f}"],
        &["\u{1112}\u{1161}\u{11ab}", "\u{1100}\u{1173}\u{11af}", "글"],
        &["\u{1f1f0}\u{1f1f7}", "\u{1f1fa}\u{1f1f8}", "a"],
        &["a", "\r\n", "\r", "b", "\n"],
    ];
    let vocabulary = Vocabulary::bytes();
    for clusters in cases {
        let mut transcript = Transcript::new(&vocabulary, "", &[]);
        let (mut graphemes, mut pieces, mut at) = (Graphemes::default(), Vec::new(), 0);
        for byte in clusters.concat().bytes() {
            transcript.push(u32::from(byte));
            let mut piece = String::new();
            graphemes.push(&transcript.text()[at..], &mut piece);
            at = transcript.text().len();
            pieces.push(piece);
        }
        let mut rest = String::new();
        graphemes.flush(&mut rest);
        pieces.push(rest);
        pieces.retain(|piece| !piece.is_empty());
        assert_eq!(pieces, clusters);
    }
}

#[test]
fn what_is_told_goes_on_behind_the_prompt() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    // Marks alone: whatever is drawn belongs to the prompt's last letter.
    let vocabulary = Builder::new(Unit::Char, 10).build(std::iter::once("\u{301}\u{308}".to_owned())).unwrap();
    let mut model = model(Cell::Gru, 2);
    let mut generator = Generator::new(&mut model, &vocabulary, &cpu, Sampling::default(), 1).unwrap();
    generator.read(&[0]);
    let mut pieces = Vec::new();
    let mut on_piece = |piece: &str| -> Result<(), Infallible> {
        pieces.push(piece.to_owned());
        Ok(())
    };
    let Ok(written) = generator.write(&Ends { length: 5, stop: Vec::new() }, "the e", &mut on_piece);
    assert_eq!(pieces, ["the ".to_owned(), format!("e{}", written.text)]);
    // An error of the reader ends the writing.
    let mut calls = 0;
    let failed = generator.write(&Ends { length: 5, stop: Vec::new() }, "ab", &mut |_| {
        calls += 1;
        Err("gone")
    });
    assert_eq!((failed, calls), (Err("gone"), 1));
}
