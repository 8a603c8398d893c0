//! §2 step 0, §6 (bypassed filters), §6b and §8c: load balancers.

use canreach_eval::{End, Outcome, Trace};
use canreach_model::{
    Action, BalancerListener, ChainVerdict, Checkpoint, Chooser, ConnectionState, Direction,
    Endpoint, Forwarding, HookPoint, InterfaceId, Layer, LoadBalancerId, Obstacle, Place, Policy,
    ProfileName, RouteTarget, RuleOwner, RuleRef, SubnetId, Translator, VpcId,
};
use canreach_net::{PortRange, Protocol};

use crate::{
    lab::{Lab, Narrow, allow, at, deny, headers, outcomes, ping, places, plain, tcp, udp},
    parts::{access, base, listener, when},
};

const KEEP: Forwarding = Forwarding::KeepClient { bypasses_filters: false };
const BYPASS: Forwarding = Forwarding::KeepClient { bypasses_filters: true };
const ASKED: &str = "10.0.1.10:40000 -> 10.0.2.50:80";

/// `web`, a balancer in a second subnet, and two hosts in a third.
struct Site {
    lab: Lab,
    vpc: VpcId,
    web: InterfaceId,
    app: InterfaceId,
    other: InterfaceId,
    balancer: LoadBalancerId,
    own: InterfaceId,
    middle: SubnetId,
    far: SubnetId,
}

fn site(listeners: Vec<BalancerListener>) -> Site {
    let mut lab = Lab::new(ProfileName::Generic);
    let vpc = lab.vpc("10.0.0.0/16 2001:db8::/56");
    let near = lab.subnet(vpc, "10.0.1.0/24 2001:db8:0:1::/64");
    let middle = lab.subnet(vpc, "10.0.2.0/24 2001:db8:0:2::/64");
    let far = lab.subnet(vpc, "10.0.3.0/24 2001:db8:0:3::/64");
    let web = lab.host(near, "10.0.1.10 2001:db8:0:1::10");
    let app = lab.host(far, "10.0.3.20 2001:db8:0:3::20");
    let other = lab.host(far, "10.0.3.21");
    let (balancer, own) = lab.balancer(middle, "10.0.2.50 2001:db8:0:2::50", listeners);
    Site { lab, vpc, web, app, other, balancer, own, middle, far }
}

impl Site {
    fn end(&self) -> Endpoint {
        Endpoint::LoadBalancer(self.balancer)
    }

    fn request(&self) -> Trace {
        self.lab.ask(at(self.web), tcp(ASKED), self.end()).request
    }

    fn stopped(&self, header: canreach_net::Header) -> End {
        self.lab.ask(at(self.web), header, self.end()).request.end
    }
}

fn denied(layer: Layer, direction: Direction) -> End {
    End::Denied(Checkpoint { layer, direction })
}

#[test]
fn a_proxy_answers_for_itself() {
    let it = site(vec![listener(80, Forwarding::Proxy, "10.0.3.20")]);
    let trip = it.lab.ask(at(it.web), tcp(ASKED), it.end());
    assert!(trip.answered());
    assert_eq!(trip.request.end, End::Delivered(it.end()));
    let there = [Place::Interface(it.web), Place::Router(it.vpc), Place::LoadBalancer(it.balancer)];
    assert_eq!(places(&trip.request), there);
    let mut back = there;
    back.reverse();
    assert_eq!(places(&trip.reply.unwrap()), back);
    let v6 = tcp("[2001:db8:0:1::10]:40000 -> [2001:db8:0:2::50]:80");
    assert!(it.lab.ask(at(it.web), v6, it.end()).answered());
}

#[test]
fn only_a_listener_for_the_protocol_and_port_takes_a_packet() {
    let mut it = site(vec![listener(80, Forwarding::Proxy, "")]);
    it.lab.network.load_balancers[it.balancer].listeners[0].ports = PortRange::new(80, 82).unwrap();
    let none = End::Stopped(Obstacle::NoListener(it.balancer));
    for (port, taken) in [(79, false), (80, true), (82, true), (83, false)] {
        let header = tcp(&format!("10.0.1.10:40000 -> 10.0.2.50:{port}"));
        assert_eq!(it.stopped(header) != none, taken, "{port}");
    }
    assert_eq!(it.stopped(udp(ASKED)), none);
    assert_eq!(it.stopped(ping("10.0.1.10 -> 10.0.2.50")), none);
    let gre = canreach_net::Transport::Other(Protocol::GRE);
    assert_eq!(it.stopped(plain("10.0.1.10 -> 10.0.2.50", gre)), none);
}

