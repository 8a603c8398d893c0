//! What was understood of the input, and what was not.

use canreach_model::Span;

/// What reading the files gave, for `canreach import`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Each file that was read, with what it is ("AWS `SecurityGroups`", "canreach model").
    pub read: Vec<(String, String)>,
    /// Each file that holds no network data, with the reason.
    pub ignored: Vec<(String, String)>,
    /// What the files say that is not modelled.
    pub unread: Vec<Unread>,
    /// What the files describe that is no more, or does nothing, and so is rightly left out.
    pub left_out: Vec<Unread>,
}

/// Something in a file that is not modelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The path of the file.
    pub path: String,
    /// Where it is.
    pub span: Option<Span>,
    /// What it is, as a phrase: "transit gateway `tgw-1`".
    pub what: String,
    /// What follows for answers, as a phrase: "a route to it is an unresolved fact".
    pub effect: String,
}
