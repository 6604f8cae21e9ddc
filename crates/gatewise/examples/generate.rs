//! A language model of a text in memory, which then writes, and tells how probable other texts are. `cargo run --release --example generate`

use gatewise::Cpu;
use gatewise::data::Corpus;
use gatewise::language::{Decoding, LanguageModel, Options, Plan};
use gatewise::train::{Control, Event, Session};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lines = ["the cat sat on the mat.\n", "the dog sat on the log.\n", "the frog sat on the dog.\n"];
    let corpus = Corpus::from_texts([lines.concat().repeat(30)]);
    let cpu = Cpu::new(2)?;

    let mut options = Options::default();
    (options.network.hidden, options.training.epochs, options.sample) = (Some(32), Some(8), Some(0));
    let plan = Plan::new(&corpus, &options, &cpu)?;
    let mut on_event = |event: &Event| {
        if let Event::Epoch { epoch, valid_loss: Some(loss), .. } = event {
            println!("reading {epoch}: {loss:.3} nats a symbol on the text kept back");
        }
        Control::Continue
    };
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut on_event };
    let mut model = LanguageModel::fit(&plan, None, &mut session)?.expect("every event was answered with Continue").model;

    let prompt = model.encode("the ")?;
    let LanguageModel { model: network, vocabulary } = &mut model;
    let usual = Decoding { length: Some(60), temperature: Some(0.5), min_p: Some(0.05), seed: Some(7), ..Decoding::default() };
    let mut generator = usual.generator(network, vocabulary, &cpu)?;
    generator.read(&prompt);
    // One text, told in whole characters as it is made.
    let mut on_piece = |piece: &str| -> Result<(), gatewise::Error> {
        print!("{piece}");
        Ok(())
    };
    usual.write(&mut generator, "the ", &mut on_piece)?;
    println!();

    // Three texts at once, each up to the end of its sentence, and the likeliest two.
    let short = Decoding { length: Some(30), stop: vec![".".into()], ..usual };
    let three = Decoding { count: Some(3), ..short.clone() };
    let likeliest = Decoding { beams: Some(4), count: Some(2), stop: short.stop, length: short.length, ..Decoding::default() };
    for decoding in [three, likeliest] {
        let mut generator = decoding.generator(network, vocabulary, &cpu)?;
        generator.read(&prompt);
        for written in decoding.write(&mut generator, "", &mut on_piece)? {
            let score = written.found.map_or(String::new(), |found| format!(" ({:.3} nats a symbol)", -found.score));
            println!("the {}{score}", written.text);
        }
    }

    let mut nats = |text: &str| -> Result<f64, Box<dyn std::error::Error>> {
        let symbols = model.encode(text)?;
        let mut stream = model.stream(&cpu);
        let mut nats = 0.0;
        for pair in symbols.windows(2) {
            nats -= f64::from(stream.push(pair[0])?[pair[1] as usize]).ln();
        }
        Ok(nats / (symbols.len() - 1) as f64)
    };
    for text in ["the dog sat on the mat.", "mat the on tas dog eht."] {
        println!("{:.2} nats a symbol: {text}", nats(text)?);
    }
    Ok(())
}
