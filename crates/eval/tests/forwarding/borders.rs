//! §8a, and where cloud firewalls stand (§§5, 6, 9).

use canreach_eval::{End, Outcome, judge};
use canreach_model::{
    Action, Border, Checkpoint, CloudFirewallId, DestinationTranslation, Direction, Endpoint,
    FirewallList, InterfaceId, Layer, NatGatewayId, Place, ProfileName, PublicAddressTarget,
    RouteTarget, Rule, RuleOwner, RuleRef, SourceTranslation, TranslationSource,
};
use canreach_net::PortRange;

use crate::lab::{Lab, Narrow, allow, at, deny, of_layer, origin, outcomes, places, tcp};

const SSH: &str = "10.0.1.10:40000 -> 10.0.2.20:22";

fn firewall(
    lab: &mut Lab,
    border: Border,
    put: impl FnOnce(&mut canreach_model::BorderRules),
) -> CloudFirewallId {
    let id = lab.cloud_firewall();
    let row = &mut lab.network.cloud_firewalls[id];
    put(match border {
        Border::Internet => &mut row.internet,
        Border::Vpc => &mut row.vpc,
        Border::Nat => &mut row.nat,
    });
    id
}

fn reference(
    id: CloudFirewallId,
    border: Border,
    list: FirewallList,
    direction: Direction,
) -> RuleRef {
    RuleRef { owner: RuleOwner::CloudFirewall(id, border, list), direction, index: 0 }
}

/// White list, black list, rules in order and default; which of them decides, and how.
type Case = ((Vec<Rule>, Vec<Rule>, Vec<Rule>), Action, FirewallList, bool);

#[test]
fn the_lists_of_a_border_are_asked_in_order() {
    let ssh = || allow().ports("22").protocol(canreach_net::Protocol::TCP);
    let no = || deny().ports("22");
    let other = || deny().ports("23");
    let cases: [Case; 6] = [
        // What stands in the white or black list passes or not, whatever its action says.
        ((vec![no()], vec![ssh()], vec![no()]), Action::Deny, FirewallList::White, true),
        ((vec![other()], vec![ssh()], vec![ssh()]), Action::Allow, FirewallList::Black, false),
        ((vec![], vec![other()], vec![no(), ssh()]), Action::Allow, FirewallList::Rules, false),
        ((vec![], vec![], vec![ssh(), no()]), Action::Deny, FirewallList::Rules, true),
        ((vec![other()], vec![other()], vec![other()]), Action::Deny, FirewallList::Rules, false),
        ((vec![], vec![], vec![]), Action::Allow, FirewallList::Rules, true),
    ];
    for border in [Border::Internet, Border::Vpc, Border::Nat] {
        for (case, ((white, black, rules), default, list, passes)) in cases.iter().enumerate() {
            let mut lab = Lab::new(ProfileName::Huawei);
            let id = firewall(&mut lab, border, |it| {
                it.white_list = white.clone();
                it.black_list = black.clone();
                it.rules.ingress = rules.clone();
                it.default = *default;
            });
            let layer = Layer::CloudFirewall(id, border);
            let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
            let outcome = judge(&lab.network, checkpoint, tcp(SSH), &lab.valuation);
            let rule = reference(id, border, *list, Direction::Ingress);
            let expected = match (case > 3, passes) {
                (false, true) => Outcome::Allowed(rule),
                (false, false) => Outcome::Denied(Some(rule)),
                (true, true) => Outcome::AllowedByDefault(rule.owner),
                (true, false) => Outcome::DeniedByDefault(rule.owner),
            };
            assert_eq!(outcome, expected, "case {case}");
            assert_eq!(outcome.passes(), *passes);
        }
    }
}

