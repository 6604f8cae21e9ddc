//! How far a training has come, in one line.

use super::width::{cut, of};

/// Columns of the bar where the line has room for it.
const BAR: usize = 16;
/// Columns of a terminal from which on there is a bar.
const WITH_BAR: usize = 60;

/// `phase`, a bar, `done` of `all`, and as many of the `words` as there is room for, from the first on; no word is cut.
pub fn line(phase: &str, (done, all): (u64, u64), words: &[String], width: usize) -> String {
    // The last column stays free: some terminals go to the next line when it is written.
    let room = width.saturating_sub(1);
    let mut text = phase.to_owned();
    if width >= WITH_BAR {
        let full = (done.min(all) as f64 / all.max(1) as f64 * BAR as f64) as usize;
        text += &format!(" {}{}", "█".repeat(full), "░".repeat(BAR - full));
    }
    text += &format!(" {done}/{all}");
    for word in words {
        if of(&text) + 2 + of(word) > room {
            break;
        }
        text += &format!("  {word}");
    }
    cut(&text, room).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_what_there_is_room_for() {
        let words = ["epoch 3/50", "left 12 s", "loss 0.1234"].map(str::to_owned);
        let line = |width: usize| line("evaluation", (25, 100), &words, width);
        assert_eq!(line(80), "evaluation ████░░░░░░░░░░░░ 25/100  epoch 3/50  left 12 s  loss 0.1234");
        assert_eq!(line(60), "evaluation ████░░░░░░░░░░░░ 25/100  epoch 3/50  left 12 s");
        assert_eq!(line(40), "evaluation 25/100  epoch 3/50");
        assert_eq!(line(12), "evaluation…");
    }

    #[test]
    fn no_line_passes_the_width() {
        let words = ["매출 예측".to_owned(), "남은 시간 12 s".to_owned()];
        for width in 1..100 {
            assert!(of(&line("학습", (u64::MAX, 7), &words, width)) < width, "{width}");
        }
    }
}
