//! Questions in words about addresses that nobody has, or of which the input does not say whose they
//! are, and from interfaces of load balancers. The verdicts are worked out from `docs/forwarding.md`.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests read what the tests wrote")]

use canreach_model::{
    Direction, FactId, Forwarding, InterfaceId, Network, Obstacle, Polarity, ProfileName,
    PublicAddressTarget, RouteTarget, VpcId,
};
use canreach_net::{PortRange, PortSet, Protocol, ProtocolSet, RangeSet};
use canreach_query::{
    Answer, Blocking, Cause, DecidingFact, Options, Question, Role, Traffic, Verdict, Warning, ask,
    resolve,
};
use canreach_testkit::{
    Builder,
    builder::{address, allow, far_side},
};

/// A host with a public address in a VPC with an Internet gateway, and one in a VPC of its own.
struct Site {
    lab: Builder,
    prod: VpcId,
    /// The only one of the VPC on its own.
    far: InterfaceId,
}

fn site() -> Site {
    let mut lab = Builder::new(ProfileName::Aws);
    let prod = lab.vpc(&["10.0.0.0/16", "2001:db8::/56"]);
    let web = lab.subnet(prod, &["10.0.1.0/24", "2001:db8::/64"]);
    let near = lab.interface(web, &["10.0.1.10", "2001:db8::10"]);
    lab.public_address("203.0.113.10", near);
    let gateway = lab.internet_gateway(prod);
    lab.route(lab.default_table(prod), "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    let island = lab.vpc(&["10.2.0.0/16"]);
    let shore = lab.subnet(island, &["10.2.1.0/24"]);
    let far = lab.interface(shore, &["10.2.1.10"]);
    Site { lab, prod, far }
}

/// Asks as a user writes it: `10.0.1.10 -> 10.0.1.99`.
fn asked(network: &Network, text: &str) -> Answer {
    let (from, to) = text.split_once(" -> ").unwrap();
    let sources = resolve(network, from, Role::Source).unwrap();
    let destinations = resolve(network, to, Role::Destination).unwrap();
    let Protocol(tcp) = Protocol::TCP;
    let question = Question {
        from: from.to_owned(),
        to: to.to_owned(),
        sources: sources.ends,
        destinations: destinations.ends,
        unowned: [sources.unowned, destinations.unowned].concat(),
        traffic: Traffic {
            protocols: ProtocolSet::single(tcp),
            destination_ports: PortSet::single(443),
            icmp_types: RangeSet::all(),
            icmp_codes: RangeSet::all(),
        },
        one_way: false,
    };
    ask(network, &question, &Options { rlimit: 50_000_000, explain: true }).unwrap()
}

fn deciding(answer: &Answer) -> Vec<FactId> {
    answer.deciding.iter().flatten().map(|DecidingFact { fact, .. }| *fact).collect()
}

/// What stops the flow on its only walk.
fn obstacles(answer: &Answer) -> Vec<Obstacle> {
    let blockers = answer.walks.iter().flat_map(|walk| &walk.blockers);
    let obstacle = |blocking: &Blocking| match blocking {
        Blocking::Obstacle { obstacle, .. } => Some(*obstacle),
        Blocking::Filter { .. } => None,
    };
    blockers.filter_map(|blocker| obstacle(&blocker.blocking)).collect()
}

#[test]
fn an_address_of_the_network_that_nobody_has_is_proved_unreachable() {
    let Site { lab, prod, .. } = site();
    let network = lab.build();
    for (from, to) in
        [("10.0.1.10", "10.0.1.99"), ("10.0.1.10", "10.0.200.1"), ("2001:db8::10", "2001:db8::99")]
    {
        let answer = asked(&network, &format!("{from} -> {to}"));
        assert_eq!(answer.verdict, Verdict::Unreachable, "{to}");
        assert_eq!(answer.causes, [Cause::NoSuchAddress], "{to}");
        assert_eq!(obstacles(&answer), [Obstacle::NobodyHas(prod, address(to))]);
        assert!(answer.warnings.is_empty(), "{:?}", answer.warnings);
    }
}

#[test]
fn where_interfaces_may_be_missing_it_is_undecided() {
    let Site { mut lab, prod, .. } = site();
    let fact = lab.fact(Polarity::Helps);
    lab.network.vpcs[prod].unlisted = Some(fact);
    let network = lab.build();
    let answer = asked(&network, "10.0.1.10 -> 10.0.1.99");
    assert_eq!((answer.verdict, answer.delivered), (Verdict::Unknown, Verdict::Unknown));
    assert_eq!(deciding(&answer), [fact]);
    // Who is listed is found, and who cannot get there is stopped before.
    assert_eq!(asked(&network, "internet -> 203.0.113.10").verdict, Verdict::Reachable);
    assert_eq!(asked(&network, "10.2.1.10 -> 10.0.1.99").verdict, Verdict::Unreachable);
}

#[test]
fn an_unresolved_route_leaves_an_address_that_nobody_has_undecided() {
    let Site { mut lab, far, .. } = site();
    let fact = lab.fact(Polarity::Helps);
    let island = lab.network.vpc_of(far);
    lab.route(lab.default_table(island), "10.0.0.0/16", RouteTarget::Unresolved(fact));
    let answer = asked(&lab.build(), "10.2.1.10 -> 10.0.1.99");
    assert_eq!(answer.verdict, Verdict::Unknown);
    assert_eq!(deciding(&answer), [fact]);
}

#[test]
fn a_public_address_that_stands_for_nothing_is_proved_unreachable() {
    let Site { mut lab, .. } = site();
    lab.public_address_of("203.0.113.40", None);
    let network = lab.build();
    for from in ["10.0.1.10", "internet", "198.51.100.7"] {
        let answer = asked(&network, &format!("{from} -> 203.0.113.40"));
        assert_eq!(answer.verdict, Verdict::Unreachable, "{from}");
        assert_eq!(obstacles(&answer), [Obstacle::PublicAddressUnused(address("203.0.113.40"))]);
    }
    // What it sends is another question.
    assert_eq!(asked(&network, "203.0.113.40 -> 10.0.1.10").verdict, Verdict::Unknown);
}

#[test]
fn a_public_address_of_whom_nobody_says_whose_it_is_is_undecided_where_a_way_leads_there() {
    let Site { mut lab, .. } = site();
    let fact = lab.fact(Polarity::Helps);
    lab.public_address_of("203.0.113.50", Some(PublicAddressTarget::Unresolved(fact)));
    let network = lab.build();
    for from in ["10.0.1.10", "internet", "198.51.100.7"] {
        let answer = asked(&network, &format!("{from} -> 203.0.113.50"));
        assert_eq!(answer.verdict, Verdict::Unknown, "{from}");
        assert_eq!(deciding(&answer), [fact], "{from}");
        let warning = Warning::AddressWithoutOwner(String::from("203.0.113.50"));
        assert_eq!(answer.warnings, [warning], "{from}");
    }
    let answer = asked(&network, "10.2.1.10 -> 203.0.113.50");
    assert_eq!(answer.verdict, Verdict::Unreachable);
    assert!(answer.causes.contains(&Cause::NoRoute), "{:?}", answer.causes);
}

#[test]
fn a_target_is_asked_about_from_the_interface_of_its_balancer() {
    // It admits its balancer alone, a proxy.
    let Site { mut lab, prod, .. } = site();
    let front = lab.subnet(prod, &["10.0.2.0/24"]);
    let back = lab.subnet(prod, &["10.0.3.0/24"]);
    let (balancer, own) = lab.load_balancer(front, &["10.0.2.50"]);
    let target = lab.interface(back, &["10.0.3.20"]);
    let https = PortRange::single(443);
    lab.listener(balancer, Protocol::TCP, https, Forwarding::Proxy, &[("10.0.3.20", None)]);
    let from_balancer = far_side(allow(), Direction::Ingress, "10.0.2.50");
    lab.group(&[target], vec![from_balancer], Vec::new());
    let id = lab.network.interfaces[own].meta.id.clone();
    let network = lab.build();
    for from in [format!("interface:{id}"), String::from("10.0.2.50")] {
        let answer = asked(&network, &format!("{from} -> 10.0.3.20"));
        assert_eq!((answer.verdict, answer.delivered), (Verdict::Reachable, Verdict::Reachable));
    }
    let answer = asked(&network, "10.0.1.10 -> 10.0.3.20");
    assert_eq!(answer.verdict, Verdict::Unreachable);
    assert_eq!(answer.causes, [Cause::SgPeer]);
    assert_eq!(asked(&network, "10.0.1.10 -> 10.0.2.50").verdict, Verdict::Reachable);
}

#[test]
fn a_balancer_that_picks_the_client_is_a_cause_of_its_own() {
    let Site { mut lab, prod, .. } = site();
    let front = lab.subnet(prod, &["10.0.2.0/24"]);
    let (balancer, _) = lab.load_balancer(front, &["10.0.2.50"]);
    let keep = Forwarding::KeepClient { bypasses_filters: false };
    let https = PortRange::single(443);
    lab.listener(balancer, Protocol::TCP, https, keep, &[("10.0.1.10", None)]);
    let answer = asked(&lab.clone().build(), "10.0.1.10 -> 10.0.2.50");
    assert_eq!((answer.verdict, answer.causes), (Verdict::Unreachable, vec![Cause::LbHairpin]));
    // With another target some connections work.
    let back = lab.subnet(prod, &["10.0.3.0/24"]);
    lab.interface(back, &["10.0.3.20"]);
    let listener = &mut lab.network.load_balancers[balancer].listeners[0];
    let mut other = listener.targets[0].clone();
    other.address = address("10.0.3.20");
    listener.targets.push(other);
    let answer = asked(&lab.build(), "10.0.1.10 -> 10.0.2.50");
    assert_eq!(answer.verdict, Verdict::Reachable);
    assert!(answer.witness.unwrap().intermittent.is_some());
}