#[test]
fn a_balancer_takes_the_reply_to_what_it_sent_itself() {
    // Whether it listens there or not, as a proxy that asks one of its targets.
    let mut it = site(vec![listener(40000, KEEP, "10.0.3.20")]);
    let header = tcp("10.0.2.50:40000 -> 10.0.1.10:22");
    let trip = it.lab.ask(at(it.own), header, at(it.web));
    assert!(trip.answered());
    assert_eq!(trip.reply.unwrap().end, End::Delivered(at(it.own)));
    // Its groups judge the reply.
    it.lab.network.vpcs[it.vpc].profile.security_group.stateful = false;
    let out_only = it.lab.group(vec![], vec![allow()]);
    it.lab.put_groups(it.own, &[out_only]);
    let trip = it.lab.ask(at(it.own), header, at(it.web));
    assert!(trip.delivered() && !trip.answered());
    let ingress = denied(Layer::SecurityGroups(it.own), Direction::Ingress);
    assert_eq!(trip.reply.unwrap().end, ingress);
}

#[test]
fn a_reply_that_ends_at_a_balancer_that_did_not_ask_is_no_answer() {
    // In the target's VPC the client's address is the balancer's: the reply goes there.
    let mut it = site(vec![listener(80, KEEP, "10.0.3.20")]);
    it.lab.network.interfaces[it.own].addresses.push("10.0.1.10".parse().unwrap());
    let other = it.lab.vpc("10.0.0.0/16");
    let apart = it.lab.subnet(other, "10.0.1.0/24");
    it.lab.network.interfaces[it.web].subnet = apart;
    let peering = it.lab.peering(other, it.vpc);
    let table = it.lab.table(other);
    it.lab.network.subnets[apart].route_table = table;
    it.lab.route(table, "10.0.3.0/24", RouteTarget::Peering(peering));
    it.lab.network.vpcs[other].profile.routing.local_beats_custom = false;
    let trip = it.lab.ask(at(it.web), tcp("10.0.1.10:40000 -> 10.0.3.20:80"), at(it.app));
    assert!(trip.delivered());
    let reply = trip.reply.unwrap();
    assert_eq!(places(&reply).last(), Some(&Place::LoadBalancer(it.balancer)));
    assert_eq!(reply.end, End::Stopped(Obstacle::ReplyChanged));
}

#[test]
fn the_balancers_own_groups_filter() {
    let mut it = site(vec![listener(80, KEEP, "10.0.3.20")]);
    let layer = Layer::SecurityGroups(it.own);
    let decided: Vec<_> = outcomes(&it.request(), layer).iter().map(|it| it.0).collect();
    assert_eq!(decided, [Direction::Ingress, Direction::Egress]);
    let in_only = it.lab.group(vec![allow()], vec![]);
    it.lab.put_groups(it.own, &[in_only]);
    it.lab.network.vpcs[it.vpc].profile.security_group.stateful = false;
    assert_eq!(it.request().end, denied(layer, Direction::Egress));
    it.lab.put_groups(it.own, &[]);
    assert_eq!(it.request().end, denied(layer, Direction::Ingress));
    // Before it is asked who listens.
    assert_eq!(it.stopped(udp(ASKED)), denied(layer, Direction::Ingress));
}

#[test]
fn an_access_list_decides_who_may_use_a_listener() {
    let mut it = site(vec![listener(81, Forwarding::Proxy, ""), listener(80, KEEP, "")]);
    let layer = Layer::ListenerAccess(it.balancer, 1);
    let owner = RuleOwner::ListenerAccess(it.balancer, 1);
    let rule = RuleRef { owner, direction: Direction::Ingress, index: 0 };
    let mine = || allow().from("10.0.1.0/24");
    let others = || allow().from("10.9.0.0/16");
    let not_mine = || deny().from("10.0.1.0/24");
    for (rules, default, outcome) in [
        (vec![mine(), deny()], Action::Deny, Outcome::Allowed(rule)),
        (vec![not_mine(), allow()], Action::Allow, Outcome::Denied(Some(rule))),
        (vec![others()], Action::Deny, Outcome::DeniedByDefault(owner)),
        (vec![], Action::Allow, Outcome::AllowedByDefault(owner)),
    ] {
        let listener = &mut it.lab.network.load_balancers[it.balancer].listeners[1];
        listener.access = Some(access(rules, default));
        let request = it.request();
        assert_eq!(outcomes(&request, layer), [(Direction::Ingress, outcome)]);
        // Past it, there is no target.
        let no_target = End::Stopped(Obstacle::NoTarget(it.balancer, 1));
        let end = if outcome.passes() { no_target } else { denied(layer, Direction::Ingress) };
        assert_eq!(request.end, end);
    }
}

