//! The laws of the generator, and what its networks are good for.

mod laws;
mod shares;
