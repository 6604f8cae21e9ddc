//! `predict --follow`: raw sound from standard input, an answer each time the window has moved on.

use std::io::{BufRead, ErrorKind};
use std::process::ExitCode;

use gatewise::data::audio::{Stream, from_pcm16};
use gatewise::task::classify::{ClassifierModel, Item, MediaSpec, Steps, Target};
use gatewise_report::classify::{REJECTED, best};
use serde_json::json;

use super::apply::threshold;
use crate::args::PredictArgs;
use crate::commands::cpu;
use crate::failure::Failure;
use crate::talk::Talk;

/// Seconds that an answer is about, and between two answers.
const WINDOW: f64 = 1.0;
const EVERY: f64 = 0.25;

/// Bytes of a sample: signed 16-bit, little-endian.
const SAMPLE: usize = 2;

/// A label as a field of a table.
fn field(label: &str) -> String {
    if label.contains([',', '"', '\n', '\r']) { format!("\"{}\"", label.replace('"', "\"\"")) } else { label.to_owned() }
}

/// Answers until standard input ends. What is alike in neighbouring windows is said once.
pub fn run(mut model: ClassifierModel, args: &PredictArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let Some(MediaSpec::Audio(config)) = model.spec.media.clone() else {
        return Err(Failure::usage("--follow reads sound; this model was not trained on sound").help("leave --follow out").into());
    };
    if model.classifier.config().labels().is_empty() {
        return Err(Failure::usage("--follow names classes; this model predicts values").help("leave --follow out").into());
    }
    if args.given.data.as_os_str() != "-" {
        let help = "as: arecord -t raw -f S16_LE -c 1 -r RATE | gatewise predict MODEL - --follow";
        return Err(Failure::usage("--follow reads raw sound from standard input: give \"-\" for DATA").help(help).into());
    }
    let cpu = cpu(args.given.threads)?;
    let reject = threshold(args.reject_below)?;
    let mut stream = Stream::new(&config).map_err(|e| Failure::usage(e.to_string()))?;
    let width = config.width();
    let frames = |seconds: f64| ((seconds * f64::from(config.rate) / config.hop() as f64).round() as usize).max(1);
    let (window, every) = (frames(args.window.unwrap_or(WINDOW)), frames(EVERY));
    let labels = model.classifier.config().labels().to_vec();
    let told = if args.all { "each is told" } else { "what changes is told (--all tells each, with a column for each class)" };
    talk.say(format!("listening: raw 16-bit mono at {} samples a second; an answer every {EVERY} s, {told} (Ctrl-C ends)", config.rate));
    if !talk.json() {
        let classes: String = if args.all { labels.iter().map(|label| format!(",{}", field(label))).collect() } else { String::new() };
        talk.print(&format!("seconds,label,probability{classes}\n"))?;
    }
    let (mut rows, mut seen, mut due) = (Vec::new(), 0_usize, window);
    let (mut odd, mut last): (Vec<u8>, Option<String>) = (Vec::new(), None);
    let mut heard = false;
    let mut input = std::io::stdin().lock();
    loop {
        let block = match input.fill_buf() {
            Ok(block) => block.to_vec(),
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(Failure::io(format!("<stdin>: {e}")).into()),
        };
        input.consume(block.len());
        let ended = block.is_empty();
        odd.extend_from_slice(&block);
        heard |= !block.is_empty();
        let whole = odd.len() / SAMPLE * SAMPLE;
        let samples: Vec<f32> = from_pcm16(&odd[..whole]).collect();
        odd.drain(..whole);
        let new = if ended && !heard {
            Vec::new()
        } else if ended {
            stream.finish()
        } else {
            stream.push(&samples)
        };
        let count = new.len() / width;
        for (k, row) in new.chunks_exact(width).enumerate() {
            rows.extend_from_slice(row);
            seen += 1;
            // The end of the stream has an answer too, be it shorter than a window.
            let end = ended && k + 1 == count;
            if seen < due && !end {
                continue;
            }
            if seen < window {
                let short = seen as f64 * config.hop() as f64 / f64::from(config.rate);
                let message = format!(
                    "the sound ends after {short:.2} s, less than the {:.2} s of --window: the answer is of what is there",
                    window as f64 * config.hop() as f64 / f64::from(config.rate)
                );
                talk.event(&json!({"event": "note", "message": message}));
                talk.say(format!("note: {message}"));
            }
            due = seen + every;
            let excess = (rows.len() / width).saturating_sub(window) * width;
            rows.drain(..excess);
            let items = [Item { name: String::new(), steps: Steps::Numbers(rows.clone()), target: Target::None }];
            let seconds = seen as f64 * config.hop() as f64 / f64::from(config.rate);
            let mut answer = None;
            model.classifier.predict(&cpu, &items, &[0], &mut |opinion| {
                let (label, probability) = best(&opinion.values, &labels, reject);
                answer = Some((label.to_owned(), probability, opinion.values.clone()));
            });
            let Some((label, probability, values)) = answer else { continue };
            if args.all || last.as_deref() != Some(&*label) && label != REJECTED {
                let mut event = json!({"event": "heard", "seconds": seconds, "label": label, "probability": probability});
                let mut line = format!("{seconds:.2},{},{probability:.4}", field(&label));
                if args.all {
                    event["probabilities"] =
                        labels.iter().cloned().zip(values.iter().map(|p| json!(p))).collect::<serde_json::Map<_, _>>().into();
                    values.iter().for_each(|p| line += &format!(",{p:.4}"));
                }
                talk.event(&event);
                if !talk.json() {
                    talk.print(&(line + "\n"))?;
                }
            }
            last = Some(label);
        }
        if ended && (seen == 0 || !heard) {
            let hint = "give longer sound, as raw 16-bit mono";
            return Err(Failure::data("<stdin>: the sound ends before there is enough of it for an answer").help(hint).into());
        }
        if ended {
            return Ok(ExitCode::SUCCESS);
        }
    }
}
