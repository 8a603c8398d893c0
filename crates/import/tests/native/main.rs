//! The native notation from the outside: what models mean, what is said about wrong ones, and that
//! no bytes make reading them panic.

mod any_bytes;
mod common;
mod errors_of_addresses;
mod errors_of_balancers;
mod errors_of_cloud_firewalls;
mod errors_of_form;
mod errors_of_gateways;
mod errors_of_host_firewalls;
mod errors_of_names;
mod errors_of_records;
mod errors_of_rules;
mod errors_of_transit;
mod meaning;
mod meaning_beyond;
mod meaning_hosts;
mod sample;
