//! Generators of small networks and a brute-force oracle, for tests.
//!
//! The oracle is the page `docs/forwarding.md` written down once more, for one packet at a time and
//! without any regard for speed; it knows `net` and `model`, and no engine. The generator makes
//! networks so small that the oracle can ask every packet. Where an engine and the oracle disagree
//! about a generated network, one of them, or the page, is wrong.

pub mod builder;
pub mod constructs;
pub mod dump;
pub mod estate;
pub mod generate;
pub mod oracle;
mod random;
mod show;

pub use builder::Builder;
pub use random::Random;
pub use show::show;
