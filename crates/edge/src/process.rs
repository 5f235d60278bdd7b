//! What this process keeps to itself.

/// Forbids core dumps, and with them that a crash writes secrets to disk; on Linux also that other
/// processes of the user look into this one's memory. Called first thing by the program and by every
/// worker: the second of the two does not survive the start of another program.
pub fn shut() {
    #[cfg(unix)]
    {
        // A system that refuses is one where nothing better can be done.
        let _ = rlimit::Resource::CORE.set(0, 0);
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
