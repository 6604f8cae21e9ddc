//! Classifiers and regressors from items in memory: planned, trained, stopped and gone on with, kept and read, held against the truth.

use gatewise::classify::{Classifier, ClassifierModel, EvaluateOptions, Fitted, Goal, Options, Outcome, Plan, Prediction, Score};
use gatewise::data::items::ItemSet;
use gatewise::forecast::Combine;
use gatewise::model::Readout;
use gatewise::train::{Control, Event, Session};
use gatewise::{AnyModel, Cpu, Isa, Kind};

fn cpu() -> Cpu {
    Cpu::with_isa(Isa::Scalar, 1)
}

fn options(steps: usize) -> Options {
    let mut options = Options { combine: Some(Combine::Network), ..Options::default() };
    (options.network.hidden, options.training.max_steps, options.parts.test_share) = (Some(6), Some(steps), Some(0.2));
    options
}

/// Slow and fast swings on a level that single precision could not hold.
fn wave(k: usize) -> (Vec<f64>, &'static str) {
    let (speed, label) = if k.is_multiple_of(2) { (0.4, "slow") } else { (1.3, "fast") };
    ((0..10 + k % 4).map(|t| 5e7 + (speed * t as f64 + k as f64).sin()).collect(), label)
}

fn waves(k: std::ops::Range<usize>) -> ItemSet {
    ItemSet::from_series(1, k.map(wave)).unwrap()
}

fn fit(set: ItemSet, options: &Options, goal: Goal) -> Fitted {
    let cpu = cpu();
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    let plan = Plan::new(set, options, goal, &mut session).unwrap();
    Classifier::fit(&plan, &mut session).unwrap().unwrap()
}

fn accuracy(outcome: &Outcome) -> f64 {
    outcome.evaluation("test").measure("accuracy").unwrap().model.unwrap()
}

#[test]
fn what_was_trained_is_kept_and_answers_alike() {
    let (cpu, folder) = (cpu(), tempfile::tempdir().unwrap());
    let mut fitted = fit(waves(0..60), &options(400), Goal::Classes);
    assert_eq!(fitted.summaries.len(), 2, "few items are trained on twice");
    let test = fitted.test.as_ref().unwrap();
    assert_eq!((test.evaluation("test").count, test.evaluation("test").unit.as_str()), (12, "items"));
    assert!(accuracy(test) > 0.9, "{}", accuracy(test));
    let before: Vec<Prediction> = fitted.model.predict(&cpu, waves(60..70)).unwrap();
    let path = folder.path().join("waves.safetensors");
    fitted.model.save(&path).unwrap();
    let AnyModel::Classifier(mut model) = gatewise::load(&path).unwrap() else { panic!("a classifier was kept") };
    assert_eq!(model.predict(&cpu, waves(60..70)).unwrap(), before);
    assert_eq!(before.iter().filter(|p| p.label() == Some("slow")).count(), 5);
    assert!(before.iter().all(|p| p.probability() > Some(0.5) && p.value().is_none()));
    let outcome = model.evaluate(&cpu, waves(70..90), &EvaluateOptions::default()).unwrap();
    assert!(accuracy(&outcome) > 0.9 && matches!(outcome.score, Score::Classes { .. }));
    let steps: Vec<usize> = model.features(&cpu, waves(70..72)).unwrap().iter().map(|found| found.steps).collect();
    assert_eq!(steps, [12, 13]);
}

#[test]
fn a_training_that_was_stopped_ends_in_the_same_bytes() {
    let (cpu, options) = (cpu(), options(30));
    let whole = fit(waves(0..40), &options, Goal::Classes);
    let folder = tempfile::tempdir().unwrap();
    let mut fitted = None;
    // Stopped in the first training, then in the one on all items.
    for stop_at in [Some((1, 7)), Some((2, 11)), None] {
        let mut trainings = 0;
        let mut on_event = |event: &Event| {
            trainings += usize::from(matches!(event, Event::Phase { .. }));
            match event {
                Event::Step { step, .. } if stop_at == Some((trainings, *step)) => Control::Stop,
                _ => Control::Continue,
            }
        };
        let mut session = Session { cpu: &cpu, checkpoints: Some(folder.path().to_owned()), on_event: &mut on_event };
        let plan = Plan::new(waves(0..40), &options, Goal::Classes, &mut session).unwrap();
        fitted = Classifier::fit(&plan, &mut session).unwrap();
        assert_eq!(fitted.is_none(), stop_at.is_some());
    }
    let bytes = |fitted: &Fitted| fitted.model.classifier.to_bytes(&serde_json::to_value(&fitted.model.spec).unwrap());
    assert!(bytes(&fitted.unwrap()) == bytes(&whole));
}

