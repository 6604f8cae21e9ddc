//! Language models: carried states, exact resume, saved states, scores against a plain loop.

use std::path::Path;

use gatewise::data::{Corpus, Interrupt};
use gatewise::model::{Model, SampledConfig};
use gatewise::optim::OptimizerConfig;
use gatewise::task::forecast::CellName;
use gatewise::task::language::{
    Adaptation, Beams, BpttBatches, Builder, EncodedText, Ends, Generator, Ids, IdsWriter, LanguageConfig, LanguageError, LanguageModel,
    Sampling, Unit, Unknown, Vocabulary,
};
use gatewise::train::{Control, Event, TrainConfig, Trainer};
use gatewise::{Cpu, Isa};

const TEXT: &str = "나는 학교에 간다. 너는 집에 간다. 우리는 산에 간다.\n";

fn text(repeats: usize) -> (Vocabulary, Ids) {
    let text = TEXT.repeat(repeats);
    let vocabulary = Builder::new(Unit::Char, 100).build(std::iter::once(text.clone())).unwrap();
    let (mut ids, mut unknown) = (Vec::new(), Unknown::new());
    vocabulary.encode(&text, &mut ids, &mut unknown).unwrap();
    let mut writer = IdsWriter::new(vocabulary.len(), Path::new("."));
    writer.push(&ids).unwrap();
    (vocabulary, writer.finish().unwrap())
}

fn config(dropout: f64) -> LanguageConfig {
    LanguageConfig { cell: CellName::Lstm, hidden: 24, layers: 2, embedding: 8, dropout, ..LanguageConfig::default() }
}

fn trainer(symbols: usize, per_epoch: Option<u64>) -> Trainer {
    let model = config(0.2).starting_model(symbols, 3).unwrap();
    let train = TrainConfig {
        epochs: 50,
        batch: 4,
        steps_per_epoch: per_epoch,
        lr: 0.02,
        optimizer: OptimizerConfig::adam(),
        patience: None,
        ..TrainConfig::default()
    };
    Trainer::new(model, LanguageConfig::loss(symbols), train).unwrap()
}

fn run_to(trainer: &mut Trainer, cpu: &Cpu, ids: &Ids, steps: u64, carries: bool) {
    let train = BpttBatches::new(ids, 0..1500, 4, 20).unwrap().carried(carries);
    let valid = BpttBatches::new(ids, 1500..ids.len(), 4, 20).unwrap();
    let mut stop = |event: &Event| match event {
        Event::Step { step, .. } if *step == steps => Control::Stop,
        _ => Control::Continue,
    };
    trainer.run(cpu, &train, &valid, &mut stop).unwrap();
}

#[test]
fn a_resumed_run_carries_its_state_to_the_same_bytes() {
    let (vocabulary, ids) = text(60);
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let mut ends = Vec::new();
    // 19 steps a pass: the cut of the epochs at 7 goes on inside the text, and begins it anew after the 19th. Windows that begin anew have no order to keep.
    for (per_epoch, carries) in [(None, true), (Some(7), true), (None, false), (Some(7), false)] {
        let mut whole = trainer(vocabulary.len(), per_epoch);
        run_to(&mut whole, &cpu, &ids, 26, carries);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last.safetensors");
        let mut part = trainer(vocabulary.len(), per_epoch);
        run_to(&mut part, &cpu, &ids, 11, carries);
        part.save(&path).unwrap();
        let mut part = Trainer::resume(&path).unwrap();
        run_to(&mut part, &Cpu::with_isa(Isa::best(), 2), &ids, 26, carries);
        assert!(whole.checkpoint_bytes() == part.checkpoint_bytes(), "epochs of {per_epoch:?} steps, carried: {carries}");
        ends.push(whole.model().params().values.to_vec());
    }
    assert!(ends[0] != ends[2], "a carried state is another training");
}

