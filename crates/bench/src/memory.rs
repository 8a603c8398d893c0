//! The most memory that this process has had.

use std::fs;

use crate::Failure;

/// Returns the peak of the resident memory, in bytes.
///
/// # Errors
/// Fails where the system does not tell, as any but Linux.
pub(crate) fn peak() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: u64 = kilobytes.ok_or("/proc/self/status has no VmHWM")?.trim().parse()?;
    Ok(kilobytes * 1024)
}
