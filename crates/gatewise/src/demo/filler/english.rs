//! Parts of English filler sentences: when, who, what, where.

use super::Parts;

pub(super) const PARTS: Parts = Parts {
    slots: &[
        &["", "yesterday", "today", "last week", "on Sunday", "after lunch", "in the morning"],
        &["Anna", "my brother", "our neighbour", "the children", "my old teacher"],
        &[
            "read a book",
            "listened to music",
            "took pictures",
            "drank coffee",
            "wrote a letter",
            "sang",
            "waited for a friend",
            "rested",
            "drew a map",
            "took a long walk",
            "laughed",
        ],
        &["", "at home", "in the park", "at school", "by the river", "near the old bridge", "at the market"],
    ],
    short: &["right", "well", "fine", "sure", "true", "it rained", "birds sang", "time passed", "snow fell", "nobody spoke"],
};