#[test]
fn a_balancer_sends_on_to_a_target_and_gets_the_reply_back() {
    let it = site(vec![listener(80, KEEP, "10.0.3.20:8080")]);
    let trip = it.lab.ask(at(it.web), tcp(ASKED), it.end());
    assert!(trip.answered());
    assert_eq!(trip.request.end, End::Delivered(it.end()));
    assert!(!it.lab.ask(at(it.web), tcp(ASKED), at(it.app)).delivered());
    let router = Place::Router(it.vpc);
    let [web, app] = [it.web, it.app].map(Place::Interface);
    let balancer = Place::LoadBalancer(it.balancer);
    assert_eq!(places(&trip.request), [web, router, balancer, router, app]);
    let (before, after) = (format!("{ASKED} tcp"), "10.0.1.10:40000 -> 10.0.3.20:8080 tcp");
    assert_eq!(headers(&trip.request), [&before, &before, after, after, after]);
    let reply = trip.reply.unwrap();
    assert_eq!(places(&reply), [app, balancer, router, web]);
    let (from_app, back) =
        ("10.0.3.20:8080 -> 10.0.1.10:40000 tcp", "10.0.2.50:80 -> 10.0.1.10:40000 tcp");
    assert_eq!(headers(&reply), [from_app, back, back, back]);
}

#[test]
fn a_target_without_a_port_gets_the_port_asked_for() {
    let it = site(vec![listener(80, KEEP, "10.0.3.20")]);
    let trip = it.lab.ask(at(it.web), tcp(ASKED), it.end());
    assert!(trip.answered());
    assert_eq!(trip.request.last_header(), Some(tcp("10.0.1.10:40000 -> 10.0.3.20:80")));
}

#[test]
fn the_network_picks_among_the_targets_of_the_family() {
    let mut it = site(vec![listener(80, KEEP, "2001:db8:0:3::20 10.0.3.20 10.0.3.21")]);
    let chooser = Chooser::Target(it.balancer, 0);
    for (pick, target) in [(0, it.app), (1, it.other), (2, it.app)] {
        it.lab.choices.picks.insert(chooser, pick);
        let trip = it.lab.ask(at(it.web), tcp(ASKED), it.end());
        assert!(trip.answered());
        assert_eq!(places(&trip.request).last(), Some(&Place::Interface(target)));
    }
    let v6 = tcp("[2001:db8:0:1::10]:40000 -> [2001:db8:0:2::50]:80");
    for pick in [0, 1] {
        it.lab.choices.picks.insert(chooser, pick);
        assert!(it.lab.ask(at(it.web), v6, it.end()).answered());
    }
    it.lab.network.load_balancers[it.balancer].listeners[0].targets.truncate(1);
    assert_eq!(it.request().end, End::Stopped(Obstacle::NoTarget(it.balancer, 0)));
}

#[test]
fn the_first_listener_counts() {
    let it = site(vec![
        listener(81, Forwarding::Proxy, ""),
        listener(80, KEEP, "10.0.3.21"),
        listener(80, Forwarding::Proxy, ""),
    ]);
    assert_eq!(places(&it.request()).last(), Some(&Place::Interface(it.other)));
}