#[test]
fn white_and_black_lists_hold_in_both_directions() {
    let mut lab = Lab::new(ProfileName::Huawei);
    let id = firewall(&mut lab, Border::Nat, |it| {
        it.white_list = vec![allow().ports("22")];
        it.black_list = vec![deny().ports("23")];
        it.rules.egress = vec![deny().ports("24")];
        it.rules.ingress = vec![deny().ports("25")];
    });
    let layer = Layer::CloudFirewall(id, Border::Nat);
    let decide = |direction, port: u16| {
        let header = tcp(&format!("10.0.1.10:40000 -> 10.0.2.20:{port}"));
        judge(&lab.network, Checkpoint { layer, direction }, header, &lab.valuation)
    };
    for direction in [Direction::Ingress, Direction::Egress] {
        let by = |list| reference(id, Border::Nat, list, direction);
        assert_eq!(decide(direction, 22), Outcome::Allowed(by(FirewallList::White)));
        assert_eq!(decide(direction, 23), Outcome::Denied(Some(by(FirewallList::Black))));
        let egress = direction == Direction::Egress;
        assert_eq!(decide(direction, 24).passes(), !egress);
        assert_eq!(decide(direction, 25).passes(), egress);
    }
}

/// A VPC with a host and a NAT gateway at it, with public addresses and a cloud firewall for each.
struct Site {
    lab: Lab,

    web: InterfaceId,
    nat: NatGatewayId,
    firewall: CloudFirewallId,
}

fn site() -> Site {
    let mut lab = Lab::new(ProfileName::Huawei);
    let vpc = lab.vpc("10.0.0.0/16");
    let subnet = lab.subnet(vpc, "10.0.1.0/24");
    let web = lab.host(subnet, "10.0.1.10");
    let nat = lab.nat_at_vpc(vpc);
    let firewall = lab.cloud_firewall();
    lab.route(lab.default_table(vpc), "0.0.0.0/0", RouteTarget::NatGateway(nat));
    lab.public_address_of("203.0.113.20", Some(PublicAddressTarget::NatGateway(nat)));
    let row = &mut lab.network.nat_gateways[nat];
    row.source_translations.push(SourceTranslation {
        source: TranslationSource::Subnet(subnet),
        addresses: vec!["203.0.113.20".parse().unwrap()],
        origin: origin(),
    });
    row.destination_translations.push(DestinationTranslation {
        public_address: "203.0.113.20".parse().unwrap(),
        protocol: Some(canreach_net::Protocol::TCP),
        public_ports: PortRange::single(2222),
        private_address: "10.0.1.10".parse().unwrap(),
        private_port: 22,
        origin: origin(),
    });
    Site { lab, web, nat, firewall }
}

impl Site {
    fn layer(&self, border: Border) -> Layer {
        Layer::CloudFirewall(self.firewall, border)
    }

    /// Puts the firewall in front of every public address.
    fn guard_addresses(&mut self) {
        for id in self.lab.network.public_addresses.ids() {
            self.lab.network.public_addresses[id].firewall = Some(self.firewall);
        }
    }
}

const OUT: &str = "10.0.1.10:40000 -> 198.51.100.7:443";
const IN: &str = "198.51.100.7:40000 -> 203.0.113.20:2222";

/// The direction, source and destination of what a layer judged.
fn seen(trace: &canreach_eval::Trace, layer: Layer) -> Vec<(Direction, String)> {
    of_layer(trace, layer).map(|it| (it.checkpoint.direction, it.header.to_string())).collect()
}

#[test]
fn the_internet_border_sees_the_public_address_that_a_packet_leaves_with() {
    let mut it = site();
    it.lab.public_address("203.0.113.10", it.web);
    it.guard_addresses();
    let trip = it.lab.ask(at(it.web), tcp(OUT), Endpoint::Internet);
    assert!(trip.answered());
    let layer = it.layer(Border::Internet);
    let public = "203.0.113.10:40000 -> 198.51.100.7:443 tcp";
    assert_eq!(seen(&trip.request, layer), [(Direction::Egress, public.into())]);
    let back = "198.51.100.7:443 -> 203.0.113.10:40000 tcp";
    let reply = trip.reply.unwrap();
    assert_eq!(seen(&reply, layer), [(Direction::Ingress, back.into())]);
    assert_eq!(outcomes(&reply, layer), [(Direction::Ingress, Outcome::AllowedAsReply)]);
    // Judged before it is on the Internet, and before anything the Internet says.
    it.lab.network.cloud_firewalls[it.firewall].internet.rules.egress = vec![deny()];
    let checkpoint = Checkpoint { layer, direction: Direction::Egress };
    for header in [OUT, "10.0.1.10:40000 -> 192.168.1.1:443"] {
        let request = it.lab.ask(at(it.web), tcp(header), Endpoint::Internet).request;
        assert_eq!(request.end, End::Denied(checkpoint));
        assert!(!places(&request).contains(&Place::Internet));
    }
}

