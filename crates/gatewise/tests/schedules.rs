//! Learning-rate schedules against PyTorch's, step by step.

mod support;

use gatewise::optim::{Clock, Schedule, Scheduler};
use serde_json::Value;
use support::close;

struct Case {
    lr: Vec<f64>,
    table: Value,
}

impl Case {
    fn open(name: &str) -> Self {
        let all: Value = serde_json::from_str(include_str!("golden/schedules.json")).expect("the golden file is JSON");
        let table = all[name].clone();
        Self { lr: numbers(&table["lr"]), table }
    }

    fn get(&self, key: &str) -> f64 {
        self.table[key].as_f64().unwrap_or_else(|| panic!("no number `{key}`"))
    }

    /// Holds a schedule against the golden, one epoch a step.
    fn check(&self, name: &str, base: f64, schedule: Schedule) {
        assert_eq!(schedule.validate(), Ok(()), "{name}");
        let got: Vec<f64> = (0..self.lr.len() as u64).map(|step| schedule.lr(base, clock(step, self.lr.len() as u64))).collect();
        relative(name, &got, &self.lr);
    }
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn clock(step: u64, total: u64) -> Clock {
    Clock { step, total, per_epoch: 1 }
}

fn relative(name: &str, got: &[f64], expected: &[f64]) {
    let ratios: Vec<f64> = got.iter().zip(expected).map(|(got, expected)| got / expected).collect();
    close(name, &ratios, &vec![1.0; expected.len()], 1e-9);
}

#[test]
fn step_equals_pytorch() {
    let case = Case::open("step");
    case.check("step", case.get("base"), Schedule::Step { every: case.get("every") as u64, factor: case.get("factor") });
}

#[test]
fn cosine_equals_its_formula() {
    let case = Case::open("cosine_with_warmup");
    let (warmup, floor) = (case.get("warmup") / case.get("total"), case.get("floor") / case.get("base"));
    case.check("cosine", case.get("base"), Schedule::Cosine { warmup, floor });
}

#[test]
fn one_cycle_equals_pytorch() {
    let case = Case::open("one_cycle");
    let schedule = Schedule::OneCycle {
        rise: case.get("pct_start"),
        div_factor: case.get("div_factor"),
        final_div_factor: case.get("final_div_factor"),
    };
    case.check("one cycle", case.get("max_lr"), schedule);
}

#[test]
fn reduce_on_plateau_equals_pytorch() {
    let case = Case::open("reduce_on_plateau");
    let schedule = Schedule::ReduceOnPlateau {
        factor: case.get("factor"),
        patience: case.get("patience") as u64,
        threshold: case.get("threshold"),
        cooldown: 0,
        floor: 0.0,
    };
    let mut scheduler = Scheduler::new(schedule, case.get("base"));
    let mut got = Vec::new();
    for (step, loss) in numbers(&case.table["metrics"]).into_iter().enumerate() {
        got.push(scheduler.lr(clock(step as u64, 50)));
        let cut = scheduler.observe(loss);
        assert_eq!(cut, scheduler.lr(clock(step as u64 + 1, 50)) < got[step]);
        // A checkpoint between any two epochs changes nothing.
        let saved = serde_json::to_string(&scheduler).expect("its state is JSON");
        scheduler = serde_json::from_str(&saved).expect("its own state");
    }
    relative("reduce on plateau", &got, &case.lr);
}

#[test]
fn every_schedule_is_finite_for_any_length() {
    let schedules = [
        Schedule::Constant,
        Schedule::Step { every: 1, factor: 0.5 },
        Schedule::Cosine { warmup: 1.0, floor: 0.0 },
        Schedule::Cosine { warmup: 0.0, floor: 0.1 },
        Schedule::OneCycle { rise: 0.0, div_factor: 25.0, final_div_factor: 1e4 },
        Schedule::OneCycle { rise: 1.0, div_factor: 25.0, final_div_factor: 1e4 },
    ];
    for schedule in schedules {
        for total in 0..6 {
            for step in 0..8 {
                let lr = schedule.lr(0.1, clock(step, total));
                assert!((0.0..=0.1 + 1e-15).contains(&lr), "{schedule:?}, step {step} of {total}: {lr}");
            }
        }
    }
}

#[test]
fn a_cut_counts_epochs_not_steps() {
    let schedule = Schedule::Step { every: 2, factor: 0.5 };
    let at = |step| schedule.lr(1.0, Clock { step, total: 40, per_epoch: 10 });
    assert_eq!([at(0), at(19), at(20), at(39), at(40)], [1.0, 1.0, 0.5, 0.5, 0.25]);
}

#[test]
fn settings_read_with_defaults_and_refuse_what_they_do_not_know() {
    let read = |text: &str| serde_json::from_str::<Schedule>(text);
    assert_eq!(read(r#"{"name":"constant"}"#).unwrap(), Schedule::Constant);
    assert_eq!(read(r#"{"name":"cosine","warmup":0.1}"#).unwrap(), Schedule::Cosine { warmup: 0.1, floor: 0.0 });
    assert!(read(r#"{"name":"cosine","warm_up":0.1}"#).unwrap_err().to_string().contains("warm_up"));
    let bad = Schedule::Cosine { warmup: 1.5, floor: 0.0 };
    assert_eq!(bad.validate().unwrap_err().to_string(), "`warmup` is 1.5; it must be between 0 and 1");
}