#[test]
fn replies_go_back_to_the_balancer_without_a_look_at_routes() {
    let mut it = site(vec![listener(80, KEEP, "10.0.3.20")]);
    let empty = it.lab.table(it.vpc);
    it.lab.network.route_tables[empty].routes.clear();
    it.lab.network.subnets[it.far].route_table = empty;
    let ask = |it: &Site| it.lab.ask(at(it.web), tcp(ASKED), it.end());
    assert!(ask(&it).answered());
    // The filters on that way are asked all the same.
    let [of_target, of_balancer] = [it.far, it.middle].map(|subnet| {
        let acl = it.lab.acl(vec![allow()], vec![allow()]);
        (acl, it.lab.put_acl(subnet, acl))
    });
    let accept = vec![when(allow(), ChainVerdict::Accept)];
    let firewall = it.lab.put_firewall(
        it.app,
        vec![
            base(HookPoint::Input, Policy::Drop, accept.clone()),
            base(HookPoint::Output, Policy::Drop, accept),
        ],
    );
    it.lab.network.vpcs[it.vpc].profile.security_group.stateful = false;
    it.lab.network.vpcs[it.vpc].profile.network_acl.stateful = false;
    let trip = ask(&it);
    assert!(trip.answered());
    let reply = trip.reply.unwrap();
    let directions = |layer| outcomes(&reply, layer).iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(directions(firewall), [Direction::Egress]);
    assert_eq!(directions(Layer::SecurityGroups(it.app)), [Direction::Egress]);
    assert_eq!(directions(of_target.1), [Direction::Egress]);
    assert_eq!(directions(of_balancer.1), [Direction::Ingress, Direction::Egress]);
    let both = [Direction::Ingress, Direction::Egress];
    assert_eq!(directions(Layer::SecurityGroups(it.own)), both);
    for (acl, layer) in [of_target, of_balancer] {
        let allowed = it.lab.network.network_acls[acl].rules.clone();
        let from_app = deny().from("10.0.3.20");
        it.lab.network.network_acls[acl].rules.ingress.insert(0, from_app.clone());
        it.lab.network.network_acls[acl].rules.egress.insert(0, from_app);
        let direction = if layer == of_target.1 { Direction::Egress } else { Direction::Ingress };
        assert_eq!(ask(&it).reply.unwrap().end, denied(layer, direction));
        it.lab.network.network_acls[acl].rules = allowed;
    }
    let group = it.lab.group(vec![allow()], vec![]);
    it.lab.put_groups(it.app, &[group]);
    let layer = Layer::SecurityGroups(it.app);
    assert_eq!(ask(&it).reply.unwrap().end, denied(layer, Direction::Egress));
    let known = {
        let mut rule = when(allow(), ChainVerdict::Drop);
        rule.states = Some(vec![ConnectionState::Established]);
        rule
    };
    it.lab.put_firewall(it.app, vec![base(HookPoint::Output, Policy::Accept, vec![known])]);
    // It never saw the request: there was no input chain, which lets everything pass all the same.
    assert_eq!(ask(&it).reply.unwrap().end, denied(firewall, Direction::Egress));
}

#[test]
fn in_one_subnet_the_way_back_to_the_balancer_is_not_filtered() {
    let mut it = site(vec![listener(80, KEEP, "10.0.3.20")]);
    it.lab.network.interfaces[it.own].subnet = it.far;
    let acl = it.lab.acl(vec![allow()], vec![allow()]);
    let layer = it.lab.put_acl(it.far, acl);
    it.lab.network.vpcs[it.vpc].profile.network_acl.stateful = false;
    let trip = it.lab.ask(at(it.web), tcp(ASKED), it.end());
    assert!(trip.answered());
    let decided = outcomes(&trip.reply.unwrap(), layer);
    assert!(matches!(
        decided[..],
        [
            (Direction::Egress, Outcome::SameSubnet),
            (Direction::Ingress, Outcome::SameSubnet),
            (Direction::Egress, Outcome::Allowed(_))
        ]
    ));
    it.lab.network.vpcs[it.vpc].profile.network_acl.filters_inside_subnet = true;
    let trip = it.lab.ask(at(it.web), tcp(ASKED), it.end());
    let decided = outcomes(&trip.reply.unwrap(), layer);
    assert!(decided.iter().all(|(_, outcome)| matches!(outcome, Outcome::Allowed(_))));
}

