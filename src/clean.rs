//! Strings that others chose, on their way out: [`candor_clean`], and the program's own `println!` and its
//! sisters, which go through it.

pub use candor_clean::*;

// These shadow the macros of the standard library in all modules that come after this one in `lib.rs`.

macro_rules! print {
    ($($arg:tt)*) => { ::candor_clean::print!($($arg)*) };
}
macro_rules! println {
    ($($arg:tt)*) => { ::candor_clean::println!($($arg)*) };
}
#[allow(unused_macros)]
macro_rules! eprint {
    ($($arg:tt)*) => { ::candor_clean::eprint!($($arg)*) };
}
macro_rules! eprintln {
    ($($arg:tt)*) => { ::candor_clean::eprintln!($($arg)*) };
}
