#![no_main]

mod engine;

engine::throw_at!(columns);