#[test]
fn a_resumed_run_of_sampled_outputs_averaged_weights_and_shifted_windows_is_the_same() {
    let (vocabulary, ids) = text(60);
    let symbols = vocabulary.len();
    let config = LanguageConfig {
        cell: CellName::Lstm,
        hidden: 12,
        layers: 2,
        embedding: 12,
        tied: true,
        dropout: 0.2,
        input_dropout: 0.2,
        embedding_dropout: 0.1,
        activation_penalty: 1.0,
        slowness_penalty: 0.5,
        weight_drop: 0.2,
        variational: true,
        sampled: Some(SampledConfig { frequent: 4, drawn: 4 }),
        ..LanguageConfig::default()
    };
    let begin = || {
        let train = TrainConfig { epochs: 2, batch: 4, lr: 0.02, patience: None, average: 0.6, ..TrainConfig::default() };
        Trainer::new(config.starting_model(symbols, 3).unwrap(), LanguageConfig::loss(symbols), train).unwrap()
    };
    let run = |trainer: &mut Trainer, threads: usize, steps: u64| {
        let train = BpttBatches::new(&ids, 0..1500, 4, 20).unwrap().shifted(Some(5));
        let valid = BpttBatches::new(&ids, 1500..ids.len(), 4, 20).unwrap();
        let mut stop = |event: &Event| match event {
            Event::Step { step, .. } if *step == steps => Control::Stop,
            _ => Control::Continue,
        };
        trainer.run(&Cpu::with_isa(Isa::best(), threads), &train, &valid, &mut stop).unwrap()
    };
    let mut whole = begin();
    let summary = run(&mut whole, 1, u64::MAX);
    assert!(summary.best.is_some_and(|loss| loss < 2.9), "{summary:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.safetensors");
    // Before and while weights are averaged.
    for cut in [9, 30] {
        let mut part = begin();
        run(&mut part, 2, cut);
        part.save(&path).unwrap();
        let mut part = Trainer::resume(&path).unwrap();
        run(&mut part, 1, u64::MAX);
        assert!(whole.checkpoint_bytes() == part.checkpoint_bytes(), "cut at step {cut}");
    }
    let last = whole.model().params().values.clone();
    assert_ne!(last, whole.into_best().params().values, "what is kept is the mean");
}

#[test]
fn a_model_that_learns_from_what_it_reads_predicts_a_new_text_better() {
    let (vocabulary, ids) = text(60);
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let mut trainer = trainer(vocabulary.len(), None);
    run_to(&mut trainer, &cpu, &ids, 60, true);
    // The same letters in another order, over and over.
    let other = "간다 나는 산에. 집에 너는. 학교에 우리는 간다\n".repeat(60);
    let (mut symbols, mut unknown) = (Vec::new(), Unknown::new());
    vocabulary.encode(&other, &mut symbols, &mut unknown).unwrap();
    assert!(unknown.is_empty());
    let mut writer = IdsWriter::new(vocabulary.len(), Path::new("."));
    writer.push(&symbols).unwrap();
    let other = writer.finish().unwrap();
    let mut model = LanguageModel::new(trainer.into_best(), vocabulary).unwrap();
    let before = model.model.params().values.clone();
    let still = model.score(&cpu, &other, 0..other.len(), 0).unwrap();
    let usual = Adaptation::usual(model.vocabulary.len());
    let settings = [
        ("steps alone", Adaptation { rate: 3e-3, cache: 0, ..usual }),
        ("cache alone", Adaptation { rate: 0.0, cache: 200, ..usual }),
        ("both", Adaptation { rate: 3e-3, cache: 200, ..usual }),
    ];
    for (name, settings) in settings {
        let adapted = model.score_adaptive(&cpu, &other, 0..other.len(), 3, settings).unwrap();
        assert_eq!((adapted.symbols, adapted.unlikely.len()), (still.symbols, 3));
        assert!(adapted.nats < still.nats - 0.2, "{name}: {} against {}", adapted.nats, still.nats);
    }
    // A model that stays as it is, beside itself.
    let none = model.score_adaptive(&cpu, &other, 0..other.len(), 0, Adaptation { rate: 0.0, cache: 0, ..usual }).unwrap();
    assert!((none.nats - still.nats).abs() < 1e-4, "{} against {}", none.nats, still.nats);
    assert_eq!(model.model.params().values, before, "the model itself is as it was");
}