#[test]
fn the_internet_border_sees_what_comes_for_a_public_address() {
    let mut it = site();
    it.lab.public_address("203.0.113.10", it.web);
    it.lab.public_address_of("203.0.113.11", None);
    it.guard_addresses();
    let header = tcp("198.51.100.7:40000 -> 203.0.113.10:22");
    let trip = it.lab.ask(Endpoint::Internet, header, at(it.web));
    assert!(trip.answered());
    let layer = it.layer(Border::Internet);
    assert_eq!(seen(&trip.request, layer), [(Direction::Ingress, header.to_string())]);
    let back = "203.0.113.10:22 -> 198.51.100.7:40000 tcp";
    assert_eq!(seen(&trip.reply.unwrap(), layer), [(Direction::Egress, back.into())]);
    it.lab.network.cloud_firewalls[it.firewall].internet.default = Action::Deny;
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    // Before it shows that the other address stands for nothing.
    for header in [header, tcp("198.51.100.7:40000 -> 203.0.113.11:22")] {
        let request = it.lab.ask(Endpoint::Internet, header, at(it.web)).request;
        assert_eq!(request.end, End::Denied(checkpoint));
    }
    // What no public unicast address sent does not come so far.
    let private = tcp("10.0.1.10:40000 -> 203.0.113.10:22");
    it.lab.network.cloud_firewalls[it.firewall].internet.default = Action::Allow;
    let request = it.lab.ask(at(it.web), private, at(it.web)).request;
    assert_eq!(request.end, End::Delivered(at(it.web)), "out and in again");
    let both = [Direction::Egress, Direction::Ingress];
    let directions: Vec<_> = seen(&request, layer).into_iter().map(|it| it.0).collect();
    assert_eq!(directions, both);
}

#[test]
fn without_state_a_border_judges_the_reply_by_itself() {
    let mut it = site();
    it.lab.public_address("203.0.113.10", it.web);
    it.guard_addresses();
    it.lab.network.cloud_firewalls[it.firewall].stateful = false;
    let rules = &mut it.lab.network.cloud_firewalls[it.firewall].internet.rules;
    rules.ingress = vec![deny()];
    let reply = it.lab.ask(at(it.web), tcp(OUT), Endpoint::Internet).reply.unwrap();
    let layer = it.layer(Border::Internet);
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(reply.end, End::Denied(checkpoint));
}

#[test]
fn a_nat_gateway_at_the_vpc_stands_between_two_borders() {
    let mut it = site();
    it.guard_addresses();
    it.lab.network.nat_gateways[it.nat].firewall = Some(it.firewall);
    let trip = it.lab.ask(at(it.web), tcp(OUT), Endpoint::Internet);
    assert!(trip.answered());
    let (nat, internet) = (it.layer(Border::Nat), it.layer(Border::Internet));
    let private = format!("{OUT} tcp");
    let public = "203.0.113.20:1024 -> 198.51.100.7:443 tcp";
    assert_eq!(seen(&trip.request, nat), [(Direction::Egress, private)]);
    assert_eq!(seen(&trip.request, internet), [(Direction::Egress, public.into())]);
    let reply = trip.reply.unwrap();
    let (public, private) =
        ("198.51.100.7:443 -> 203.0.113.20:1024 tcp", "198.51.100.7:443 -> 10.0.1.10:40000 tcp");
    assert_eq!(seen(&reply, internet), [(Direction::Ingress, public.into())]);
    assert_eq!(seen(&reply, nat), [(Direction::Ingress, private.into())]);
    // And from outside.
    let trip = it.lab.ask(Endpoint::Internet, tcp(IN), at(it.web));
    assert!(trip.answered());
    let private = "198.51.100.7:40000 -> 10.0.1.10:22 tcp";
    assert_eq!(seen(&trip.request, internet), [(Direction::Ingress, format!("{IN} tcp"))]);
    assert_eq!(seen(&trip.request, nat), [(Direction::Ingress, private.into())]);
    let reply = trip.reply.unwrap();
    let private = "10.0.1.10:22 -> 198.51.100.7:40000 tcp";
    let public = "203.0.113.20:2222 -> 198.51.100.7:40000 tcp";
    assert_eq!(seen(&reply, nat), [(Direction::Egress, private.into())]);
    assert_eq!(seen(&reply, internet), [(Direction::Egress, public.into())]);
}