#[test]
fn a_balancer_may_bypass_the_filters_of_its_targets() {
    for (forwarding, answered) in [(BYPASS, true), (KEEP, false)] {
        let mut it = site(vec![listener(80, forwarding, "10.0.3.20")]);
        let acl = it.lab.acl(vec![], vec![]);
        let acl = it.lab.put_acl(it.far, acl);
        it.lab.put_groups(it.app, &[]);
        let trip = it.lab.ask(at(it.web), tcp(ASKED), it.end());
        assert_eq!(trip.answered(), answered);
        if !answered {
            assert_eq!(trip.request.end, denied(acl, Direction::Ingress));
            continue;
        }
        let groups = Layer::SecurityGroups(it.app);
        let reply = trip.reply.unwrap();
        for layer in [acl, groups] {
            let past = |direction| [(direction, Outcome::Bypassed)];
            assert_eq!(outcomes(&trip.request, layer), past(Direction::Ingress));
            assert_eq!(outcomes(&reply, layer), past(Direction::Egress));
        }
        // The host's own firewall is not the cloud's to bypass.
        let drop = vec![base(HookPoint::Input, Policy::Drop, vec![])];
        let firewall = it.lab.put_firewall(it.app, drop);
        assert_eq!(it.request().end, denied(firewall, Direction::Ingress));
    }
}

#[test]
fn filters_on_the_way_to_the_target_are_not_bypassed() {
    let mut it = site(vec![listener(80, BYPASS, "10.0.3.20")]);
    let between = it.lab.subnet(it.vpc, "10.0.4.0/24");
    let fw = it.lab.forwarder(between, "10.0.4.5");
    let table = it.lab.table(it.vpc);
    it.lab.network.subnets[it.middle].route_table = table;
    it.lab.route(table, "10.0.3.0/24", RouteTarget::Interface(fw));
    it.lab.put_groups(it.app, &[]);
    assert!(it.lab.ask(at(it.web), tcp(ASKED), it.end()).answered());
    it.lab.put_groups(fw, &[]);
    assert_eq!(it.request().end, denied(Layer::SecurityGroups(fw), Direction::Ingress));
    let acl = it.lab.acl(vec![], vec![]);
    let acl = it.lab.put_acl(between, acl);
    assert_eq!(it.request().end, denied(acl, Direction::Ingress));
}

#[test]
fn a_second_balancer_does_not_inherit_the_bypass() {
    let mut it = site(vec![listener(80, BYPASS, "10.0.2.51")]);
    let second = vec![listener(80, Forwarding::ReplaceClient, "10.0.3.20")];
    let (second, own) = it.lab.balancer(it.middle, "10.0.2.51", second);
    let trip = it.lab.ask(at(it.web), tcp(ASKED), it.end());
    assert!(trip.delivered(), "at the first of them");
    assert!(!it.lab.ask(at(it.web), tcp(ASKED), Endpoint::LoadBalancer(second)).delivered());
    it.lab.put_groups(it.app, &[]);
    assert_eq!(it.request().end, denied(Layer::SecurityGroups(it.app), Direction::Ingress));
    // Nor are the second balancer's own groups those of a target.
    it.lab.put_groups(own, &[]);
    assert_eq!(it.request().end, denied(Layer::SecurityGroups(own), Direction::Ingress));
}

#[test]
fn a_balancer_may_replace_the_clients_address() {
    let mut it = site(vec![listener(80, Forwarding::ReplaceClient, "10.0.3.20:8080")]);
    let ask = |it: &Site| it.lab.ask(at(it.web), tcp(ASKED), it.end());
    let trip = ask(&it);
    assert!(trip.answered());
    // The first port of the profile where none is given.
    let first = tcp("10.0.2.50:1024 -> 10.0.3.20:8080");
    assert_eq!(trip.request.last_header(), Some(first));
    let reply = trip.reply.unwrap();
    let router = Place::Router(it.vpc);
    let [web, app] = [it.web, it.app].map(Place::Interface);
    let balancer = Place::LoadBalancer(it.balancer);
    assert_eq!(places(&reply), [app, router, balancer, router, web]);
    it.lab.choices.ports.insert(Translator::LoadBalancer(it.own), 50000);
    let trip = ask(&it);
    assert!(trip.answered());
    let chosen = tcp("10.0.2.50:50000 -> 10.0.3.20:8080");
    assert_eq!(trip.request.last_header(), Some(chosen));
    // The profile of its VPC gives the ports.
    it.lab.choices.ports.clear();
    it.lab.network.vpcs[it.vpc].profile.translation.ports = PortRange::new(2000, 2001).unwrap();
    let chosen = tcp("10.0.2.50:2000 -> 10.0.3.20:8080");
    assert_eq!(ask(&it).request.last_header(), Some(chosen));
    // The reply goes by the routes.
    let empty = it.lab.table(it.vpc);
    it.lab.network.route_tables[empty].routes.clear();
    it.lab.network.subnets[it.far].route_table = empty;
    assert_eq!(ask(&it).reply.unwrap().end, End::Stopped(Obstacle::NoRoute(empty)));
}

