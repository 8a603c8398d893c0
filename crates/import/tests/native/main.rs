//! The native notation from the outside: what models mean, what is said about wrong ones, and that
//! no bytes make reading them panic.

mod any_bytes;
mod common;
mod errors_of_addresses;
mod errors_of_form;
mod errors_of_gateways;
mod errors_of_names;
mod errors_of_rules;
mod meaning;
mod sample;
