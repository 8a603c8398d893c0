//! Tests on hand-made networks and trips; what is expected follows from `docs/forwarding.md`.

mod aims;
mod build;
mod chains;
mod choices;
mod connections;
mod explanations;
mod facts;
mod filters;
mod firewalls;
mod matcher;
mod mazes;
mod references;
mod smtlib;
