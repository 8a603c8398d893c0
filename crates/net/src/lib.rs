//! Ports, protocols, prefixes and packet headers.