#[test]
fn a_carried_state_tells_more_than_a_window() {
    let (vocabulary, ids) = text(60);
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let mut trainer = trainer(vocabulary.len(), None);
    run_to(&mut trainer, &cpu, &ids, 300, true);
    let mut model = LanguageModel::new(trainer.into_best(), vocabulary).unwrap();
    let known = model.score(&cpu, &ids, 1500..ids.len(), 3).unwrap();
    assert!(known.nats < 0.2, "a text that repeats itself is foreseen: {} nats", known.nats);
    assert_eq!(known.symbols, ids.len() - 1501);
    assert!((known.perplexity() - known.nats.exp()).abs() < 1e-12);
    // The three least likely symbols, the unlikeliest first, and none before the second symbol.
    let nats: Vec<f64> = known.unlikely.iter().map(|s| s.nats).collect();
    assert!(nats.len() == 3 && nats[0] >= nats[1] && nats[1] >= nats[2] && known.unlikely.iter().all(|s| s.position > 0));
}

/// −ln p of every symbol but the first, step by step.
fn step_by_step(model: &mut LanguageModel, cpu: &Cpu, symbols: &[u32]) -> Vec<f64> {
    let mut state = gatewise::layer::recurrent::State::zeros(model.model.config(), 1);
    symbols
        .windows(2)
        .map(|pair| {
            let output = model.model.step(cpu, &[], &pair[..1], &mut state).unwrap();
            let total: f64 = output.iter().map(|&x| f64::from(x).exp()).sum();
            total.ln() - f64::from(output[pair[1] as usize])
        })
        .collect()
}

#[test]
fn scores_are_those_of_a_plain_loop() {
    let cpu = Cpu::with_isa(Isa::best(), 2);
    // In one piece, and in parts side by side: after 1024 symbols of context the rest of the past does not show.
    for (repeats, tolerance) in [(4, 1e-5), (700, 1e-4)] {
        let (vocabulary, ids) = text(repeats);
        let model = config(0.0).starting_model(vocabulary.len(), 3).unwrap();
        let mut model = LanguageModel::new(model, vocabulary).unwrap();
        let mut symbols = vec![0; ids.len() as usize];
        ids.read(0, &mut symbols).unwrap();
        let each = step_by_step(&mut model, &cpu, &symbols);
        let mean = each.iter().sum::<f64>() / each.len() as f64;
        let score = model.score(&cpu, &ids, 0..ids.len(), 1).unwrap();
        assert!((score.nats - mean).abs() < tolerance, "{repeats}: {} against {mean}", score.nats);
        let worst = score.unlikely[0];
        let at = worst.position as usize;
        assert_eq!(worst.symbol, symbols[at]);
        assert!((worst.nats - each[at - 1]).abs() < 1e-3, "{} against {}", worst.nats, each[at - 1]);
    }
}

#[test]
fn surprises_are_what_a_score_sums() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    for repeats in [4, 700] {
        let (vocabulary, ids) = text(repeats);
        let model = config(0.0).starting_model(vocabulary.len(), 3).unwrap();
        let mut model = LanguageModel::new(model, vocabulary).unwrap();
        let usual = Adaptation::usual(model.vocabulary.len());
        for adaptation in [None, Some(usual)].into_iter().take(if repeats > 4 { 1 } else { 2 }) {
            let mut each = vec![None; ids.len() as usize];
            let mut sum = 0.0;
            let told = model.surprises(&cpu, &ids, 0..ids.len(), adaptation, &mut |surprise| {
                sum += surprise.nats;
                assert_eq!(each[surprise.position as usize].replace(surprise.symbol), None);
            });
            told.unwrap();
            let score = match adaptation {
                None => model.score(&cpu, &ids, 0..ids.len(), 0),
                Some(settings) => model.score_adaptive(&cpu, &ids, 0..ids.len(), 0, settings),
            };
            assert_eq!(score.unwrap().nats, sum / score_symbols(&ids));
            let mut symbols = vec![0; ids.len() as usize];
            ids.read(0, &mut symbols).unwrap();
            assert_eq!(each[1..], symbols[1..].iter().map(|&symbol| Some(symbol)).collect::<Vec<_>>());
        }
        let next = model.next(&cpu, &ids).unwrap();
        let likeliest = model.likeliest(&cpu, &ids, 3).unwrap();
        assert!(likeliest.len() == 3 && likeliest.windows(2).all(|pair| pair[0].1 >= pair[1].1));
        assert_eq!(likeliest[0].1, next.iter().copied().fold(0.0, f64::max));
        assert_eq!(next[likeliest[2].0 as usize], likeliest[2].1);
    }
}