#[test]
fn each_border_denies_for_itself() {
    for (border, direction, header) in [
        (Border::Nat, Direction::Egress, OUT),
        (Border::Internet, Direction::Egress, OUT),
        (Border::Internet, Direction::Ingress, IN),
        (Border::Nat, Direction::Ingress, IN),
    ] {
        for reply_only in [false, true] {
            let mut it = site();
            it.guard_addresses();
            it.lab.network.nat_gateways[it.nat].firewall = Some(it.firewall);
            let row = &mut it.lab.network.cloud_firewalls[it.firewall];
            row.stateful = false;
            let rules = if border == Border::Nat { &mut row.nat } else { &mut row.internet };
            let outwards = direction == Direction::Egress;
            let refuse = vec![deny()];
            let list = match (outwards, reply_only) {
                (true, false) | (false, true) => &mut rules.rules.egress,
                (false, false) | (true, true) => &mut rules.rules.ingress,
            };
            *list = refuse;
            let (from, to) = if outwards {
                (at(it.web), Endpoint::Internet)
            } else {
                (Endpoint::Internet, at(it.web))
            };
            let trip = it.lab.ask(from, tcp(header), to);
            assert_eq!(trip.delivered(), reply_only);
            let end = if reply_only { trip.reply.unwrap().end } else { trip.request.end };
            let End::Denied(checkpoint) = end else { panic!("{end:?}") };
            assert_eq!(checkpoint.layer, it.layer(border));
            assert_eq!(checkpoint.direction == direction, !reply_only);
        }
    }
}

