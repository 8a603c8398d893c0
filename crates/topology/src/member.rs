//! Index of addresses.
