//! A walk through memory: networks unrolled over one sequence, with everything they computed.
//!
//! | module | job |
//! |---|---|
//! | `column` | what a reader sees, and the steps a network takes over it |
//! | `network` | gates, states, Jacobians and gradients of a network over a sequence |
//! | `lesson`, `windows` | networks trained for a walk, on a text of one's own |
//! | `states`, `property`, `telling`, `similar` | what units say over a long text |
//! | `text`, `memory`, `series`, `items` | the walk over a text, a sentence whose key decides its answer, a table, a labelled sequence |
//! | `record` | what was found |

mod column;
mod items;
mod lesson;
mod memory;
mod network;
mod property;
mod record;
mod series;
mod similar;
mod states;
mod telling;
mod text;
mod windows;

pub use column::{Column, columns, is_right_to_left};
pub use items::walk_item;
pub use lesson::{Lesson, OnProgress, Recipe, Run, Taught, recipes};
pub use memory::walk_memory;
pub use network::{Derivative, Extent, Gate, Gradient, Part, Trace, Weight};
pub use property::Property;
pub use record::{
    Alike, Answer, ByWord, Context, Form, Group, Network, Recall, Recalled, RowUse, Sentence, Series, Source, Stretch, StretchPart, Told,
    Walk,
};
pub use series::{train_cell, walk_series};
pub use similar::{Similar, similar};
pub use states::{Place, States};
pub use telling::{Telling, Unit, tell};
pub use text::{Here, MOST_STEPS, Passage, Shown, Teaching, USUAL_STEPS, train_on, walk};
pub use windows::TextWindows;
