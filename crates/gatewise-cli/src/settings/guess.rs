//! What the user left open, and the flags that settle it.

use gatewise_data::Guess;

/// Collects guesses while settings are filled in.
#[derive(Debug, Default)]
pub struct Guesses(Vec<Guess>);

impl Guesses {
    /// Starts with what reading the table guessed.
    pub fn new(found: &[Guess]) -> Self {
        Self(found.to_vec())
    }

    /// The given value, else a guess, which is noted with `reason` and left in `setting`.
    pub fn or<T: Clone + ToString>(&mut self, setting: &mut Option<T>, flag: &str, guess: impl FnOnce() -> (T, String)) -> T {
        self.or_shown(setting, flag, guess, T::to_string)
    }

    /// The same for a list.
    pub fn or_list<T: Clone + ToString>(
        &mut self,
        setting: &mut Option<Vec<T>>,
        flag: &str,
        guess: impl FnOnce() -> (Vec<T>, String),
    ) -> Vec<T> {
        self.or_shown(setting, flag, guess, |list| list.iter().map(T::to_string).collect::<Vec<_>>().join(","))
    }

    fn or_shown<T: Clone>(
        &mut self,
        setting: &mut Option<T>,
        flag: &str,
        guess: impl FnOnce() -> (T, String),
        shown: impl Fn(&T) -> String,
    ) -> T {
        if let Some(value) = setting {
            return value.clone();
        }
        let (value, reason) = guess();
        *setting = Some(value.clone());
        let text = if reason.is_empty() { shown(&value) } else { format!("{} ({reason})", shown(&value)) };
        self.note(flag, text);
        value
    }

    /// The given value, else the usual one, which needs no word.
    pub fn usual<T: Clone>(setting: &mut Option<T>, value: T) -> T {
        setting.get_or_insert(value).clone()
    }

    /// Notes a guess; it is named after its flag.
    pub fn note(&mut self, flag: &str, value: impl Into<String>) {
        let what = flag.trim_start_matches('-').replace('-', " ");
        self.0.push(Guess { what, value: value.into(), flag: flag.to_string() });
    }

    pub fn finish(self) -> Vec<Guess> {
        self.0
    }
}
