//! A language model of a text in memory, which then writes, and tells how probable other texts are. `cargo run --release --example generate`

use gatewise::Cpu;
use gatewise::data::Corpus;
use gatewise::language::{Generator, LanguageModel, Options, Plan, Sampling, Stop};
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
    let mut generator = Generator::new(network, vocabulary, &cpu, Sampling { temperature: 0.5, ..Sampling::default() }, 7)?;
    generator.read(&prompt);
    let (mut text, mut whole) = (String::from("the "), Stop::default());
    for _ in 0..60 {
        whole.push(vocabulary.bytes_of(generator.draw()), &mut text);
    }
    println!("{text}");

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
