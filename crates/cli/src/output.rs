//! Writing to standard output and standard error.

use std::io::Write;

use crate::failure::Failure;

/// Writes text with ANSI styles, which go where they are not wanted.
///
/// # Errors
/// Fails when the output is closed or cannot be written.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::from_output)
}

/// Writes bytes as they are.
///
/// # Errors
/// Fails when the output is closed or cannot be written.
pub(crate) fn print_raw(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(Failure::from_output)
}

/// Writes a remark to standard error; nobody can be told where that fails.
pub(crate) fn remark(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Writes why a command failed.
pub(crate) fn complain(failure: &Failure) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    remark(&format!("{style}error{style:#}: {failure}\n"));
}

/// Returns text without its ANSI styles.
pub(crate) fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}
