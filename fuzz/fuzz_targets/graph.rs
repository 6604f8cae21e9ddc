#![no_main]

mod engine;

engine::throw_at!(graph);
