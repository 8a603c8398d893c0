use canreach_model::{Network, Polarity, ProfileName, PublicAddressTarget};
use canreach_query::{Options, Question, Role, Traffic, ask, resolve};
use canreach_testkit::Builder;

use super::*;

/// What an answer takes for granted, asked as a user writes it: `10.0.1.10 -> 10.0.1.99`.
fn assumed(network: &Network, text: &str) -> Vec<String> {
    let (from, to) = text.split_once(" -> ").unwrap();
    let question = Question {
        from: from.to_owned(),
        to: to.to_owned(),
        sources: resolve(network, from, Role::Source).unwrap().ends,
        destinations: resolve(network, to, Role::Destination).unwrap().ends,
        unowned: Vec::new(),
        traffic: Traffic::parse(None, Some("443")).unwrap(),
        one_way: false,
    };
    let answer = ask(network, &question, &Options { rlimit: 50_000_000, explain: false }).unwrap();
    Words { network, anywhere: false }.implied_assumptions(&answer)
}

fn lab() -> Builder {
    let mut lab = Builder::new(ProfileName::Generic);
    let vpc = lab.vpc(&["10.0.0.0/16"]);
    let subnet = lab.subnet(vpc, &["10.0.1.0/24"]);
    lab.interface(subnet, &["10.0.1.10"]);
    lab
}

#[test]
fn that_nobody_has_an_address_takes_for_granted_that_everybody_is_described() {
    let lab = lab();
    let complete = "nothing but the interfaces described has an address in VPC `vpc-0`";
    assert_eq!(assumed(&lab.network.clone(), "10.0.1.10 -> 10.0.1.99"), [complete]);
    assert_eq!(assumed(&lab.build(), "10.0.1.10 -> 10.0.1.10"), [""; 0]);
}

#[test]
fn where_the_input_may_lack_somebody_nothing_is_taken_for_granted() {
    let mut lab = lab();
    let fact = lab.fact(Polarity::Helps);
    let vpc = lab.network.vpcs.ids().next().unwrap();
    lab.network.vpcs[vpc].unlisted = Some(fact);
    assert_eq!(assumed(&lab.build(), "10.0.1.10 -> 10.0.1.99"), [""; 0]);
}

#[test]
fn a_public_address_of_the_network_is_no_machine_on_the_internet() {
    let mut lab = lab();
    let fact = lab.fact(Polarity::Helps);
    lab.public_address_of("203.0.113.50", Some(PublicAddressTarget::Unresolved(fact)));
    lab.public_address_of("203.0.113.40", None);
    let network = lab.build();
    for own in ["203.0.113.50", "203.0.113.40"] {
        assert_eq!(assumed(&network, &format!("10.0.1.10 -> {own}")), [""; 0]);
    }
    let answer = ["machines on the Internet answer"];
    assert_eq!(assumed(&network, "10.0.1.10 -> 203.0.113.51"), answer);
}