fn score_symbols(ids: &Ids) -> f64 {
    (ids.len() - 1) as f64
}

#[test]
fn what_reads_and_writes_ends_where_it_is_asked_to() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let (vocabulary, ids) = text(4);
    let now = Interrupt::new(|| true);
    let corpus = Corpus::from_texts([TEXT]).interrupted_by(now.clone());
    assert!(EncodedText::read(&corpus, &vocabulary, 0, Path::new(".")).is_err());
    let model = config(0.0).starting_model(vocabulary.len(), 3).unwrap();
    let mut model = LanguageModel::new(model, vocabulary).unwrap();
    let ids = ids.interrupted_by(now.clone());
    let usual = Adaptation::usual(model.vocabulary.len());
    for adaptation in [None, Some(usual)] {
        let told = model.surprises(&cpu, &ids, 0..ids.len(), adaptation, &mut |_| panic!("nothing is read"));
        assert!(matches!(told, Err(LanguageError::Interrupted)));
    }
    assert!(matches!(model.next(&cpu, &ids), Err(LanguageError::Interrupted)));
    let LanguageModel { model, vocabulary } = &mut model;
    let mut generator = Generator::new(model, vocabulary, &cpu, Sampling::default(), 5).unwrap();
    generator.interrupt_by(now);
    let ends = Ends { length: usize::MAX, ..Ends::default() };
    assert!(matches!(generator.write_several(2, &ends), Err(LanguageError::Interrupted)));
    let beams = Beams { beams: 2, length_penalty: 1.0, count: 1 };
    assert!(matches!(generator.search(&beams, &ends), Err(LanguageError::Interrupted)));
}

#[test]
fn a_saved_state_goes_on_as_if_nothing_were() {
    let (vocabulary, _) = text(1);
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let mut model: Model<f32> = config(0.0).starting_model(vocabulary.len(), 3).unwrap();
    let sampling = Sampling { repetition_penalty: 1.3, top_p: 0.9, ..Sampling::default() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.state");
    let mut generator = Generator::new(&mut model, &vocabulary, &cpu, sampling.clone(), 5).unwrap();
    generator.read(&[1, 2, 3]);
    let first: Vec<u32> = (0..100).map(|_| generator.draw()).collect();
    generator.save(&path).unwrap();
    let second: Vec<u32> = (0..100).map(|_| generator.draw()).collect();
    assert_ne!(first, second);

    let mut again = Generator::new(&mut model, &vocabulary, &cpu, sampling.clone(), 9).unwrap();
    again.resume(&path, true).unwrap();
    assert_eq!((0..100).map(|_| again.draw()).collect::<Vec<_>>(), second);

    let mut other: Model<f32> = LanguageConfig { hidden: 25, ..config(0.0) }.starting_model(vocabulary.len(), 3).unwrap();
    let mut foreign = Generator::new(&mut other, &vocabulary, &cpu, sampling, 9).unwrap();
    let error = foreign.resume(&path, true).unwrap_err().to_string();
    assert!(error.contains("s.state") && error.contains("this model needs"), "{error}");
}

#[test]
fn a_model_file_brings_its_vocabulary() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let (vocabulary, _) = text(1);
    let model = config(0.0).starting_model(vocabulary.len(), 3).unwrap();
    let model = LanguageModel::new(model, vocabulary).unwrap();
    model.save(&path).unwrap();
    let again = LanguageModel::load(&path).unwrap();
    assert_eq!(again.to_bytes(), model.to_bytes());
    assert_eq!(again.vocabulary.to_json(), model.vocabulary.to_json());
    // A network of another size than its vocabulary is refused.
    assert!(LanguageModel::new(config(0.0).starting_model(7, 1).unwrap(), Vocabulary::bytes()).is_err());
}