#[test]
fn the_balancer_replaces_the_client_by_the_address_asked_for() {
    let mut it = site(vec![listener(80, Forwarding::ReplaceClient, "10.0.3.20")]);
    it.lab.network.interfaces[it.own].addresses.push("10.0.2.60".parse().unwrap());
    let trip = it.lab.ask(at(it.web), tcp("10.0.1.10:40000 -> 10.0.2.60:80"), it.end());
    assert!(trip.answered());
    assert_eq!(trip.request.last_header(), Some(tcp("10.0.2.60:1024 -> 10.0.3.20:80")));
}

#[test]
fn a_target_may_be_anywhere() {
    let mut it = site(vec![listener(80, KEEP, "192.168.1.5")]);
    let office = it.lab.remote("192.168.0.0/16");
    let vpn = it.lab.connection(office, Some(it.vpc), "10.0.0.0/16");
    it.lab.route(it.lab.default_table(it.vpc), "192.168.0.0/16", RouteTarget::Connection(vpn));
    let trip = it.lab.ask(at(it.web), tcp(ASKED), it.end());
    assert_eq!(trip.request.end, End::Delivered(it.end()));
    // Its reply is sent from there, where no balancer takes it back.
    let reply = trip.reply.unwrap();
    assert_eq!(places(&reply)[0], Place::Remote(office));
    assert_eq!(reply.end, End::Stopped(Obstacle::ReplyChanged));
    // With an address of its own, the balancer gets it back.
    it.lab.network.load_balancers[it.balancer].listeners[0].forwarding = Forwarding::ReplaceClient;
    assert!(it.lab.ask(at(it.web), tcp(ASKED), it.end()).answered());
}

#[test]
fn who_comes_by_several_fronts_ends_at_the_first() {
    // The balancer holds a virtual address, and a target of it is another.
    let mut it = site(vec![listener(80, KEEP, "10.0.3.100")]);
    let front = it.lab.virtual_address(it.middle, "10.0.2.100", &[it.own]);
    let behind = it.lab.virtual_address(it.far, "10.0.3.100", &[it.app]);
    let to_front = tcp("10.0.1.10:40000 -> 10.0.2.100:80");
    let to_balancer = tcp(ASKED);
    let to_behind = tcp("10.0.1.10:40000 -> 10.0.3.100:80");
    for (header, end) in [
        (to_front, Endpoint::VirtualAddress(front)),
        (to_balancer, it.end()),
        (to_behind, Endpoint::VirtualAddress(behind)),
    ] {
        let trip = it.lab.ask(at(it.web), header, end);
        assert_eq!(trip.request.end, End::Delivered(end));
        assert!(trip.answered());
        assert_eq!(places(&trip.request).last(), Some(&Place::Interface(it.app)));
    }
    // The reply comes back to the virtual address on its way to the client.
    it.lab.network.load_balancers[it.balancer].listeners[0].forwarding = Forwarding::ReplaceClient;
    let trip = it.lab.ask(at(it.web), to_front, Endpoint::VirtualAddress(front));
    assert!(trip.answered());
    // A proxy takes it at the virtual address, too.
    it.lab.network.load_balancers[it.balancer].listeners[0].forwarding = Forwarding::Proxy;
    let trip = it.lab.ask(at(it.web), to_front, Endpoint::VirtualAddress(front));
    assert!(trip.answered());
}

#[test]
fn a_balancer_that_is_its_own_target_goes_round() {
    let it = site(vec![listener(80, KEEP, "10.0.2.50")]);
    let end = End::Stopped(Obstacle::RoutingLoop(Place::Router(it.vpc)));
    assert_eq!(it.request().end, end);
}

#[test]
fn a_client_behind_its_own_balancer_is_answered_through_it() {
    // The target asks its own balancer, from another address: the reply goes back there, although
    // the host could keep it.
    let mut it = site(vec![listener(80, KEEP, "10.0.3.20")]);
    it.lab.network.interfaces[it.app].addresses.push("10.0.3.22".parse().unwrap());
    let trip = it.lab.ask(at(it.app), tcp("10.0.3.22:40000 -> 10.0.2.50:80"), it.end());
    assert!(trip.answered());
    let balancer = Place::LoadBalancer(it.balancer);
    assert_eq!(places(&trip.reply.unwrap())[1], balancer);
}
