//! A progress bar on standard error, where somebody is looking.

use indicatif::{ProgressBar, ProgressStyle};

/// Fewer steps than this are done before one could read the bar.
const WORTH_SHOWING: usize = 20;

/// Returns a bar whose length will be told; it draws nothing unless standard error is a terminal.
pub(crate) fn bar_of_unknown_length(what: &'static str) -> ProgressBar {
    bar(WORTH_SHOWING, what)
}

/// Returns a bar of so many steps; it draws nothing unless standard error is a terminal.
pub(crate) fn bar(steps: usize, what: &'static str) -> ProgressBar {
    let length = u64::try_from(steps).unwrap_or(u64::MAX);
    if steps < WORTH_SHOWING {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len}, {eta} left");
    let bar = ProgressBar::new(length).with_message(what);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
