//! The formula as text.

use canreach_model::{Polarity, ProfileName};
use canreach_net::PortSet;
use z3::{SatResult, Solver};

use super::build::*;
use crate::{Aim, Decision, smtlib};

#[test]
fn the_formula_as_text_means_the_same() {
    let mut net = net(ProfileName::Aws);
    let fact = net.fact(Polarity::Helps);
    let rules = [allow().tcp(22).rule(), allow().from("10.9.0.0/16").given(fact).rule()];
    net.group(net.db, INGRESS, rules);
    for (port, expected) in [(22, SatResult::Sat), (23, SatResult::Unsat)] {
        let way = net.request(tcp_to(PortSet::single(port)), vec![sg(net.db, INGRESS)]);
        let trips = [trip(way, vec![])];
        let text = smtlib(&net.network, &trips, net.to(), Aim::Delivered);
        assert!(text.contains("(set-logic QF_BV)") && text.ends_with("(check-sat)\n"), "{text}");
        let solver = Solver::new();
        solver.from_string(text);
        assert_eq!(solver.check(), expected);
        let unreachable = net.decide(&trips, Aim::Delivered) == Decision::Unreachable;
        assert_eq!(unreachable, expected == SatResult::Unsat);
    }
}
