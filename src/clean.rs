//! Strings that others chose, on their way out: [`candor_edge::clean`], and the program's own `println!` and its
//! sisters, which go through it.

pub use candor_edge::clean::*;

// These shadow the macros of the standard library in all modules that come after this one in `lib.rs`.

macro_rules! print {
    ($($arg:tt)*) => { ::candor_edge::print!($($arg)*) };
}
macro_rules! println {
    ($($arg:tt)*) => { ::candor_edge::println!($($arg)*) };
}
#[allow(unused_macros)]
macro_rules! eprint {
    ($($arg:tt)*) => { ::candor_edge::eprint!($($arg)*) };
}
macro_rules! eprintln {
    ($($arg:tt)*) => { ::candor_edge::eprintln!($($arg)*) };
}
