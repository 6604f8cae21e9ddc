//! What the user left open, and the settings that decide it.

use gatewise_data::Choice;

/// Collects choices while settings are filled in.
#[derive(Debug, Default)]
pub struct Choices(Vec<Choice>);

impl Choices {
    /// Starts with those made in reading the data.
    pub fn new(found: &[Choice]) -> Self {
        Self(found.to_vec())
    }

    /// The given value, else what `choose` finds with its reason, which is noted and left in `given`.
    pub fn infer<T: Clone + ToString>(&mut self, given: &mut Option<T>, setting: &str, choose: impl FnOnce() -> (T, String)) -> T {
        self.infer_shown(given, setting, choose, T::to_string)
    }

    /// The same for a list.
    pub fn infer_list<T: Clone + ToString>(
        &mut self,
        given: &mut Option<Vec<T>>,
        setting: &str,
        choose: impl FnOnce() -> (Vec<T>, String),
    ) -> Vec<T> {
        self.infer_shown(given, setting, choose, |list| list.iter().map(T::to_string).collect::<Vec<_>>().join(","))
    }

    fn infer_shown<T: Clone>(
        &mut self,
        given: &mut Option<T>,
        setting: &str,
        choose: impl FnOnce() -> (T, String),
        shown: impl Fn(&T) -> String,
    ) -> T {
        if let Some(value) = given {
            return value.clone();
        }
        let (value, reason) = choose();
        *given = Some(value.clone());
        let text = if reason.is_empty() { shown(&value) } else { format!("{} ({reason})", shown(&value)) };
        self.note(setting, text);
        value
    }

    /// The given value, else the usual one, which needs no word.
    pub fn or_default<T: Clone>(given: &mut Option<T>, value: T) -> T {
        given.get_or_insert(value).clone()
    }

    /// Notes a choice; it is named after its setting.
    pub fn note(&mut self, setting: &str, value: impl Into<String>) {
        self.0.push(Choice { what: setting.replace('-', " "), value: value.into(), flag: format!("⦃{setting}⦄") });
    }

    /// As [`note`](Self::note), under another name than its setting's.
    pub fn note_as(&mut self, what: &str, setting: &str, value: impl Into<String>) {
        self.0.push(Choice { what: what.to_owned(), value: value.into(), flag: format!("⦃{setting}⦄") });
    }

    /// All of them, in order.
    pub fn finish(self) -> Vec<Choice> {
        self.0
    }
}