#[test]
fn texts_and_values_are_learned_from_memory() {
    let cpu = cpu();
    let words = |k: usize| if k.is_multiple_of(2) { ("ab ab ba", "letters") } else { ("12 21 12", "digits") };
    let mut texts = fit(ItemSet::from_texts((0..40).map(words)).unwrap(), &options(40), Goal::Classes).model;
    let said = texts.predict(&cpu, ItemSet::from_texts([("21 21", None::<&str>)]).unwrap()).unwrap();
    assert_eq!(said[0].label(), Some("digits"));

    let level = |k: usize| (vec![k as f64 / 10.0; 6], k as f64);
    let set = |k: std::ops::Range<usize>| ItemSet::from_series(1, k.map(level)).unwrap();
    let mut values = fit(set(0..60), &options(200), Goal::Values).model;
    let outcome = values.evaluate(&cpu, set(10..50), &EvaluateOptions::default()).unwrap().evaluation("test");
    assert_eq!(outcome.measure("mae").unwrap().beats_baselines(), Some(true));
    let said = values.predict(&cpu, set(30..31)).unwrap();
    assert!(said[0].label().is_none() && (said[0].value().unwrap() - 30.0).abs() < 8.0, "{said:?}");
}

#[test]
fn what_a_model_does_not_read_is_an_error_of_the_data() {
    let cpu = cpu();
    let mut model: ClassifierModel = fit(waves(0..40), &options(5), Goal::Classes).model;
    let two = ItemSet::from_series(2, [(vec![1.0; 4], "slow")]).unwrap();
    let text = ItemSet::from_texts([("slow", "slow")]).unwrap();
    let foreign = ItemSet::from_series(1, [(vec![1.0; 4], "sideways")]).unwrap();
    for (set, said) in [(two, "2 channels of numbers"), (text, "holds text"), (foreign, "sideways")] {
        let error = model.evaluate(&cpu, set, &EvaluateOptions::default()).unwrap_err();
        assert!(error.kind() == Kind::Data && error.to_string().contains(said) && error.remedy().is_some(), "{error}");
    }
    let asked = EvaluateOptions { positive: Some("sideways".into()), ..EvaluateOptions::default() };
    assert_eq!(model.evaluate(&cpu, waves(0..2), &asked).unwrap_err().kind(), Kind::Usage);
    let one_class = ItemSet::from_series(1, (0..9).map(|k| (vec![f64::from(k)], "same"))).unwrap();
    let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    assert_eq!(Plan::new(one_class, &options(5), Goal::Classes, &mut session).unwrap_err().kind(), Kind::Data);
}

#[test]
fn rows_one_by_one_end_in_the_answer_to_the_whole() {
    let cpu = cpu();
    let mut options = options(20);
    (options.bidirectional, options.readout) = (Some(false), Some(Readout::Last));
    let mut model = fit(waves(0..40), &options, Goal::Classes).model;
    let whole = model.predict(&cpu, waves(50..51)).unwrap().remove(0).probabilities;
    let mut stream = model.stream(&cpu).unwrap();
    for value in wave(50).0 {
        stream.push(&[value]).unwrap();
    }
    assert!(stream.answer().iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-6), "{:?} {whole:?}", stream.answer());
    assert_eq!(stream.push(&[1.0, 2.0]).unwrap_err().kind(), Kind::Data);
    assert_eq!(stream.push_text("slow").unwrap_err().kind(), Kind::Data);
}
