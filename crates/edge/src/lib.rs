//! Where other people's things come in and go out: opening files that somebody else made ([`input`]), and what
//! becomes of a string that somebody else chose on its way to a terminal, a log, a CSV cell or a page ([`clean`]).
//! What this process keeps to itself ([`process`]). And, with the feature `private`, where our own secrets stay in:
//! files that are the owner's alone (`private`). What else there is around a program comes by one value: `Surroundings`.

// A crate that prints shadows the macros of the standard library by these.

/// `print!`, cleaned.
#[macro_export]
macro_rules! print {
    ($($arg:tt)*) => { $crate::clean::stdout(::std::format_args!($($arg)*), "") };
}
/// `println!`, cleaned.
#[macro_export]
macro_rules! println {
    () => { $crate::clean::stdout(::std::format_args!(""), "\n") };
    ($($arg:tt)*) => { $crate::clean::stdout(::std::format_args!($($arg)*), "\n") };
}
/// `eprint!`, cleaned.
#[macro_export]
macro_rules! eprint {
    ($($arg:tt)*) => { $crate::clean::stderr(::std::format_args!($($arg)*), "") };
}
/// `eprintln!`, cleaned.
#[macro_export]
macro_rules! eprintln {
    () => { $crate::clean::stderr(::std::format_args!(""), "\n") };
    ($($arg:tt)*) => { $crate::clean::stderr(::std::format_args!($($arg)*), "\n") };
}

pub mod clean;
pub mod input;
#[cfg(feature = "private")]
pub mod private;
pub mod process;
#[cfg(feature = "private")]
mod surroundings;

#[cfg(feature = "private")]
pub use surroundings::Surroundings;
