//! §1, §2 step 1 and §6: hosts, what listens there, and answers.

use canreach_eval::{End, Outcome};
use canreach_model::{
    Checkpoint, Direction, ImpliedBy, InterfaceId, InterfaceOwner, Layer, Listen, Obstacle, Origin,
    Place, ProfileName, Service,
};
use canreach_net::{PortRange, Protocol};

use crate::lab::{Lab, at, icmp, outcomes, ping, places, tcp, udp};

fn service(protocol: Protocol, port: u16, listen: Listen) -> Service {
    let origin = Origin::Implied(ImpliedBy::MissingInput);
    Service { name: None, protocol, ports: PortRange::single(port), listen, origin }
}

/// Two hosts in one subnet of one VPC, both of both families.
fn pair() -> (Lab, InterfaceId, InterfaceId) {
    let mut lab = Lab::new(ProfileName::Aws);
    let vpc = lab.vpc("10.0.0.0/16 2001:db8::/56");
    let subnet = lab.subnet(vpc, "10.0.1.0/24 2001:db8::/64");
    let web = lab.host(subnet, "10.0.1.10 2001:db8::10");
    let db = lab.host(subnet, "10.0.1.20 2001:db8::20");
    (lab, web, db)
}

#[test]
fn a_packet_passes_interface_router_interface() {
    let (lab, web, db) = pair();
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.20:22"), at(db));
    assert!(trip.delivered() && trip.answered());
    let router = Place::Router(lab.network.vpc_of(web));
    let there = [Place::Interface(web), router, Place::Interface(db)];
    assert_eq!(places(&trip.request), there);
    let back = [Place::Interface(db), router, Place::Interface(web)];
    assert_eq!(places(trip.reply.as_ref().unwrap()), back);
}

#[test]
fn delivered_means_at_the_intended_end() {
    let (lab, web, db) = pair();
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.20:22"), at(web));
    assert_eq!(trip.request.end, End::Delivered(at(db)));
    assert!(!trip.delivered() && !trip.answered());
    assert!(trip.reply.is_some(), "the unintended end answers all the same");
}

#[test]
fn a_host_keeps_what_is_its_own_and_no_filter_sees_it() {
    let (mut lab, web, _) = pair();
    let subnet = lab.network.interfaces[web].subnet;
    let second = lab.interface(subnet, "10.0.1.11", lab.network.interfaces[web].owner);
    let closed = lab.acl(Vec::new(), Vec::new());
    lab.put_acl(subnet, closed);
    lab.put_groups(web, &[]);
    lab.put_groups(second, &[]);

    let own = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.10:22"), at(web));
    assert!(own.answered());
    assert_eq!(places(&own.request), [Place::Interface(web)]);
    let other = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.11:22"), at(second));
    assert!(other.answered());
    assert_eq!(places(&other.request), [Place::Interface(web), Place::Interface(second)]);
}

#[test]
fn a_host_does_not_keep_what_is_its_own_in_another_vpc() {
    let (mut lab, web, _) = pair();
    let elsewhere = lab.vpc("10.1.0.0/16");
    let subnet = lab.subnet(elsewhere, "10.1.1.0/24");
    let second = lab.interface(subnet, "10.1.1.10", lab.network.interfaces[web].owner);
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.1.1.10:22"), at(second));
    let table = lab.network.subnets[lab.network.interfaces[web].subnet].route_table;
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoRoute(table)));
}

#[test]
fn interfaces_without_an_instance_are_no_common_host() {
    let (mut lab, web, _) = pair();
    let subnet = lab.network.interfaces[web].subnet;
    let one = lab.interface(subnet, "10.0.1.30", InterfaceOwner::Service);
    let two = lab.interface(subnet, "10.0.1.31", InterfaceOwner::Service);
    lab.put_groups(two, &[]);
    let trip = lab.ask(at(one), tcp("10.0.1.30:40000 -> 10.0.1.31:22"), at(two));
    let layer = Layer::SecurityGroups(two);
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(trip.request.end, End::Denied(checkpoint));
}