#[test]
fn a_nat_gateway_in_a_subnet_has_a_border_too() {
    let mut lab = Lab::new(ProfileName::Aws);
    let vpc = lab.vpc("10.0.0.0/16");
    let (private, public) = (lab.subnet(vpc, "10.0.1.0/24"), lab.subnet(vpc, "10.0.2.0/24"));
    let web = lab.host(private, "10.0.1.10");
    let (nat, interface) = lab.nat_in_subnet(public, "10.0.2.5");
    lab.public_address("203.0.113.20", interface);
    let table = lab.table(vpc);
    lab.network.subnets[private].route_table = table;
    lab.route(table, "0.0.0.0/0", RouteTarget::NatGateway(nat));
    let gateway = lab.internet_gateway(vpc);
    lab.route(lab.default_table(vpc), "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    let id = lab.cloud_firewall();
    lab.network.nat_gateways[nat].firewall = Some(id);
    let acl = lab.acl(vec![allow()], vec![allow()]);
    let acl = lab.put_acl(public, acl);
    let layer = Layer::CloudFirewall(id, Border::Nat);
    let trip = lab.ask(at(web), tcp(OUT), Endpoint::Internet);
    assert!(trip.answered());
    assert_eq!(seen(&trip.request, layer), [(Direction::Egress, format!("{OUT} tcp"))]);
    let back = "198.51.100.7:443 -> 10.0.1.10:40000 tcp";
    assert_eq!(seen(&trip.reply.unwrap(), layer), [(Direction::Ingress, back.into())]);
    // After the ACL, before it is known that there is nothing to translate to.
    lab.network.cloud_firewalls[id].nat.default = Action::Deny;
    lab.network.interfaces[interface].addresses.clear();
    let checkpoint = Checkpoint { layer, direction: Direction::Egress };
    let request = lab.ask(at(web), tcp(OUT), Endpoint::Internet).request;
    assert_eq!(request.end, End::Denied(checkpoint));
    assert_eq!(outcomes(&request, acl).len(), 1);
    // On the way back only.
    lab.network.interfaces[interface].addresses.push("10.0.2.5".parse().unwrap());
    lab.network.cloud_firewalls[id].nat.default = Action::Allow;
    lab.network.cloud_firewalls[id].stateful = false;
    lab.network.cloud_firewalls[id].nat.rules.ingress = vec![deny()];
    let reply = lab.ask(at(web), tcp(OUT), Endpoint::Internet).reply.unwrap();
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(reply.end, End::Denied(checkpoint));
}

#[test]
fn a_peering_may_have_a_border() {
    let mut lab = Lab::new(ProfileName::Huawei);
    let (one, two) = (lab.vpc("10.0.0.0/16"), lab.vpc("10.1.0.0/16"));
    let (near, far) = (lab.subnet(one, "10.0.1.0/24"), lab.subnet(two, "10.1.1.0/24"));
    let (web, db) = (lab.host(near, "10.0.1.10"), lab.host(far, "10.1.1.20"));
    let peering = lab.peering(one, two);
    lab.route(lab.default_table(one), "10.1.0.0/16", RouteTarget::Peering(peering));
    lab.route(lab.default_table(two), "10.0.0.0/16", RouteTarget::Peering(peering));
    let id = lab.cloud_firewall();
    lab.network.peerings[peering].firewall = Some(id);
    lab.network.cloud_firewalls[id].vpc.rules.ingress = vec![deny().from("10.1.0.0/16")];
    // The rules of the other direction, and of other borders, do not count.
    lab.network.cloud_firewalls[id].vpc.rules.egress = vec![deny()];
    lab.network.cloud_firewalls[id].internet.default = Action::Deny;
    lab.network.cloud_firewalls[id].nat.default = Action::Deny;
    let header = tcp("10.0.1.10:40000 -> 10.1.1.20:22");
    let trip = lab.ask(at(web), header, at(db));
    assert!(trip.answered());
    let layer = Layer::CloudFirewall(id, Border::Vpc);
    let reply = trip.reply.unwrap();
    assert_eq!(outcomes(&reply, layer), [(Direction::Ingress, Outcome::AllowedAsReply)]);
    let back = tcp("10.1.1.20:40000 -> 10.0.1.10:22");
    let checkpoint = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(lab.ask(at(db), back, at(web)).request.end, End::Denied(checkpoint));
}

#[test]
fn state_is_kept_for_each_border() {
    // The request passed the NAT border of the firewall; the reply comes by its Internet border, which
    // saw the request too. Without the latter, the reply is judged.
    let mut it = site();
    it.lab.network.nat_gateways[it.nat].firewall = Some(it.firewall);
    let rows = &mut it.lab.network.public_addresses;
    let address = rows.ids().next().unwrap();
    rows[address].firewall = Some(it.firewall);
    it.lab.network.cloud_firewalls[it.firewall].internet.rules.ingress = vec![deny()];
    it.lab.network.cloud_firewalls[it.firewall].nat.rules.ingress = vec![deny()];
    assert!(it.lab.ask(at(it.web), tcp(OUT), Endpoint::Internet).answered());
    let other = it.lab.cloud_firewall();
    it.lab.network.cloud_firewalls[other].internet.default = Action::Allow;
    it.lab.network.nat_gateways[it.nat].firewall = Some(other);
    it.lab.network.cloud_firewalls[other].nat.rules.ingress = vec![deny()];
    assert!(it.lab.ask(at(it.web), tcp(OUT), Endpoint::Internet).answered());
}
