//! Models as graphs: their structure, and what they compute beside what the model computes.

mod export {
    mod files;
    mod networks;
    mod sound;
    mod structure;
    mod tasks;
}