#[test]
fn a_service_listens_on_addresses_ports_and_a_protocol() {
    let v4 = tcp("10.0.1.10:40000 -> 10.0.1.20:80");
    let v6 = tcp("[2001:db8::10]:40000 -> [2001:db8::20]:80");
    let address = |text: &str| Listen::Address(text.parse().unwrap());
    let cases = [
        (Listen::Any, v4, true),
        (Listen::Any, v6, true),
        (Listen::AnyV4, v4, true),
        (Listen::AnyV4, v6, false),
        (Listen::AnyV6, v4, false),
        (Listen::AnyV6, v6, true),
        (address("10.0.1.20"), v4, true),
        (address("10.0.1.21"), v4, false),
        (address("2001:db8::20"), v6, true),
        (address("127.0.0.1"), v4, false),
        (address("::1"), v6, false),
        (Listen::Any, tcp("10.0.1.10:40000 -> 10.0.1.20:81"), false),
        (Listen::Any, tcp("10.0.1.10:40000 -> 10.0.1.20:79"), false),
        (Listen::Any, udp("10.0.1.10:40000 -> 10.0.1.20:80"), false),
    ];
    for (listen, header, listens) in cases {
        let (mut lab, web, db) = pair();
        let listener = lab.put_services(
            db,
            vec![service(Protocol::TCP, 22, Listen::Any), service(Protocol::TCP, 80, listen)],
        );
        let trip = lab.ask(at(web), header, at(db));
        assert_eq!(trip.answered(), listens, "{listen:?} {header}");
        let outcome = if listens { Outcome::Listening(1) } else { Outcome::NotListening };
        assert_eq!(outcomes(&trip.request, listener), [(Direction::Ingress, outcome)]);
    }
}

#[test]
fn services_have_no_say_about_replies_and_other_protocols() {
    let (mut lab, web, db) = pair();
    let client = lab.put_services(web, Vec::new());
    let server = lab.put_services(db, vec![service(Protocol::TCP, 22, Listen::Any)]);
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.20:22"), at(db));
    assert!(trip.answered());
    let not_judged = [(Direction::Ingress, Outcome::NotJudged)];
    assert_eq!(outcomes(trip.reply.as_ref().unwrap(), client), not_judged);
    let trip = lab.ask(at(web), ping("10.0.1.10 -> 10.0.1.20"), at(db));
    assert!(trip.answered());
    assert_eq!(outcomes(&trip.request, server), not_judged);
}

#[test]
fn a_host_to_itself_needs_a_service_too() {
    let (mut lab, web, _) = pair();
    let listener = lab.put_services(web, vec![service(Protocol::TCP, 22, Listen::Any)]);
    assert!(lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.10:22"), at(web)).answered());
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.10:23"), at(web));
    // It arrives at no interface.
    let Layer::Listener(instance, _) = listener else { unreachable!("of services") };
    let layer = Layer::Listener(instance, None);
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(trip.request.end, End::Denied(checkpoint));
}

#[test]
fn a_host_without_data_about_services_is_not_examined() {
    let (lab, web, db) = pair();
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.20:22"), at(db));
    let last = trip.request.decisions().last().unwrap();
    assert_eq!(last.outcome, Outcome::NotExamined);
    assert!(matches!(last.checkpoint.layer, Layer::Listener(..)));
}

#[test]
fn nothing_is_received_by_a_detached_interface() {
    let (mut lab, web, db) = pair();
    lab.network.interfaces[db].owner = InterfaceOwner::Detached;
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.20:22"), at(db));
    assert_eq!(trip.request.end, End::Stopped(Obstacle::Detached(db)));
    assert_eq!(trip.reply, None);
}

#[test]
fn an_address_nobody_has_is_an_obstacle() {
    let (lab, web, db) = pair();
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.99:22"), at(db));
    let vpc = lab.network.vpc_of(web);
    let address = "10.0.1.99".parse().unwrap();
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NobodyHas(vpc, address)));
    assert_eq!(places(&trip.request), [Place::Interface(web), Place::Router(vpc)]);
}

#[test]
fn only_icmp_requests_with_code_0_are_answered() {
    let (lab, web, db) = pair();
    for (kind, code, answered) in [
        (8, 0, true),
        (13, 0, true),
        (15, 0, true),
        (17, 0, true),
        (8, 1, false),
        (3, 1, false),
        (0, 0, false),
    ] {
        let trip = lab.ask(at(web), icmp("10.0.1.10 -> 10.0.1.20", kind, code), at(db));
        assert!(trip.delivered(), "type {kind} code {code}");
        assert_eq!(trip.answered(), answered, "type {kind} code {code}");
        assert_eq!(trip.reply.is_some(), answered, "type {kind} code {code}");
    }
}

#[test]
fn a_service_may_listen_on_a_range_of_ports() {
    let (mut lab, web, db) = pair();
    let mut range = service(Protocol::TCP, 0, Listen::Any);
    range.ports = PortRange::new(8000, 8002).unwrap();
    lab.put_services(db, vec![range]);
    for (port, listens) in [(7999, false), (8000, true), (8001, true), (8002, true), (8003, false)]
    {
        let header = tcp(&format!("10.0.1.10:40000 -> 10.0.1.20:{port}"));
        assert_eq!(lab.ask(at(web), header, at(db)).delivered(), listens, "{port}");
    }
}
