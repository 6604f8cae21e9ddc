//! `predict --follow`: raw sound from standard input, an answer each time the window has moved on.

use std::io::{BufRead, ErrorKind};
use std::process::ExitCode;

use gatewise::task::classify::{Item, Steps, Target};
use gatewise_data::audio::{Stream, from_pcm16};
use serde_json::json;

use super::apply::{Loaded, REJECTED, best, threshold};
use super::media::MediaSpec;
use crate::args::PredictArgs;
use crate::commands::cpu;
use crate::failure::Failure;
use crate::talk::Talk;

/// Seconds that an answer is about, and between two answers.
const WINDOW: f64 = 1.0;
const EVERY: f64 = 0.25;

/// Bytes of a sample: signed 16-bit, little-endian.
const SAMPLE: usize = 2;

/// Answers until standard input ends. What is alike in neighbouring windows is said once.
pub fn run(mut model: Loaded, args: &PredictArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let Some(MediaSpec::Audio(config)) = model.spec.media.clone() else {
        return Err(Failure::usage("--follow reads sound; this model was not trained on sound").help("leave --follow out").into());
    };
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
    talk.say(format!("listening: raw 16-bit mono at {} samples a second; an answer every {EVERY} s (Ctrl-C ends)", config.rate));
    if !talk.json() {
        talk.print("seconds,label,probability\n")?;
    }
    let labels = model.classifier.config().labels().to_vec();
    let (mut rows, mut seen, mut due) = (Vec::new(), 0_usize, window);
    let (mut odd, mut last): (Vec<u8>, Option<String>) = (Vec::new(), None);
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
        let whole = odd.len() / SAMPLE * SAMPLE;
        let samples: Vec<f32> = from_pcm16(&odd[..whole]).collect();
        odd.drain(..whole);
        let new = if ended { stream.finish() } else { stream.push(&samples) };
        for row in new.chunks_exact(width) {
            rows.extend_from_slice(row);
            seen += 1;
            if seen < due {
                continue;
            }
            due = seen + every;
            let excess = (rows.len() / width).saturating_sub(window) * width;
            rows.drain(..excess);
            let items = [Item { name: String::new(), steps: Steps::Numbers(rows.clone()), target: Target::None }];
            let seconds = seen as f64 * config.hop() as f64 / f64::from(config.rate);
            let mut answer = None;
            model.classifier.predict(&cpu, &items, &[0], &mut |opinion| {
                let (label, probability) = best(&opinion.values, &labels, reject);
                answer = Some((label.to_owned(), probability));
            });
            let Some((label, probability)) = answer else { continue };
            if last.as_deref() != Some(&*label) && label != REJECTED {
                talk.event(&json!({"event": "heard", "seconds": seconds, "label": label, "probability": probability}));
                if !talk.json() {
                    talk.print(&format!("{seconds:.2},{label},{probability:.4}\n"))?;
                }
            }
            last = Some(label);
        }
        if ended {
            return Ok(ExitCode::SUCCESS);
        }
    }
}
