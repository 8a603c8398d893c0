//! Why a selector stands for nothing, or for too much.

use std::net::IpAddr;

use canreach_net::AddressRangeError;

/// Why a selector stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Nothing is written.
    #[error("an end is missing; {EXPECTED}")]
    Blank,
    /// Nothing has that name.
    #[error("nothing in the input is called `{text}`; {}", did_you_mean(nearest, EXPECTED))]
    NotFound {
        /// The text.
        text: String,
        /// Names that are close to it.
        nearest: Vec<String>,
    },
    /// Nothing of that kind has that name.
    #[error("the input has no {kind} `{text}`{}", after(nearest))]
    NoneOfKind {
        /// The kind, in words.
        kind: &'static str,
        /// The text after the kind.
        text: String,
        /// Names of that kind that are close to it.
        nearest: Vec<String>,
    },
    /// No such kind of selector.
    #[error(
        "`{written}:` is no kind of selector; expected instance:, interface:, nat:, subnet:, vpc:, sg:, public-address:, lb:, vip:, remote:, outside:, tag: or cidr:"
    )]
    UnknownKind {
        /// What stands before the colon.
        written: String,
    },
    /// Several objects have that name.
    #[error("`{text}` may be several things; write {}", one_of(candidates))]
    Ambiguous {
        /// The text.
        text: String,
        /// What to write for each of them.
        candidates: Vec<String>,
    },
    /// Several files define objects of that kind and name; nothing that could be written tells them
    /// apart.
    #[error(
        "`{text}` is defined at {}; leave out one of the files, or write an address as `VPC/ADDRESS`",
        both(places)
    )]
    DefinedTwice {
        /// The text.
        text: String,
        /// Where.
        places: Vec<String>,
    },
    /// Several interfaces have the address, in VPCs whose blocks overlap.
    #[error("`{address}` belongs to several interfaces; write {}", one_of(owners))]
    SeveralOwners {
        /// The address.
        address: IpAddr,
        /// What to write for each of them.
        owners: Vec<String>,
    },
    /// The object is there, but no interface stands behind it.
    #[error("{object} {why}, so there is nothing to ask about")]
    NoInterface {
        /// The object, with its kind.
        object: String,
        /// What it lacks, as a phrase.
        why: &'static str,
    },
    /// No instance or interface has the tag.
    #[error("no instance or interface has tag `{tag}`{}", after(nearest))]
    NoTag {
        /// The tag as written.
        tag: String,
        /// Tags that are close to it, or other objects that have it.
        nearest: Vec<String>,
    },
    /// The address is private, and in no block that the input mentions.
    #[error(
        "`{address}` is not routed on the Internet, and no block of the input holds it{}",
        blocks_hint(blocks)
    )]
    OutsideEveryBlock {
        /// The address.
        address: IpAddr,
        /// Some of the blocks that the input mentions.
        blocks: Vec<String>,
    },
    /// Nobody in the VPC has the address.
    #[error("nobody in VPC `{vpc}` has `{address}`{}", after(nearest))]
    NotInVpc {
        /// The VPC as written.
        vpc: String,
        /// The address.
        address: IpAddr,
        /// VPCs in which somebody has it.
        nearest: Vec<String>,
    },
    /// The public address of a NAT gateway at the VPC sends nothing by itself.
    #[error(
        "`{address}` is an address to which NAT gateway `{gateway}` translates; ask from the instance behind it"
    )]
    TranslatedSource {
        /// The address.
        address: IpAddr,
        /// The gateway.
        gateway: String,
    },
    /// A virtual address sends nothing by itself.
    #[error("`{address}` is held by one of several interfaces; ask from one of those of `{label}`")]
    SharedSource {
        /// The address.
        address: IpAddr,
        /// The virtual address it is.
        label: String,
    },
    /// No block, or a malformed one.
    #[error(transparent)]
    Block(#[from] AddressRangeError),
    /// A block without any address of the network or the Internet.
    #[error("no interface has an address in `{block}`, and the Internet does not route it")]
    EmptyBlock {
        /// The block.
        block: String,
    },
}

/// What an end may be.
const EXPECTED: &str = "write a name or id, `internet`, an address, a CIDR block, or a selector such as `subnet:NAME` or `tag:KEY=VALUE`";

impl ResolveError {
    pub(super) fn not_found(text: &str, nearest: Vec<String>) -> Self {
        Self::NotFound { text: text.to_owned(), nearest }
    }
}

fn did_you_mean(nearest: &[String], otherwise: &str) -> String {
    if nearest.is_empty() {
        otherwise.to_owned()
    } else {
        format!("did you mean {}?", one_of(nearest))
    }
}

fn after(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; {}", did_you_mean(nearest, "")) }
}

fn blocks_hint(blocks: &[String]) -> String {
    if blocks.is_empty() { String::new() } else { format!("; there are {}", blocks.join(", ")) }
}

/// Joins texts as "`a`, `b` or `c`".
fn one_of(texts: &[String]) -> String {
    listed(texts, "or")
}

fn both(texts: &[String]) -> String {
    listed(texts, "and")
}

fn listed(texts: &[String], before_last: &str) -> String {
    match texts {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [all @ .., last] => {
            let all: Vec<String> = all.iter().map(|text| format!("`{text}`")).collect();
            format!("{} {before_last} `{last}`", all.join(", "))
        }
    }
}
