//! Small networks, one for each sentence of `docs/forwarding.md`; the expected results are read
//! off that page, by hand.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests read what the tests wrote")]

mod acl;
mod appliance;
mod balancers;
mod borders;
mod client_kept;
mod firewalls;
mod gateway_tables;
mod groups;
mod host;
mod hub_options;
mod internet;
mod lab;
mod nat;
mod nobody;
mod parts;
mod peering;
mod premises;
mod routes;
mod transit;
mod virtual_addresses;
