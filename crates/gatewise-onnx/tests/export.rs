//! Models as graphs: their structure, and what they compute beside what the model computes.

mod export {
    mod computed;
    mod files;
    mod networks;
    mod sound;
    mod structure;
    mod tasks;
}
