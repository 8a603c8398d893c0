//! What becomes of verdicts that the solver and the sets do not share.

use canreach_model::{InterfaceId, ProfileName};
use canreach_sets::{Algebra, FlowSet};
use canreach_testkit::{
    Builder,
    builder::{allow, ports},
};

use super::*;
use crate::{End, Traffic};

const OPTIONS: Options = Options { rlimit: 50_000_000, explain: false };

fn end(lab: &Builder, id: InterfaceId) -> End {
    End {
        label: format!("{id:?}"),
        endpoint: Endpoint::Interface(id),
        addresses: lab.network.interfaces[id].addresses.iter().copied().collect(),
    }
}

#[test]
fn sets_that_say_otherwise_than_the_solver_are_a_disagreement() {
    let mut lab = Builder::new(ProfileName::Aws);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.0.0/24"]);
    let (a, b) = (lab.interface(subnet, &["10.0.0.1"]), lab.interface(subnet, &["10.0.0.2"]));
    let group = lab.group(&[b], vec![ports(allow(), Protocol::TCP, 443, 443)], Vec::new());
    lab.network.interfaces[b].security_groups = vec![group];
    let question = Question {
        from: String::from("a"),
        to: String::from("b"),
        sources: vec![end(&lab, a)],
        destinations: vec![end(&lab, b)],
        unowned: Vec::new(),
        traffic: Traffic::parse(None, Some("443")).unwrap(),
        one_way: false,
    };
    let network = lab.build();
    let session = Session::new(&network);
    let pair = decide(&session, &question, (0, 0), OPTIONS).unwrap();
    assert_eq!(pair.answered, Verdict::Reachable);
    let (flows, exact) = (flows(&question, (0, 0)), pair.flows.clone().unwrap());
    let to = Endpoint::Interface(b);
    let checker =
        Checker { session: &session, question: &question, flows: &flows, to, options: OPTIONS };
    let held = |exact: &ExactFlows, limits| checker.hold_against_sets(&pair, exact, limits);
    assert!(held(&exact, (false, false)).is_ok());
    let closed =
        ExactFlows { delivered: FlowSet::empty(), answered: FlowSet::empty(), ..exact.clone() };
    let error = held(&closed, (false, false)).unwrap_err();
    assert!(error.description.contains("exact sets say Unreachable"), "{}", error.description);
    // Nothing is answered, says one side; only perhaps, says the other.
    let unanswered = ExactFlows { answered: FlowSet::empty(), ..exact.clone() };
    assert!(held(&unanswered, (false, false)).is_err());
    let perhaps = ExactFlows { maybe_answered: exact.answered.clone(), ..unanswered.clone() };
    assert!(held(&perhaps, (false, false)).is_err());
    // Where one side gave up there is nothing to compare.
    assert!(held(&unanswered, (false, true)).is_ok());
    let limit = Some(String::from("a limit"));
    assert!(held(&ExactFlows { limit, ..closed }, (false, false)).is_ok());
}
