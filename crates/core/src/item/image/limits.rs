//! How large pictures may be.

/// Longest side that is decoded.
pub const MAX_SIDE: u32 = 65_535;
/// Most pixels that are decoded.
pub const MAX_PIXELS: u64 = 100_000_000;
/// Most memory that a decoder may take.
pub const MAX_MEMORY: u64 = 512 << 20;
